"""
The copy of its data for who asked: whom it covers, and what the dossier itself gives of a child.

Sections, holders, readings, corrections and history are those that this guardian reads at the
portal, so that a copy tells nothing of another home that a page would not (rules R7, R9).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from services.dossier.activity_history.queries import history
from services.dossier.corrections.queries.corrections import corrections_for_guardian
from services.dossier.data_protection.person_requests.queries.requests import is_delicate, may_hide
from services.dossier.households.queries.child_joins import files_of
from services.dossier.households.queries.guardianships import authority_conditions
from services.dossier.households.queries.withheld_contacts import open_shown_version
from services.dossier.models import (
    Guardianship,
    HouseholdGuardian,
    PersonRequest,
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
from services.dossier.person_copies.queries.held_data import HELD
from services.dossier.sections.rules.projections import Content
from shared.contracts.dossier.data_protection.person_requests import (
    ASKED,
    NO_ACCOUNT,
    NO_AUTHORITY,
    NO_COPY,
    NOT_PROVEN,
    OUTCOMES,
    WITH_COPY,
    RequestClosed,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.every_service.held_data import HeldOfPersonRequest, HeldRow
from shared.contracts.sections import SECTIONS, consents, papers
from shared.database.held_data import held_rows
from shared.dates.clock import midnight
from shared.dates.instant import Instant

UNSEEN = frozenset({"custody"})
"""Sections of which a guardian reads nothing."""
NAMING_OTHERS = UNSEEN | {"contacts", "pickup", papers.CODE, consents.CODE}
"""Sections that name other persons, or what each of them did."""


def scope_of_copy(session: Session, request_id: str, when: Instant) -> HeldOfPersonRequest:
    """
    Return whom the copy covers.

    Raises NotFound, RequestClosed, and BadRequest where there can be none.
    """
    row = session.get(PersonRequest, request_id)
    if row is None:
        raise NotFound(person_request_id=request_id)
    if row.state in OUTCOMES:
        raise RequestClosed(state=row.state)
    if row.kind not in WITH_COPY:
        raise BadRequest(errors={NO_COPY: ["no copy was asked for"]})
    if row.proof == ASKED:
        raise BadRequest(errors={NOT_PROVEN: ["who it is was asked for and not proven"]})
    if row.asked_by is None:
        raise BadRequest(errors={NO_ACCOUNT: ["a person without an account"]})
    children = _children_under_authority(session, row.asked_by, when)
    about = files_of(session, row.child_id) if row.child_id else []
    if row.child_id and row.child_id not in children:
        raise BadRequest(errors={NO_AUTHORITY: ["over the child no more"]})
    homes = select(HouseholdGuardian.household_id).where(
        HouseholdGuardian.guardian_id == row.asked_by
    )
    return HeldOfPersonRequest(
        subject=row.asked_by,
        households=sorted(session.scalars(homes)),
        children=sorted(children),
        about=about,
        apart=is_delicate(session, row, when),
    )


def rows_of_dossier(
    session: Session, asked: HeldOfPersonRequest, when: Instant
) -> Iterator[HeldRow]:
    """Yield what the dossier gives: its rows, then each child as this guardian reads it."""
    yield from held_rows(session, HELD, asked)
    for child_id in asked.about or asked.children:
        for table, key, content in _child_as_read(session, child_id, asked.subject, when):
            said = json.dumps(content, ensure_ascii=False, default=_plain)
            yield HeldRow(table=table, key=f"{child_id}|{key}", content=said)
    for household_id in () if asked.about else asked.households:
        papers = papers_of_home(session, household_id, asked.subject, when)
        for table, key, content in _numbered("household_paper", papers):
            said = json.dumps(content, ensure_ascii=False, default=_plain)
            yield HeldRow(table=table, key=f"{household_id}|{key}", content=said)


def _children_under_authority(session: Session, guardian_id: str, when: Instant) -> set[str]:
    mine = select(Guardianship.child_id).where(
        Guardianship.guardian_id == guardian_id, *authority_conditions(when.day)
    )
    return {file for child_id in session.scalars(mine) for file in files_of(session, child_id)}


def _child_as_read(
    session: Session, child_id: str, reader: str, when: Instant
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for section in SECTIONS:
        if section in UNSEEN:
            continue
        read = section_for_guardian(session, child_id, section, reader)
        if read.content:
            yield "section", section, {"section": section, **read.content}
    entered = [
        *_entered_by(session, child_id, reader),
        *_stood_at_home(session, child_id, reader, when),
    ]
    yield from _numbered("section_history", entered)
    yield from _numbered("kept_paper", papers_for_guardian(session, child_id, reader, when.day))
    allowed = consents_for_guardian(session, child_id, reader, when.day)
    yield from _numbered("consent", allowed.consents)
    yield from _numbered("consent_word", allowed.said)
    known = who_knows(session, child_id, reader, when)
    yield from _numbered("link", known.links)
    yield from _numbered("projection", known.holdings)
    readings = who_read(session, child_id, reader, when)
    yield from _numbered("read_log", readings)
    yield from _numbered("correction", corrections_for_guardian(session, child_id, reader))
    view = history.View.of_reader(session, child_id, reader)
    codes = {code: code for code in history.providers_of(session, view)}
    yield from _numbered("course", history.course_of(session, view, codes))


def _entered_by(session: Session, child_id: str, author: str) -> Iterator[Mapping[str, Any]]:
    """Yield what a guardian entered over time; no number tells that others did in between."""
    mine = (SectionHistory.child_id == child_id, SectionHistory.changed_by == author)
    rows = session.scalars(
        select(SectionHistory)
        .where(*mine, SectionHistory.section.not_in(UNSEEN))
        .order_by(SectionHistory.section, SectionHistory.version)
    )
    for row in rows:
        content = _own_part(open_shown_version(row), row.section, author)
        yield {"section": row.section, "changed_at": row.changed_at, "content": content}


def _stood_at_home(
    session: Session, child_id: str, reader: str, when: Instant
) -> Iterator[Mapping[str, Any]]:
    """
    Yield what others said of the child in this guardian's own home: it stood on its pages then.

    Of the child alone, never who said it, and nothing where something of the child is hidden. What
    names other persons (whom to call, who collects) is theirs. Of a home that was protected for a
    time, what was said in that time is left out: its reader may live there since.
    """
    if may_hide(session, reader, child_id, when):
        return
    homes = select(HouseholdGuardian.household_id).where(HouseholdGuardian.guardian_id == reader)
    since = midnight(_answers_since(session, child_id, reader, when))
    rows = session.scalars(
        select(SectionHistory)
        .where(SectionHistory.child_id == child_id, SectionHistory.section.not_in(NAMING_OTHERS))
        .where(SectionHistory.changed_by != reader, SectionHistory.household_id.in_(homes))
        .where(SectionHistory.changed_at >= since, ~_said_while_protected())
        .order_by(SectionHistory.section, SectionHistory.version)
    )
    for row in rows:
        content = open_shown_version(row)
        yield {"section": row.section, "changed_at": row.changed_at, "content": content}


def _said_while_protected() -> ColumnElement[bool]:
    return exists().where(
        ProtectedHousehold.household_id == SectionHistory.household_id,
        SectionHistory.changed_at.between(ProtectedHousehold.since, ProtectedHousehold.lifted_at),
    )


def _answers_since(session: Session, child_id: str, reader: str, when: Instant) -> date:
    """Return from which day on this guardian has answered for the child, without a break."""
    began = select(Guardianship.valid_from).where(
        Guardianship.guardian_id == reader,
        Guardianship.child_id.in_(files_of(session, child_id)),
        *authority_conditions(when.day),
    )
    return min(session.scalars(began), default=when.day)


def _own_part(content: Content, section: str, author: str) -> Content:
    """Return of a section that several guardians add to what one of them did, undecided."""
    if section == papers.CODE:
        own = [each for each in content.get(section, ()) if each["kept_by"] == author]
        return {section: [{k: v for k, v in each.items() if k not in UNDECIDED} for each in own]}
    if section == consents.CODE:
        return {"words": [each for each in content.get("words", ()) if each["by"] == author]}
    return content


def _numbered(table: str, rows: Iterable[Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for number, row in enumerate(rows, start=1):
        yield table, str(number), row if isinstance(row, Mapping) else asdict(row)


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)
