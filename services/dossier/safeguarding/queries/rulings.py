"""Rulings that bar an adult from a child, as agents who protect families read them (rule R7)."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.models import Child, ChildHousehold, Section, SectionHistory
from services.dossier.safeguarding.rules.acts_between_ruling_versions import (
    is_ruling_over,
    ruling_acts_between_versions,
)
from services.dossier.sections.queries import (
    CUSTODY,
    content_of_section,
    contents_of_sections,
    require_named_child,
    sealed_place_of_section,
    stored_section,
)
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.dossier.families import safeguarding as contracts
from shared.dates.instant import Instant

LOOKED_AT = 200
"""Children with a custody section, in one page of what waits for a second agent."""


def rulings_of_child(session: Session, child_id: str) -> contracts.RulingsOfAnswer:
    """Return the rulings on one child and what was done about them; raises NotFound."""
    child = require_named_child(session, child_id)
    row = stored_section(session, child_id, CUSTODY)
    versions = [
        (each.changed_at, each.changed_by, _unsealed_rulings(each))
        for each in _ruling_versions(session, child_id)
    ]
    acts = [
        contracts.RulingAct(at=at, by=by, act=act, name=name)
        for (_, _, before), (at, by, after) in zip(
            [(None, "", []), *versions], versions, strict=False
        )
        for act, name in ruling_acts_between_versions(before, after)
    ]
    return contracts.RulingsOfAnswer(
        first_name=child.first_name or "",
        last_name=child.last_name or "",
        version=row.version if row else 0,
        rulings=[_ruling_row(ruling) for ruling in rulings_in_section(session, child_id)],
        history=acts[::-1],
    )


def rulings_for_second_agent(
    session: Session, when: Instant, after: str
) -> contracts.RulingsToSecondAnswer:
    """
    Return rulings that are not over and that no second agent has read again.

    LOOKED_AT of the children with a custody section are looked at, as each must be opened.
    """
    of_custody = select(Section.child_id).where(Section.section == CUSTODY)
    following = of_custody.where(Section.child_id > after).order_by(Section.child_id)
    child_ids = session.scalars(following.limit(LOOKED_AT)).all()
    contents = contents_of_sections(session, child_ids, [CUSTODY])
    waiting = [
        (child_id, ruling)
        for child_id in sorted(contents)
        for ruling in contents[child_id].get(CUSTODY, {}).get("barred", [])
        if _is_unread_by_second_agent(ruling, when)
    ]
    rows = session.execute(
        select(Child, func.min(ChildHousehold.household_id))
        .join(ChildHousehold, ChildHousehold.child_id == Child.id)
        .where(Child.id.in_([child_id for child_id, _ in waiting]), Child.first_name.is_not(None))
        .group_by(Child.id)
    )
    children = {child.id: (child, home) for child, home in rows}
    found = [
        contracts.RulingToSecond(
            household_id=children[child_id][1],
            child_id=child_id,
            first_name=children[child_id][0].first_name or "",
            last_name=children[child_id][0].last_name or "",
            recorded_by=ruling["recorded_by"],
        )
        for child_id, ruling in waiting
        if child_id in children
    ]
    following_page = child_ids[-1] if len(child_ids) == LOOKED_AT else ""
    return contracts.RulingsToSecondAnswer(found, next=following_page)


def _is_unread_by_second_agent(ruling: Content, when: Instant) -> bool:
    """Say whether a ruling of an agent, not of an import, is still to be read by a second one."""
    by_one_agent = ruling.get("recorded_by") and not ruling.get("seconded_by")
    return bool(by_one_agent) and not is_ruling_over(ruling, when)


def rulings_in_section(session: Session, child_id: str) -> list[Content]:
    return list(content_of_section(session, child_id, CUSTODY).get("barred", []))


def _ruling_versions(session: Session, child_id: str) -> Iterable[SectionHistory]:
    rows = select(SectionHistory).where(
        SectionHistory.child_id == child_id, SectionHistory.section == CUSTODY
    )
    return session.scalars(rows.order_by(SectionHistory.version)).all()


def _unsealed_rulings(row: SectionHistory) -> list[Content]:
    child_ids = vault.open(row.child_id, sealed_place_of_section(CUSTODY, row.version), row.content)
    return list(child_ids.get("barred", []))


def _ruling_row(ruling: Content) -> contracts.Ruling:
    """Return a ruling as an answer takes it: days as days."""
    return contracts.Ruling(
        name=ruling["name"],
        paper_kind=ruling["paper_kind"],
        paper_date=date.fromisoformat(ruling["paper_date"]),
        valid_from=date.fromisoformat(ruling["valid_from"]),
        valid_to=_parse_day(ruling.get("valid_to")),
        recorded_by=ruling.get("recorded_by", ""),
        seconded_by=ruling.get("seconded_by", ""),
        lift_paper=ruling.get("lift_paper", ""),
        lift_paper_date=_parse_day(ruling.get("lift_paper_date")),
    )


def _parse_day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
