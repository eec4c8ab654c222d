"""Children who came, are on no list, and were not recognised yet."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from services.enrolment.attendance.marks.queries.attendance_states import name_of_unknown_child
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.models import Activity, Group, Session, UnknownChild
from shared.database import Read, Unreadable, Vault


@dataclass(frozen=True)
class Unreconciled:
    """A child who was not recognised yet; `name` is as it was typed."""

    unknown_id: str
    name: str
    made_at: datetime
    activity: str
    group: str


def unlisted_children_to_recognise(
    read: Read, vault: Vault, unknown_id: str | None = None, reach: Reach = EVERYWHERE
) -> list[Unreconciled]:
    """
    Return the children within reach not recognised yet, the longest waiting first; or that one.
    """
    query = (
        select(UnknownChild, Activity.label, Group.label)
        .join(Session, Session.id == UnknownChild.session_id)
        .join(Group, Group.id == Session.group_id)
        .join(Activity, Activity.id == Group.activity_id)
        .where(UnknownChild.resolved_at.is_(None), reach.group_within_condition(Group.id))
        .order_by(UnknownChild.made_at, UnknownChild.id)
    )
    if unknown_id is not None:
        query = query.where(UnknownChild.id == unknown_id)
    return [
        Unreconciled(row.id, _name_or_blank_if_unreadable(vault, row), row.made_at, activity, group)
        for row, activity, group in read.execute(query)
    ]


def _name_or_blank_if_unreadable(vault: Vault, row: UnknownChild) -> str:
    try:
        return name_of_unknown_child(vault, row)
    except Unreadable:
        return ""
