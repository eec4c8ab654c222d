"""
The children expected on a day, one by one: where, at which hour, in which group, how marked.

The same bookings as the counts of that day: a list and its count never differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session as DatabaseSession

from services.enrolment.attendance.marks.queries import resolved_states
from services.enrolment.bookings.queries.expected_counts import booked_children
from services.enrolment.children.queries.reach import EVERYWHERE, Reach
from services.enrolment.children.rules.names import Named, listed_names
from services.enrolment.models import Activity, ChildCard, Group, Session
from services.enrolment.models.offer import PLANNED, site_of
from shared.database.chunks import chunks
from shared.database.french_order import in_french
from shared.text import collation_key


@dataclass(frozen=True)
class ExpectedChild:
    """
    A child at one session of the day; `mark` is what the roll call has of it, "" before.

    `listed_name` is ("", "") while the child's file is on its way.
    """

    child_id: str
    listed_name: tuple[str, str]
    birth_date: date | None
    site: str
    activity: str
    group: str
    starts_at: datetime
    ends_at: datetime
    mark: str

    @property
    def meeting(self) -> tuple[str, datetime, str, str]:
        return self.site, self.starts_at, self.activity, self.group


def expected_children(
    read: DatabaseSession, day: date, reach: Reach = EVERYWHERE
) -> list[ExpectedChild]:
    """Return the children booked on a day within reach, by site, hour, activity and group."""
    found = read.execute(
        select(Activity, Group, Session)
        .join(Group, Group.activity_id == Activity.id)
        .join(Session, Session.group_id == Group.id)
        .where(Session.day == day, Session.state == PLANNED, reach.of_groups(Group.id))
        .order_by(Session.starts_at, in_french(Activity.label), in_french(Group.label), Session.id)
    ).all()
    rows = sorted(found, key=lambda row: collation_key(site_of(row[1], row[0])))
    booked = booked_children(read, [session for _, _, session in rows])
    cards = _cards(read, {child_id for children in booked.values() for child_id in children})
    names = listed_names(cards.values())
    marks = resolved_states(read, list(booked))
    return [
        ExpectedChild(
            child_id,
            names.get(child_id, ("", "")),
            cards[child_id].birth_date if child_id in cards else None,
            site_of(group, activity),
            activity.label,
            group.label,
            session.starts_at,
            session.ends_at,
            (state.kind or "") if (state := marks.get((session.id, child_id))) else "",
        )
        for activity, group, session in rows
        for child_id in booked[session.id]
    ]


def _cards(read: DatabaseSession, child_ids: set[str]) -> Mapping[str, Named]:
    columns = (ChildCard.child_id, ChildCard.first_name, ChildCard.last_name, ChildCard.birth_date)
    cards = {}
    for some in chunks(child_ids):
        for row in read.execute(select(*columns).where(ChildCard.child_id.in_(some))).tuples():
            cards[row[0]] = Named(*row)
    return cards
