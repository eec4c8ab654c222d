"""« Passages » at a provider: its side of a hand-over, ticked, and missed on time (rule R12)."""

from datetime import timedelta
from typing import Any

import pytest

from services.enrolment.models import RelayMark
from services.enrolment.relays import keeping
from services.enrolment.relays.lateness import hour_of
from services.enrolment.store import store
from shared.clock import now, today
from shared.contracts import relays
from shared.contracts.errors import NotFound
from shared.ids import new_id
from tests.factories import enrolment as make
from tests.factories.attendance import a_session, booked
from tests.factories.enrolment import Child, Desk, Provider

RELAY = new_id()


@pytest.fixture
def manon(ens: Provider) -> Child:
    """Give a child who is booked today."""
    child = Child("Manon")
    ens.receives_child(child)
    with store.write() as write:
        booked(write, a_session(write), child.id)
    return child


@pytest.fixture
def desk(ens: Provider) -> Desk:
    """Give a desk with somebody of the kitchen, who calls the roll, signed in."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("kitchen"))
    return desk


def declared(ens: Provider, child: Child, **more: Any) -> None:
    usual = {
        "relay_id": RELAY,
        "version": 1,
        "child_id": child.id,
        "side": relays.HANDS,
        "other": "agg",
        "weekdays": [today().isoweekday()],
        "at": "23:40",
        "valid_from": today(),
        "valid_to": None,
        "ended": False,
    }
    ens.hears(relays.relay_declared, **{**usual, **more})


def passages(**more: Any) -> list[Any]:
    with store.read() as read:
        return keeping.passages_on(read, today(), more.get("at", now()))


def test_who_is_handed_over_today_is_listed_with_the_service_beside(
    ens: Provider, manon: Child, desk: Desk
) -> None:
    declared(ens, manon)

    page = desk.sees("/passages")

    assert "Manon" in page and "23 h 40, vers Sports de l’agglomération" in page
    assert "Attendu" in page


def test_what_is_ticked_is_told_once_and_who_was_handed_over_is_on_the_way(
    ens: Provider, manon: Child, desk: Desk
) -> None:
    declared(ens, manon)
    for _ in range(2):
        answer = desk.sends(f"/passages/{RELAY}", at="/passages", act=relays.HANDED)
        assert answer.status_code == 303

    (fact,) = ens.told("relay_marked")
    assert (fact["relay_id"], fact["act"]) == (RELAY, relays.HANDED)
    assert "Remis à" in desk.sees("/passages")


def test_what_the_other_side_ticks_shows_here_and_never_ticks_this_side(
    ens: Provider, manon: Child, desk: Desk
) -> None:
    declared(ens, manon)
    passed = {"relay_id": RELAY, "day": today(), "at": now()}
    ens.hears(relays.relay_passed, **passed, act=relays.HANDED)  # not theirs to tick
    assert "Attendu" in desk.sees("/passages")

    ens.hears(relays.relay_passed, **passed, act=relays.RECEIVED)

    assert "Reçu à" in desk.sees("/passages")


def test_a_child_who_does_not_arrive_is_missed_on_both_pages_with_whom_to_call(
    ens: Provider, manon: Child, desk: Desk
) -> None:
    declared(ens, manon, side=relays.RECEIVES, at="00:00")

    assert [each.state for each in passages(at=hour_of(today(), "00:14"))] == ["waiting"]
    assert [each.state for each in passages(at=hour_of(today(), "00:15"))] == ["missed"]
    if now() >= hour_of(today(), "00:15"):
        assert "appelez Sports" in desk.sees("/passages")
        assert "n’est pas arrivé d’un service à l’autre" in desk.sees("/")


def test_who_is_not_booked_that_day_or_on_that_weekday_passes_nowhere(
    ens: Provider, manon: Child
) -> None:
    other = Child("Nathan")
    ens.receives_child(other)
    declared(ens, other)
    assert passages() == []

    tomorrow = (today() + timedelta(days=1)).isoweekday()
    declared(ens, manon, version=2, weekdays=[tomorrow])
    assert passages() == []


def test_an_older_word_changes_nothing_and_an_end_takes_it_off_the_page(
    ens: Provider, manon: Child
) -> None:
    declared(ens, manon, version=2, ended=True)
    declared(ens, manon, version=1)

    assert passages() == []
    with store.write() as write, pytest.raises(NotFound):
        keeping.tick(write, RELAY, relays.HANDED, today(), now())


def test_what_was_ticked_is_forgotten_after_two_weeks(ens: Provider, manon: Child) -> None:
    declared(ens, manon)
    with store.write() as write:
        keeping.tick(write, RELAY, relays.HANDED, today(), now())
        keeping.forget_past(write, today() + timedelta(days=14))
        assert write.query(RelayMark).count() == 1
        keeping.forget_past(write, today() + timedelta(days=15))

        assert write.query(RelayMark).count() == 0


def test_who_does_not_call_the_roll_finds_no_such_page(ens: Provider, desk: Desk) -> None:
    desk.signs_in(ens.has_agent("treasurer"))

    assert desk.client.get("/passages").status_code == 404
