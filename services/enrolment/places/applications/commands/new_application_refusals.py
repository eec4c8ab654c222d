"""
A request for a place before it is stored, and what it may be refused for at once.

What depends on the child's file is decided once that is here (first_decision.py).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session as Database

from services.enrolment.families.queries.shielding import hidden_homes
from services.enrolment.models import Application
from services.enrolment.models.offer import OPEN
from services.enrolment.models.places import PORTAL
from services.enrolment.places.admission.queries.child_file import households_of_child
from services.enrolment.places.admission.queries.live_applications import live_application
from services.enrolment.places.admission.queries.outgrown_places import is_outgrown
from services.enrolment.places.giving.commands.group_admission import GroupAdmission
from services.enrolment.places.placing.commands import placing
from services.enrolment.places.placing.queries.places_and_activities import (
    WHOLE,
    hours_of_group,
    hours_shown_to_homes,
    places_booked_whole_of_child,
)
from shared.contracts.enrolment.clashing_group_times import clashing_weekdays
from shared.contracts.enrolment.places.family_acts import AlreadyApplied, Clash, OfferClosed
from shared.contracts.enrolment.places.states import EN_ROUTE
from shared.contracts.errors import NotEntitled
from shared.dates.clock import PARIS


@dataclass(frozen=True)
class NewApplication:
    """
    An application for a child in a group, before it is stored.

    `submitted_at` is when the family pressed the button, even if it reached the provider later;
    `subject` is the guardian or, at a counter, the agent.
    """

    child_id: str
    group_id: str
    subject: str
    submitted_at: datetime
    channel: str = PORTAL
    link_version: int = 0
    weekdays: Sequence[int] = ()
    from_day: date | None = None
    criteria: Collection[str] = ()
    exception: str = ""
    """Why an agent takes a child that does not fulfil the conditions; a code of the contract."""
    no_fixed_day: bool = False
    """True where single days of what is booked by the day are booked later, none of the week."""
    accompanied: bool = False
    """True for a guardian at the front desk with an agent beside: the channel is the counter's."""

    @property
    def is_made_by_family(self) -> bool:
        return self.channel == PORTAL or self.accompanied

    @property
    def guardian(self) -> str | None:
        """The person of a family who asks; None where an agent enters it."""
        return self.subject if self.is_made_by_family else None


def refuse_outside_window(admission: GroupAdmission, new: NewApplication) -> None:
    """Raise OfferClosed for a request made outside the window, whenever it arrives."""
    activity, at = admission.activity, new.submitted_at
    if activity.state != OPEN:
        raise OfferClosed
    if at < activity.opens_at:
        raise OfferClosed(opens_at=activity.opens_at.isoformat())
    closed = activity.closes_at is not None and at >= activity.closes_at
    from_day = new.from_day or admission.now.astimezone(PARIS).date()
    if closed or from_day > admission.group.last_day:
        raise OfferClosed


def refuse_second_application(admission: GroupAdmission, child_id: str, subject: str) -> None:
    """Raise AlreadyApplied, with the application where it is the person's to know of (rule R9)."""
    live = live_application(admission.write, child_id, admission.group.id)
    if live is not None and may_change_application(admission.write, live, subject):
        raise AlreadyApplied(application_id=live.id)
    if live is not None:
        raise AlreadyApplied
    today = admission.now.astimezone(PARIS).date()
    if (
        placing.place_of_child_in_group(admission.write, child_id, admission.group.id, today)
        is not None
    ):
        raise AlreadyApplied


def refuse_clash_of_hours(admission: GroupAdmission, new: NewApplication) -> None:
    """
    Raise Clash for a child that has a place here at the same hours, both for every session.

    What is booked by the day may be cancelled by the day: there the portal warns. A place that the
    applying household is not shown refuses nothing (rule R9), nor one that this one will replace.
    """
    activity = admission.activity
    if activity.booking != WHOLE:
        return
    write, group, today = admission.write, admission.group, admission.now.astimezone(PARIS).date()
    first = max(new.from_day or today, group.first_day)
    rows = [
        row
        for row in places_booked_whole_of_child(write, new.child_id, today)
        if row.Group.activity_id != activity.id
        or not is_outgrown(write, *row, activity, today, first)
    ]
    if not rows:
        return
    homes = set(households_of_child(write, new.child_id, new.guardian))
    wanted = hours_of_group(group, new.from_day or today)
    for place, hours in hours_shown_to_homes(write, new.child_id, homes, rows):
        if weekdays := clashing_weekdays(wanted, hours):
            raise Clash(place_id=place.id, weekdays=weekdays, starts=hours.starts, ends=hours.ends)


def refuse_person_without_home(new: NewApplication, homes: Collection[str]) -> None:
    """Raise NotEntitled for a person of a family who has no home by the child's file."""
    if new.is_made_by_family and not homes:
        raise NotEntitled


def may_change_application(read: Database, application: Application, subject: str) -> bool:
    """
    Return whether the person may, as a guardian in a home whose card shows the application.

    Who applied and lives elsewhere since may not: it is of the home that did. One of no home, as an
    agent enters it, is everybody's, but where a home of the child is hidden from the person's own.
    Until the child's file comes nobody's home is known, and it is who applied that may.
    """
    if application.state == EN_ROUTE:
        return application.subject == subject
    households = households_of_child(read, application.child_id, subject)
    if application.household_id is not None:
        return application.household_id in households
    hidden = hidden_homes(read, [application.child_id], households)
    return bool(households) and not hidden.get(application.child_id)
