"""Views of signing in by the town's OpenID provider, of its link, and of the way out through it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import flask
from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shared.bus.client import Client
from shared.contracts.errors import (
    BadRequest,
    NoAnswer,
    NotEntitled,
    NotSignedIn,
    Refusal,
    Unavailable,
)
from shared.contracts.identity import openid as contracts
from shared.contracts.identity import sign_ins
from shared.contracts.identity.own_account.second_factors import FactorRequest
from shared.contracts.message import Empty
from shared.register import OpenIdProvider
from shared.web.base import sign_in_limits
from shared.web.base.app import shell_here
from shared.web.base.onward import onward_page
from shared.web.forms import password_held_by_page
from shared.web.forms.form_data import Form
from shared.web.language.languages import local_path_or_first_page
from shared.web.openid import sentences
from shared.web.session import known_devices
from shared.web.session.client_address import address_digest, network_digest
from shared.web.session.sign_in_log import OPENED, log_sign_in

PATIENCE_SECONDS = 10.0
"""Seconds for a question that asks the provider: longer than identity waits for it."""
LOGGED = "openid"
"""Entry in the log of sign-ins in place of a login, which nobody has typed."""
_HELD = " ticket"
"""Whose a ticket is that a page holds: no login begins so, whose password a page may hold too."""
PAGE = "/compte/acces/ailleurs"
_ASKED = "openid"
_AWAY = (NoAnswer, Unavailable, contracts.OpenIdAway)


@dataclass(frozen=True)
class Pages:
    """
    The parts that these views need of the pages of families, or of those of agents.

    `ask` asks in the name of who is signed in, `session` is identity's secret of it, and
    `require_proof` wraps a view that changes how one signs in. `password_mistake` checks a password
    that stands in the same form, where there is one (`asks_password`). `passkey_part` is the
    template of the form in which a passkey stands for a code, "" where there are none.
    """

    provider: Callable[[], OpenIdProvider | None]
    bus: Callable[[], Client]
    ask: Callable[..., Any]
    session: Callable[[], str]
    require_proof: Callable[[Callable[..., Any]], Callable[..., Any]]
    sign_in_page: Callable[[Form], str]
    start_session: Callable[[sign_ins.SignInAnswer, str, str], ResponseReturnValue]
    password_mistake: Callable[[], str] = str
    asks_password: bool = False
    passkey_part: str = ""


def install(app: Flask, pages: Pages) -> None:
    """Give an application these pages; templates find the provider as `openid_provider()`."""
    views, blueprint = _Views(pages), Blueprint("openid", __name__)
    rules = (
        ("POST", "/connexion/ailleurs", "begin", sign_in_limits.by_device(views.begin)),
        ("GET", contracts.RETURN_PATH, "come_back", sign_in_limits.returning(views.come_back)),
        (
            "POST",
            "/connexion/ailleurs/code",
            "check_code",
            sign_in_limits.by_device(views.check_code),
        ),
        ("GET", PAGE, "show", pages.require_proof(views.show)),
        ("POST", PAGE, "change", sign_in_limits.by_device(pages.require_proof(views.change))),
    )
    for method, path, name, view in rules:
        blueprint.add_url_rule(path, name, view, methods=[method])
    app.register_blueprint(blueprint)
    app.jinja_env.globals["openid_provider"] = pages.provider


def logout_held_by_page() -> str:
    """Return the provider's page for the end, of who goes on from the code's page by a passkey."""
    held = password_held_by_page.unsealed_password(_HELD, request.form.get("held", ""))
    return str(json.loads(held)[1]) if held else ""


def leaving_page(logout: str) -> str:
    """Return the page that ends the provider's session too, once ours has ended."""
    return onward_page(
        logout,
        _("Vous êtes déconnecté d’ici"),
        _("Vous passez par %(site)s, pour y fermer aussi votre session. Vous revenez ici ensuite."),
        _("Fermer ma session là-bas"),
    )


class _Views:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def begin(self) -> ResponseReturnValue:
        """Send the browser to the provider, to say who is there."""
        try:
            begun = self._pages.bus().ask(
                contracts.begin_openid, Empty(), deadline=PATIENCE_SECONDS
            )
        except _AWAY:
            return self._refuse(sentences.away_sentence(self._name)), 503
        return self._go_to_provider(begun, linking=False)

    def come_back(self) -> ResponseReturnValue:
        """Take what the provider sent along, with the secret that this browser has kept."""
        secret, back, linking = flask.session.pop(_ASKED, None) or ("", "", False)
        given = {
            name: request.args.get(name, "")[: contracts.LONGEST_VALUE]
            for name in ("state", "code", "error")
        }
        given["issuer"] = request.args.get("iss", "")[: contracts.LONGEST_VALUE]
        if not secret:
            return self._refuse(sentences.late_sentence()), 422
        return self._link(secret, given) if linking else self._sign_in(secret, given, back)

    def check_code(self) -> ResponseReturnValue:
        """Open the session of who the provider knows, with the code that was asked for."""
        held = password_held_by_page.unsealed_password(_HELD, request.form.get("held", ""))
        if not held:
            return self._refuse(sentences.late_sentence()), 422
        code = request.form.get("code", "").strip()[: sign_ins.LONGEST_CODE]
        ticket, logout = json.loads(held)
        if not code:
            return self._code_page(ticket, logout, self._path_after(), _("Écrivez le code.")), 422
        return self._open(ticket, logout, self._path_after(), code)

    def show(self) -> ResponseReturnValue:
        """Show whether the account is linked, and let its person change that."""
        return self._link_page(Form())

    def change(self) -> ResponseReturnValue:
        """Link the account of who is signed in, or end its link."""
        return self._unlink() if request.form.get("unlink") else self._begin_link()

    def _begin_link(self) -> ResponseReturnValue:
        form = Form(labels={"password": _("Mot de passe actuel")})
        try:
            if mistake := self._pages.password_mistake():
                form.errors = {"password": mistake}
                return self._link_page(form), 422
            asking = sign_ins.SessionRequest(self._pages.session())
            begun = self._pages.ask(contracts.begin_openid_link, asking, deadline=PATIENCE_SECONDS)
        except _AWAY:
            form.errors = {"openid": sentences.away_sentence(self._name)}
            return self._link_page(form), 503
        return self._go_to_provider(begun, linking=True)

    def _unlink(self) -> ResponseReturnValue:
        self._pages.ask(
            contracts.unlink_openid,
            FactorRequest(address=address_digest(), devices=known_devices.device_secrets()),
        )
        flash("openid_unlinked")
        return redirect(url_for("openid.show"), 303)

    def _go_to_provider(
        self, begun: contracts.OpenIdBegun, *, linking: bool
    ) -> ResponseReturnValue:
        flask.session[_ASKED] = [begun.secret, "" if linking else self._path_after(), linking]
        return onward_page(
            begun.address,
            _("Vers %(name)s", name=self._name),
            _("Vous allez sur %(site)s dire qui vous êtes. Vous revenez ici ensuite."),
            _("Continuer"),
        )

    def _sign_in(self, secret: str, given: dict[str, str], back: str) -> ResponseReturnValue:
        try:
            with known_devices.limiting_unknown_devices():
                proven = self._pages.bus().ask(
                    contracts.prove_openid,
                    contracts.OpenIdReturn(secret=secret, **given),
                    deadline=PATIENCE_SECONDS,
                )
        except _AWAY:
            return self._refuse(sentences.away_sentence(self._name)), 503
        except Refusal as refusal:
            log_sign_in(LOGGED, refusal.code)
            return self._refuse(self._sentence(refusal)), 422
        return self._open(proven.ticket, proven.logout, back)

    def _open(self, ticket: str, logout: str, back: str, code: str = "") -> ResponseReturnValue:
        asking = contracts.OpenIdSignInRequest(
            ticket=ticket,
            code=code,
            remember=request.form.get("remember") == "yes",
            address=address_digest(),
            devices=known_devices.device_secrets(),
            network=network_digest(),
        )
        try:
            answer = self._pages.bus().ask(contracts.sign_in_by_openid, asking)
        except sign_ins.SecondFactorNeeded as needed:
            return self._code_page(ticket, logout, back, ways=needed.detail.get("ways", ()))
        except (NoAnswer, Unavailable):
            return self._refuse(sentences.away_sentence(self._name)), 503
        except Refusal as refusal:
            log_sign_in(LOGGED, refusal.code)
            if isinstance(refusal, NotEntitled | contracts.OpenIdRefused):
                return self._refuse(self._sentence(refusal)), 422
            mistake = (
                _("Ce code ne convient pas. Attendez le suivant, puis écrivez-le.")
                if isinstance(refusal, sign_ins.WrongCredentials | BadRequest)
                else self._sentence(refusal)
            )
            return self._code_page(ticket, logout, back, mistake), 422
        log_sign_in(LOGGED, OPENED)
        return self._pages.start_session(answer, back, logout)

    def _link(self, secret: str, given: dict[str, str]) -> ResponseReturnValue:
        form = Form()
        try:
            asking = contracts.LinkOpenIdRequest(
                secret=secret,
                session=self._pages.session(),
                address=address_digest(),
                devices=known_devices.device_secrets(),
                **given,
            )
            self._pages.ask(contracts.link_openid, asking, deadline=PATIENCE_SECONDS)
        except NotSignedIn:  # over meanwhile: the address after the next sign-in is not this one
            return redirect(url_for("openid.show"), 303)
        except _AWAY:
            form.errors = {"openid": sentences.away_sentence(self._name)}
            return self._link_page(form), 503
        except (contracts.OpenIdRefused, contracts.OpenIdNotLinkable) as refusal:
            form.errors = {"openid": self._sentence(refusal)}
            return self._link_page(form), 422
        flash("openid_linked")
        return redirect(url_for("openid.show"), 303)

    def _link_page(self, form: Form) -> str:
        if self._pages.provider() is None:
            abort(404)
        away, linked_at = False, None
        try:
            linked_at = self._pages.ask(contracts.my_openid_link, Empty()).linked_at
        except (NoAnswer, Unavailable):
            away = True
        return render_template(
            "theme/openid_link.html",
            form=form,
            away=away,
            linked_at=linked_at,
            name=self._name,
            asks_password=self._pages.asks_password,
        )

    def _code_page(
        self, ticket: str, logout: str, back: str, mistake: str = "", ways: Sequence[str] = ()
    ) -> str:
        form = Form(labels={"code": _("Code")}, errors={"code": mistake} if mistake else {})
        held = password_held_by_page.seal_password(_HELD, json.dumps([ticket, logout]))
        return render_template(
            "theme/openid_code.html",
            form=form,
            held=held,
            back=back,
            ways=ways or request.form.getlist("ways"),
            families=not self._pages.asks_password,
            passkey_part=self._pages.passkey_part,
        )

    def _refuse(self, sentence: str) -> str:
        return self._pages.sign_in_page(Form(errors={"openid": sentence}))

    def _sentence(self, refusal: Refusal) -> str:
        return sentences.refusal_sentence(refusal, self._name)

    @property
    def _name(self) -> str:
        provider = self._pages.provider()
        return provider.name if provider else ""

    def _path_after(self) -> str:
        return local_path_or_first_page(request.values.get("retour") or url_for(shell_here().home))
