"""Cancellations by a provider: strikes and class outings, on both databases."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.attendance.quantities.commands import attendance_sheets
from services.enrolment.attendance.roll_call.commands import closing as roll_call
from services.enrolment.bookings.queries.expected_counts import (
    ActivityCount,
    counts_of_day_within_reach,
    make_diets_reader,
)
from services.enrolment.models import Activity, Booking, Group, RollCall, Session
from services.enrolment.models.offer import CANCELLED
from services.enrolment.offer.commands.outings import GroupFull, Outing, declare_outing
from services.enrolment.offer.commands.session_cancelling import cancel_sessions
from services.enrolment.offer.queries.cancellable_sessions import cancellable_sessions
from services.enrolment.offer.queries.outing_choices import school_classes
from services.enrolment.store import store, vault
from shared.dates.clock import PARIS, today
from shared.runtime.ids import new_id
from tests.factories import attendance, offer
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Provider, item
from tests.factories.places import Family, arrives

HALF_PAST_NINE = time(9, 30)


def strike() -> date:
    """Return the day of the strike."""
    return today() + timedelta(days=2)


def ten_past_seven() -> datetime:
    """Return when the strike is declared, on its day."""
    return datetime.combine(strike(), time(7, 10), PARIS)


def an_offer(write: Any) -> tuple[Group, Group]:
    """Add a canteen and the evening care; return their groups."""
    canteen = offer.a_group(write, offer.an_activity(write))
    care = offer.an_activity(write, code="evening_care", label="Accueil du soir")
    return canteen, offer.a_group(write, care, starts="16:30", ends="18:30")


def book(write: Any, group: Group, days: Iterable[date], child: str, household: str) -> None:
    for day in days:
        session = offer.session_on(write, group, day)
        attendance.booked(write, session, child, household_id=household)


def bookings(group: Group | None = None, day: date | None = None) -> list[Booking]:
    query = select(Booking).join(Session, Session.id == Booking.session_id)
    if group is not None:
        query = query.where(Session.group_id == group.id)
    if day is not None:
        query = query.where(Session.day == day)
    with store.read() as read:
        return list(read.scalars(query))


def declares_strike(*groups: Group) -> list[str]:
    with store.write() as write:
        activities = [group.activity_id for group in groups]
        found = cancellable_sessions(write, (strike(), strike()), activities, ten_past_seven())
        return cancel_sessions(write, found, "strike", ten_past_seven())


def test_a_strike_declared_at_7_h_10_cancels_every_canteen_and_care_booking_bills_nobody_tells_each_family_once(  # noqa: E501
    ens: Provider,
) -> None:
    """Rules' test 1."""
    twins_home, other_home = new_id(), new_id()
    families = {twins_home: [new_id(), new_id()], other_home: [new_id()]}
    after = strike() + timedelta(days=1)
    with store.write() as write:
        canteen, care = groups = an_offer(write)
        for household, children in families.items():
            for child in children:
                for group in groups:
                    book(write, group, [strike(), after], child, household)
        late = write.scalars(select(Booking).join(Session).where(Session.day == strike())).first()
        late.state = "late"

    told = declares_strike(canteen, care)

    # every canteen and care booking of the day is cancelled, and of that day alone
    assert {booking.state for booking in bookings(day=strike())} == {"closed"}
    assert len(bookings(day=strike())) == 6
    assert {booking.state for booking in bookings(day=after)} == {"booked"}
    # each family is told once, whatever its children and activities
    notices = {notice["household_id"]: notice for notice in ens.published("notice")}
    assert len(ens.published("notice")) == 2
    assert set(told) == notices.keys() == families.keys()
    assert set(notices[twins_home]["child_ids"]) == set(families[twins_home])
    assert notices[twins_home]["detail"] == {
        "days": [strike().isoformat()],
        "activities": ["Accueil du soir", "Restauration scolaire"],
        "reason": "strike",
    }
    # nobody is billed, though somebody came and a tablet closed the group all the same
    nobody_is_billed(ens, [canteen, care])
    # declared again, by somebody else: nothing happens twice
    assert declares_strike(canteen, care) == []
    assert len(ens.published("notice")) == 2


def nobody_is_billed(ens: Provider, groups: Iterable[Group]) -> None:
    for group in groups:
        with store.write() as write:
            session = offer.session_on(write, group, strike())
            write.add(
                RollCall(session_id=session.id, closed_at=ten_past_seven(), closed_by=new_id())
            )
            write.flush()
            assert not attendance_sheets.publish_attendance(write, session.id)
    assert ens.published("attendance_recorded") == []


def test_a_strike_leaves_other_activities_and_what_is_over_as_they_were(ens: Provider) -> None:
    child, household = new_id(), new_id()
    with store.write() as write:
        canteen, care = an_offer(write)
        morning = offer.a_group(
            write, write.get_one(Activity, canteen.activity_id), starts="06:00", ends="07:00"
        )
        for group in (canteen, care, morning):
            book(write, group, [strike()], child, household)

    declares_strike(canteen)

    states = {group: bookings(group)[0].state for group in (canteen, care, morning)}
    assert states == {canteen: "closed", care: "booked", morning: "booked"}


def test_a_strike_that_touches_nobody_tells_nobody(ens: Provider) -> None:
    with store.write() as write:
        canteen, care = an_offer(write)

    assert declares_strike(canteen, care) == []

    assert ens.published("notice") == []
    with store.read() as read:
        assert offer.session_on(read, canteen, strike()).state == CANCELLED


@pytest.mark.both_databases
def test_two_agents_who_declare_the_same_strike_tell_each_family_once(ens: Provider) -> None:
    with store.write() as write:
        canteen, care = an_offer(write)
        book(write, canteen, [strike()], new_id(), new_id())

    failures = make.at_once([lambda: declares_strike(canteen, care)] * 3)

    assert failures == []
    assert len(ens.published("notice")) == 1


# A class leaves


def a_class(ens: Provider, size: int, name: str = "CE1 B") -> list[Child]:
    """Let a class arrive: every other child without meat, all of the same school."""
    children = [Child(first_name=f"Enfant {number}") for number in range(size)]
    schooling = {"school": "Jules-Ferry", "grade": "CE1", "class_name": name}
    ens.receives("care_core", *(item(child.id, 1, child.care_core()) for child in children))
    ens.receives("schooling", *(item(child.id, 1, schooling) for child in children))
    menus = ("vegetarian", "standard")
    diets = [item(child.id, 1, make.diet(menus[at % 2])) for at, child in enumerate(children)]
    ens.receives("diet", *diets)
    return children


def count_of(day: date) -> ActivityCount:
    with store.read() as read:
        (found,) = counts_of_day_within_reach(read, day, make_diets_reader(read, vault))
    return found


def test_a_class_leaves_for_a_week_the_school_cancels_26_meals_those_who_stay_eat_elsewhere_the_kitchens_count_is_right_at_9_h_30(  # noqa: E501
    ens: Provider,
) -> None:
    """Rules' test 9; the class has 28 children of whom 26 leave, and others eat there too."""
    week = [today() + timedelta(days=distance) for distance in range(3, 8)]
    pupils = a_class(ens, 28)
    with store.write() as write:
        canteen = offer.an_activity(write)
        ferry = offer.a_group(write, canteen, label="Jules-Ferry")
        moulin = offer.a_group(write, canteen, label="Le Moulin", places=42)
        for child in pupils:
            book(write, ferry, week, child.id, new_id())
        for group, number in ((ferry, 10), (moulin, 40)):
            for _ in range(number):
                book(write, group, week, new_id(), new_id())
        classes = school_classes(write, vault)
        assert {name: sorted(members) for name, members in classes.items()} == {
            ("Jules-Ferry", "CE1 B"): sorted(c.id for c in pupils)
        }
    leaving, staying = pupils[:26], pupils[26:]

    with store.write() as write:
        done = declare_outing(
            write,
            Outing(
                [canteen.id],
                week[0],
                week[-1],
                frozenset(child.id for child in leaving),
                frozenset(child.id for child in staying),
                moulin.id,
            ),
            new_id(),
            datetime.combine(week[0], HALF_PAST_NINE, PARIS),
        )

    # 26 meals a day are cancelled, and two a day are eaten elsewhere
    assert (done.closed, done.moved) == (26 * 5, 2 * 5)
    for day in week:
        found = count_of(day)
        assert {each.label: each.count.children for each in found.groups} == {
            "Jules-Ferry": 10,
            "Le Moulin": 42,
        }
        assert found.count.children == 52
        assert found.count.menus == {"vegetarian": 1, "standard": 1, "": 50}
    # each family is told once, for the whole week
    assert len(ens.published("notice")) == 28
    (first,) = [event for event in ens.published("notice") if event["child_ids"] == [staying[0].id]]
    assert first["detail"]["days"] == [day.isoformat() for day in week]
    assert (first["detail"]["staying"], first["detail"]["group"]) == ([staying[0].id], "Le Moulin")


def test_nobody_pays_for_the_meals_of_a_class_that_left(ens: Provider) -> None:
    first, second = a_class(ens, 2)
    with store.write() as write:
        ferry = offer.a_group(write, offer.an_activity(write))
        for child in (first, second):
            book(write, ferry, [strike()], child.id, new_id())
        session = offer.session_on(write, ferry, strike())
        gone = Outing([ferry.activity_id], strike(), strike(), frozenset([first.id]), frozenset())
        declare_outing(write, gone, new_id(), ten_past_seven())

    with store.write() as write:
        roll_call.close_roll_call(
            write, session.id, new_id(), {second.id: "present"}, session.ends_at
        )

    (told,) = ens.published("attendance_recorded")
    assert [line["child_id"] for line in told["lines"]] == [second.id]


def test_who_stays_in_the_same_group_is_not_touched(ens: Provider) -> None:
    first, second = a_class(ens, 2)
    day = today() + timedelta(days=3)
    with store.write() as write:
        ferry = offer.a_group(write, offer.an_activity(write))
        for child in (first, second):
            book(write, ferry, [day], child.id, new_id())
        outing = Outing(
            [ferry.activity_id], day, day, frozenset([first.id]), frozenset([second.id])
        )
        declare_outing(write, outing, new_id(), ten_past_seven())

    states = {booking.child_id: booking.state for booking in bookings(ferry)}
    assert states == {first.id: "closed", second.id: "booked"}
    assert len(ens.published("notice")) == 1


def test_who_stays_does_not_go_where_there_is_no_room_and_nothing_changes(ens: Provider) -> None:
    first, second = a_class(ens, 2)
    day = today() + timedelta(days=3)
    with store.write() as write:
        canteen = offer.an_activity(write)
        ferry = offer.a_group(write, canteen)
        moulin = offer.a_group(write, canteen, label="Le Moulin", places=1)
        for child in (first, second):
            book(write, ferry, [day], child.id, new_id())
        book(write, moulin, [day], new_id(), new_id())
    outing = Outing(
        [canteen.id], day, day, frozenset([first.id]), frozenset([second.id]), moulin.id
    )

    with pytest.raises(GroupFull) as refused, store.write() as write:
        declare_outing(write, outing, new_id(), ten_past_seven())

    assert refused.value.detail == {"day": day.isoformat(), "places": 1}
    assert {booking.state for booking in bookings(ferry)} == {"booked"}
    assert ens.published("notice") == []


def test_a_kitchen_counts_who_is_booked_and_nobody_who_is_not(ens: Provider) -> None:
    day = today() + timedelta(days=3)
    with store.write() as write:
        canteen = offer.a_group(write, offer.an_activity(write))
        session = offer.session_on(write, canteen, day)
        for state in ("booked", "booked", "cancelled", "late", "excused", "closed"):
            attendance.booked(write, session, new_id(), state=state)

    with store.read() as read:
        (found,) = counts_of_day_within_reach(read, day)
    assert (found.count.children, found.count.menus) == (2, {})


@pytest.mark.parametrize("apart", [False, True], ids=["in one group", "in two groups"])
def test_a_child_whom_the_kitchen_has_under_two_ids_eats_once(ens: Provider, apart: bool) -> None:
    day = today() + timedelta(days=3)
    hers, his = Family(), Family()
    for family, other in ((hers, his), (his, hers)):
        arrives(ens, family)
        told = {**family.file, "same_child": [other.child.id]}
        ens.receives("family", item(family.child.id, 2, told))
    with store.write() as write:
        canteen = offer.an_activity(write)
        groups = [offer.a_group(write, canteen, label=label) for label in ("Bleus", "Verts")]
        for group, family in ((groups[0], hers), (groups[int(apart)], his)):
            book(write, group, [day], family.child.id, family.household)
        book(write, groups[0], [day], new_id(), new_id())

    with store.read() as read:
        (found,) = counts_of_day_within_reach(read, day)
    assert found.count.children == 2

    for family in (hers, his):  # two children after all
        ens.receives("family", item(family.child.id, 3, family.file))
    with store.read() as read:
        (found,) = counts_of_day_within_reach(read, day)
    assert found.count.children == 3
