"""An agent changes a child's days: what is kept, what families read, what billing learns."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from services.enrolment.attendance.roll_call.commands import closing
from services.enrolment.bookings.commands.agent_acts import (
    Cell,
    CellsRefused,
    Order,
    do_act_on_cells,
    move_bookings_to_other_sessions,
)
from services.enrolment.bookings.rules.agent_decisions import (
    BOOK,
    CAME,
    CANCEL,
    EXCUSE,
    FULL,
    GROUP_CLOSED,
    MISSED,
    NO_PLACE,
    Powers,
)
from services.enrolment.models import Activity, AgentAct, Group, Session
from services.enrolment.models.places import BY_AGENT
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories import offer
from tests.factories.attendance import a_mark, arrive
from tests.factories.bookings import Home, a_group, a_place, change, sees, session
from tests.factories.enrolment import Provider

AGENT = new_id()
EVERY_DAY = "1234567"
LEAD = Powers(answers_for_day=True)


def at_home(ens: Provider, changes_on: int | None = None) -> Home:
    home = Home(changes_on=changes_on)
    family.arrives(ens, home)
    return home


def in_days(count: int) -> date:
    return today() + timedelta(days=count)


def acts(
    act: str,
    *cells: tuple[Home, Session],
    at: datetime | None = None,
    reason: str = "family",
    asked_by: str = "telephone",
    powers: Powers | None = None,
) -> int:
    order = Order(act, asked_by, reason, AGENT, powers or Powers())
    with store.write() as write:
        wanted = [Cell(home.child.id, meeting.id) for home, meeting in cells]
        return do_act_on_cells(write, wanted, order, at or now())


def why(refusal: pytest.ExceptionInfo[CellsRefused]) -> list[str]:
    return sorted(refusal.value.why.values())


def traces(home: Home) -> list[tuple[str, str, str, str, str]]:
    with store.read() as read:
        rows = read.scalars(
            select(AgentAct).where(AgentAct.child_id == home.child.id).order_by(AgentAct.id)
        )
        return [(row.act, row.asked_by, row.reason, row.before, row.after) for row in rows]


def begun(group: Group) -> Session:
    """Return the session of yesterday: everybody knows who came."""
    return session(group, in_days(-1))


# Before the day


def test_a_parent_telephones_and_a_lunch_is_cancelled_with_who_asked(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    lunch = session(group, in_days(10))

    assert acts(CANCEL, (home, lunch)) == 1

    row = family.booking(home, lunch)
    assert row is not None
    assert (row.state, row.changed_by, row.household_id) == ("cancelled", BY_AGENT, home.at_claires)
    assert traces(home) == [("cancel", "telephone", "family", "booked", "cancelled")]


@pytest.mark.both_databases
def test_the_same_act_sent_twice_changes_nothing_and_leaves_no_second_trace(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    lunch = session(group, in_days(10))

    assert [acts(CANCEL, (home, lunch)), acts(CANCEL, (home, lunch))] == [1, 0]
    assert len(traces(home)) == 1


def test_after_the_deadline_a_cancelled_lunch_counts_and_an_excused_one_does_not(
    ens: Provider,
) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    first, second = session(group, in_days(1)), session(group, in_days(2))

    acts(CANCEL, (home, first), at=first.cancel_until + timedelta(hours=1))
    acts(EXCUSE, (home, second), at=second.cancel_until + timedelta(hours=1), reason="sick")

    assert family.state(home, first) == "late"
    row = family.booking(home, second)
    assert row is not None
    assert (row.state, row.reason) == ("excused", "sick")


def test_the_family_reads_at_once_that_the_service_did_it_and_on_whose_word(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    lunch = session(group, in_days(10))
    ens.clear_outbox()

    acts(CANCEL, (home, lunch), asked_by="door")

    (card,) = ens.published("family_card")
    days = {day["session_id"]: day for day in card["children"][0]["days"]}
    assert (days[lunch.id]["state"], days[lunch.id]["asked_by"]) == ("cancelled", "door")
    (shown,) = sees(home, lunch.day, lunch.day)["days"]
    assert (shown["state"], shown["asked_by"]) == ("cancelled", "door")


def test_what_the_family_changes_afterwards_is_its_own_again(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    lunch = session(group, in_days(10))
    acts(CANCEL, (home, lunch))

    change(ens, home, book=[lunch])

    (shown,) = sees(home, lunch.day, lunch.day)["days"]
    assert (shown["state"], shown["asked_by"]) == ("booked", None)


def test_an_agent_books_a_full_session_only_when_it_was_said_so(ens: Provider) -> None:
    claire, other, group = at_home(ens), at_home(ens), a_group(1)
    a_place(claire, group, EVERY_DAY)
    a_place(other, group, "")
    lunch = session(group, in_days(10))

    with pytest.raises(CellsRefused) as refusal:
        acts(BOOK, (other, lunch))
    acts(BOOK, (other, lunch), powers=Powers(over_capacity=True))

    assert why(refusal) == [FULL]
    assert family.state(other, lunch) == "booked"
    with store.read() as read:
        assert read.scalar(select(AgentAct.over_capacity)) is True


@pytest.mark.both_databases
def test_several_cells_take_the_last_place_once(ens: Provider) -> None:
    homes, group = [at_home(ens) for _ in range(2)], a_group(1)
    for home in homes:
        a_place(home, group, "")
    lunch = session(group, in_days(10))

    with pytest.raises(CellsRefused) as refusal:
        acts(BOOK, *((home, lunch) for home in homes))

    assert why(refusal) == [FULL]
    assert [family.state(home, lunch) for home in homes] == [None, None]


def test_of_many_cells_one_that_cannot_be_leaves_all_as_they_were(ens: Provider) -> None:
    home, without, group = at_home(ens), at_home(ens), a_group()
    a_place(home, group, "")
    lunch = session(group, in_days(10))

    with pytest.raises(CellsRefused) as refusal:
        acts(BOOK, (home, lunch), (without, lunch))

    assert why(refusal) == [NO_PLACE]
    assert family.state(home, lunch) is None
    assert traces(home) == []


def test_one_act_for_many_children_publishes_each_household_once(ens: Provider) -> None:
    homes, group = [at_home(ens) for _ in range(3)], a_group()
    for home in homes:
        a_place(home, group, EVERY_DAY)
    lunches = [session(group, in_days(10)), session(group, in_days(11))]
    ens.clear_outbox()

    changed = acts(CANCEL, *((home, lunch) for home in homes for lunch in lunches))

    assert changed == 6
    cards = ens.published("family_card")
    assert sorted(card["household_id"] for card in cards) == sorted(
        home.at_claires for home in homes
    )


def test_a_day_is_moved_whole_or_not_at_all(ens: Provider) -> None:
    home, group, elsewhere = at_home(ens), a_group(), a_group()
    a_place(home, group, "")
    monday, friday = session(group, in_days(1)), session(group, in_days(9))
    acts(BOOK, (home, monday))
    order, late = Order("move", "letter", "family", AGENT), monday.cancel_until + timedelta(hours=1)

    with store.write() as write:
        moves = {Cell(home.child.id, monday.id): friday.id}
        moved = move_bookings_to_other_sessions(write, moves, order, late)
    with pytest.raises(CellsRefused), store.write() as write:
        no_place = session(elsewhere, in_days(9))
        moves = {Cell(home.child.id, friday.id): no_place.id}
        move_bookings_to_other_sessions(write, moves, order, late)

    assert moved == 2
    assert family.state(home, monday) == "excused"
    assert family.state(home, friday) == "booked"


def test_a_child_who_spends_the_day_with_another_group_of_its_activity_counts_once(
    ens: Provider,
) -> None:
    # Given a child of the big ones who came with the small ones, and was ticked there.
    home, big = at_home(ens), a_group()
    a_place(home, big, "")
    with store.write() as write:
        activity = write.get_one(Activity, big.activity_id)
        small = offer.a_group(write, activity, label="Petits", places=0)
    here, there = session(big, today()), session(small, today())
    acts(BOOK, (home, here), at=here.starts_at - timedelta(hours=1))
    arrive([a_mark(there, home.child.id, made_at=there.starts_at)])
    order = Order("move", "service", "other", AGENT)

    # When its booking follows it, though the small ones are full: it is there.
    with store.write() as write:
        cell = Cell(home.child.id, here.id)
        moved = move_bookings_to_other_sessions(write, {cell: there.id}, order, here.starts_at)

    # Then both groups are closed without a decision on it, and billing learns of one presence.
    assert moved == 2
    assert (family.state(home, here), family.state(home, there)) == ("excused", "booked")
    for meeting in (here, there):
        with store.write() as write:
            closing.close_roll_call(write, meeting.id, AGENT, {}, meeting.ends_at)
    lines = [
        (line["outcome"], line["quantity"])
        for told in ens.published("attendance_recorded")
        for line in told["lines"]
    ]
    assert sorted(lines) == [("excused", 0), ("present", 1)]


# Two homes


def test_a_day_stays_with_the_home_of_its_week_and_the_other_reads_nothing_of_it(
    ens: Provider,
) -> None:
    home, group = at_home(ens, changes_on=1), a_group()
    a_place(home, group, "")
    antoines = next(
        each
        for count in range(8, 16)
        if not home.is_claires((each := session(group, in_days(count))).day)
    )

    acts(BOOK, (home, antoines))

    row = family.booking(home, antoines)
    assert row is not None
    assert row.household_id == home.at_antoines
    (own,) = sees(home, antoines.day, antoines.day, by=home.antoine)["days"]
    (others,) = sees(home, antoines.day, antoines.day)["days"]
    assert (own["state"], own["asked_by"]) == ("booked", "telephone")
    assert (others["state"], others["asked_by"]) == ("other", None)


# Afterwards


def closed_yesterday(ens: Provider, kind: str = "absent") -> tuple[Home, Session]:
    """Return a child booked yesterday, marked, and the group's roll call closed and published."""
    home, group = at_home(ens), a_group()
    a_place(home, group, "", valid_from=in_days(-5))
    lunch = begun(group)
    acts(BOOK, (home, lunch), at=lunch.book_until)
    arrive([a_mark(lunch, home.child.id, kind)])
    with store.write() as write:
        closing.close_roll_call(write, lunch.id, AGENT, {}, now())
    return home, lunch


def sheets(ens: Provider) -> list[tuple[int, bool, list[tuple[str, int]]]]:
    return [
        (
            event["version"],
            event["late"],
            [(line["outcome"], line["quantity"]) for line in event["lines"]],
        )
        for event in ens.published("attendance_recorded")
    ]


def test_yesterdays_absence_excused_afterwards_is_a_late_version_for_billing_and_once(
    ens: Provider,
) -> None:
    home, lunch = closed_yesterday(ens)

    first = acts(EXCUSE, (home, lunch), reason="sick", powers=LEAD)
    second = acts(EXCUSE, (home, lunch), reason="sick", powers=LEAD)

    assert (first, second) == (1, 0)
    assert sheets(ens) == [(1, False, [("absent", 1)]), (2, True, [("excused", 0)])]
    (shown,) = sees(home, lunch.day, lunch.day)["days"]
    assert (shown["state"], shown["asked_by"]) == ("excused", "telephone")


def test_what_was_excused_by_mistake_counts_again_as_a_third_version(ens: Provider) -> None:
    home, lunch = closed_yesterday(ens)
    acts(EXCUSE, (home, lunch), powers=LEAD)

    acts(BOOK, (home, lunch), asked_by="service", reason="service_error", powers=LEAD)

    assert [version for version, _late, _lines in sheets(ens)] == [1, 2, 3]
    assert sheets(ens)[-1][2] == [("absent", 1)]


def test_a_wrong_mark_is_corrected_and_the_former_one_stays_beneath_it(ens: Provider) -> None:
    home, lunch = closed_yesterday(ens)

    acts(CAME, (home, lunch), asked_by="service", reason="wrong_mark", powers=LEAD)

    assert sheets(ens)[-1] == (2, True, [("present", 1)])
    assert traces(home)[-1] == ("came", "service", "wrong_mark", "absent", "present")
    acts(MISSED, (home, lunch), asked_by="service", reason="wrong_mark", powers=LEAD)
    assert sheets(ens)[-1] == (3, True, [("absent", 1)])


def test_a_child_who_came_without_a_booking_is_added_and_counts_as_not_expected(
    ens: Provider,
) -> None:
    _home, lunch = closed_yesterday(ens, "present")
    came = at_home(ens)

    acts(CAME, (came, lunch), asked_by="service", reason="other", powers=LEAD)

    lines = sorted(sheets(ens)[-1][2])
    assert lines == [("present", 1), ("unexpected", 1)]
    (shown,) = sees(came, lunch.day, lunch.day)["days"]
    assert (shown["state"], shown["asked_by"]) == ("present", "service")


def test_who_does_not_answer_for_the_day_changes_nothing_of_a_closed_group(ens: Provider) -> None:
    home, lunch = closed_yesterday(ens)

    with pytest.raises(CellsRefused) as refusal:
        acts(EXCUSE, (home, lunch))

    assert why(refusal) == [GROUP_CLOSED]
    assert len(sheets(ens)) == 1


@pytest.mark.both_databases
def test_a_trace_is_never_changed(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    acts(CANCEL, (home, session(group, in_days(10))))

    with pytest.raises(DBAPIError), store.write() as write:
        write.query(AgentAct).update({"subject": new_id()})
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(AgentAct)) == 1
