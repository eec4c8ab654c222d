"""Children of one household or two, with places, who book and cancel: for tests of enrolment."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from services.enrolment.bookings.commands import place_bookings
from services.enrolment.bookings.queries import child_calendar
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.handlers.orders import dispatch as orders
from services.enrolment.handlers.orders.dispatch import ORDERS
from services.enrolment.handlers.orders.order_entry_points import regimes_of_provider
from services.enrolment.models import Booking, Group, Place, Session
from services.enrolment.store import store
from shared.contracts.enrolment.places import family_acts
from shared.contracts.message import Caller, Person
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import offer
from tests.factories.enrolment import Child, Provider, item
from tests.factories.travelling import requested, travelled


@dataclass
class Home:
    """
    A child of Claire's household alone, or where `changes_on` is set also of Antoine's.

    Claire has the even weeks.
    """

    child: Child = field(default_factory=Child)
    claire: str = field(default_factory=new_id)
    antoine: str = field(default_factory=new_id)
    at_claires: str = field(default_factory=new_id)
    at_antoines: str = field(default_factory=new_id)
    changes_on: int | None = None

    @property
    def file(self) -> dict[str, Any]:
        """Return the projection `family` of the child."""
        guardians = [{"subject": self.claire, "household": self.at_claires}]
        if self.changes_on is None:
            return {"guardians": guardians, "weeks": None}
        guardians.append({"subject": self.antoine, "household": self.at_antoines})
        weeks = {
            "even": self.at_claires,
            "odd": self.at_antoines,
            "changes_on": self.changes_on,
            "changes_at": "morning",
            "school_days": None,
            "holidays": None,
            "summer": "halves",
            "since": None,
        }
        return {"guardians": guardians, "weeks": weeks}

    def is_claires(self, day: date) -> bool:
        """Say whether a day is Claire's, where weeks change on Monday."""
        return self.changes_on is None or day.isocalendar().week % 2 == 0


def arrives(provider: Provider, *homes: Home, version: int = 1) -> None:
    """Let the files of these children arrive from the dossier."""
    cores = [item(home.child.id, version, home.child.care_core()) for home in homes]
    provider.receives("care_core", *cores)
    provider.receives("family", *(item(home.child.id, version, home.file) for home in homes))


def a_group(count: int | None = None, weeks_ago: int = 1, **activity: Any) -> Group:
    """Add an activity with one group that meets every day, since so many weeks."""
    first_day = today() - timedelta(weeks=weeks_ago)
    with store.write() as write:
        added = offer.an_activity(write, **activity)
        return offer.a_group(write, added, places=count, first_day=first_day)


def a_place(
    home: Home, group: Group, weekdays: str = "", given_at: datetime | None = None, **more: Any
) -> Place:
    """Give the child a place from today on, with what its pattern books of what has not begun."""
    values: dict[str, Any] = {
        "id": new_id(),
        "child_id": home.child.id,
        "group_id": group.id,
        "weekdays": weekdays,
        "valid_from": today(),
    }
    with store.write() as write:
        place = Place(**values | more)
        write.add(place)
        write.flush()
        place_bookings.book_sessions_of_place(write, place, given_at or now())
    return place


def next_monday() -> date:
    """Return the Monday of next week."""
    return today() + timedelta(days=7 - today().weekday())


def session(group: Group, day: date) -> Session:
    with store.read() as read:
        return offer.session_on(read, group, day)


def sessions(group: Group, since: date | None = None) -> list[Session]:
    with store.read() as read:
        return offer.sessions_of(read, group, since)


def booking(home: Home, meeting: Session) -> Booking | None:
    with store.read() as read:
        return read.get(Booking, (meeting.id, home.child.id))


def state(home: Home, meeting: Session) -> str | None:
    """Return the state of the child's booking; None where there is none."""
    found = booking(home, meeting)
    return found.state if found else None


def states(home: Home) -> dict[date, str]:
    """Return the state of everything booked for the child, by day, of one group."""
    with store.read() as read:
        rows = read.execute(
            select(Session.day, Booking.state)
            .join(Session, Session.id == Booking.session_id)
            .where(Booking.child_id == home.child.id)
        )
        return {day: state for day, state in rows}


def orders_at(
    provider: Provider, method: str, subject: str, when: OrderTime, **payload: Any
) -> dict[str, Any]:
    """Order something at given moments, through both sides of the contract."""
    contract = ORDERS[method].contract
    request = requested(contract, **payload)
    caller = Caller("portal", Person(subject, "portal", "family"), new_id())
    regimes = regimes_of_provider(provider.settings)
    with store.write() as write:
        answer = orders.carry_out_order(contract, write, request, caller, when, regimes)
    return vars(travelled(contract, answer))


def change(
    provider: Provider,
    home: Home,
    *,
    book: list[Session] | None = None,
    cancel: list[Session] | None = None,
    by: str | None = None,
    at: datetime | None = None,
    handled: datetime | None = None,
) -> list[str]:
    """Book and cancel for the child, as Claire unless said otherwise; return the outcomes."""
    moment = at or now()
    answer = orders_at(
        provider,
        "change_bookings",
        by or home.claire,
        OrderTime(moment, handled or moment),
        child_id=home.child.id,
        book=[outcome.id for outcome in book or []],
        cancel=[outcome.id for outcome in cancel or []],
    )
    return [outcome["outcome"] for outcome in answer["outcomes"]]


def sees(home: Home, first: date, last: date, by: str | None = None) -> dict[str, Any]:
    """Return what the calendar shows to Claire, or to somebody else."""
    request = requested(family_acts.calendar, child_id=home.child.id, first=first, last=last)
    with store.read() as read:
        answer = child_calendar.calendar_for_guardian(read, request, by or home.claire, now())
    return vars(travelled(family_acts.calendar, answer))
