"""
Copies for persons who are no guardian: a former pupil, an agent, a person named in a file.

A former pupil has what is said of it alone, never by whom, nor whom it names. Who is named in a
file has its own entry in it, neither the child nor who wrote it. Of what an agent read the copy
says when and of what kind, and no child.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.activity_history.queries import history
from services.dossier.data_protection.person_requests.queries.persons_without_account import (
    NAMING,
    section_entries_of_person,
)
from services.dossier.data_protection.person_requests.queries.requests import (
    content_of_request,
)
from services.dossier.households.queries.contacts_withheld_from_home import (
    version_as_entered_and_shown,
)
from services.dossier.models import READ, Link, PersonRequest, ReadLog, SectionHistory
from services.dossier.personal_data_copies.queries.copied_row_format import (
    NAMING_OTHERS,
    numbered_rows_of_copy,
)
from services.dossier.personal_data_copies.queries.held_data import HELD
from services.dossier.read_log.queries.shown_reads import reads_shown_to_pupil
from services.dossier.sections.queries import content_of_section
from shared.contracts.every_service.held_data import HeldOfPersonRequest, HeldRow
from shared.contracts.sections import SECTIONS
from shared.database.person_data.agent_data import rows_of_agent as own_rows_of_agent
from shared.database.person_data.held_data import held_rows
from shared.dates.clock import PARIS
from shared.dates.instant import Instant

Contents = Iterator[Mapping[str, Any]]


def rows_of_pupil(session: Session, asked: HeldOfPersonRequest, when: Instant) -> Iterator[HeldRow]:
    """Yield its card and requests, then each section, who has it, who read it, where it went."""
    yield from held_rows(session, HELD, asked)
    for child_id in asked.children:
        yield from numbered_rows_of_copy(
            "section", child_id, _sections_naming_no_others(session, child_id)
        )
        yield from numbered_rows_of_copy(
            "section_history", child_id, _versions_naming_no_others(session, child_id)
        )
        yield from numbered_rows_of_copy("link", child_id, _links_of_child(session, child_id))
        yield from numbered_rows_of_copy(
            "read_log", child_id, _readings_of_child(session, child_id, when)
        )
        view = history.View([child_id], known=None)
        codes = {code: code for code in history.providers_that_counted(session, view)}
        yield from numbered_rows_of_copy(
            "course", child_id, history.activity_history_of_child(session, view, codes)
        )


def rows_of_person_named(
    session: Session, request: PersonRequest, files: Sequence[str]
) -> Iterator[HeldRow]:
    """Yield what the file that is read says of who is named there, and what all of them did."""
    said = content_of_request(request)
    whom = said["called"], said["phone"]
    now = (
        {"section": section, **entry}
        for section in NAMING
        for entry in section_entries_of_person(
            content_of_section(session, files[0], section), *whom
        )
    )
    yield from numbered_rows_of_copy("named_person", request.id, now)
    versions = session.scalars(
        select(SectionHistory)
        .where(SectionHistory.child_id.in_(files), SectionHistory.section.in_(NAMING))
        .order_by(SectionHistory.section, SectionHistory.child_id, SectionHistory.version)
    )
    before = (
        {"section": row.section, "changed_at": row.changed_at, **entry}
        for row in versions
        for entry in section_entries_of_person(version_as_entered_and_shown(row), *whom)
    )
    yield from numbered_rows_of_copy("named_person_history", request.id, before)


def rows_of_agent(session: Session, asked: HeldOfPersonRequest) -> Iterator[HeldRow]:
    """Yield what is of the agent, how often it is named, and its readings by day and kind."""
    yield from own_rows_of_agent(session, HELD, asked)
    mine = select(ReadLog).where(ReadLog.subject == asked.subject, ReadLog.kind == READ)
    readings = Counter(
        (row.at.astimezone(PARIS).date(), row.provider, row.role, row.projection, row.purpose)
        for row in session.scalars(mine.order_by(ReadLog.sequence))
    )
    columns = ("day", "provider", "role", "projection", "purpose")
    rows = ({**dict(zip(columns, kind, strict=True)), "times": n} for kind, n in readings.items())
    yield from numbered_rows_of_copy("read_by_agent", asked.subject, rows)


def _sections_naming_no_others(session: Session, child_id: str) -> Contents:
    for section in SECTIONS:
        if section not in NAMING_OTHERS and (
            content := content_of_section(session, child_id, section)
        ):
            yield {"section": section, **content}


def _versions_naming_no_others(session: Session, child_id: str) -> Contents:
    rows = session.scalars(
        select(SectionHistory)
        .where(SectionHistory.child_id == child_id, SectionHistory.section.not_in(NAMING_OTHERS))
        .order_by(SectionHistory.section, SectionHistory.version)
    )
    for row in rows:
        content = version_as_entered_and_shown(row)
        yield {"section": row.section, "changed_at": row.changed_at, "content": content}


def _links_of_child(session: Session, child_id: str) -> Contents:
    rows = select(Link).where(Link.child_id == child_id).order_by(Link.opened_at, Link.id)
    for row in session.scalars(rows):
        yield {"provider": row.provider, "opened_at": row.opened_at, "closed_at": row.closed_at}


def _readings_of_child(session: Session, child_id: str, when: Instant) -> Contents:
    for read in reads_shown_to_pupil(session, child_id, when):
        yield {
            "at": read.at,
            "provider": read.provider,
            "role": read.role,
            "projection": read.projection,
            "purpose": read.purpose,
        }
