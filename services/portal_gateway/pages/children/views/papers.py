"""« Papiers et autorisations » of a child: kept once, shown to who asks; allowed, and withdrawn."""

import binascii
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.pages.children import paper_forms
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import Child, family_from_answer_and_remember
from shared.contracts.dossier import guardians
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.dossier.registrations import PART_BYTES, TooManyPapers, UnreadablePaper
from shared.contracts.errors import (
    BadRequest,
    Failed,
    NoAnswer,
    NotFound,
    Outdated,
    Refusal,
    Unavailable,
)
from shared.contracts.message import Empty
from shared.contracts.sections.consents import ACTS
from shared.contracts.sections.papers import ASKED_BEFORE, KINDS
from shared.contracts.values import OfChild
from shared.dates.clock import today
from shared.files import cleaning
from shared.files.cleaning import CleanFile, FileRefused
from shared.files.file_parts import count_parts, fetch_parts, split_into_parts
from shared.runtime.ids import new_id
from shared.web.base import downloads
from shared.web.forms import uploads
from shared.web.forms.form_data import Form
from shared.web.language.section_labels import lazy_labels
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("papers", __name__, url_prefix="/enfants/<child_id>")

ACT_LABELS = lazy_labels({code: act.label for code, act in ACTS.items()})
ACT_TEXTS = lazy_labels({code: act.text for code, act in ACTS.items()})


@blueprint.before_request
def _require_ids() -> None:
    """Answer to an address that names no child, or no paper, as to one that is not there."""
    for named in (request.view_args or {}).values():
        parsing.require_id(named)


@blueprint.get("/papiers")
@current_user.signed_in
def show(child_id: str) -> ResponseReturnValue:
    """Show the papers of a child and what its guardians allow; of either what is known now."""
    kind = request.args.get("papier", "")
    return _page(child_id, Form({"kind": kind if kind in KINDS else "", "children": [child_id]}))


@blueprint.post("/papiers")
@current_user.signed_in
def keep(child_id: str) -> ResponseReturnValue:
    """Keep a paper, its pages bound together, for one child or several; nothing half done."""
    children = {each.id: each for each in _children_with_authority()}
    if child_id not in children:
        raise NotFound(child_id=child_id)
    form = Form(paper_forms.parse_values())
    form.errors = paper_forms.mistakes(form, list(children.values()), today())
    file, wrong = paper_forms.read_pages()
    if wrong:
        form.errors[paper_forms.PAGES] = wrong
    if form.errors or file is None:
        return _page(child_id, form), 422
    each = child_id
    try:
        for each in dict.fromkeys([child_id, *form.values["children"]]):
            _send_paper(each, form, file)
    except TooManyPapers as refusal:
        form.errors["kind"] = _(
            "%(name)s a déjà %(most)d papiers ici : retirez-en un.",
            most=refusal.detail["most"],
            name=children[each].first_name,
        )
        return _page(child_id, form, again=True), 422
    except UnreadablePaper:
        refused = FileRefused(cleaning.BROKEN)
        form.errors[paper_forms.PAGES] = uploads.refusal_sentence(refused)
        return _page(child_id, form), 422
    except BadRequest:
        form.errors["valid_until"] = _("Cette date ne convient pas : vérifiez-la.")
        return _page(child_id, form), 422
    except (NoAnswer, Unavailable):
        return _page(child_id, form, unsaved=True, again=True), 503
    flash("kept", "papers")
    return redirect(url_for("papers.show", child_id=child_id), 303)


@blueprint.get("/papiers/<paper_id>")
@current_user.signed_in
def open_paper(child_id: str, paper_id: str) -> ResponseReturnValue:
    """Show the paper itself, as it is kept."""
    asked = papers.PaperPartRequest(child_id, paper_id)
    first = current_user.ask(papers.paper_part, asked)
    try:
        content = fetch_parts(
            first,
            lambda part: current_user.ask(papers.paper_part, replace(asked, part=part)),
        )
    except binascii.Error:
        raise Failed from None
    return downloads.sent_file_to_view(content, _("Papier"))


@blueprint.post("/papiers/<paper_id>/retirer")
@current_user.signed_in
def drop(child_id: str, paper_id: str) -> ResponseReturnValue:
    """Take back a paper that this person kept."""
    try:
        current_user.ask(papers.drop_kept_paper, papers.OfPaper(child_id, paper_id))
        flash("dropped", "papers")
    except (NoAnswer, Unavailable):
        flash("unavailable", "papers")
    return redirect(url_for("papers.show", child_id=child_id), 303)


@blueprint.post("/autorisations")
@current_user.signed_in
def give_or_withdraw_consent(child_id: str) -> ResponseReturnValue:
    """Give or withdraw one consent."""
    act, given = request.form.get("consent", ""), request.form.get("given", "")
    if act not in ACTS or given not in ("yes", "no"):
        raise NotFound
    word = papers.SayConsentRequest(
        child_id, act, given == "yes", request.form.get("version", "")[:20]
    )
    try:
        current_user.ask(papers.say_consent, word)
        flash("said", "papers")
    except Outdated:
        flash("new_text", "papers")
    except (NoAnswer, Unavailable):
        flash("unavailable", "papers")
    return redirect(url_for("papers.show", child_id=child_id, _anchor="autorisations"), 303)


def _send_paper(child_id: str, form: Form, file: CleanFile) -> None:
    """
    Send the paper of one child part by part; the same form sent twice is one paper.

    With other pages, after « Retour », it is another one.
    """
    pages = paper_forms.digest_of_pages()
    what = (form.value("kind"), paper_forms.last_day_of_paper(form), pages)
    key = parsing.request_id(parsing.form_key(), child_id, *what)
    parts = count_parts(len(file.content), PART_BYTES)
    for number, part in split_into_parts(file.content, PART_BYTES):
        current_user.ask(
            papers.keep_paper,
            papers.KeepPaperRequest(
                child_id=child_id,
                paper_id=key,
                kind=form.value("kind"),
                valid_until=paper_forms.last_day_of_paper(form),
                part=number,
                parts=parts,
                content=part,
            ),
        )


def _children_with_authority() -> list[Child]:
    return family_from_answer_and_remember(current_user.ask(guardians.my_children, Empty())).wards


def _page(child_id: str, form: Form, *, unsaved: bool = False, again: bool = False) -> str:
    """
    Return the page; `again`: a child may have the paper already, and is not to have it twice.
    """
    children, kept, consents = current_user.ask_all(
        round_request(guardians.my_children, Empty()),
        round_request(papers.child_papers, OfChild(child_id)),
        round_request(papers.child_consents, OfChild(child_id)),
    )
    for outcome in (kept, consents):
        if isinstance(outcome, NotFound):
            raise outcome
    family = family_from_answer_and_remember(children)
    child = family.ward(child_id)
    form.labels = {
        "kind": _("Papier"),
        "valid_until": _("Valable jusqu’au"),
        "children": _("Aussi pour"),
        paper_forms.PAGES: _("Pages"),
    }
    known = [] if isinstance(kept, Refusal) else kept.papers
    return render_template(
        "portal/papers.html",
        child=child,
        family=family,
        siblings=[(each.id, each.first_name) for each in family.wards if each.id != child.id],
        papers=list(reversed(known)),
        papers_known=not isinstance(kept, Refusal),
        consents=None if isinstance(consents, Refusal) else consents,
        soon=today() + ASKED_BEFORE,
        form=form,
        unsaved=unsaved,
        form_key=parsing.form_key() if again else new_id(),
        kinds=KINDS,
        acts=ACTS,
        act_labels=ACT_LABELS,
        act_texts=ACT_TEXTS,
        labels=paper_forms,
        accepted=uploads.ACCEPTED,
    )
