"""Attendance state of a child: the same whatever the order in which marks arrive."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.attendance.marks.rules.mark_resolution import (
    MarkEntry,
    State,
    moment_by_server_clock,
    resolve_marks,
)
from services.enrolment.attendance.marks.rules.session_outcomes import (
    counted_outcome,
    needs_decision,
)
from services.enrolment.models.places import BOOKING_STATES
from shared.contracts.enrolment.attendance import OUTCOMES

NOON = datetime(2026, 11, 27, 11, 30, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


@st.composite
def histories(draw: st.DrawFn) -> list[MarkEntry]:
    """Draw marks of several devices: each names some of those made before it."""
    entries: list[MarkEntry] = []
    for number in range(draw(st.integers(0, 7))):
        kind = draw(st.sampled_from(["present", "absent", "left", "cleared"]))
        known = (
            draw(st.lists(st.sampled_from([entry.id for entry in entries]), max_size=3))
            if entries
            else []
        )
        entries.append(MarkEntry(f"m{number}", kind, at(draw(st.integers(0, 5))), tuple(known)))
    return entries


@given(histories(), st.randoms(use_true_random=False))
def test_order_and_repetition_never_matter(entries: list[MarkEntry], chance) -> None:  # type: ignore[no-untyped-def]
    arrived = entries + chance.choices(entries, k=len(entries)) if entries else []
    chance.shuffle(arrived)

    assert resolve_marks(arrived) == resolve_marks(entries)


@given(histories())
def test_whoever_marks_next_with_all_in_hand_settles_it(entries: list[MarkEntry]) -> None:
    before = resolve_marks(entries)

    after = resolve_marks([*entries, MarkEntry("next", "present", at(9), before.heads)])

    assert after == State("present", at(9), False, ("next",))


@given(st.lists(st.sampled_from(["present", "absent", "left", "cleared"]), min_size=1, max_size=6))
def test_one_device_never_contradicts_itself(kinds: list[str]) -> None:
    entries = [MarkEntry(f"m{n}", kind, at(n)) for n, kind in enumerate(kinds)]
    entries = entries[:1] + [
        MarkEntry(later.id, later.kind, later.made_at, (before.id,))
        for before, later in pairwise(entries)
    ]

    state = resolve_marks(entries)

    assert not state.to_check
    assert state.kind == (None if kinds[-1] == "cleared" else kinds[-1])


def test_the_last_act_counts_and_two_devices_that_contradict_are_to_be_checked() -> None:
    one, other = MarkEntry("a", "present", at(0)), MarkEntry("b", "absent", at(1))

    state = resolve_marks([other, one])

    assert (state.kind, state.to_check, state.heads) == ("absent", True, ("a", "b"))
    assert (
        resolve_marks([other, one, MarkEntry("c", "present", at(2), ("a", "b"))]).to_check is False
    )


def test_a_correction_by_somebody_who_saw_the_first_mark_is_no_contradiction() -> None:
    state = resolve_marks(
        [MarkEntry("a", "present", at(0)), MarkEntry("b", "absent", at(1), ("a",))]
    )

    assert (state.kind, state.to_check) == ("absent", False)


def test_gone_home_does_not_contradict_having_been_there() -> None:
    state = resolve_marks([MarkEntry("a", "present", at(0)), MarkEntry("b", "left", at(200))])

    assert (state.kind, state.to_check) == ("left", False)


def test_at_the_same_instant_the_greater_id_counts_everywhere() -> None:
    one, other = MarkEntry("a", "present", at(0)), MarkEntry("b", "absent", at(0))

    assert resolve_marks([one, other]).kind == resolve_marks([other, one]).kind == "absent"


def test_a_clock_that_is_ten_minutes_slow_is_put_right_and_none_is_in_the_future() -> None:
    received = at(60)
    device_now = received - timedelta(minutes=10)

    assert moment_by_server_clock(at(20), device_now, received) == at(30)
    assert moment_by_server_clock(at(90), device_now, received) == received


def test_what_a_day_counts() -> None:
    came, away, none = State("present", at(0)), State("absent", at(0)), State()

    assert counted_outcome("booked", came) == ("present", 1)
    assert counted_outcome("late", came) == ("present", 1)
    assert counted_outcome("cancelled", came) == counted_outcome(None, came) == ("unexpected", 1)
    assert counted_outcome("booked", away) == ("absent", 1)
    assert counted_outcome("late", none) == ("cancelled_late", 1)
    assert counted_outcome("excused", none) == ("excused", 0)
    for booking in ("cancelled", "closed", None):
        assert counted_outcome(booking, away) is counted_outcome(booking, none) is None
    assert counted_outcome("booked", none) is None


def test_a_group_waits_for_whom_nobody_marked_and_for_contradictions() -> None:
    assert needs_decision("booked", State())
    assert needs_decision("cancelled", State("present", at(0), to_check=True))
    assert not needs_decision("booked", State("absent", at(0)))
    assert not needs_decision("late", State()) and not needs_decision(None, State())


def test_every_outcome_is_one_that_the_contract_knows() -> None:
    states = [State(kind, at(0)) for kind in ("present", "absent", "left")] + [State()]

    found = {
        counted_outcome(booking, state) for booking in (*BOOKING_STATES, None) for state in states
    }

    assert {each[0] for each in found if each} == set(OUTCOMES)
