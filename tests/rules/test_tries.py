"""How long somebody waits after mistakes, and the whole town after many."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.identity import tries
from services.identity.tries import Tries

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def failed(times: int, at: datetime = NOON) -> Tries:
    """Return the tries of somebody who waits each time exactly as long as asked."""
    made = Tries()
    for _ in range(times):
        at += tries.wait(made, at)
        made = tries.noted(made, at)
    return made


def test_three_mistakes_are_free() -> None:
    assert [tries.wait(failed(count), NOON) for count in (0, 1, 2)] == [tries.NO_WAIT] * 3


def test_then_the_wait_doubles() -> None:
    waits = [tries.wait(made, made.recent[-1]) for made in map(failed, range(3, 10))]

    assert waits == [SECOND * 2**n for n in range(7)]


def test_waiting_as_long_as_asked_opens_the_door() -> None:
    made = failed(5)

    assert tries.wait(made, made.recent[-1] + 4 * SECOND) == tries.NO_WAIT


def test_no_hour_has_more_than_ten_tries_however_patient_one_is() -> None:
    at, moments, made = NOON, [], Tries()
    for _ in range(60):
        at += tries.wait(made, at)
        made = tries.noted(made, at)
        moments.append(at)

    busiest = max(sum(start <= each < start + HOUR for each in moments) for start in moments)
    assert busiest == tries.MOST_IN_WINDOW


def test_nobody_waits_longer_than_an_hour_and_nobody_for_ever() -> None:
    made = failed(60)

    assert tries.NO_WAIT < tries.wait(made, made.recent[-1]) <= HOUR


def test_after_a_quiet_day_a_login_begins_anew() -> None:
    made = tries.noted(failed(9), NOON + timedelta(days=2))

    assert made == Tries(1, (NOON + timedelta(days=2),))


@given(st.lists(st.integers(0, 4000), max_size=40))
def test_a_wait_is_never_negative_and_its_memory_is_small(gaps: list[int]) -> None:
    at, made = NOON, Tries()
    for gap in gaps:
        at += gap * SECOND
        made = tries.noted(made, at)

        assert tries.wait(made, at) >= tries.NO_WAIT
        assert len(made.recent) <= tries.MOST_IN_WINDOW


def test_one_password_tried_at_every_door_slows_the_whole_town() -> None:
    latest = [NOON - n * SECOND / 4 for n in range(tries.MOST_IN_TOWN_WINDOW)]

    assert tries.town_wait(latest, NOON) > tries.NO_WAIT
    assert tries.town_wait(latest[:-1], NOON) == tries.NO_WAIT
    assert tries.town_wait(latest, NOON + MINUTE) == tries.NO_WAIT


def test_tries_of_a_parent_and_of_the_same_person_as_agent_are_apart() -> None:
    assert tries.digest_of("family", "a@b.fr") != tries.digest_of("agent", "a@b.fr")
