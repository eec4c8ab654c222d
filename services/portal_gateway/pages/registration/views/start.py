"""« Créer le dossier de mon enfant »: begun without an account, and taken up again."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.pages.registration import labels
from services.portal_gateway.pages.registration.registration_cookie import (
    Bearer,
    current_bearer,
    forget_bearer,
    new_registration_key,
    remember_bearer,
    require_bearer,
    seal_bearer,
    unseal_bearer,
)
from services.portal_gateway.session import current_user
from shared.contracts.dossier import registrations
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Unavailable
from shared.contracts.message import ContractBroken
from shared.web.base import sign_in_limits
from shared.web.forms.form_data import Form, flat_errors
from shared.web.language.languages import FRENCH
from shared.web.session.client_address import digest_of_network

blueprint = Blueprint("registration_start", __name__)

LINK = "/demande/reprendre/<reference>/<key>"
"""Address of the link in a letter."""


@blueprint.get("/demande")
def show() -> ResponseReturnValue:
    """Explain the registration, and ask how to reach its author."""
    return _begin_page(Form({"way": registrations.EMAIL}))


@blueprint.post("/demande")
@sign_in_limits.beginning
def begin() -> ResponseReturnValue:
    """
    Begin a registration; the next page does not show whether a contact is known.

    By e-mail this browser stores nothing: the registration continues from the link in the e-mail.
    """
    form = Form({name: request.form.get(name, "").strip() for name in ("way", "email", "phone")})
    way = form.value("way")
    if way not in registrations.WAYS:
        form.errors = {"way": _("Choisissez une des réponses proposées.")}
        return _begin_page(form), 422
    try:
        opened = current_user.bus().ask(
            registrations.open_registration,
            registrations.OpenRegistrationRequest(way, form.value(way)[:254], digest_of_network()),
        )
    except (NoAnswer, Unavailable):
        return _begin_page(form, unavailable=True), 503
    except registrations.TooManyRegistrations:
        return _begin_page(form, many=True), 429
    except BadRequest as refusal:
        form.errors = {way: flat_errors(refusal.detail["errors"]).get("contact", "")}
        form.spoken = FRENCH
        return _begin_page(form), 422
    if way == registrations.EMAIL:
        flash(form.value("email"), "begun")
        return redirect(url_for("registration_start.show_link_sent"), 303)
    remember_bearer(Bearer(opened.reference, opened.key))
    return redirect(url_for("registration_start.show_reference"), 303)


@blueprint.get("/demande/lien")
def show_link_sent() -> str:
    """Say that a link leaves by e-mail, and what to do where none comes."""
    return render_template("portal/registration/posted.html")


@blueprint.post("/demande/lien")
@sign_in_limits.beginning
def ask_for_link() -> ResponseReturnValue:
    """
    Have a new link sent to an address; the answer does not show whether it has a registration.
    """
    form = Form({"email": request.form.get("email", "").strip()[:254]})
    _kept, mistakes = registrations.check_step("guardian", {"email": form.value("email")})
    if mistakes or not form.value("email"):
        form.errors = {"email": _("Écrivez une adresse e-mail, par exemple prenom.nom@exemple.fr.")}
        return _take_up_page(form), 422
    try:
        asked = registrations.AskForLinkRequest(form.value("email"), digest_of_network())
        current_user.bus().ask(registrations.ask_for_link, asked)
    except (NoAnswer, Unavailable):
        return _take_up_page(form, unavailable=True), 503
    flash(form.value("email"), "asked")
    return redirect(url_for("registration_start.show_link_sent"), 303)


@blueprint.get("/demande/reference")
def show_reference() -> ResponseReturnValue:
    """
    Show reference and key, to note or to print: with them the registration continues anywhere.

    The key of a registration whose link goes by e-mail is never shown.
    """
    holder = require_bearer()
    registration = holder.ask(registrations.read_registration)
    if registration.way == registrations.EMAIL:
        return redirect(url_for("registration.show"), 303)
    return render_template(
        "portal/registration/reference.html", bearer=holder, registration=registration
    )


@blueprint.get("/demande/reprendre")
def show_take_up_form() -> str:
    """Show the form that asks for reference and key."""
    return _take_up_page(Form({"reference": request.args.get("reference", "")[:20]}))


@blueprint.post("/demande/reprendre")
@sign_in_limits.by_reference
def take_up() -> ResponseReturnValue:
    """Continue a registration; a wrong reference and a wrong key read alike."""
    form = Form({name: request.form.get(name, "").strip() for name in ("reference", "key")})
    return _take_up_registration(form)


@blueprint.get(LINK)
@sign_in_limits.entering
def preview_link(reference: str, key: str) -> ResponseReturnValue:
    """Show the author and the date of the registration that a letter links to; changes nothing."""
    link = Bearer(reference[:20], key[:40])
    try:
        begun = link.ask(registrations.look_at_link)
    except (NoAnswer, Unavailable):
        return _take_up_page(Form(), unavailable=True), 503
    except (NotFound, BadRequest, ContractBroken):
        return _take_up_page(Form(), used_up=True), 422
    fresh = seal_bearer(new_registration_key(link.reference))
    return render_template("portal/registration/link.html", link=link, begun=begun, fresh=fresh)


@blueprint.post(LINK)
@sign_in_limits.by_reference
def take_up_by_link(reference: str, key: str) -> ResponseReturnValue:
    """Take up the registration of a letter: the key that the page brings replaces all others."""
    link, holder = Bearer(reference[:20], key[:40]), unseal_bearer(request.form.get("fresh"))
    if holder is None or holder.reference != link.reference:
        holder = new_registration_key(link.reference)
    try:
        link.ask(
            registrations.take_up_registration,
            registrations.TakeUpRegistrationRequest(link.reference, link.key, holder.key),
        )
        registration = holder.ask(registrations.read_registration)
    except (NoAnswer, Unavailable):
        return _take_up_page(Form(), unavailable=True), 503
    except (NotFound, BadRequest, ContractBroken):
        return _take_up_page(Form(), used_up=True), 422
    remember_bearer(holder)
    written = registration.state != registrations.OPEN or registration.content.get(
        "guardian", {}
    ).get("last_name")
    begin_at = (
        url_for("registration.show") if written else url_for("registration.edit", slug="vous")
    )
    return redirect(begin_at, 303)


@blueprint.post(f"{LINK}/pas-moi")
@sign_in_limits.by_reference
def disown(reference: str, key: str) -> ResponseReturnValue:
    """Let the reader of an address's letters state that the registration is not theirs."""
    try:
        Bearer(reference[:20], key[:40]).ask(registrations.disown_registration)
    except (NoAnswer, Unavailable):
        return _take_up_page(Form(), unavailable=True), 503
    except (NotFound, BadRequest, ContractBroken):
        return _take_up_page(Form(), used_up=True), 422
    return render_template("portal/registration/disowned.html")


@blueprint.post("/demande/quitter")
def forget_registration() -> ResponseReturnValue:
    """Forget the registration on this device; the dossier keeps it."""
    forget_bearer()
    return redirect(url_for("sign_in.show"), 303)


def _take_up_registration(form: Form) -> ResponseReturnValue:
    holder = Bearer(form.value("reference")[:20], form.value("key")[:40])
    try:
        holder.ask(registrations.read_registration)
    except (NoAnswer, Unavailable):
        return _take_up_page(form, unavailable=True), 503
    except (NotFound, BadRequest, ContractBroken):
        form.errors = {
            "reference": _("Cette référence et cette clé ne vont pas ensemble. Vérifiez les deux.")
        }
        return _take_up_page(form), 422
    remember_bearer(holder)
    return redirect(url_for("registration.show"), 303)


def _begin_page(form: Form, **more: object) -> str:
    form.labels = labels.field_labels(form.errors)
    return render_template(
        "portal/registration/begin.html",
        form=form,
        labels=labels,
        going_on=current_bearer() is not None,
        **more,
    )


def _take_up_page(form: Form, **more: object) -> str:
    form.labels = labels.field_labels(("email", "reference", "key"))
    return render_template("portal/registration/take_up.html", form=form, **more)
