"""« Papiers du foyer »: a proof of address or a judgment, kept once and checked at the desk."""

import binascii
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.labels import household_papers as labels
from services.portal_gateway.pages.children import paper_forms
from services.portal_gateway.pages.page_parts import households, parsing
from services.portal_gateway.pages.page_parts.households import own_households
from services.portal_gateway.session import current_user
from shared.contracts.dossier.papers import household_papers as contracts
from shared.contracts.dossier.registrations import PART_BYTES, TooManyPapers, UnreadablePaper
from shared.contracts.errors import Failed, NoAnswer, NotFound, Unavailable
from shared.contracts.values import OfHousehold
from shared.files import cleaning
from shared.files.cleaning import CleanFile, FileRefused
from shared.files.file_parts import count_parts, fetch_parts, split_into_parts
from shared.runtime.ids import new_id
from shared.web.base import downloads
from shared.web.forms import uploads
from shared.web.forms.form_data import Form

blueprint = Blueprint("household_papers", __name__, url_prefix="/foyer")

HOME = "/<household_id>/papiers"


@blueprint.before_request
def _require_ids() -> None:
    """Answer to an address that names no household, or no paper, as to one that is not there."""
    for named in (request.view_args or {}).values():
        parsing.require_id(named)


@blueprint.get("/papiers")
@current_user.signed_in
def choose_household() -> ResponseReturnValue:
    """Lead to the papers of the only household, or let one of several be chosen."""
    return households.choose_household("household_papers.show", _("Papiers du foyer"))


@blueprint.get(HOME)
@current_user.signed_in
def show(household_id: str) -> ResponseReturnValue:
    """Show the papers that this person keeps for the household, and the form for one more."""
    return _page(household_id, Form())


@blueprint.post(HOME)
@current_user.signed_in
def keep(household_id: str) -> ResponseReturnValue:
    """Keep a paper, its pages bound together; nothing half done."""
    _require_own_household(household_id)
    form = Form({"kind": request.form.get("kind", "")})
    if form.value("kind") not in contracts.KINDS:
        form.errors["kind"] = _("Choisissez de quel papier il s’agit.")
    file, wrong = paper_forms.read_pages()
    if wrong:
        form.errors[paper_forms.PAGES] = wrong
    if form.errors or file is None:
        return _page(household_id, form), 422
    try:
        _send_paper(household_id, form.value("kind"), file)
    except TooManyPapers as refusal:
        form.errors["kind"] = _(
            "Vous avez déjà %(most)d papiers ici : retirez-en un.", most=refusal.detail["most"]
        )
        return _page(household_id, form), 422
    except UnreadablePaper:
        refused = FileRefused(cleaning.BROKEN)
        form.errors[paper_forms.PAGES] = uploads.refusal_sentence(refused)
        return _page(household_id, form), 422
    except (NoAnswer, Unavailable):
        return _page(household_id, form, unsaved=True), 503
    flash("kept", "household_papers")
    return redirect(url_for("household_papers.show", household_id=household_id), 303)


@blueprint.get(f"{HOME}/<paper_id>")
@current_user.signed_in
def open_paper(household_id: str, paper_id: str) -> ResponseReturnValue:
    """Show the paper itself, as it is kept."""
    _require_own_household(household_id)
    asked = contracts.HouseholdPaperPartRequest(household_id, paper_id)
    first = current_user.ask(contracts.household_paper_part, asked)
    try:
        content = fetch_parts(
            first,
            lambda part: current_user.ask(
                contracts.household_paper_part, replace(asked, part=part)
            ),
        )
    except binascii.Error:
        raise Failed from None
    return downloads.sent_file_to_view(content, _("Papier"))


@blueprint.post(f"{HOME}/<paper_id>/retirer")
@current_user.signed_in
def drop(household_id: str, paper_id: str) -> ResponseReturnValue:
    """Take back a paper that this person kept."""
    _require_own_household(household_id)
    paper = contracts.OfHouseholdPaper(household_id, paper_id)
    try:
        current_user.ask(contracts.drop_household_paper, paper)
        flash("dropped", "household_papers")
    except (NoAnswer, Unavailable):
        flash("unavailable", "household_papers")
    return redirect(url_for("household_papers.show", household_id=household_id), 303)


def _require_own_household(household_id: str) -> None:
    if household_id not in own_households():
        raise NotFound(household_id=household_id)


def _send_paper(household_id: str, kind: str, file: CleanFile) -> None:
    """Send the paper part by part; the same form sent twice is one paper."""
    pages = paper_forms.digest_of_pages()
    key = parsing.request_id(parsing.form_key(), household_id, kind, pages)
    parts = count_parts(len(file.content), PART_BYTES)
    for number, part in split_into_parts(file.content, PART_BYTES):
        current_user.ask(
            contracts.keep_household_paper,
            contracts.KeepHouseholdPaperRequest(
                household_id=household_id,
                paper_id=key,
                kind=kind,
                part=number,
                parts=parts,
                content=part,
            ),
        )


def _page(household_id: str, form: Form, *, unsaved: bool = False) -> str:
    _require_own_household(household_id)
    known: list[contracts.PaperOfHousehold] | None
    try:
        asked = OfHousehold(household_id)
        known = current_user.ask(contracts.household_papers, asked).papers
    except (NoAnswer, Unavailable):
        known = None
    form.labels = {"kind": _("Papier"), paper_forms.PAGES: _("Pages")}
    return render_template(
        "portal/household_papers.html",
        household_id=household_id,
        papers=None if known is None else list(reversed(known)),
        form=form,
        unsaved=unsaved,
        form_key=parsing.form_key() if unsaved else new_id(),
        labels=labels,
        accepted=uploads.ACCEPTED,
    )
