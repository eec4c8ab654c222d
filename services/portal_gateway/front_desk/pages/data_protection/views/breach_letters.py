"""Letters of a kept breach: how many, to whom they do not go, and files of a hundred each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.front_desk.breaches.rules import (
    BreachDetails,
    KeptBreach,
    first_moment_after,
)
from services.portal_gateway.front_desk.pages.data_protection import breach_forms as forms
from services.portal_gateway.front_desk.pages.data_protection import breach_letters as documents
from services.portal_gateway.pages.page_parts import parsing
from shared.contracts.dossier.data_protection.breach_letters import (
    MOST_LETTERS,
    BreachLettersRequest,
    BreachRecipientsAnswer,
    breach_letters,
    breach_recipients,
)
from shared.contracts.identity.accounts import (
    MOST_ASKED,
    ReachedByEmailRequest,
    reached_by_email,
)
from shared.database.chunks import chunks
from shared.dates.clock import now, today
from shared.documents import NotLaidOut
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.base.downloads import file_to_save

blueprint = Blueprint(
    "breach_letters", __name__, url_prefix="/donnees/violation/<uuid:breach_id>/lettres"
)

PAPER, ALL = "papier", "tous"
"""Addressees in the form: households that no e-mail reaches, or every one."""
NEEDED = ("nature", "consequences", "measures")
"""The texts that article 34 asks of a letter, written by the officer."""


@dataclass
class Addressees:
    """Households to write to, by id, and how many are not."""

    wanted: list[str] = field(default_factory=list)
    touched: int = 0
    reached: int = 0
    apart: int = 0
    unaddressed: int = 0


@blueprint.get("")
@agent.for_agents_who_may(PERSON_REQUESTS)
def show(breach_id: UUID) -> str:
    """Say how many letters there are, and lay out what they will say; nothing is read yet."""
    return _page(forms.require_breach(breach_id))


@blueprint.post("")
@agent.for_agents_who_may(PERSON_REQUESTS)
def print_lot(breach_id: UUID) -> ResponseReturnValue:
    """Return the letters to the households of a lot; each leaves a line in « Qui a lu »."""
    breach = forms.require_breach(breach_id)
    wanted = [parsing.require_id(each) for each in request.form.getlist("household")]
    if _missing_texts(breach.details) or not 0 < len(wanted) <= MOST_LETTERS:
        abort(400)
    details = breach.details
    provider, end = forms.provider_code_of(details.service), first_moment_after(details.until)
    asked = BreachLettersRequest(details.since, end, provider, wanted)
    letters = agent.ask(breach_letters, asked, deadline=forms.PATIENCE).letters
    if not letters:
        flash("gone", "letters")
        return redirect(
            url_for("breach_letters.show", breach_id=breach_id, a=_addressees_asked_for()), 303
        )
    try:
        content = documents.letters_pdf(letters, details, shell_here().register, now())
    except NotLaidOut:
        flash("failed", "letters")
        return redirect(
            url_for("breach_letters.show", breach_id=breach_id, a=_addressees_asked_for()), 303
        )
    return file_to_save(content, f"lettres-{today().isoformat()}.pdf", "application/pdf")


def _page(breach: KeptBreach) -> str:
    missing, register = _missing_texts(breach.details), shell_here().register
    found = Addressees() if missing else _addressees(breach.details)
    return render_template(
        "front_desk/breach_letters.html",
        breach=breach,
        office=forms.office_label,
        missing=[forms.field_labels()[name] for name in missing],
        found=found,
        lots=list(chunks(found.wanted, MOST_LETTERS)),
        to=_addressees_asked_for(),
        per_lot=MOST_LETTERS,
        opening="" if missing else documents.opening_sentences(breach.details),
        parts_of_letter=[] if missing else documents.letter_parts(breach.details, register),
    )


def _addressees(details: BreachDetails) -> Addressees:
    found = Addressees()
    for page in _pages_of_households(details):
        reached = (
            _adults_reached_by_email(page) if _addressees_asked_for() == PAPER else frozenset()
        )
        for row in page.households:
            if reached.isdisjoint(row["guardian_ids"]):
                found.wanted.append(row["household_id"])
            else:
                found.reached += 1
        found.touched += page.touched
        found.apart += page.apart
        found.unaddressed += page.unaddressed
    return found


def _pages_of_households(details: BreachDetails) -> Iterator[BreachRecipientsAnswer]:
    """Yield the dossier's pages, to the last."""
    after = None
    while True:
        page = agent.ask(
            breach_recipients,
            forms.affected_households_request(details, after),
            deadline=forms.PATIENCE,
        )
        yield page
        if page.after is None:
            return
        after = page.after


def _adults_reached_by_email(page: BreachRecipientsAnswer) -> frozenset[str]:
    """Return those of the adults of a page whom e-mails reach, as identity says."""
    adults = sorted({each for row in page.households for each in row["guardian_ids"]})
    return frozenset(
        each
        for some in chunks(adults, MOST_ASKED)
        for each in agent.ask(
            reached_by_email, ReachedByEmailRequest(list(some)), deadline=forms.PATIENCE
        ).reached
    )


def _missing_texts(details: BreachDetails) -> list[str]:
    return [name for name in NEEDED if not details.texts[name]]


def _addressees_asked_for() -> str:
    return ALL if request.values.get("a") == ALL else PAPER
