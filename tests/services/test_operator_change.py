"""
The delegated operator changes on 31 August (rules.md, test 4 from real towns).

The former operator and its successor each on a database of its own; between them travels what
their contracts say, as `preau provider replace` carries it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from services.enrolment.models import (
    Activity,
    Application,
    Booking,
    CalendarDay,
    Group,
    Place,
    Session,
)
from services.enrolment.places.admission.queries.waiting_list import ranks_of_applications
from services.enrolment.places.giving.commands.group_admission import LEFT_TO_DESK_FOR
from services.enrolment.service import EnrolmentService
from services.enrolment.store import store
from shared.contracts.enrolment import succession
from shared.contracts.enrolment.places import imports
from shared.contracts.errors import BadRequest
from shared.contracts.message import Caller, Method
from shared.dates.clock import today
from shared.register.calendar import PUBLIC_HOLIDAY
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories import offer
from tests.factories.enrolment import Provider
from tests.factories.places import Family, application, arrives, asks, pass_time, states
from tests.factories.travelling import answered

LABEL = "Sports de l’agglomération"


def last_day() -> date:
    """Return the last day of the former operator."""
    return today() + timedelta(days=10)


def first_day() -> date:
    """Return the first day of its successor."""
    return last_day() + timedelta(days=1)


@dataclass(frozen=True)
class Operators:
    """Two operators, of which one at a time is spoken to."""

    databases: dict[str, Database]
    home: Path

    @contextmanager
    def at(self, code: str) -> Iterator[Provider]:
        """Speak to one of them; what it keeps stays between two times."""
        home = self.home / code
        fresh = not home.exists()
        home.mkdir(exist_ok=True)
        principal = f"enrolment_{code}"
        with make.provider_on(self.databases[code], home, principal, fresh=fresh) as provider:
            yield provider


@pytest.fixture
def operators(database: Database, another_database: Database, tmp_path: Path) -> Operators:
    return Operators({"agg": database, "ens": another_database}, tmp_path)


def ask(method: Method, **payload: Any) -> Any:
    """Ask the operator that is spoken to as operations do, through both sides of the contract."""
    return answered(EnrolmentService(), method, Caller("ops", None, new_id()), **payload)


def handed_over() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the offer and the children that the former operator hands over, page by page."""
    activities: list[dict[str, Any]] = []
    children: list[dict[str, Any]] = []
    for method, found in (
        (succession.succession_offer, activities),
        (succession.succession_places, children),
    ):
        after = ""
        while True:
            page = ask(method, on=last_day(), after=after)
            found += page.activities if method is succession.succession_offer else page.children
            after = page.next
            if not after:
                break
    return activities, children


def takes(children: list[dict[str, Any]]) -> Any:
    return ask(
        succession.take_over, predecessor="agg", label=LABEL, on=last_day(), children=children
    )


@dataclass
class Summer:
    """A group with one place: Manon has it, Lina and Noé wait, in this order."""

    manon: Family
    lina: Family
    noe: Family
    group: str
    cancelled: date
    late: date


def a_summer() -> Summer:
    with store.write() as write:
        activity = offer.an_activity(write, code="judo", cancel_before="20@18:00")
        group = offer.a_group(write, activity, places=1).id
    families = [Family(make.Child(first_name=name)) for name in ("Manon", "Lina", "Noé")]
    cancelled, late = (first_day() + timedelta(days=number) for number in (8, 2))
    return Summer(*families, group, cancelled, late)


def lived(provider: Provider, summer: Summer) -> None:
    """Let the three ask for the place; Manon's family cancels a day and moves its week."""
    for family in (summer.manon, summer.lina, summer.noe):
        arrives(provider, family)
        asks(family, summer.group, weekdays=[1, 2, 3, 4, 5, 6, 7])
    with store.write() as write:
        session = write.scalars(
            select(Session).filter_by(group_id=summer.group, day=summer.cancelled)
        ).one()
        booking = write.get(Booking, (session.id, summer.manon.child.id))
        assert booking is not None and booking.state == "booked"
        booking.state, booking.changed_by = "cancelled", "family"


def bookings(child_id: str) -> dict[date, str]:
    with store.read() as read:
        rows = read.execute(
            select(Session.day, Booking.state)
            .join(Session, Session.id == Booking.session_id)
            .where(Booking.child_id == child_id)
        )
        return {day: state for day, state in rows}


def place_of(child_id: str) -> Place:
    with store.read() as read:
        return read.scalars(select(Place).where(Place.child_id == child_id)).one()


def test_on_31_august_places_ranks_and_bookings_go_to_the_successor_and_arrears_stay(
    operators: Operators,
) -> None:
    """Rules from real towns, test 4: enrolments and ranks move, what was lived stays."""
    with operators.at("agg") as former:
        summer = a_summer()
        lived(former, summer)
        activities, children = handed_over()
        before = bookings(summer.manon.child.id)
        former.clear_outbox()

    with operators.at("ens") as successor:
        for family in (summer.manon, summer.lina, summer.noe):
            arrives(successor, family)
        ask(imports.import_offer, activities=activities)
        assert takes(children).taken == 3
        group = place_of(summer.manon.child.id).group_id
        assert states(group) == {
            summer.manon.child.id: "accepted",
            summer.lina.child.id: "waiting",
            summer.noe.child.id: "waiting",
        }
        rank = {application(each).child_id: place for each, place in listed().items()}
        assert rank == {summer.lina.child.id: 1, summer.noe.child.id: 2}
        place = place_of(summer.manon.child.id)
        assert (place.valid_from, place.valid_to) == (first_day(), None)
        after = bookings(summer.manon.child.id)
        assert after == {
            day: s for day, s in before.items() if day > last_day() and day not in closed()
        }
        assert after.get(summer.cancelled, "cancelled") == "cancelled"
        assert [row["valid_from"] for row in successor.published("place_recorded")] == [
            first_day().isoformat()
        ]
        told = successor.published("notice")
        homes = {summer.manon.household, summer.lina.household, summer.noe.household}
        assert {row["household_id"] for row in told} == homes and len(told) == 3
        assert told[0]["detail"] == {"former": LABEL, "last_day": last_day().isoformat()}

    with operators.at("agg") as former:
        ended = ask(succession.end_succession, on=last_day())
        assert (ended.places, ended.applications, ended.activities) == (1, 2, 1)
        assert place_of(summer.manon.child.id).valid_to == last_day()
        left = bookings(summer.manon.child.id)
        assert {day for day, state in left.items() if state == "booked"} == {
            day for day, state in before.items() if day <= last_day()
        }
        (kept,) = former.published("place_recorded")
        # what is due until that day is billed here
        assert kept["valid_to"] == last_day().isoformat()
        assert former.published("notice") == []
        assert former.published("activity_published")[-1]["content"] is None


def test_a_hand_over_that_broke_off_is_taken_up_again_and_ends_the_same(
    operators: Operators,
) -> None:
    with operators.at("agg") as former:
        summer = a_summer()
        lived(former, summer)
        activities, children = handed_over()

    with operators.at("ens") as successor:
        ask(imports.import_offer, activities=activities)
        arrives(successor, summer.lina)
        first = takes(children)
        assert first.taken == 1
        assert first.waiting == sorted([summer.manon.child.id, summer.noe.child.id])
        for family in (summer.manon, summer.noe):
            arrives(successor, family)
        ask(imports.import_offer, activities=activities)
        assert (takes(children).taken, takes(children).taken) == (2, 0)
        with store.read() as read:
            assert len(read.scalars(select(Activity)).all()) == 1
            assert len(read.scalars(select(Group)).all()) == 1
            assert len(read.scalars(select(Place)).all()) == 1
        assert len(successor.published("notice")) == 3

    with operators.at("agg"):
        ask(succession.end_succession, on=last_day())
        again = ask(succession.end_succession, on=last_day())
        assert (again.places, again.applications, again.activities) == (0, 0, 0)
        assert handed_over() == ([], [])


def test_bookings_of_a_whole_year_are_handed_over_in_as_many_messages_as_they_need(
    operators: Operators,
) -> None:
    with operators.at("agg"):
        children = _booked_for_a_year(40)
        _, handed = handed_over()

    assert sorted(row["child_id"] for row in handed) == sorted(children)
    assert {len(row["places"][0]["bookings"]) for row in handed} == {180}


def _booked_for_a_year(count: int) -> list[str]:
    """Give so many children a place with a booking on each of 180 days."""
    children, at = [new_id() for _ in range(count)], former_moment()
    with store.write() as write:
        activity = offer.an_activity(write, code="judo")
        group = offer.a_group(write, activity, places=count)
        write.execute(delete(Session))
        days = [first_day() + timedelta(days=number) for number in range(180)]
        group.last_day = days[-1]
        times = dict.fromkeys(("starts_at", "ends_at", "book_until", "cancel_until"), at)
        meetings = [{"id": new_id(), "group_id": group.id, "day": day, **times} for day in days]
        write.execute(insert(Session), meetings)
        place = {"group_id": group.id, "weekdays": "1234567", "valid_from": last_day()}
        write.execute(
            insert(Place), [{"id": new_id(), "child_id": child, **place} for child in children]
        )
        booked = {"household_id": new_id(), "state": "booked", "changed_by": "family"}
        write.execute(
            insert(Booking),
            [
                {"session_id": meeting["id"], "child_id": child, "changed_at": at, **booked}
                for meeting in meetings
                for child in children
            ],
        )
    return children


def test_a_draw_keeps_its_order_at_the_successor(operators: Operators) -> None:
    with operators.at("agg") as former:
        with store.write() as write:
            drawn = offer.an_activity(write, code="judo", allocation="draw", seed="2027")
            group = offer.a_group(write, drawn, places=1).id
        families = [Family(make.Child(first_name=f"Enfant {n}")) for n in range(5)]
        for family in families:
            arrives(former, family)
            asks(family, group)
        with store.write() as write:
            for row in write.scalars(select(Application)):
                row.state, row.decided_at = "waiting", former_moment()
        before = listed()
        activities, children = handed_over()

    with operators.at("ens") as successor:
        for family in families:
            arrives(successor, family)
        ask(imports.import_offer, activities=activities)
        takes(children)
        assert listed() == before
        assert application(next(iter(before))).channel == "portal"


@pytest.mark.parametrize("channel", ["import", "portal"])
def test_a_rank_that_was_taken_over_is_the_desks_for_a_day(
    channel: str, operators: Operators
) -> None:
    """It was offered within a minute, while the places that fill the group still came in."""
    with operators.at("agg") as former:
        summer = a_summer()
        lived(former, summer)
        with store.write() as write:
            for row in write.scalars(select(Application).filter_by(state="waiting")):
                row.channel, row.decided_at = channel, make.now() - timedelta(days=30)
        activities, children = handed_over()

    with operators.at("ens") as successor:
        for family in (summer.manon, summer.lina, summer.noe):
            arrives(successor, family)
        ask(imports.import_offer, activities=activities)
        takes(children)
        group = place_of(summer.manon.child.id).group_id
        with store.write() as write:
            write.get_one(Group, group).places = 2

        pass_time(make.now())
        assert states(group)[summer.lina.child.id] == "waiting"

        pass_time(make.now() + LEFT_TO_DESK_FOR)
        assert states(group)[summer.lina.child.id] == "offered"


def test_a_group_that_did_not_come_with_the_offer_is_refused(operators: Operators) -> None:
    with operators.at("agg") as former:
        summer = a_summer()
        lived(former, summer)
        _, children = handed_over()

    with operators.at("ens") as successor:
        arrives(successor, summer.manon)
        with pytest.raises(BadRequest):
            takes(children)


def closed() -> set[date]:
    """Return the public holidays, on which the operator that is spoken to never meets."""
    with store.read() as read:
        holidays = select(CalendarDay.day).where(CalendarDay.kind == PUBLIC_HOLIDAY)
        return set(read.scalars(holidays))


def former_moment() -> Any:
    return make.now() - timedelta(hours=2)


def listed() -> dict[str, int]:
    """Return the rank of each application that waits."""
    with store.read() as read:
        return dict(ranks_of_applications(read, read.scalars(select(Application)).all()))
