"""
Adults to whom a child is not handed over, entered at the front desk from a paper (rule R7).

They stand in the section `custody`, sealed; who did what is its history. What changes is told to
providers quietly: no family is shown that anything was sent, or looked at.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.dossier.models import Child, ChildHousehold, Section, SectionHistory
from services.dossier.sections.commands import keep_section, refuse_outdated
from services.dossier.sections.queries import (
    CUSTODY,
    content_of,
    contents_of,
    place,
    stored_section,
)
from services.dossier.sections.rules.projections import Content, affected
from services.dossier.sharing.publishing.commands.publisher import lock_children, targets_of, tell
from services.dossier.sharing.rules.policy import Reach
from services.dossier.store import vault
from shared.contracts.dossier.safeguarding import ENTERED, LIFTED, SECONDED, TAKEN_OUT
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.sections.contents import MOST_BARRED
from shared.database import Write
from shared.dates.instant import When

LOOKED_AT = 200
"""Children of whom custody was told, in one page of what waits for a second agent."""

_DAYS = ("paper_date", "valid_from", "valid_to", "lift_paper_date")


def rulings_of(session: Session, child_id: str) -> dict[str, Any]:
    """Return the rulings on one child and what was done about them; raises NotFound."""
    child = _named(session, child_id)
    row = stored_section(session, child_id, CUSTODY)
    versions = [
        (each.changed_at, each.changed_by, _opened(each)) for each in _history(session, child_id)
    ]
    acts = [
        {"at": at, "by": by, "act": act, "name": name}
        for (_, _, before), (at, by, after) in zip(
            [(None, "", []), *versions], versions, strict=False
        )
        for act, name in acts_between(before, after)
    ]
    return {
        "first_name": child.first_name,
        "last_name": child.last_name,
        "version": row.version if row else 0,
        "rulings": [_with_days(one) for one in _listed(session, child_id)],
        "history": acts[::-1],
    }


def to_second(session: Session, when: When, after: str) -> dict[str, Any]:
    """
    Return rulings that are not over and that no second agent has read again.

    LOOKED_AT of the children of whom custody was told are looked at, as each must be opened.
    """
    of_custody = select(Section.child_id).where(Section.section == CUSTODY)
    following = of_custody.where(Section.child_id > after).order_by(Section.child_id)
    told = session.scalars(following.limit(LOOKED_AT)).all()
    contents = contents_of(session, told, [CUSTODY])
    waiting = [
        (child_id, ruling)
        for child_id in sorted(contents)
        for ruling in contents[child_id].get(CUSTODY, {}).get("barred", [])
        if _waits(ruling, when)
    ]
    rows = session.execute(
        select(Child, func.min(ChildHousehold.household_id))
        .join(ChildHousehold, ChildHousehold.child_id == Child.id)
        .where(Child.id.in_([child_id for child_id, _ in waiting]), Child.first_name.is_not(None))
        .group_by(Child.id)
    )
    children = {child.id: (child, home) for child, home in rows}
    found = [
        {
            "household_id": children[child_id][1],
            "child_id": child_id,
            "first_name": children[child_id][0].first_name,
            "last_name": children[child_id][0].last_name,
            "recorded_by": ruling["recorded_by"],
        }
        for child_id, ruling in waiting
        if child_id in children
    ]
    return {"found": found, "next": told[-1] if len(told) == LOOKED_AT else ""}


def _waits(ruling: Content, when: When) -> bool:
    """Say whether a ruling of an agent, not of an import, is still to be read by a second one."""
    by_one_agent = ruling.get("recorded_by") and not ruling.get("seconded_by")
    return bool(by_one_agent) and not _is_over(ruling, when)


def bar(write: Write, reach: Reach, request: SimpleNamespace, *, by: str, when: When) -> int:
    """Enter a ruling; return the section's version. Raises NotFound, Outdated, BadRequest."""
    listed = _held(write, request)
    if request.valid_to is not None and request.valid_to < request.valid_from:
        raise BadRequest(errors={"valid_to": ["before valid_from"]})
    while len(listed) >= MOST_BARRED and (over := [one for one in listed if _is_over(one, when)]):
        listed.remove(over[0])
    if len(listed) >= MOST_BARRED:
        raise BadRequest(errors={"name": [f"{MOST_BARRED} at most"]})
    entered = {
        "name": request.name,
        "paper_kind": request.paper,
        "paper_date": request.paper_date.isoformat(),
        "valid_from": request.valid_from.isoformat(),
        "valid_to": request.valid_to.isoformat() if request.valid_to else None,
        "recorded_by": by,
    }
    return _keep(write, reach, request.child_id, [*listed, entered], by=by, when=when)


def second(write: Write, reach: Reach, request: SimpleNamespace, *, by: str, when: When) -> int:
    """Note that a second agent saw the paper; raises BadRequest for who entered the ruling."""
    listed = _held(write, request)
    ruling = _numbered(listed, request.number)
    if ruling.get("recorded_by") == by:
        raise BadRequest(errors={"number": ["another agent's"]})
    ruling["seconded_by"] = by
    return _keep(write, reach, request.child_id, listed, by=by, when=when)


def lift(write: Write, reach: Reach, request: SimpleNamespace, *, by: str, when: When) -> int:
    """Give a ruling its last day, from a paper; before its first day it is taken out."""
    listed = _held(write, request)
    ruling = _numbered(listed, request.number)
    if request.last_day.isoformat() < ruling["valid_from"]:
        listed.remove(ruling)
    else:
        ruling["valid_to"] = request.last_day.isoformat()
        ruling["lift_paper"] = request.paper
        ruling["lift_paper_date"] = request.paper_date.isoformat()
    return _keep(write, reach, request.child_id, listed, by=by, when=when)


def acts_between(before: Iterable[Content], after: Iterable[Content]) -> Iterator[tuple[str, str]]:
    """Give what was done between two states of the section: the act, and the adult's name."""
    former = {_key(one): one for one in before}
    present = {_key(one): one for one in after}
    for key, one in present.items():
        was = former.get(key)
        if was is None:
            yield ENTERED, one["name"]
        elif one.get("valid_to") != was.get("valid_to"):
            yield LIFTED, one["name"]
        elif one.get("seconded_by") != was.get("seconded_by"):
            yield SECONDED, one["name"]
    for key, one in former.items():
        if key not in present:
            yield TAKEN_OUT, one["name"]


def _key(ruling: Content) -> tuple[str, str, str]:
    return ruling["name"], ruling["paper_date"], ruling["valid_from"]


def _keep(
    write: Write, reach: Reach, child_id: str, listed: list[Content], *, by: str, when: When
) -> int:
    version = keep_section(write, child_id, CUSTODY, {"barred": listed}, by=by, when=when)
    tell(write, reach, targets_of(write, [child_id], affected(CUSTODY)), when, quiet=True)
    return version


def _held(write: Write, request: SimpleNamespace) -> list[Content]:
    """Hold the child; return its rulings as they stand, to be changed."""
    lock_children(write, [request.child_id])
    _named(write, request.child_id)
    refuse_outdated(write, request.child_id, CUSTODY, request.base_version)
    return _listed(write, request.child_id)


def _named(session: Session, child_id: str) -> Child:
    child = session.get(Child, child_id)
    if child is None or child.first_name is None:
        raise NotFound(child_id=child_id)
    return child


def _listed(session: Session, child_id: str) -> list[Content]:
    return list(content_of(session, child_id, CUSTODY).get("barred", []))


def _numbered(listed: list[Content], number: int) -> Content:
    if not 0 <= number < len(listed):
        raise NotFound(number=number)
    return listed[number]


def _is_over(ruling: Content, when: When) -> bool:
    return bool(ruling.get("valid_to")) and ruling["valid_to"] < when.day.isoformat()


def _history(session: Session, child_id: str) -> Iterable[SectionHistory]:
    rows = select(SectionHistory).where(
        SectionHistory.child_id == child_id, SectionHistory.section == CUSTODY
    )
    return session.scalars(rows.order_by(SectionHistory.version)).all()


def _opened(row: SectionHistory) -> list[Content]:
    told = vault.open(row.child_id, place(CUSTODY, row.version), row.content)
    return list(told.get("barred", []))


def _with_days(ruling: Content) -> dict[str, Any]:
    """Return a ruling as an answer takes it: days as days."""
    days = {name: date.fromisoformat(ruling[name]) for name in _DAYS if ruling.get(name)}
    return {**ruling, **days}
