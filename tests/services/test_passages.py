"""« Passages » at a provider: its side, ticked on a device, and missed on time (rule R12)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.enrolment.attendance.handovers_between_services.commands import (
    declared_handovers as keeping,
)
from services.enrolment.attendance.handovers_between_services.commands import handover_ticks
from services.enrolment.attendance.handovers_between_services.commands.handover_ticks import NewTick
from services.enrolment.attendance.handovers_between_services.queries.handovers_due import (
    count_missed_children,
    service_handovers_of_day,
)
from services.enrolment.attendance.handovers_between_services.rules.missed_child_alerts import (
    moment_of_hour,
)
from services.enrolment.live_changes import ROLL_CALL
from services.enrolment.models import Change, Handover, HandoverMark
from services.enrolment.store import store
from shared.contracts.dossier.sharing import handovers_between_services
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
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
        "side": handovers_between_services.HANDS,
        "other": "agg",
        "weekdays": [today().isoweekday()],
        "at": "23:40",
        "valid_from": today(),
        "valid_to": None,
        "ended": False,
    }
    ens.receives_event(handovers_between_services.handover_declared, **{**usual, **more})


def passages(at: datetime | None = None) -> list[Any]:
    with store.read() as read:
        return service_handovers_of_day(read, today(), at or now())


def a_tick(act: str = handovers_between_services.HANDED, **more: Any) -> NewTick:
    """Return a tick as a device makes it."""
    usual = {"id": new_id(), "handover_id": RELAY, "day": today(), "act": act}
    return NewTick(**{**usual, "made_at": now(), "subject": new_id(), **more})


def arrives(*made: NewTick, at: datetime | None = None) -> dict[str, str]:
    """Let ticks of a device arrive; return what was refused, and why."""
    with store.write() as write:
        return handover_ticks.record_ticks(write, made, today(), at or now()).refused


def passes(ens: Provider, act: str, at: datetime, **more: Any) -> None:
    """Let the service beside have ticked its side."""
    event = {"relay_id": RELAY, "day": today(), "act": act, "at": at, "mark_id": new_id()}
    ens.receives_event(handovers_between_services.handover_passed, **{**event, "after": [], **more})


def sends(desk: Desk, **row: Any) -> Any:
    """Send a tick as the page does."""
    usual = {"id": new_id(), "relay_id": RELAY, "day": today().isoformat(), "by": new_id()}
    ticked = {
        **usual,
        "kind": handovers_between_services.HANDED,
        "made_at": now().isoformat(),
        "after": [],
        **row,
    }
    token = desk.client.get("/pointage/etat.json").json["csrf"]  # type: ignore[index]
    delivery = {"device_now": now().isoformat(), "passages": [ticked]}
    return desk.client.post("/pointage/envoi", json=delivery, headers={"x-csrftoken": token})


def listed(desk: Desk) -> list[dict[str, Any]]:
    answer = desk.client.get("/pointage/passages.json").json
    assert answer is not None
    return list(answer["passages"])


def test_who_is_handed_over_today_is_listed_with_the_service_beside(
    ens: Provider, manon: Child, desk: Desk
) -> None:
    declared(ens, manon)

    (manons,) = listed(desk)

    assert manons["name"].startswith("Manon") and manons["kind"] is None
    assert manons["way"].replace("\xa0", " ") == "23 h 40, vers Sports de l’agglomération"
    assert manons["kinds"] == ["handed", "not_coming", "cleared"]
    assert desk.client.get("/passages").location == "/pointage/#passages"


def test_a_tick_is_kept_and_told_once_with_its_moment_however_often_it_comes(
    ens: Provider, manon: Child, desk: Desk
) -> None:
    declared(ens, manon)
    ticked, pressed = new_id(), now() - timedelta(minutes=50)
    for _ in range(2):
        answer = sends(desk, id=ticked, made_at=pressed.isoformat())
        assert answer.json["taken"] == [ticked] and answer.json["refused"] == {}

    (event,) = ens.published("handover_marked")
    assert (event["mark_id"], event["act"]) == (ticked, handovers_between_services.HANDED)
    assert abs(datetime.fromisoformat(event["at"]) - pressed) < timedelta(seconds=5)
    (manons,) = listed(desk)
    assert (manons["kind"], manons["heads"]) == ("handed", [ticked])


def test_ticks_are_settled_as_marks_are(ens: Provider, manon: Child) -> None:
    declared(ens, manon)
    first = a_tick()
    second = a_tick(handovers_between_services.NOT_COMING, after=(first.id,))
    arrives(second), arrives(first)
    assert (passages()[0].own.kind, passages()[0].own.to_check) == (
        handovers_between_services.NOT_COMING,
        False,
    )

    arrives(a_tick(handovers_between_services.HANDED, after=(first.id,)))
    assert passages()[0].own.to_check

    arrives(a_tick(handovers_between_services.CLEARED, after=passages()[0].own.heads))
    (manons,) = passages(moment_of_hour(today(), "23:40"))
    assert (manons.own.kind, manons.state) == (None, "waiting")


def test_what_the_other_side_ticks_shows_here_and_never_ticks_this_side(
    ens: Provider, manon: Child
) -> None:
    declared(ens, manon)
    passes(ens, handovers_between_services.HANDED, now())  # not theirs to tick
    assert passages(moment_of_hour(today(), "23:40"))[0].state == "waiting"

    passes(ens, handovers_between_services.RECEIVED, now())

    (manons,) = passages()
    assert (manons.state, manons.own.kind, manons.other_state.kind) == ("arrived", None, "received")


def test_an_older_release_beside_tells_no_ids_and_is_heard(ens: Provider, manon: Child) -> None:
    declared(ens, manon)

    event = {
        "relay_id": RELAY,
        "day": today(),
        "act": handovers_between_services.RECEIVED,
        "at": now(),
    }
    ens.receives_event(handovers_between_services.handover_passed, **event)

    assert passages()[0].state == "arrived"


def test_a_child_who_does_not_arrive_is_missed_on_both_pages_with_whom_to_call(
    ens: Provider, manon: Child, desk: Desk
) -> None:
    declared(ens, manon, side=handovers_between_services.RECEIVES, at="00:00")

    assert [passage.state for passage in passages(moment_of_hour(today(), "00:14"))] == ["waiting"]
    assert [passage.state for passage in passages(moment_of_hour(today(), "00:15"))] == ["missed"]
    if now() >= moment_of_hour(today(), "00:15"):
        (manons,) = listed(desk)
        assert manons["state"] == "missed" and manons["service"].startswith("Sports")
        assert "n’est pas arrivé d’un service à l’autre" in desk.sees("/")
    read_again = 'id="missed-passages" data-parts="roll_call" data-again'
    assert read_again in desk.client.get("/").text  # nothing tells that the hour has come


def test_pages_that_stay_open_at_the_desk_hear_of_each_tick_once(
    ens: Provider, manon: Child
) -> None:
    declared(ens, manon)
    ticked, beside = a_tick(), new_id()
    for _ in range(2):
        arrives(ticked)
        passes(ens, handovers_between_services.RECEIVED, now(), mark_id=beside)

    with store.read() as read:
        (change,) = read.query(Change).filter_by(audience=ROLL_CALL)
        assert (change.kind, change.count) == (ROLL_CALL, 2)


@pytest.mark.parametrize("where", ["here", "beside"])
def test_an_alert_is_lifted_by_a_tick_that_comes_late_and_its_true_moment_stands(
    ens: Provider, manon: Child, where: str
) -> None:
    """A tablet without network had it in time: nobody is left with an alert, or a wrong hour."""
    side = (
        handovers_between_services.RECEIVES if where == "here" else handovers_between_services.HANDS
    )
    declared(ens, manon, side=side, at="00:00")
    in_time, late = moment_of_hour(today(), "00:05"), moment_of_hour(today(), "00:50")
    with store.read() as read:
        assert count_missed_children(read, today(), late) == 1

    if where == "here":
        arrives(a_tick(handovers_between_services.RECEIVED, made_at=in_time), at=late)
    else:
        passes(ens, handovers_between_services.RECEIVED, in_time)

    (manons,) = passages(late)
    came = manons.own if where == "here" else manons.other_state
    assert (manons.state, came.made_at) == ("arrived", in_time)
    with store.read() as read:
        assert count_missed_children(read, today(), late) == 0
    if where == "here":
        assert manons.lifted_at == late


def test_a_tick_that_comes_the_next_morning_is_taken_for_its_own_day(
    ens: Provider, manon: Child
) -> None:
    yesterday = today() - timedelta(days=1)
    declared(ens, manon, weekdays=[yesterday.isoweekday()], valid_from=yesterday)

    assert arrives(a_tick(day=yesterday, made_at=now() - timedelta(days=1))) == {}

    (event,) = ens.published("handover_marked")
    assert event["day"] == yesterday.isoformat()


def test_what_is_not_this_sides_to_tick_or_not_of_that_day_is_refused(
    ens: Provider, manon: Child
) -> None:
    declared(ens, manon)
    other_state, unknown = a_tick(handovers_between_services.RECEIVED), a_tick(handover_id=new_id())
    other_day = a_tick(day=today() - timedelta(days=1))
    to_come = a_tick(day=today() + timedelta(days=7))

    refused = arrives(other_state, unknown, other_day, to_come)

    assert set(refused) == {each.id for each in (other_state, unknown, other_day, to_come)}
    assert ens.published("handover_marked") == []


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
    assert arrives(a_tick()) == {}  # made while it stood, on a tablet without network


def test_what_was_ticked_is_forgotten_after_two_weeks(ens: Provider, manon: Child) -> None:
    declared(ens, manon)
    arrives(a_tick())
    with store.write() as write:
        keeping.forget_past_service_handovers(write, today() + timedelta(days=14))
        assert write.query(HandoverMark).count() == 1
        keeping.forget_past_service_handovers(write, today() + timedelta(days=15))

        assert write.query(HandoverMark).count() == 0


def test_a_hand_over_without_a_last_day_is_forgotten_two_weeks_after_its_end(
    ens: Provider, manon: Child
) -> None:
    declared(ens, manon)
    declared(ens, manon, version=2, ended=True)
    with store.write() as write:
        keeping.forget_past_service_handovers(write, today() + timedelta(days=14))
        assert write.query(Handover).count() == 1
        keeping.forget_past_service_handovers(write, today() + timedelta(days=15))

        assert write.query(Handover).count() == 0


def test_who_does_not_call_the_roll_finds_no_such_page(ens: Provider, desk: Desk) -> None:
    desk.signs_in(ens.has_agent("treasurer"))

    assert desk.client.get("/passages").status_code == 404
    assert desk.client.get("/pointage/passages.json").status_code == 401
