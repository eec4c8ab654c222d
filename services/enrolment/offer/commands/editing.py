"""
Editing of the offer by administrators: write, open and end activities, delete drafts.

A change that would cancel bookings of families asks first: NeedsConsent rolls the transaction back
and has the number of families to be notified.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from services.enrolment.bookings.commands.session_locks import lock_groups
from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.models import Activity, Application, Group, Place, RenewalRoute
from services.enrolment.models.offer import DRAFT, ENDED, OPEN
from services.enrolment.offer.commands.publishing import publish_activity
from services.enrolment.offer.commands.sessions import renew_sessions
from services.enrolment.offer.queries.sites import present_name_of_site
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.runtime.ids import new_id


class NeedsConsent(Exception):
    """Sessions with bookings would be cancelled; `households` is the number to be notified."""

    def __init__(self, households: int) -> None:
        super().__init__("needs consent")
        self.households = households


class NoGroup(Exception):
    """An activity without a group cannot be opened."""


def save_activity(
    write: Write, activity_id: str | None, values: dict[str, object], now: datetime, consent: bool
) -> Activity:
    """
    Add or change an activity; its sessions get their deadlines anew. Raises NeedsConsent.

    Where it is is named as that site is known already.
    """
    activity = (
        lock_activity(write, activity_id) if activity_id else Activity(id=new_id(), state=DRAFT)
    )
    for name, value in _with_known_site(write, values).items():
        setattr(activity, name, value)
    write.add(activity)
    write.flush()
    _update_sessions_and_cards(write, activity, now, consent)
    return activity


def save_group(
    write: Write,
    activity_id: str,
    group_id: str | None,
    values: dict[str, object],
    now: datetime,
    consent: bool,
) -> Group:
    """
    Add or change a group; its sessions follow its timetable. Raises NeedsConsent.

    Its site is named as it is known already; "" goes with the activity's.
    """
    activity = lock_activity(write, activity_id)
    group = write.get(Group, group_id) if group_id else Group(id=new_id(), activity_id=activity_id)
    if group is None or group.activity_id != activity_id:
        raise NotFound
    for name, value in _with_known_site(write, values).items():
        setattr(group, name, value)
    if group.site == activity.site:
        group.site = ""
    write.add(group)
    write.flush()
    _update_sessions_and_cards(write, activity, now, consent)
    return group


def open_activity_to_families(write: Write, activity_id: str, now: datetime) -> None:
    """Open a draft, or what was ended: its sessions are made, families may read it."""
    activity = lock_activity(write, activity_id)
    if not write.scalar(select(Group.id).filter_by(activity_id=activity_id).limit(1)):
        raise NoGroup
    activity.state = OPEN
    write.flush()
    _update_sessions_and_cards(write, activity, now, consent=True)


def end_activity(write: Write, activity_id: str) -> None:
    """End an activity: families may no longer apply; children with a place keep it."""
    activity = lock_activity(write, activity_id)
    if activity.state == OPEN:
        activity.state = ENDED
        write.flush()
        publish_activity(write, activity.id)


def delete_draft(write: Write, activity_id: str) -> None:
    """Delete a draft that was never published and to which no campaign leads; other ones stay."""
    activity = lock_activity(write, activity_id)
    groups = list(write.scalars(select(Group.id).filter_by(activity_id=activity_id)))
    query = select(Application.id).where(Application.group_id.in_(groups)).limit(1)
    led_to = select(RenewalRoute.activity_id).filter_by(next_activity_id=activity_id).limit(1)
    used = write.scalar(query) or write.scalar(led_to)
    if activity.state == DRAFT and activity.version == 0 and not used:
        write.execute(delete(Group).where(Group.activity_id == activity_id))
        write.delete(activity)
        write.flush()


def refuse_without_consent(households: Collection[str], consent: bool) -> None:
    """Raise NeedsConsent if families would be notified without the administrator's consent."""
    if households and not consent:
        raise NeedsConsent(len(households))


def lock_activity(write: Write, activity_id: str) -> Activity:
    """Lock an activity, after its groups, as in giving places; raises NotFound."""
    lock_groups(write, set(write.scalars(select(Group.id).filter_by(activity_id=activity_id))))
    query = select(Activity).where(Activity.id == activity_id).with_for_update()
    activity = write.scalars(query).first()
    if activity is None:
        raise NotFound
    return activity


def _with_known_site(write: Write, values: dict[str, Any]) -> dict[str, Any]:
    """Return these values with their site, if they have one, named as it is known already."""
    site = values.get("site")
    return values | {"site": present_name_of_site(write, site)} if site else values


def _update_sessions_and_cards(
    write: Write, activity: Activity, now: datetime, consent: bool
) -> None:
    """Update sessions, the published activity, and the cards that name it."""
    groups = list(write.scalars(select(Group.id).filter_by(activity_id=activity.id)))
    refuse_without_consent(renew_sessions(write, groups, now), consent)
    publish_activity_and_cards(write, activity, now)


def publish_activity_and_cards(write: Write, activity: Activity, now: datetime) -> None:
    """Publish an activity that has changed, and the cards that name it."""
    groups = list(write.scalars(select(Group.id).filter_by(activity_id=activity.id)))
    publish_activity(write, activity.id)
    named = [
        select(kind.child_id).where(kind.group_id.in_(groups)) for kind in (Place, Application)
    ]
    mark_cards_of_children(write, {child for query in named for child in write.scalars(query)}, now)
