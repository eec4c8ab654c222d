"""Offers and applications that are due: unanswered offers, free places, files that never came."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.models import Activity, Application, Group
from services.enrolment.models.places import RENEWAL
from services.enrolment.offer.queries.group_capacity import room_of_group_from_tomorrow
from services.enrolment.places.admission.queries.waiting_list import first_waiting_application
from services.enrolment.places.admission.rules.refusals import NO_FILE
from services.enrolment.places.giving.commands.group_admission import (
    is_left_to_desk,
    lock_group_admission,
)
from services.enrolment.school_year.renewal.commands.releasing import release_kept_place
from shared.contracts.enrolment.places.states import EN_ROUTE, OFFERED, WAITING
from shared.database import Write
from shared.dates.clock import PARIS

NO_FILE_AFTER = timedelta(days=30)
"""Time that an application may be en route before it is refused without the child's file."""


def expire_offers_of_group(write: Write, group_id: str, now: datetime) -> None:
    """End the offers that were not answered and the applications whose file never came."""
    with lock_group_admission(write, group_id, now) as admission:
        for application in write.scalars(
            _select_due_applications(now).where(Application.group_id == group_id)
        ).all():
            if application.state != OFFERED:
                admission.refuse(application, NO_FILE)
            elif application.channel == RENEWAL:
                release_kept_place(admission, application)
            else:
                admission.expire(application)
        admission.offer_free_places(by_clock=True)


def groups_with_due_offers(read: Database, now: datetime) -> list[str]:
    """
    Return the groups with an offer that ended, a file that never came, or a free place for the
    list, unless its first rank is left to the desk.
    """
    due = {
        group_id
        for why in _conditions_of_due_application(
            now
        )  # each alone: by two at once SQLite reads all applications
        for group_id in read.scalars(select(Application.group_id).where(why))
    }
    today = now.astimezone(PARIS).date()
    waits = exists().where(Application.group_id == Group.id, Application.state == WAITING)
    waited = select(Group).where(waits)
    free = {
        group.id
        for group in read.scalars(waited)
        if room_of_group_from_tomorrow(read, group, today).has_places_left
        and not _is_first_left_to_desk(read, group, now)
    }
    return sorted(due | free)


def _is_first_left_to_desk(read: Database, group: Group, now: datetime) -> bool:
    activity = read.get_one(Activity, group.activity_id)
    first = first_waiting_application(read, group.id, activity)
    return first is not None and is_left_to_desk(read.get_one(Application, first), now)


def _select_due_applications(now: datetime) -> Select[Application]:
    return (
        select(Application)
        .where(or_(*_conditions_of_due_application(now)))
        .order_by(Application.id)
    )


def _conditions_of_due_application(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of an application that is due: unanswered, or without its file."""
    never_came = (Application.state == EN_ROUTE) & (Application.submitted_at < now - NO_FILE_AFTER)
    unanswered = (Application.state == OFFERED) & (Application.answer_until < now)
    return unanswered, never_came
