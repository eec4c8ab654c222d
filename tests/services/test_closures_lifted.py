"""Closures of one site, some days or hours, and closures taken back, on both databases."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from services.enrolment.attendance.quantities.commands import attendance_sheets
from services.enrolment.models import (
    Booking,
    ClosedBooking,
    Closure,
    Group,
    Place,
    RecordHold,
    RollCall,
    Session,
)
from services.enrolment.models.places import BY_AGENT, BY_PLACE
from services.enrolment.offer.commands.calendar.days import set_special_days, unset_special_days
from services.enrolment.offer.commands.closing.bookings_put_aside import forget_bookings_put_aside
from services.enrolment.offer.commands.closing.closures import Done, declare_closure, lift_closure
from services.enrolment.offer.commands.outings import Outing, declare_outing
from services.enrolment.offer.commands.sessions import renew_all_sessions
from services.enrolment.offer.queries.closures import active_closures, closable_sites
from services.enrolment.offer.rules.hours_of_closure import LIFTED_WITHIN, Span
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.dates.clock import PARIS, today
from shared.register.calendar import CLOSED, SCHOOL_HOLIDAY
from shared.runtime.ids import new_id
from tests.factories import attendance, offer
from tests.factories import bookings as family
from tests.factories import enrolment as make
from tests.factories.bookings import Home
from tests.factories.enrolment import Child, Provider

AGENT = new_id()


def the_day() -> date:
    return today() + timedelta(days=2)


def in_the_morning(day: date | None = None) -> datetime:
    return datetime.combine(day or the_day(), time(7, 10), PARIS)


def two_canteens(write: Write) -> tuple[Group, Group]:
    """Add a canteen in each of two schools."""
    canteen = offer.an_activity(write, site="Dans chaque école")
    ferry = offer.a_group(write, canteen, label="Premier service", site="École Jules-Ferry")
    return ferry, offer.a_group(write, canteen, label="Rivière", site="École de la Rivière")


def booked(write: Write, group: Group, day: date | None = None, **more: str) -> Booking:
    session = offer.session_on(write, group, day or the_day())
    return attendance.booked(write, session, more.pop("child", None) or new_id(), **more)


def closes(*groups: Group, span: Span | None = None, reason: str = "building") -> Done:
    with store.write() as write:
        span, ids = span or Span(the_day(), the_day()), [group.id for group in groups]
        return declare_closure(write, span, ids, reason, AGENT, in_the_morning())


def lifts(done: Done, at: datetime | None = None, groups: list[Group] | None = None) -> Done:
    with store.write() as write:
        ids = None if groups is None else [group.id for group in groups]
        return lift_closure(write, done.closure_id, AGENT, at or in_the_morning(), ids)


def again(booking: Booking) -> tuple[str, str, str]:
    with store.read() as read:
        now = read.get_one(Booking, (booking.session_id, booking.child_id))
        return now.state, now.reason, now.changed_by


def test_the_boiler_of_one_school_closes_nothing_at_another(ens: Provider) -> None:
    with store.write() as write:
        ferry, river = two_canteens(write)
        here, there = booked(write, ferry), booked(write, river)
    with store.read() as read:
        sites = closable_sites(read, Span(the_day(), the_day()), in_the_morning())

    assert [(site.site, site.expected_children_count) for site in sites] == [
        ("École de la Rivière", 1),
        ("École Jules-Ferry", 1),
    ]
    assert closes(ferry).households == 1
    assert again(here)[0] == "closed" and again(there)[0] == "booked"


def test_some_hours_of_some_days_leave_the_others(ens: Provider) -> None:
    next_day = the_day() + timedelta(days=1)
    with store.write() as write:
        care = offer.an_activity(write, code="evening_care")
        evening = offer.a_group(write, care, starts="16:30", ends="18:30")
        noon = offer.a_group(write, offer.an_activity(write))
        both = (the_day(), next_day)
        evenings = [booked(write, evening, day) for day in both]
        noons = [booked(write, noon, day) for day in both]
        later = booked(write, evening, next_day + timedelta(days=1))

    closes(evening, noon, span=Span(the_day(), next_day, "15:00", "17:00"))

    assert [again(each)[0] for each in evenings] == ["closed", "closed"]
    assert {again(each)[0] for each in (*noons, later)} == {"booked"}


@pytest.mark.both_databases
def test_a_closure_taken_back_twice_restores_each_booking_once_as_it_was(ens: Provider) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        child = new_id()
        made = booked(write, ferry, changed_by=BY_AGENT, child=child)
        late = booked(write, ferry, state="late", reason="sick")
    done = closes(ferry)
    ens.clear_outbox()

    failures = make.at_once([lambda: lifts(done)] * 2)

    assert failures == []
    assert again(made) == ("booked", "", BY_AGENT)
    assert again(late) == ("late", "sick", "family")
    assert {notice["kind"] for notice in ens.published("notice")} == {"closure_lifted"}
    assert len(ens.published("notice")) == 2
    with store.read() as read:
        (kept,) = active_closures(read, today())
        closure = read.scalars(select(Closure)).one()
    assert kept.lifted_at is not None
    assert (closure.declared_by, closure.lifted_by) == (AGENT, AGENT)


def test_a_strike_called_off_at_one_school_of_three_opens_that_one_alone(ens: Provider) -> None:
    with store.write() as write:
        ferry, river = two_canteens(write)
        care = offer.a_group(write, offer.an_activity(write, code="evening_care"), label="Soir")
        at_ferry, at_river, in_care = (booked(write, group) for group in (ferry, river, care))
    strike = closes(ferry, river, care, reason="strike")
    ens.clear_outbox()

    done = lifts(strike, groups=[river])

    assert done.households == 1
    assert [again(each)[0] for each in (at_ferry, at_river, in_care)] == [
        "closed",
        "booked",
        "closed",
    ]
    (notice,) = ens.published("notice")
    assert notice["household_id"] == at_river.household_id
    with store.read() as read:
        kept = {
            tuple(group.group_id for group in each.groups): each.lifted_at is not None
            for each in active_closures(read, today())
        }
    assert kept[(river.id,)] is True and list(kept.values()).count(False) == 1
    # said twice, by two agents or by a page left open, nothing more is opened
    assert lifts(strike, groups=[river]) == lifts(strike, groups=[]) == Done()
    assert again(at_ferry)[0] == "closed"
    # and the rest is one closure still
    assert lifts(strike).households == 2
    assert again(at_ferry)[0] == again(in_care)[0] == "booked"


def test_a_family_that_made_other_plans_says_no_to_what_takes_place_after_all_and_pays_nothing(
    ens: Provider,
) -> None:
    home = Home(Child())
    family.arrives(ens, home)
    group = family.a_group()
    family.a_place(home, group, str(the_day().isoweekday()))
    meeting = family.session(group, the_day())
    eve = meeting.starts_at - timedelta(hours=15)
    done = closes(group)

    lifts(done, at=eve)

    assert family.change(ens, home, cancel=[meeting], at=eve + timedelta(hours=12)) == ["cancelled"]
    assert family.state(home, meeting) == "cancelled"


def test_the_same_day_closed_again_after_all_is_said_to_families_again(ens: Provider) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        booking = booked(write, ferry)
    lifts(closes(ferry))

    done = closes(ferry)

    assert done.households == 1 and again(booking)[0] == "closed"
    kinds = [notice["kind"] for notice in ens.published("notice")]
    assert kinds == ["closure", "closure_lifted", "closure"]
    lifts(done)
    assert again(booking)[0] == "booked"


def test_what_was_changed_meanwhile_is_left_to_who_changed_it(ens: Provider) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        booking = booked(write, ferry)
    done = closes(ferry)
    with store.write() as write:
        changed = write.get_one(Booking, (booking.session_id, booking.child_id))
        changed.state, changed.changed_by = "cancelled", "family"

    assert lifts(done).households == 0

    assert again(booking)[0] == "cancelled"


def test_a_child_whose_place_ended_or_whose_file_is_held_is_expected_no_more(
    ens: Provider,
) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        gone, held = booked(write, ferry, changed_by=BY_PLACE), booked(write, ferry)
    done = closes(ferry)
    with store.write() as write:
        yesterday = the_day() - timedelta(days=1)
        period = {"valid_from": ferry.first_day, "valid_to": yesterday}
        write.add(Place(id=new_id(), child_id=gone.child_id, group_id=ferry.id, **period))
        write.add(RecordHold(child_id=held.child_id, version=1, held=True))

    lifts(done)

    assert again(gone) == ("cancelled", "", BY_PLACE)
    assert again(held)[0] == "closed"


def test_a_week_chosen_anew_and_a_place_given_meanwhile_count_when_it_is_taken_back(
    ens: Provider,
) -> None:
    homes = [Home(Child(first_name=name)) for name in ("Manon", "Lucas")]
    family.arrives(ens, *homes)
    group = family.a_group()
    digit = str(the_day().isoweekday())
    place = family.a_place(homes[0], group, digit)
    meeting = family.session(group, the_day())
    assert family.state(homes[0], meeting) == "booked"
    done = closes(group)
    with store.write() as write:
        write.get_one(Place, place.id).weekdays = ""
    family.a_place(homes[1], group, digit)

    lifts(done)

    assert family.state(homes[0], meeting) == "cancelled"
    assert family.state(homes[1], meeting) == "booked"


def test_what_a_second_closure_still_closes_stays_closed_until_that_is_taken_back(
    ens: Provider,
) -> None:
    with store.write() as write:
        ferry, river = two_canteens(write)
        here, there = booked(write, ferry), booked(write, river)
    boiler = closes(ferry)
    strike = closes(ferry, river, reason="strike")

    lifts(boiler)
    assert again(here)[0] == again(there)[0] == "closed"

    lifts(strike)
    assert again(here)[0] == again(there)[0] == "booked"


def test_a_day_that_the_calendar_closed_meanwhile_comes_back_with_the_calendar(
    ens: Provider,
) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        booking = booked(write, ferry)
    done = closes(ferry)
    moment = in_the_morning() - timedelta(days=1)
    with store.write() as write:
        set_special_days(write, the_day(), the_day(), CLOSED, "Pont")
        renew_all_sessions(write, moment)

    lifts(done)

    assert again(booking)[0] == "closed"
    with store.write() as write:
        unset_special_days(write, the_day(), the_day(), CLOSED)
        renew_all_sessions(write, moment)
        assert write.get_one(Session, booking.session_id).state == "planned"


@pytest.mark.parametrize("closes_day", [True, False], ids=["day closed", "other weekdays"])
def test_a_closing_of_the_calendar_is_told_with_its_motive_and_another_change_without(
    ens: Provider, *, closes_day: bool
) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        booked(write, ferry)
        set_special_days(write, the_day(), the_day(), SCHOOL_HOLIDAY, "Vacances de Noël")
        if closes_day:
            set_special_days(write, the_day(), the_day(), CLOSED, "Travaux de peinture")
        else:
            another = str(the_day().isoweekday() % 7 + 1)
            write.get_one(Group, ferry.id).weekdays = another
        renew_all_sessions(write, in_the_morning() - timedelta(days=1))

    (notice,) = ens.published("notice")
    motives = ["Travaux de peinture"] if closes_day else None
    assert (notice["detail"]["reason"], notice["detail"].get("motives")) == ("timetable", motives)


@pytest.mark.parametrize("passed", [False, True], ids=["open still", "passed meanwhile"])
def test_what_the_lifting_of_a_closure_gave_stays_when_the_calendar_is_renewed(
    ens: Provider, passed: bool
) -> None:
    home, group = Home(), family.a_group(cancel_before="1@18:00")
    family.arrives(ens, home)
    family.a_place(home, group, "1234567")
    session = family.session(group, the_day())
    lifts(closes(group), at=session.starts_at - timedelta(hours=30))
    until = session.starts_at - timedelta(hours=6)
    assert family.session(group, the_day()).cancel_until == until

    hour = timedelta(hours=1)
    with store.write() as write:
        renew_all_sessions(write, until + hour if passed else session.cancel_until - hour)

    said_no, arrives = until - timedelta(hours=1), until + timedelta(hours=2)
    said = family.change(ens, home, cancel=[session], at=said_no, handled=arrives)
    assert said == ["cancelled"]


@pytest.mark.parametrize(("before", "left"), [(4, 0), (30, 6)], ids=["this morning", "before"])
def test_a_family_is_told_until_when_it_may_say_no(ens: Provider, before: int, left: int) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        booked(write, ferry)
        starts = offer.session_on(write, ferry, the_day()).starts_at
    done = closes(ferry)
    ens.clear_outbox()

    lifts(done, at=starts - timedelta(hours=before))

    (notice,) = ens.published("notice")
    (said,) = notice["detail"]["untils"]
    assert said["day"] == the_day().isoformat()
    assert datetime.fromisoformat(said["until"]) == starts - timedelta(hours=left)


def test_of_a_closure_of_several_days_each_is_told_with_its_own_time(ens: Provider) -> None:
    days = [the_day(), the_day() + timedelta(days=1)]
    with store.write() as write:
        ferry, _river = two_canteens(write)
        child = new_id()
        for day in days:
            booked(write, ferry, day, child=child)
        limits = [offer.session_on(write, ferry, day).cancel_until for day in days]
    done = closes(ferry, span=Span(*days))
    ens.clear_outbox()

    lifts(done, at=limits[0] - timedelta(days=2))

    told = [
        [(row["day"], datetime.fromisoformat(row["until"])) for row in notice["detail"]["untils"]]
        for notice in ens.published("notice")
    ]
    assert sorted(row for rows in told for row in rows) == [
        (day.isoformat(), limit) for day, limit in zip(days, limits, strict=True)
    ]


def test_a_closed_session_is_on_no_bill_and_taken_back_it_is_again(ens: Provider) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        booking = booked(write, ferry, state="late")
        session = offer.session_on(write, ferry, the_day())
    done = closes(ferry)
    with store.write() as write:
        write.add(RollCall(session_id=session.id, closed_at=session.ends_at, closed_by=AGENT))
        write.flush()
        assert not attendance_sheets.publish_attendance(write, session.id)
    assert ens.published("attendance_recorded") == []

    lifts(done, at=session.ends_at + timedelta(hours=1))

    (sheet,) = ens.published("attendance_recorded")
    assert [line["child_id"] for line in sheet["lines"]] == [booking.child_id]


def test_a_closure_long_over_is_taken_back_no_more_and_what_it_put_aside_is_forgotten(
    ens: Provider,
) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        booking = booked(write, ferry)
    done = closes(ferry)
    last_chance = the_day() + LIFTED_WITHIN

    with store.write() as write:
        forget_bookings_put_aside(write, last_chance)
    with store.read() as read:
        assert len(read.scalars(select(ClosedBooking)).all()) == 1
    with store.write() as write:
        forget_bookings_put_aside(write, last_chance + timedelta(days=1))
    with store.read() as read:
        assert read.scalars(select(ClosedBooking)).all() == []

    with pytest.raises(NotFound):
        lifts(done, at=in_the_morning(last_chance + timedelta(days=1)))
    assert again(booking)[0] == "closed"


# An outing that does not take place


def leaves(group: Group, leaving: set[str], staying: set[str], to: str | None = None) -> Done:
    """Let some of a class leave for the day, and return what is kept of it as a closure."""
    with store.write() as write:
        outing = Outing(
            [group.activity_id], the_day(), the_day(), frozenset(leaving), frozenset(staying), to
        )
        declare_outing(write, outing, AGENT, in_the_morning())
        kept = active_closures(write, today())
    return Done(kept[-1].id) if kept else Done()


@pytest.mark.both_databases
def test_an_outing_that_does_not_take_place_is_called_off_in_one_act(ens: Provider) -> None:
    with store.write() as write:
        ferry, river = two_canteens(write)
        left, late = booked(write, ferry), booked(write, ferry, state="late", reason="sick")
        stays, other = booked(write, ferry), booked(write, ferry)
        cancelled = booked(write, ferry, state="cancelled")
        was = offer.session_on(write, ferry, the_day()).cancel_until
    gone = leaves(
        ferry, {left.child_id, late.child_id, cancelled.child_id}, {stays.child_id}, river.id
    )
    with store.read() as read:
        elsewhere = read.scalars(select(Booking).filter_by(reason="outing", state="booked")).one()
        (kept,) = active_closures(read, today())
    assert elsewhere.child_id == stays.child_id
    assert (kept.is_outing, kept.children, kept.lifted_at) == (True, 3, None)
    ens.clear_outbox()

    failures = make.at_once([lambda: lifts(gone)] * 2)

    assert failures == []
    assert again(left) == again(stays) == ("booked", "", "family")
    assert again(late) == ("late", "sick", "family")
    assert again(other)[0] == "booked" and again(cancelled)[0] == "cancelled"
    assert again(elsewhere)[0] == "cancelled"
    notices = ens.published("notice")
    assert len(notices) == 3  # each household once; of who stayed in no outing nobody is told
    assert {each["kind"] for each in notices} == {"closure_lifted"}
    assert {each["detail"]["reason"] for each in notices} == {"outing"}
    with store.read() as read:
        session = offer.session_on(read, ferry, the_day())
        (trace,) = active_closures(read, today())
    # the others of the group have their deadline as before: they were told of nothing
    assert (session.state, session.cancel_until) == ("planned", was)
    assert trace.lifted_at is not None


def test_an_outing_of_nobody_who_is_booked_leaves_no_trace(ens: Provider) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        cancelled = booked(write, ferry, state="cancelled")

    assert leaves(ferry, {cancelled.child_id}, set()) == Done()
    with store.read() as read:
        assert read.scalars(select(Closure)).all() == []


def test_what_somebody_changed_after_an_outing_stays_as_it_is(ens: Provider) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        one, two = booked(write, ferry), booked(write, ferry)
    gone = leaves(ferry, {one.child_id, two.child_id}, set())
    with store.write() as write:
        changed = write.get_one(Booking, (one.session_id, one.child_id))
        changed.state, changed.changed_by = "excused", BY_AGENT
        changed.changed_at = in_the_morning() + timedelta(minutes=5)

    lifts(gone)

    assert again(one) == ("excused", "outing", BY_AGENT)
    assert again(two)[0] == "booked"


@pytest.mark.parametrize("first", ["outing", "strike"])
def test_a_strike_on_the_day_of_an_outing_keeps_the_class_out_until_both_are_over(
    ens: Provider, first: str
) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        pupil, other = booked(write, ferry), booked(write, ferry)
    gone = leaves(ferry, {pupil.child_id}, set())
    strike = closes(ferry, reason="strike")
    lifted = {"outing": [gone, strike], "strike": [strike, gone]}[first]

    lifts(lifted[0])

    # called off, the outing leaves the pupil to the strike; the strike over, the class is out
    expected = {"outing": ("closed", "closed"), "strike": ("closed", "booked")}[first]
    assert (again(pupil)[0], again(other)[0]) == expected
    lifts(lifted[1])
    assert again(pupil)[0] == again(other)[0] == "booked"
    with store.read() as read:
        assert offer.session_on(read, ferry, the_day()).state == "planned"


def test_an_outing_that_is_over_is_called_off_for_no_meal_that_was_closed(ens: Provider) -> None:
    with store.write() as write:
        ferry, _river = two_canteens(write)
        pupil = booked(write, ferry)
    gone = leaves(ferry, {pupil.child_id}, set())
    ens.clear_outbox()

    lifts(gone, at=in_the_morning(the_day() + timedelta(days=1)))

    assert again(pupil)[0] == "closed" and ens.published("notice") == []
