"""A draft on its way: its steps saved as one goes, its papers photographed, then sent."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.labels.record import ELSEWHERE
from services.portal_gateway.pages import parsing as typed
from services.portal_gateway.pages.children.views.address import communes
from services.portal_gateway.pages.registration import forms
from services.portal_gateway.pages.registration import labels as words
from services.portal_gateway.pages.registration.bearer import Bearer, let_go, require_bearer
from services.portal_gateway.session import current_user as person
from shared.contracts.dossier import registrations as drafts
from shared.contracts.errors import BadRequest, NoAnswer, NotFound, Unavailable
from shared.files.photographs import LARGEST, NoPicture, picture
from shared.files.types import parts_of, split
from shared.runtime.ids import new_id
from shared.web.forms.forms import Form, sentences
from shared.web.language.languages import FRENCH

blueprint = Blueprint("draft", __name__)

NO_PICTURE = _l(
    "Ce fichier n’est pas une photo que nous pouvons lire. Photographiez le document avec votre "
    "téléphone (JPEG ou PNG, 8 Mo au plus)."
)
STEP = f"/demande/suite/<any({', '.join(map(repr, words.SLUGS))}):slug>"


@blueprint.errorhandler(NotFound)
def _no_draft(_refusal: NotFound) -> Any:
    """Who has no draft here, or one that is gone, is asked for reference and key."""
    let_go()
    return redirect(url_for("begin.ask"), 303)


@blueprint.get("/demande/suite")
def show() -> Any:
    """Show what is written, what is missing, and what became of it."""
    draft = require_bearer().ask(drafts.read_registration)
    return _page(draft, Form())


@blueprint.get(STEP)
def edit(slug: str) -> Any:
    """Show one step with what is kept of it."""
    step = words.SLUGS[slug]
    draft = require_bearer().ask(drafts.read_registration)
    if draft.state != drafts.OPEN:
        return redirect(url_for("draft.show"))
    return _step(step, forms.fresh(step, draft.content.get(step, {}), _listed()))


@blueprint.post(STEP)
def save(slug: str) -> Any:
    """Keep one step as it stands; only what cannot be kept comes back."""
    step, held, sent = words.SLUGS[slug], require_bearer(), person.typed()
    if step == "children" and ("add" in sent or "remove" in sent):
        return _step(step, forms.with_rows(sent))
    form = forms.typed(step, sent)
    content, form.errors = forms.checked(step, form, _listed())
    if form.errors:
        return _step(step, form), 422
    try:
        held.ask(
            drafts.save_registration,
            drafts.SaveRegistrationRequest(held.reference, held.key, step, content),
        )
    except (NoAnswer, Unavailable):
        return _step(step, form, unsaved=True), 503
    except drafts.RegistrationClosed:
        return redirect(url_for("draft.show"), 303)
    flash("", "kept")
    return redirect(_after(step), 303)


@blueprint.post("/demande/papiers")
def add_paper() -> Any:
    """Keep a photographed paper; what is no picture of one comes back with a sentence."""
    held, kind = require_bearer(), request.form.get("kind", "")
    sent = request.files.get("paper")
    content = sent.read(LARGEST + 1) if sent else b""
    if kind not in drafts.KINDS:
        return _refused("child_identity", _("Choisissez une des réponses proposées.")), 422
    if not content:
        return _refused(kind, _("Choisissez d’abord une photo.")), 422
    try:
        _send(held, kind, picture(content).content)
    except (NoPicture, drafts.NotAPicture):
        return _refused(kind, NO_PICTURE), 422
    except drafts.TooManyPapers:
        return _refused(kind, _("Vous avez déjà joint beaucoup de photos : retirez-en une.")), 422
    except drafts.RegistrationClosed:
        return redirect(url_for("draft.show"), 303)
    flash("", "kept")
    return redirect(url_for("draft.show", _anchor="papers"), 303)


@blueprint.post("/demande/papiers/<paper_id>/retirer")
def drop_paper(paper_id: str) -> Any:
    """Take a photograph back."""
    held = require_bearer()
    paper = drafts.DropPaperRequest(held.reference, held.key, typed.known_id(paper_id))
    held.ask(drafts.drop_paper, paper)
    return redirect(url_for("draft.show", _anchor="papers"), 303)


@blueprint.post("/demande/envoyer")
def send() -> Any:
    """Hand the draft to the desk; what nobody could begin without is said, and nothing else."""
    held = require_bearer()
    try:
        held.ask(drafts.send_registration)
    except (NoAnswer, Unavailable):
        flash("", "silent")
    except BadRequest as refusal:
        form = Form(errors=sentences(refusal.detail["errors"]), spoken=FRENCH)
        form.labels = words.field_labels(form.errors)
        return _page(held.ask(drafts.read_registration), form), 422
    except drafts.RegistrationClosed:
        pass
    return redirect(url_for("draft.show"), 303)


@blueprint.post("/demande/adresse")
def send_link() -> Any:
    """Have another link leave for the e-mail that is written in the draft, to prove it."""
    email = (
        require_bearer().ask(drafts.read_registration).content.get("guardian", {}).get("email", "")
    )
    if email:
        try:
            person.bus().ask(drafts.ask_for_link, drafts.AskForLinkRequest(email))
            flash("", "linked")
        except (NoAnswer, Unavailable):
            flash("", "unlinked")
    return redirect(url_for("draft.show"), 303)


@blueprint.post("/demande/effacer")
def erase() -> Any:
    """Erase the draft, and let go of it here."""
    try:
        require_bearer().ask(drafts.drop_registration)
    except drafts.RegistrationClosed:
        return redirect(url_for("draft.show"), 303)
    let_go()
    flash("", "erased")
    return redirect(url_for("begin.show"), 303)


def _send(held: Bearer, kind: str, content: bytes) -> None:
    """Send a picture in as many messages as it needs, each on its own."""
    paper_id = new_id()
    parts = parts_of(len(content), drafts.PART_BYTES)
    for number, part in split(content, drafts.PART_BYTES):
        request = drafts.AddPaperRequest(
            held.reference,
            held.key,
            paper_id=paper_id,
            paper=kind,
            part=number,
            parts=parts,
            content=part,
        )
        held.ask(drafts.add_paper, request)


def _refused(kind: str, why: Any) -> str:
    form = Form(errors={kind: str(why)}, labels={kind: str(words.PAPERS[kind])})
    return _page(require_bearer().ask(drafts.read_registration), form)


def _after(step: str) -> str:
    """Go on to the next step; the last one leads back to the whole."""
    slugs = list(words.SLUGS)
    at = slugs.index(words.SLUG_OF[step]) + 1
    return url_for("draft.edit", slug=slugs[at]) if at < len(slugs) else url_for("draft.show")


def _listed() -> dict[str, str]:
    return {commune.insee: commune.name for commune in communes()}


def _step(step: str, form: Form, **more: Any) -> str:
    form.labels = words.field_labels(form.errors)
    form.spoken = FRENCH
    return render_template(
        f"portal/draft/{step}.html",
        step=step,
        form=form,
        words=words,
        most=forms.MOST_CHILDREN,
        communes=communes(),
        elsewhere=ELSEWHERE,
        **more,
    )


def _page(draft: drafts.ReadRegistrationAnswer, form: Form) -> str:
    told = {step: bool(_said(draft.content.get(step, {}))) for step in words.STEPS}
    papers = {kind: [p for p in draft.papers if p["kind"] == kind] for kind in drafts.KINDS}
    return render_template(
        "portal/draft/draft.html",
        draft=draft,
        held=require_bearer(),
        form=form,
        told=told,
        papers=papers,
        words=words,
    )


def _said(content: dict[str, Any]) -> list[str]:
    """Return the first words of a step, to show that it was written."""
    if "children" in content:
        return [each["first_name"] for each in content["children"] if each["first_name"]]
    return [str(value) for value in content.values() if value]
