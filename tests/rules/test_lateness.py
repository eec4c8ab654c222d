"""Lateness of a child on its way from one service to another (rule R12)."""

from datetime import date, datetime, timedelta

import pytest

from services.enrolment.attendance.handovers_between_services.rules.missed_child_alerts import (
    ARRIVED,
    AWAY,
    MISSED,
    ON_THE_WAY,
    WAITING,
    Tick,
    arrival_of_tick_ending_alert,
    moment_child_is_missed_from,
    moment_of_hour,
    resolve_ticks_of_sides,
    state_of_child_on_way,
    ticks_in_force,
)
from services.enrolment.attendance.marks.rules.mark_resolution import MarkEntry
from shared.contracts.dossier.sharing.handovers_between_services import (
    CLEARED,
    HANDED,
    HANDS,
    NOT_COMING,
    RECEIVED,
    RECEIVES,
)

DAY, AT = date(2026, 11, 25), "12:15"


def after(minutes: int) -> datetime:
    return moment_of_hour(DAY, AT) + timedelta(minutes=minutes)


def ticked(act: str, made: int, known: int | None = None) -> Tick:
    """Return a tick by minutes after the hour: when it was made, and when it was known here."""
    side = RECEIVES if act == RECEIVED else HANDS
    moment = after(made if known is None else known)
    return Tick(side, MarkEntry(f"{act} {made}", act, after(made)), moment)


def state_by(ticks: list[Tick], minutes: int) -> str:
    return state_of_child_on_way(
        DAY, AT, ticks_in_force(resolve_ticks_of_sides(ticks).values()), after(minutes)
    )


@pytest.mark.parametrize(
    ("marks", "minutes", "state"),
    [
        ({}, -30, WAITING),
        ({}, 14, WAITING),
        ({}, 15, MISSED),
        ({HANDED: 0}, 14, ON_THE_WAY),
        ({HANDED: 0}, 15, MISSED),
        ({HANDED: 10}, 24, ON_THE_WAY),
        ({HANDED: 10}, 25, MISSED),
        ({HANDED: -20}, 14, ON_THE_WAY),
        ({HANDED: 0, RECEIVED: 5}, 60, ARRIVED),
        ({RECEIVED: 5}, 60, ARRIVED),
        ({NOT_COMING: -60}, 60, AWAY),
        ({NOT_COMING: -60, RECEIVED: 3}, 60, ARRIVED),
    ],
)
def test_a_quarter_of_an_hour_after_the_hour_or_the_hand_over_a_child_is_missed(
    marks: dict[str, int], minutes: int, state: str
) -> None:
    known = {act: after(at) for act, at in marks.items()}

    assert state_of_child_on_way(DAY, AT, known, after(minutes)) == state


def test_the_hour_is_that_of_france_in_winter_and_in_summer() -> None:
    winter, summer = (
        moment_of_hour(date(2027, 1, 6), "12:15"),
        moment_of_hour(date(2027, 7, 7), "12:15"),
    )

    assert (winter.utcoffset(), summer.utcoffset()) == (timedelta(hours=1), timedelta(hours=2))


def test_what_is_taken_back_was_never_said_and_the_alert_returns() -> None:
    received, back = ticked(RECEIVED, 5), MarkEntry("back", CLEARED, after(6), ("received 5",))
    ticks = [received, Tick(RECEIVES, back, after(6))]

    assert state_by(ticks, 14) == WAITING
    assert state_by(ticks, 15) == MISSED


@pytest.mark.parametrize("minutes", [0, 15])
def test_two_devices_of_one_side_that_contradict_each_other_quiet_no_alert(minutes: int) -> None:
    ticks = [ticked(HANDED, -1), ticked(NOT_COMING, 0)]

    assert resolve_ticks_of_sides(ticks)[HANDS].to_check
    assert state_by(ticks, minutes) == (MISSED if minutes == 15 else WAITING)


def test_nothing_falls_due_for_who_has_arrived_and_the_hour_counts_for_all_others() -> None:
    assert moment_child_is_missed_from(DAY, AT, {RECEIVED: after(2)}) is None
    assert moment_child_is_missed_from(DAY, AT, {}) == after(15)
    assert moment_child_is_missed_from(DAY, AT, {HANDED: after(10)}) == after(25)


def test_a_tick_made_in_time_and_told_late_lifts_the_alert_when_it_comes() -> None:
    ticks = [ticked(HANDED, 0), ticked(RECEIVED, 5, 40)]

    assert state_by(ticks[:1], 39) == MISSED
    assert state_by(ticks, 40) == ARRIVED
    assert ticks_in_force(resolve_ticks_of_sides(ticks).values())[RECEIVED] == after(5)
    assert arrival_of_tick_ending_alert(DAY, AT, ticks) == after(40)
    assert arrival_of_tick_ending_alert(DAY, AT, ticks[::-1]) == after(40)


def test_a_hand_over_told_late_lifts_it_until_its_own_quarter_of_an_hour_is_over() -> None:
    ticks = [ticked(HANDED, 10, 20)]

    assert state_by(ticks, 20) == ON_THE_WAY and arrival_of_tick_ending_alert(
        DAY, AT, ticks
    ) == after(20)
    assert state_by(ticks, 25) == MISSED


def test_where_no_alert_was_given_or_it_stands_none_is_lifted() -> None:
    assert arrival_of_tick_ending_alert(DAY, AT, []) is None
    assert arrival_of_tick_ending_alert(DAY, AT, [ticked(HANDED, 0), ticked(RECEIVED, 14)]) is None
    assert arrival_of_tick_ending_alert(DAY, AT, [ticked(HANDED, 1, 30)]) is None
    back = Tick(RECEIVES, MarkEntry("back", CLEARED, after(45), ("received 5",)), after(45))
    assert arrival_of_tick_ending_alert(DAY, AT, [ticked(RECEIVED, 5, 40), back]) is None
