"""« Créer le dossier de mon enfant »: begun without an account, and taken up again."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from services.portal_gateway.pages.registration import labels as words
from services.portal_gateway.pages.registration.bearer import (
    Bearer,
    bearer,
    fresh_key,
    let_go,
    remember,
    require_bearer,
    sealed,
    unsealed,
)
from services.portal_gateway.session import current_user as person
from shared.contracts.dossier import registrations as drafts
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Unavailable
from shared.contracts.message import ContractBroken
from shared.web.base import limits
from shared.web.forms.forms import Form, sentences
from shared.web.language.languages import FRENCH

blueprint = Blueprint("begin", __name__)

LINK = "/demande/reprendre/<reference>/<key>"
"""Where the link of a letter leads."""


@blueprint.get("/demande")
def show() -> Any:
    """Say what it is about, and ask how somebody wants to be reached."""
    return _page(Form({"way": drafts.EMAIL}))


@blueprint.post("/demande")
@limits.beginning
def begin() -> Any:
    """
    Begin a draft; the page that follows is the same whoever is known.

    By e-mail this browser holds nothing of it: who reads the letters of the address goes on.
    """
    form = Form({name: request.form.get(name, "").strip() for name in ("way", "email", "phone")})
    way = form.value("way")
    if way not in drafts.WAYS:
        form.errors = {"way": _("Choisissez une des réponses proposées.")}
        return _page(form), 422
    try:
        opened = person.bus().ask(
            drafts.open_registration, drafts.OpenRegistrationRequest(way, form.value(way)[:254])
        )
    except (NoAnswer, Unavailable):
        return _page(form, silent=True), 503
    except drafts.TooManyRegistrations:
        return _page(form, many=True), 429
    except BadRequest as refusal:
        form.errors = {way: sentences(refusal.detail["errors"]).get("contact", "")}
        form.spoken = FRENCH
        return _page(form), 422
    if way == drafts.EMAIL:
        flash(form.value("email"), "begun")
        return redirect(url_for("begin.posted"), 303)
    remember(Bearer(opened.reference, opened.key))
    return redirect(url_for("begin.reference"), 303)


@blueprint.get("/demande/lien")
def posted() -> str:
    """Say that a link leaves by e-mail, and what to do where none comes."""
    return render_template("portal/draft/posted.html")


@blueprint.post("/demande/lien")
@limits.beginning
def ask_for_link() -> Any:
    """Have a new link leave for an address; the answer is the same whether it has a draft."""
    form = Form({"email": request.form.get("email", "").strip()[:254]})
    _kept, mistakes = drafts.check("guardian", {"email": form.value("email")})
    if mistakes or not form.value("email"):
        form.errors = {"email": _("Écrivez une adresse e-mail, par exemple prenom.nom@exemple.fr.")}
        return _ask(form), 422
    try:
        person.bus().ask(drafts.ask_for_link, drafts.AskForLinkRequest(form.value("email")))
    except (NoAnswer, Unavailable):
        return _ask(form, silent=True), 503
    flash(form.value("email"), "asked")
    return redirect(url_for("begin.posted"), 303)


@blueprint.get("/demande/reference")
def reference() -> Any:
    """
    Show reference and key, to note or to print: with them one comes back from anywhere.

    The key of a draft whose letters go by e-mail is shown to nobody.
    """
    held = require_bearer()
    draft = held.ask(drafts.read_registration)
    if draft.way == drafts.EMAIL:
        return redirect(url_for("draft.show"), 303)
    return render_template("portal/draft/reference.html", held=held, draft=draft)


@blueprint.get("/demande/reprendre")
def ask() -> str:
    """Ask for reference and key."""
    return _ask(Form({"reference": request.args.get("reference", "")[:20]}))


@blueprint.post("/demande/reprendre")
@limits.by_reference
def take_up() -> Any:
    """Go on with a draft; a wrong reference and a wrong key read alike."""
    form = Form({name: request.form.get(name, "").strip() for name in ("reference", "key")})
    return _taken_up(form)


@blueprint.get(LINK)
@limits.entering
def follow(reference: str, key: str) -> Any:
    """Say who began the draft that a letter links to, and when; opening it changes nothing."""
    link = Bearer(reference[:20], key[:40])
    try:
        begun = link.ask(drafts.look_at_link)
    except (NoAnswer, Unavailable):
        return _ask(Form(), silent=True), 503
    except (NotFound, BadRequest, ContractBroken):
        return _ask(Form(), used_up=True), 422
    fresh = sealed(fresh_key(link.reference))
    return render_template("portal/draft/link.html", link=link, begun=begun, fresh=fresh)


@blueprint.post(LINK)
@limits.by_reference
def take_up_by_link(reference: str, key: str) -> Any:
    """Take up the draft of a letter: the key that the page brings is its only one from now on."""
    link, held = Bearer(reference[:20], key[:40]), unsealed(request.form.get("fresh"))
    if held is None or held.reference != link.reference:
        held = fresh_key(link.reference)
    try:
        link.ask(
            drafts.take_up_registration,
            drafts.TakeUpRegistrationRequest(link.reference, link.key, held.key),
        )
        draft = held.ask(drafts.read_registration)
    except (NoAnswer, Unavailable):
        return _ask(Form(), silent=True), 503
    except (NotFound, BadRequest, ContractBroken):
        return _ask(Form(), used_up=True), 422
    remember(held)
    written = draft.state != drafts.OPEN or draft.content.get("guardian", {}).get("last_name")
    begin_at = url_for("draft.show") if written else url_for("draft.edit", slug="vous")
    return redirect(begin_at, 303)


@blueprint.post(f"{LINK}/pas-moi")
@limits.by_reference
def disown(reference: str, key: str) -> Any:
    """Let who reads the letters of an address say that the draft is not theirs."""
    try:
        Bearer(reference[:20], key[:40]).ask(drafts.disown_registration)
    except (NoAnswer, Unavailable):
        return _ask(Form(), silent=True), 503
    except (NotFound, BadRequest, ContractBroken):
        return _ask(Form(), used_up=True), 422
    return render_template("portal/draft/disowned.html")


@blueprint.post("/demande/quitter")
def leave() -> Any:
    """Let go of the draft on this device."""
    let_go()
    return redirect(url_for("sign_in.show"), 303)


def _taken_up(form: Form) -> Any:
    held = Bearer(form.value("reference")[:20], form.value("key")[:40])
    try:
        held.ask(drafts.read_registration)
    except (NoAnswer, Unavailable):
        return _ask(form, silent=True), 503
    except (NotFound, BadRequest, ContractBroken):
        form.errors = {
            "reference": _("Cette référence et cette clé ne vont pas ensemble. Vérifiez les deux.")
        }
        return _ask(form), 422
    remember(held)
    return redirect(url_for("draft.show"), 303)


def _page(form: Form, **more: Any) -> str:
    form.labels = words.field_labels(form.errors)
    return render_template(
        "portal/draft/begin.html", form=form, words=words, going_on=bearer() is not None, **more
    )


def _ask(form: Form, **more: Any) -> str:
    form.labels = words.field_labels(("email", "reference", "key"))
    return render_template("portal/draft/take_up.html", form=form, **more)
