"""A registration on its way: its steps saved as one goes, its papers photographed, then sent."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.overview.queries.schools import published_schools
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.pages.registration import forms, labels
from services.portal_gateway.pages.registration.registration_cookie import (
    forget_bearer,
    require_bearer,
    send_paper,
)
from services.portal_gateway.session import current_user
from shared.contracts.dossier import registrations
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Unavailable
from shared.files.cleaning import BROKEN, FileRefused
from shared.files.types import LARGEST_SENT
from shared.json_values import JsonObject
from shared.town.schools.choice import level_choices, schools_by_commune
from shared.web.forms import uploads
from shared.web.forms.form_data import Form, flat_errors
from shared.web.language.languages import FRENCH

blueprint = Blueprint("registration", __name__)

STEP = f"/demande/suite/<any({', '.join(map(repr, labels.SLUGS))}):slug>"


@blueprint.errorhandler(NotFound)
def _redirect_without_registration(_refusal: NotFound) -> ResponseReturnValue:
    """Redirect a browser without a registration to the page that asks for reference and key."""
    forget_bearer()
    return redirect(url_for("registration_start.show_take_up_form"), 303)


@blueprint.get("/demande/suite")
def show() -> ResponseReturnValue:
    """Show what is written, what is missing, and what became of it."""
    registration = require_bearer().ask(registrations.read_registration)
    return _overview_page(registration, Form())


@blueprint.get(STEP)
def edit(slug: str) -> ResponseReturnValue:
    """Show one step with what is kept of it."""
    step = labels.SLUGS[slug]
    registration = require_bearer().ask(registrations.read_registration)
    if registration.state != registrations.OPEN:
        return redirect(url_for("registration.show"))
    content = registration.content.get(step, {})
    return _step_page(step, forms.form_of_registration(step, content, published_schools()))


@blueprint.post(STEP)
def save(slug: str) -> ResponseReturnValue:
    """Keep one step as it is; only what cannot be kept comes back."""
    step, bearer, sent = labels.SLUGS[slug], require_bearer(), current_user.sent_form_fields()
    if step == "children" and ("add" in sent or "remove" in sent):
        return _step_page(step, forms.form_with_rows(sent))
    form = forms.parse_form(step, sent)
    content, form.errors = forms.check_form(step, form, published_schools())
    if form.errors:
        return _step_page(step, form), 422
    try:
        bearer.ask(
            registrations.save_registration,
            registrations.SaveRegistrationRequest(bearer.reference, bearer.key, step, content),
        )
    except (NoAnswer, Unavailable):
        return _step_page(step, form, unsaved=True), 503
    except registrations.RegistrationClosed:
        return redirect(url_for("registration.show"), 303)
    flash("", "kept")
    return redirect(_next_step_url(step), 303)


@blueprint.post("/demande/papiers")
def add_paper() -> ResponseReturnValue:
    """Keep a paper, made anew; a file that is none comes back with what to do."""
    bearer, kind = require_bearer(), request.form.get("kind", "")
    sent = request.files.get("paper")
    content = sent.read(LARGEST_SENT + 1) if sent else b""
    if kind not in registrations.KINDS:
        return _refused_paper_page(
            "child_identity", _("Choisissez une des réponses proposées.")
        ), 422
    if not content:
        return _refused_paper_page(kind, _("Choisissez d’abord une photo ou un PDF.")), 422
    try:
        clean = uploads.clean_sent_file(content, registrations.MOST_PAPER_BYTES)
        send_paper(bearer, kind, clean.content)
    except (FileRefused, registrations.UnreadablePaper) as refusal:
        reason = refusal if isinstance(refusal, FileRefused) else FileRefused(BROKEN)
        return _refused_paper_page(kind, uploads.refusal_sentence(reason)), 422
    except registrations.TooManyPapers:
        return _refused_paper_page(
            kind, _("Vous avez déjà joint beaucoup de documents : retirez-en un.")
        ), 422
    except registrations.RegistrationClosed:
        return redirect(url_for("registration.show"), 303)
    flash("", "kept")
    return redirect(url_for("registration.show", _anchor="papers"), 303)


@blueprint.post("/demande/papiers/<paper_id>/retirer")
def drop_paper(paper_id: str) -> ResponseReturnValue:
    """Take a paper back."""
    bearer = require_bearer()
    paper = registrations.DropPaperRequest(
        bearer.reference, bearer.key, parsing.require_id(paper_id)
    )
    bearer.ask(registrations.drop_paper, paper)
    return redirect(url_for("registration.show", _anchor="papers"), 303)


@blueprint.post("/demande/envoyer")
def send() -> ResponseReturnValue:
    """
    Send the registration to the desk; only fields without which the desk cannot begin are required.
    """
    bearer = require_bearer()
    try:
        bearer.ask(registrations.send_registration)
    except (NoAnswer, Unavailable):
        flash("", "unavailable")
    except BadRequest as refusal:
        form = Form(errors=flat_errors(refusal.detail["errors"]), spoken=FRENCH)
        form.labels = labels.field_labels(form.errors)
        return _overview_page(bearer.ask(registrations.read_registration), form), 422
    except registrations.RegistrationClosed:
        pass
    return redirect(url_for("registration.show"), 303)


@blueprint.post("/demande/adresse")
def send_link() -> ResponseReturnValue:
    """Have another link sent to the e-mail of the registration, to prove it."""
    email = (
        require_bearer()
        .ask(registrations.read_registration)
        .content.get("guardian", {})
        .get("email", "")
    )
    if email:
        try:
            current_user.bus().ask(
                registrations.ask_for_link, registrations.AskForLinkRequest(email)
            )
            flash("", "linked")
        except (NoAnswer, Unavailable):
            flash("", "unlinked")
    return redirect(url_for("registration.show"), 303)


@blueprint.post("/demande/effacer")
def erase() -> ResponseReturnValue:
    """Erase the registration, and let go of it here."""
    try:
        require_bearer().ask(registrations.drop_registration)
    except registrations.RegistrationClosed:
        return redirect(url_for("registration.show"), 303)
    forget_bearer()
    flash("", "erased")
    return redirect(url_for("registration_start.show"), 303)


def _refused_paper_page(kind: str, why: object) -> str:
    form = Form(errors={kind: str(why)}, labels={kind: str(labels.PAPERS[kind])})
    return _overview_page(require_bearer().ask(registrations.read_registration), form)


def _next_step_url(step: str) -> str:
    """Go on to the next step; the last one leads back to the whole."""
    slugs = list(labels.SLUGS)
    at = slugs.index(labels.SLUG_OF[step]) + 1
    return (
        url_for("registration.edit", slug=slugs[at])
        if at < len(slugs)
        else url_for("registration.show")
    )


def _step_page(step: str, form: Form, **more: object) -> str:
    form.labels = labels.field_labels(form.errors)
    form.spoken = FRENCH
    return render_template(
        f"portal/registration/{step}.html",
        step=step,
        form=form,
        labels=labels,
        most=forms.MOST_CHILDREN,
        town_schools=schools_by_commune(published_schools()) if step == "children" else [],
        levels=level_choices(),
        **more,
    )


def _overview_page(registration: registrations.ReadRegistrationAnswer, form: Form) -> str:
    filled = {
        step: bool(_filled_values(registration.content.get(step, {}))) for step in labels.STEPS
    }
    papers = {
        kind: [p for p in registration.papers if p["kind"] == kind] for kind in registrations.KINDS
    }
    return render_template(
        "portal/registration/registration.html",
        registration=registration,
        bearer=require_bearer(),
        form=form,
        filled=filled,
        papers=papers,
        accepted=uploads.ACCEPTED,
        labels=labels,
    )


def _filled_values(content: JsonObject) -> list[str]:
    """Return the first words of a step, to show that it was written."""
    if "children" in content:
        return [child["first_name"] for child in content["children"] if child["first_name"]]
    return [str(value) for value in content.values() if value]
