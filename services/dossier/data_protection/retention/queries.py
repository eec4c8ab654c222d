"""Sections and activity histories whose retention has ended."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from services.dossier.data_protection.retention.rules import (
    CUSTODY,
    IDENTITY,
    Due,
    EnteredSection,
    Use,
    due_sections,
    erasure_day_of_activity_history,
    erasure_day_of_section,
    last_day_of_rulings,
)
from services.dossier.households.queries.ids_of_joined_files import (
    all_ids_of_child,
    joins_in_force_of,
)
from services.dossier.models import Child, Link, Section
from services.dossier.sections.queries import contents_of_sections
from shared.database.chunks import chunks
from shared.dates.clock import PARIS
from shared.dates.instant import Instant
from shared.register import Register


def children_still_named(session: Session, after: str, most: int) -> Sequence[str]:
    """Return children of whom something may be kept, in order of their ids."""
    named = select(Child.id).where(Child.id > after, Child.first_name.is_not(None))
    return session.scalars(named.order_by(Child.id).limit(most)).all()


def children_with_section_due(
    session: Session, register: Register, when: Instant, child_ids: Collection[str]
) -> list[str]:
    """Return those of these children of whom a section is to be erased on that day."""
    return sorted({due.child_id for due in sections_due(session, register, when, child_ids)})


def sections_due(
    session: Session, register: Register, when: Instant, child_ids: Collection[str]
) -> list[Due]:
    """Return every section of these children to be erased on that day."""
    rules = {section.code: section for section in register.now.sections}
    due: list[Due] = []
    for batch in chunks(sorted(child_ids)):
        entered, uses = _entered_sections(session, batch), _uses_by_child(session, batch)
        for child_id in batch:
            due += due_sections(child_id, entered[child_id], uses[child_id], rules, when.day)
    return due


def erasure_days_of_sections(
    session: Session, register: Register, child_id: str
) -> dict[str, date | None]:
    """Return for each filled section the day from which it goes, None while it is of use."""
    rules = {section.code: section for section in register.now.sections}
    use = _uses_by_child(session, [child_id])[child_id]
    return {
        each.section: erasure_day_of_section(each, use, rules[each.section])
        for each in _entered_sections(session, [child_id])[child_id]
    }


def children_with_history_due(
    session: Session, when: Instant, child_ids: Collection[str]
) -> list[str]:
    """Return those of these children whose course is kept no longer (rule R10)."""
    due = []
    for batch in chunks(child_ids):
        uses = _uses_by_child(session, batch)
        ends = {child_id: erasure_day_of_activity_history(uses[child_id]) for child_id in batch}
        due += [child_id for child_id, on in ends.items() if on is not None and on <= when.day]
    return due


def _entered_sections(
    session: Session, child_ids: Collection[str]
) -> Mapping[str, list[EnteredSection]]:
    rows = session.execute(
        select(Section.child_id, Section.section, Section.changed_at)
        .join(Child, Child.id == Section.child_id)
        .where(
            Section.child_id.in_(child_ids),
            Section.content.is_not(None)
            | ((Section.section == IDENTITY) & Child.first_name.is_not(None)),
        )
    ).all()
    rulings = contents_of_sections(session, child_ids, [CUSTODY])
    entered: dict[str, list[EnteredSection]] = defaultdict(list)
    for child_id, section, changed_at in rows:
        ends = (
            last_day_of_rulings(rulings[child_id].get(CUSTODY, {})) if section == CUSTODY else None
        )
        entered[child_id].append(EnteredSection(section, changed_at.astimezone(PARIS).date(), ends))
    return entered


def _uses_by_child(session: Session, child_ids: Collection[str]) -> Mapping[str, Use]:
    """Return by child the use of its file; files that are one child are used as one."""
    uses = defaultdict(lambda: Use(linked=False, ended=None))
    joins = joins_in_force_of(session, child_ids)
    files = {child_id: {child_id} for child_id in child_ids}
    for join in joins:
        together = set(all_ids_of_child(session, join.kept_id))
        files |= {child_id: together for child_id in together & files.keys()}
    rows = session.execute(
        select(
            Link.child_id,
            func.sum(case((Link.closed_at.is_(None), 1), else_=0)),
            func.max(Link.closed_at),
        )
        .where(Link.child_id.in_(set().union(*files.values())))
        .group_by(Link.child_id)
    )
    links = {child_id: (open_links, ended) for child_id, open_links, ended in rows}
    for child_id, together in files.items():
        theirs = [links[each] for each in together if each in links]
        if theirs:
            ends = [ended for _open, ended in theirs if ended]
            uses[child_id] = Use(
                any(open_links > 0 for open_links, _ended in theirs),
                max(ends).astimezone(PARIS).date() if ends else None,
            )
    return uses
