"""A child will not come: in time it is cancelled, later excused or counted, and each is said."""

from datetime import datetime, timedelta

from services.enrolment.attendance.roll_call.commands import closing as roll_call
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.models import Group, Session
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories.bookings import Home, a_group, a_place, orders_at, session
from tests.factories.enrolment import Provider

MONDAY = 1
EVERY_DAY = "1234567"
SECOND = timedelta(seconds=1)


def booked(
    provider: Provider, changes_on: int | None = None, **activity: str
) -> tuple[Home, Group]:
    home = Home(changes_on=changes_on)
    family.arrives(provider, home)
    group = a_group(**activity)
    a_place(home, group, EVERY_DAY)
    return home, group


def a_day(group: Group, count: int = 10) -> Session:
    return session(group, today() + timedelta(days=count))


def absent(
    provider: Provider,
    home: Home,
    *meetings: Session,
    at: datetime,
    reason: str = "sick",
    by: str | None = None,
    handled: datetime | None = None,
) -> list[dict[str, object]]:
    answer = orders_at(
        provider,
        "declare_absence",
        by or home.claire,
        OrderTime(at, handled or at),
        child_id=home.child.id,
        sessions=[meeting.id for meeting in meetings],
        reason=reason,
    )
    found: list[dict[str, object]] = answer["outcomes"]
    return found


def outcome(found: list[dict[str, object]]) -> object:
    (only,) = found
    return only["outcome"]


def test_a_sick_child_is_cancelled_in_time_and_excused_afterwards(ens: Provider) -> None:
    home, group = booked(ens)
    early, late = a_day(group, 10), a_day(group, 11)

    (first,) = absent(ens, home, early, at=early.cancel_until)
    (second,) = absent(ens, home, late, at=late.cancel_until + SECOND)

    assert (first["outcome"], second["outcome"]) == ("cancelled", "excused")
    assert second["until"] == late.cancel_until, "the answer says which deadline it was"
    assert family.state(home, early) == "cancelled"
    row = family.booking(home, late)
    assert row is not None and (row.state, row.reason) == ("excused", "sick")


def test_another_reason_after_the_deadline_is_noted_and_counts(ens: Provider) -> None:
    home, group = booked(ens)
    meeting = a_day(group)

    found = absent(ens, home, meeting, at=meeting.cancel_until + SECOND, reason="other")

    assert outcome(found) == "late"
    assert family.state(home, meeting) == "late"


def test_at_a_sports_club_a_sick_child_counts_after_the_deadline(agg: Provider) -> None:
    home, group = booked(agg, code="judo", label="Judo", booking="whole")
    meeting = a_day(group)

    found = absent(agg, home, meeting, at=meeting.cancel_until + SECOND)

    assert outcome(found) == "late"


def test_once_the_session_has_started_nothing_moves(ens: Provider) -> None:
    home, group = booked(ens)
    meeting = a_day(group)

    found = absent(ens, home, meeting, at=meeting.starts_at)

    assert outcome(found) == "late"
    assert family.state(home, meeting) == "booked"


def test_saying_it_twice_says_the_same(ens: Provider) -> None:
    home, group = booked(ens)
    meeting = a_day(group)
    late = meeting.cancel_until + SECOND

    said = [outcome(absent(ens, home, meeting, at=late)) for _ in range(2)]

    assert said == ["excused", "excused"]


def test_one_act_has_an_answer_for_each_session(ens: Provider) -> None:
    home, group = booked(ens)
    near, far = a_day(group, 10), a_day(group, 20)
    unbooked = a_day(a_group(), 10)

    found = absent(ens, home, near, far, unbooked, at=near.cancel_until + SECOND)

    assert [each["outcome"] for each in found] == ["excused", "cancelled", "gone"]


def test_an_absence_said_in_time_while_the_provider_was_down_is_in_time(ens: Provider) -> None:
    home, group = booked(ens)
    one, two = a_day(group, 10), a_day(group, 11)
    after = two.ends_at + timedelta(hours=1)

    cancelled = absent(ens, home, one, at=one.cancel_until, handled=after)
    excused = absent(ens, home, two, at=two.starts_at - SECOND, handled=after)

    assert (outcome(cancelled), outcome(excused)) == ("cancelled", "excused")


def test_the_other_household_cannot_say_that_the_child_is_ill(ens: Provider) -> None:
    home, group = booked(ens, MONDAY)
    tomorrow = today() + timedelta(days=1)
    meeting = next(m for m in family.sessions(group, tomorrow) if not home.is_claires(m.day))

    found = absent(ens, home, meeting, at=now())

    assert outcome(found) == "other_household"
    assert family.state(home, meeting) == "booked"


def test_the_provider_hears_of_an_absence_only_what_billing_needs(ens: Provider) -> None:
    """A session that was closed while the act was on its way is told again, as an adjustment."""
    home, group = booked(ens)
    meeting = a_day(group, 1)
    ens.clear_outbox()
    during = meeting.starts_at + timedelta(minutes=30)
    with store.write() as write:
        roll_call.close_roll_call(write, meeting.id, new_id(), {home.child.id: "absent"}, during)

    absent(ens, home, meeting, at=meeting.starts_at - SECOND, handled=meeting.ends_at)

    told = ens.published("attendance_recorded")
    assert [line["outcome"] for line in told[-1]["lines"]] == ["excused"]
    assert told[-1]["late"] is True
    assert "sick" not in str(told)
