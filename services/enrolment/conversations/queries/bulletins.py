"""Sent bulletins, and the number of families that one would reach."""

from collections.abc import Collection, Iterator
from datetime import date

from sqlalchemy import ColumnElement, Date, func, null, or_, select, true, union
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.conversations.queries.messages import MOST_SIGNS
from services.enrolment.families.queries.guardians import placement_conditions
from services.enrolment.models import (
    Activity,
    Bulletin,
    ChildCarer,
    ChildGuardian,
    Group,
    Place,
)
from shared.contracts.enrolment.messages.bulletin_audience import (
    ACTIVITY,
    GROUP,
    DatedPlace,
    does_bulletin_concern,
)
from shared.contracts.enrolment.messages.conversations import Bulletin as BulletinRow
from shared.contracts.enrolment.messages.conversations import ReadBulletinsAnswer
from shared.database import Unreadable, Vault
from shared.database.tables.french_order import french_sort_column
from shared.database.tables.validity import valid_on_condition

CONTENT = "bulletin.content"

MOST, LOOKED_AT = 10, 300
"""The most bulletins on one page; the newest that are searched for a guardian whom few concern."""


def count_households_reached(read: Database, target: str, target_id: str | None, day: date) -> int:
    """Return the number of households that a bulletin reaches on a day."""
    homes = union(
        select(ChildGuardian.child_id, ChildGuardian.household_id),
        select(ChildCarer.child_id, ChildCarer.household_id).where(*placement_conditions(day)),
    ).subquery()
    reached = (
        select(func.count(homes.c.household_id.distinct()))
        .join(Place, Place.child_id == homes.c.child_id)
        .join(Group, Group.id == Place.group_id)
        .where(valid_on_condition(Place, day))
        .where(*_target_conditions(target, target_id))
    )
    return read.scalar(reached) or 0


def bulletin_targets(
    read: Database, reach: Reach = EVERYWHERE
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return activities that are or were offered with their groups: (id, label, [(id, label)])."""
    rows = read.execute(
        select(Activity.id, Activity.label, Group.id, Group.label)
        .join(Group, Group.activity_id == Activity.id)
        .where(reach.group_within_condition(Group.id))
        .order_by(french_sort_column(Activity.label), Activity.id, french_sort_column(Group.label))
    )
    by_activity: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for activity_id, activity, group_id, group in rows:
        by_activity.setdefault((activity_id, activity), []).append((group_id, group))
    return [(activity_id, label, groups) for (activity_id, label), groups in by_activity.items()]


def bulletins_for_adult(
    read: Database, vault: Vault, subject: str, before: int, day: date
) -> ReadBulletinsAnswer:
    """
    Return the newest bulletins (before a number) that concern an adult's children.

    These are a guardian's, and who is placed with the adult that day: of these, bulletins from the
    first day of the placement on.
    """
    places = _places_of_adult(read, subject, day)
    query = select(Bulletin).order_by(Bulletin.number.desc()).limit(LOOKED_AT)
    if before:
        query = query.where(Bulletin.number < before)
    own_rows = [
        row
        for row in read.scalars(query)
        if does_bulletin_concern(row.target, row.target_id, row.day, places)
    ]
    bulletins = list(_bulletins_within_size_limit(vault, own_rows))
    return ReadBulletinsAnswer(earlier=len(bulletins) < len(own_rows), bulletins=bulletins)


def sent_bulletins(
    read: Database, vault: Vault, reach: Reach = EVERYWHERE
) -> list[tuple[Bulletin, dict[str, str]]]:
    """Return the newest bulletins to families within reach with their texts, for the desk."""
    newest = (
        select(Bulletin).where(_bulletin_within_condition(reach)).order_by(Bulletin.number.desc())
    )
    rows = read.scalars(newest.limit(MOST)).all()
    return [
        (row, content) for row in rows if (content := _unsealed_content(vault, row)) is not None
    ]


def _bulletin_within_condition(reach: Reach) -> ColumnElement[bool]:
    """Return the condition of a bulletin to all, or to an activity or a group within reach."""
    if reach is EVERYWHERE:
        return true()
    groups = select(Group.id).where(reach.group_within_condition(Group.id))
    activities = select(Group.activity_id).where(reach.group_within_condition(Group.id))
    return or_(
        Bulletin.target_id.is_(None),
        Bulletin.target_id.in_(groups),
        Bulletin.target_id.in_(activities),
    )


def _target_conditions(target: str, target_id: str | None) -> Collection[ColumnElement[bool]]:
    if target == ACTIVITY:
        return (Group.activity_id == target_id,)
    return (Group.id == target_id,) if target == GROUP else ()


def _places_of_adult(read: Database, subject: str, day: date) -> list[DatedPlace]:
    children = union(
        select(ChildGuardian.child_id, null().cast(Date).label("since")).where(
            ChildGuardian.subject == subject
        ),
        select(ChildCarer.child_id, ChildCarer.since).where(
            ChildCarer.subject == subject, *placement_conditions(day)
        ),
    ).subquery()
    rows = read.execute(
        select(Group.activity_id, Group.id, Place.valid_from, Place.valid_to, children.c.since)
        .join(Place, Place.group_id == Group.id)
        .join(children, children.c.child_id == Place.child_id)
    )
    return [
        DatedPlace(activity_id, group_id, first, last).read_since(since)
        for activity_id, group_id, first, last, since in rows
    ]


def _bulletins_within_size_limit(vault: Vault, rows: Collection[Bulletin]) -> Iterator[BulletinRow]:
    signs = 0
    for count, row in enumerate(rows):
        content = _unsealed_content(vault, row)
        if content is None:
            continue
        signs += len(content["body"])
        if count and (count >= MOST or signs > MOST_SIGNS):
            return
        yield {
            "bulletin_id": row.id,
            "number": row.number,
            "title": content["title"],
            "body": content["body"],
            "at": row.sent_at,
        }


def _unsealed_content(vault: Vault, row: Bulletin) -> dict[str, str] | None:
    try:
        return dict(vault.open(row.id, CONTENT, row.content))
    except Unreadable:
        return None
