"""Moves of a group's children to another group for a day: where they may go, and who went."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import aliased

from services.enrolment.models import Activity, AgentAct, Booking, Group, Session
from services.enrolment.models.days.agent_acts import BOOK, CANCEL
from services.enrolment.models.offer import GROUP_SITE, PLANNED
from shared.contracts.enrolment.places.states import BOOKED
from shared.text import collation_key


@dataclass(frozen=True)
class GroupMove:
    """Children who went from a session to one of another group, in one act, and are there still."""

    day: date
    at: datetime
    session_id: str
    target_id: str
    group: str
    children: frozenset[str]


def groups_to_move_to(
    read: Database, group_id: str, first: date, last: date, within: ColumnElement[bool]
) -> Sequence[tuple[str, str]]:
    """
    Return the other groups of the activity within reach that meet between two days, by name.

    Each with its place where that is not its name: two sites may have « Petits ».
    """
    activity = select(Group.activity_id).where(Group.id == group_id).scalar_subquery()
    meets = exists().where(
        Session.group_id == Group.id,
        Session.day.between(first, last),
        Session.state == PLANNED,
        within,
    )
    query = (
        select(Group.id, Group.label, GROUP_SITE)
        .join(Activity, Activity.id == Group.activity_id)
        .where(Group.activity_id == activity, Group.id != group_id, meets)
    )
    rows = read.execute(query).all()
    keys = {label: collation_key(label) for label in {label for _, label, _ in rows}}
    return [
        (each, label if label == site else f"{label} · {site}")
        for each, label, site in sorted(rows, key=lambda row: (keys[row[1]], row[0]))
    ]


def session_by_booking(
    read: Database, session_ids: Collection[str], group_id: str
) -> Mapping[tuple[str, str], str | None]:
    """
    Return by child and session that is booked the session of a group at the same hours.

    None where that group has none; who has not booked a day goes nowhere on it.
    """
    source, target = aliased(Session), aliased(Session)
    same_hours = and_(
        target.group_id == group_id,
        target.day == source.day,
        target.state == PLANNED,
        target.starts_at < source.ends_at,
        target.ends_at > source.starts_at,
    )
    rows = read.execute(
        select(Booking.session_id, Booking.child_id, target.id)
        .join(source, source.id == Booking.session_id)
        .outerjoin(target, same_hours)
        .where(Booking.session_id.in_(session_ids), Booking.state == BOOKED)
        .order_by(target.starts_at.desc())
    )
    return {(child_id, session_id): other for session_id, child_id, other in rows}


def moves_from_sessions(
    read: Database, session_ids: Collection[str], within: ColumnElement[bool]
) -> list[GroupMove]:
    """
    Return who went from these sessions to other groups of the same day and is there still.

    `within` is the condition on the group that they went to (`Session`).
    """
    there, source = aliased(AgentAct), aliased(Session)
    together = and_(
        there.child_id == AgentAct.child_id,
        there.at == AgentAct.at,
        there.subject == AgentAct.subject,
        there.session_id != AgentAct.session_id,
        there.act == BOOK,
    )
    still = and_(
        Booking.session_id == there.session_id,
        Booking.child_id == there.child_id,
        Booking.state == BOOKED,
    )
    rows = read.execute(
        select(AgentAct.child_id, source.day, AgentAct.at, source.id, Session.id, Group.label)
        .join(source, source.id == AgentAct.session_id)
        .join(there, together)
        .join(Booking, still)
        .join(Session, and_(Session.id == there.session_id, Session.day == source.day))
        .join(Group, Group.id == Session.group_id)
        .where(AgentAct.session_id.in_(session_ids), AgentAct.act == CANCEL, within)
        .order_by(AgentAct.at)
    )
    last = {(row[0], row[3]): row[1:] for row in rows}  # who went twice went the last time
    children: dict[tuple[date, datetime, str, str, str], set[str]] = defaultdict(set)
    for (child_id, _session), move in last.items():
        children[move[0], move[1], move[2], move[3], move[4]].add(child_id or "")
    return [GroupMove(*move, frozenset(who)) for move, who in sorted(children.items())]
