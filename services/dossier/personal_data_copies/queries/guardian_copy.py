"""
The dossier's own part of an adult's copy: its rows, and each child as that adult reads it.

Sections, holders, readings, corrections and history are those that this guardian reads at the
portal, so that a copy reveals nothing of another home that a page would not (rules R7, R9).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from services.dossier.activity_history.queries import history
from services.dossier.corrections.queries.corrections import corrections_for_guardian
from services.dossier.data_protection.person_requests.queries.requests import (
    is_anything_hidden_of_child,
)
from services.dossier.households.queries.contacts_withheld_from_home import (
    version_as_entered_and_shown,
)
from services.dossier.households.queries.guardianships import authority_conditions
from services.dossier.households.queries.ids_of_joined_files import all_ids_of_child
from services.dossier.models import (
    Guardianship,
    HouseholdGuardian,
    ProtectedHousehold,
    SectionHistory,
)
from services.dossier.overview.queries.guardian_view import (
    section_for_guardian,
    who_knows,
    who_read,
)
from services.dossier.papers.queries.consents import consents_for_guardian
from services.dossier.papers.queries.household_papers import (
    papers_for_guardian as papers_of_home,
)
from services.dossier.papers.queries.papers import UNDECIDED, papers_for_guardian
from services.dossier.personal_data_copies.queries.copied_row_format import (
    NAMING_OTHERS,
    UNSEEN,
    copied_row,
    numbered_rows_of_copy,
)
from services.dossier.personal_data_copies.queries.held_data import HELD
from services.dossier.sections.rules.projections import Content
from shared.contracts.every_service.held_data import HeldOfPersonRequest, HeldRow
from shared.contracts.sections import SECTIONS, consents, papers
from shared.database.person_data.held_data import held_rows
from shared.dates.clock import midnight
from shared.dates.instant import Instant


def rows_of_guardian(
    session: Session, asked: HeldOfPersonRequest, when: Instant
) -> Iterator[HeldRow]:
    """Yield what the dossier gives: its rows, then each child as this guardian reads it."""
    yield from held_rows(session, HELD, asked)
    for child_id in asked.about or asked.children:
        yield from _sections_as_guardian_reads(session, child_id, asked.subject, when)
    for household_id in () if asked.about else asked.households:
        papers = papers_of_home(session, household_id, asked.subject, when)
        yield from numbered_rows_of_copy("household_paper", household_id, papers)


def _sections_as_guardian_reads(
    session: Session, child_id: str, reader: str, when: Instant
) -> Iterator[HeldRow]:
    for section in SECTIONS:
        if section in UNSEEN:
            continue
        read = section_for_guardian(session, child_id, section, reader)
        if read.content:
            content = {"section": section, **read.content}
            yield copied_row("section", f"{child_id}|{section}", content)
    entered = [
        *_entries_of_guardian(session, child_id, reader),
        *_entries_of_others_at_home(session, child_id, reader, when),
    ]
    yield from numbered_rows_of_copy("section_history", child_id, entered)
    kept = papers_for_guardian(session, child_id, reader, when.day)
    yield from numbered_rows_of_copy("kept_paper", child_id, kept)
    allowed = consents_for_guardian(session, child_id, reader, when.day)
    yield from numbered_rows_of_copy("consent", child_id, allowed.consents)
    yield from numbered_rows_of_copy("consent_word", child_id, allowed.said)
    known = who_knows(session, child_id, reader, when)
    yield from numbered_rows_of_copy("link", child_id, known.links)
    yield from numbered_rows_of_copy("projection", child_id, known.holdings)
    readings = who_read(session, child_id, reader, when)
    yield from numbered_rows_of_copy("read_log", child_id, readings)
    yield from numbered_rows_of_copy(
        "correction", child_id, corrections_for_guardian(session, child_id, reader)
    )
    view = history.View.make_for_guardian(session, child_id, reader)
    codes = {code: code for code in history.providers_that_counted(session, view)}
    yield from numbered_rows_of_copy(
        "course", child_id, history.activity_history_of_child(session, view, codes)
    )


def _entries_of_guardian(
    session: Session, child_id: str, author: str
) -> Iterator[Mapping[str, Any]]:
    """Yield what a guardian entered over time; no number reveals that others did in between."""
    mine = (SectionHistory.child_id == child_id, SectionHistory.changed_by == author)
    rows = session.scalars(
        select(SectionHistory)
        .where(*mine, SectionHistory.section.not_in(UNSEEN))
        .order_by(SectionHistory.section, SectionHistory.version)
    )
    for row in rows:
        content = _own_part_of_section(version_as_entered_and_shown(row), row.section, author)
        yield {"section": row.section, "changed_at": row.changed_at, "content": content}


def _entries_of_others_at_home(
    session: Session, child_id: str, reader: str, when: Instant
) -> Iterator[Mapping[str, Any]]:
    """
    Yield what others said of the child in this guardian's own home: it stood on its pages then.

    Of the child alone, never who said it, and nothing where something of the child is hidden. What
    names other persons (whom to call, who collects) is theirs. Of a home that was protected for a
    time, what was said in that time is left out: its reader may live there since.
    """
    if is_anything_hidden_of_child(session, reader, child_id, when):
        return
    homes = select(HouseholdGuardian.household_id).where(HouseholdGuardian.guardian_id == reader)
    since = midnight(_day_answering_since(session, child_id, reader, when))
    rows = session.scalars(
        select(SectionHistory)
        .where(SectionHistory.child_id == child_id, SectionHistory.section.not_in(NAMING_OTHERS))
        .where(SectionHistory.changed_by != reader, SectionHistory.household_id.in_(homes))
        .where(SectionHistory.changed_at >= since, ~_entered_protected_condition())
        .order_by(SectionHistory.section, SectionHistory.version)
    )
    for row in rows:
        content = version_as_entered_and_shown(row)
        yield {"section": row.section, "changed_at": row.changed_at, "content": content}


def _entered_protected_condition() -> ColumnElement[bool]:
    return exists().where(
        ProtectedHousehold.household_id == SectionHistory.household_id,
        SectionHistory.changed_at.between(ProtectedHousehold.since, ProtectedHousehold.lifted_at),
    )


def _day_answering_since(session: Session, child_id: str, reader: str, when: Instant) -> date:
    """Return from which day on this guardian has answered for the child, without a break."""
    began = select(Guardianship.valid_from).where(
        Guardianship.guardian_id == reader,
        Guardianship.child_id.in_(all_ids_of_child(session, child_id)),
        *authority_conditions(when.day),
    )
    return min(session.scalars(began), default=when.day)


def _own_part_of_section(content: Content, section: str, author: str) -> Content:
    """Return of a section that several guardians add to what one of them did, undecided."""
    if section == papers.CODE:
        own = [each for each in content.get(section, ()) if each["kept_by"] == author]
        return {section: [{k: v for k, v in each.items() if k not in UNDECIDED} for each in own]}
    if section == consents.CODE:
        return {"words": [each for each in content.get("words", ()) if each["by"] == author]}
    return content
