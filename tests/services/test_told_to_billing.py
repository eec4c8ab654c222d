"""Places and attendance published to billing: whole states with versions; ids, days, codes."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert

from services.enrolment.attendance.quantities.commands import priced_mode_of_place as coming
from services.enrolment.attendance.quantities.queries.priced_modes_of_places import (
    attendance_mode_of_place_on_day,
)
from services.enrolment.attendance.roll_call.commands import closing as roll_call
from services.enrolment.models import Place, PlaceVariant, PlaceVersion
from services.enrolment.places.applications.commands import decisions as deciding
from services.enrolment.places.giving.commands import importing
from services.enrolment.places.placing.commands import billing_events, placing
from services.enrolment.places.placing.queries.places_and_activities import places_of_application
from services.enrolment.store import store
from shared.contracts.enrolment.places.imports import ImportedPlace
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import offer
from tests.factories import places as make
from tests.factories.attendance import a_mark, a_session, arrive, at_home, booked
from tests.factories.enrolment import Child, Provider
from tests.factories.places import Family

DAY = timedelta(days=1)


def arrived(provider: Provider) -> Family:
    family = Family()
    make.arrives(provider, family)
    return family


def given(provider: Provider, family: Family, from_day: Any = None) -> str:
    """Ask for a place that is free, from a day on; return the application's id."""
    group = make.a_group(places=5, group={"first_day": today() - 60 * DAY})
    asked = make.asks(family, group, from_day=from_day or today() + 5 * DAY)
    return str(asked["application_id"])


def last(provider: Provider) -> dict[str, Any]:
    return provider.published("place_recorded")[-1]


# Places


def test_a_place_is_told_when_it_is_given_and_when_it_ends(ens: Provider) -> None:
    family = arrived(ens)
    first = today() + 5 * DAY
    application = given(ens, family, first)
    begun = last(ens)
    assert (begun["version"], begun["valid_from"], begun["valid_to"]) == (
        1,
        first.isoformat(),
        None,
    )
    assert (begun["household_id"], begun["activity"]) == (family.household, "canteen")

    with store.write() as write:
        deciding.end_place_of_application(write, application, today() + 30 * DAY, now())

    ended = last(ens)
    assert (ended["version"], ended["cancelled"]) == (2, False)
    assert ended["valid_to"] == (today() + 30 * DAY).isoformat()
    assert ended["place_id"] == begun["place_id"]


def test_places_that_were_never_published_are_published_some_in_a_transaction(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one transaction those of a town would keep its events waiting for a minute."""
    group = make.a_group(places=9, group={"first_day": today() - 60 * DAY})
    children = [arrived(ens).child.id for _ in range(5)]
    said = {"group_id": group, "weekdays": "1", "valid_from": today()}
    with store.write() as write:
        rows = [{"id": new_id(), "child_id": each, **said} for each in children]
        write.execute(insert(Place), rows)
        never_published(write, *(row["id"] for row in rows))
    monkeypatch.setattr(billing_events, "AT_ONCE", 2)
    commits: list[object] = []
    event.listen(store.engine, "commit", commits.append)  # the engine is this test's own

    billing_events.publish_all_pending_places(store)

    assert [each["version"] for each in ens.published("place_recorded")] == [1] * 5
    assert {each["child_id"] for each in ens.published("place_recorded")} == set(children)
    assert len(commits) == 3
    billing_events.publish_all_pending_places(store)
    assert len(ens.published("place_recorded")) == 5


@pytest.mark.both_databases
def test_a_place_that_never_began_is_not_published_by_who_saw_it_before(ens: Provider) -> None:
    """Places that wait are read first, and published under the lock of each version: later."""
    group = make.a_group(places=9, group={"first_day": today()})
    place = {"id": new_id(), "child_id": arrived(ens).child.id, "group_id": group}
    with store.write() as write:
        write.execute(insert(Place).values(weekdays="1", valid_from=today() + 9 * DAY, **place))
        never_published(write, place["id"])
    waits = threading.Event()

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.startswith("INSERT INTO place_version"):
            waits.set()

    resync = threading.Thread(target=billing_events.publish_all_pending_places, args=(store,))
    with store.write() as write:
        placing.end_place(write, write.get_one(Place, place["id"]), today(), now())
        event.listen(store.engine, "before_cursor_execute", note)
        resync.start()
        waits.wait(0 if write.is_only_writer else 5)
    resync.join()

    assert ens.published("place_recorded") == []
    with store.read() as read:
        assert read.query(PlaceVersion).all() == []


def test_a_place_given_up_before_it_begins_is_cancelled(ens: Provider) -> None:
    family = arrived(ens)
    application = given(ens, family)

    make.withdraws(family, application)

    assert [
        (event["version"], event["cancelled"]) for event in ens.published("place_recorded")
    ] == [
        (1, False),
        (2, True),
    ]
    with store.read() as read:
        assert read.query(Place).count() == 0


def test_a_place_that_ends_again_on_the_same_day_is_told_once(ens: Provider) -> None:
    application = given(ens, arrived(ens), today() + 5 * DAY)
    with store.write() as write:
        (place,) = places_of_application(write, application)
        for last_day in (20, 20, 25):
            placing.end_place(write, place, today() + last_day * DAY, now())
        assert billing_events.publish_place(write, place) is False

    assert [event["version"] for event in ens.published("place_recorded")] == [1, 2]


def test_a_place_that_came_by_import_is_told_from_its_first_day_on(ens: Provider) -> None:
    family = arrived(ens)
    make.a_group(group={"reference": "jf", "first_day": today() - 60 * DAY})
    long_ago = today() - 50 * DAY
    place = ImportedPlace(
        child_id=family.child.id,
        group="jf",
        valid_from=long_ago,
        valid_to=None,
        weekdays=[],
        waits_since=None,
    )

    with store.write() as write:
        importing.import_places(write, [place], now())

    (begun,) = ens.published("place_recorded")
    assert (begun["valid_from"], begun["household_id"]) == (long_ago.isoformat(), family.household)


def never_published(write: Any, *place_ids: str) -> None:
    """Note that places wait, as who gives one to a child without a household does."""
    write.add_all(
        PlaceVersion(place_id=each, version=0, activity="", content={}) for each in place_ids
    )
    write.flush()


def a_bare_place(child_id: str, publish: Any = billing_events.publish_place, **more: Any) -> Place:
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write))
        plain = {"id": new_id(), "child_id": child_id, "group_id": group.id}
        place = Place(**{**plain, "valid_from": today(), **more})
        write.add(place)
        write.flush()
        publish(write, place)
        return place


def test_without_an_application_it_is_the_household_of_the_first_day(ens: Provider) -> None:
    family = arrived(ens)

    a_bare_place(family.child.id)

    assert last(ens)["household_id"] == family.household


def test_a_place_of_a_child_without_a_file_is_told_when_the_file_comes(ens: Provider) -> None:
    family = Family()
    place = a_bare_place(family.child.id)
    assert ens.published("place_recorded") == []

    make.arrives(ens, family)

    assert last(ens)["place_id"] == place.id


@pytest.mark.both_databases
def test_a_new_place_of_a_child_without_a_file_waits_for_it(ens: Provider) -> None:
    family = Family()
    place = a_bare_place(family.child.id, billing_events.publish_new_place)
    billing_events.publish_all_pending_places(store)
    assert ens.published("place_recorded") == []

    make.arrives(ens, family)

    assert last(ens)["place_id"] == place.id


def test_of_a_place_that_ended_before_it_was_told_nothing_waits(ens: Provider) -> None:
    place = a_bare_place(Child("Léo").id, valid_from=today() + 9 * DAY)
    with store.write() as write:
        placing.end_place(write, write.get_one(Place, place.id), today(), now())

    with store.read() as read:
        assert read.query(PlaceVersion).all() == []


def test_a_place_keeps_the_household_that_it_was_told_with(ens: Provider) -> None:
    family = arrived(ens)
    place = a_bare_place(family.child.id)
    moved = Family(family.child)
    make.arrives(ens, moved, version=2)

    with store.write() as write:
        found = write.get(Place, place.id)
        assert found is not None
        placing.end_place(write, found, today() + DAY, now())

    assert (last(ens)["version"], last(ens)["household_id"]) == (2, family.household)


# A day


def closes(provider: Provider, session_id: str) -> dict[str, dict[str, Any]]:
    """Close the group; return the lines that were told by child."""
    with store.write() as write:
        roll_call.close_roll_call(write, session_id, new_id(), {}, now())
    return {
        line["child_id"]: line for line in provider.published("attendance_recorded")[-1]["lines"]
    }


def test_who_left_has_minutes_from_the_sessions_start_and_nobody_else(ens: Provider) -> None:
    late, early, there = (Child(name).id for name in ("Manon", "Léo", "Jade"))
    with store.write() as write:
        session = a_session(write, starts="16:30", ends="18:30")
        for child in (late, early, there):
            booked(write, session, child)
    start = session.starts_at
    arrive([a_mark(session, late, "left", made_at=start + timedelta(minutes=131, seconds=50))])
    arrive([a_mark(session, early, "left", made_at=start - timedelta(minutes=4))])
    arrive([a_mark(session, there, made_at=start)])

    lines = closes(ens, session.id)

    assert ens.published("attendance_recorded")[-1]["planned_minutes"] == 120
    assert lines[late]["minutes"] == 131  # not capped at the end: that is what late pick-up is
    assert lines[early]["minutes"] == 0
    assert lines[there]["minutes"] is None


def test_a_departure_noted_a_day_later_says_nothing_of_when(ens: Provider) -> None:
    child = Child().id
    with store.write() as write:
        session = a_session(write)
        booked(write, session, child)
    arrive([a_mark(session, child, "left", made_at=session.starts_at + timedelta(hours=24))])

    assert closes(ens, session.id)[child]["minutes"] is None


def placed_today(write: Any, group_id: str, child_id: str) -> str:
    place = Place(id=new_id(), child_id=child_id, group_id=group_id, valid_from=today() - 9 * DAY)
    write.add(place)
    write.flush()
    return place.id


def test_a_line_says_how_the_child_comes_on_that_day(ens: Provider) -> None:
    usual, own, later, guest = (Child(name).id for name in ("Manon", "Léo", "Jade", "Nolan"))
    with store.write() as write:
        session = a_session(write)
        for child in (usual, own, later):
            booked(write, session, child)
            place = placed_today(write, session.group_id, child)
            if child != usual:
                first = today() if child == own else today() + DAY
                coming.change_attendance_mode_of_place(write, place, "own_meal", first)
        at_home(write, guest, new_id())
        booked(write, session, guest, state="closed")
    arrive([a_mark(session, child) for child in (usual, own, later, guest)])

    lines = closes(ens, session.id)

    ways = {child: lines[child]["variant"] for child in (usual, own, later, guest)}
    assert ways == {usual: "", own: "own_meal", later: "", guest: ""}


def test_a_change_counts_from_its_day_on_and_what_was_told_stays(ens: Provider) -> None:
    child, other = Child("Manon").id, Child("Léo").id
    with store.write() as write:
        session = a_session(write)
        for one in (child, other):
            booked(write, session, one)
        place = placed_today(write, session.group_id, child)
        coming.change_attendance_mode_of_place(write, place, "own_meal", today() - 3 * DAY)
    arrive([a_mark(session, child), a_mark(session, other)])
    closes(ens, session.id)

    with store.write() as write:
        coming.change_attendance_mode_of_place(write, place, "", today() + DAY)
    arrive([a_mark(session, other, "cleared")])  # a late mark tells the day again

    again = ens.published("attendance_recorded")[-1]
    assert (again["version"], again["late"]) == (2, True)
    assert [line["variant"] for line in again["lines"]] == ["own_meal"]
    with store.read() as read:
        assert attendance_mode_of_place_on_day(read, place, today()) == "own_meal"
        assert attendance_mode_of_place_on_day(read, place, today() + DAY) == ""


def test_what_is_said_for_a_day_replaces_what_was_said_for_later_ones(ens: Provider) -> None:
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write))
        place = placed_today(write, group.id, new_id())
        coming.change_attendance_mode_of_place(write, place, "own_meal", today() + 9 * DAY)
        coming.change_attendance_mode_of_place(write, place, "own_meal", today() + 5 * DAY)
        coming.change_attendance_mode_of_place(write, place, "", today() + 5 * DAY)

    with store.read() as read:
        assert read.query(PlaceVariant).count() == 1
        assert attendance_mode_of_place_on_day(read, place, today() + 20 * DAY) == ""


def test_a_place_that_is_over_takes_no_change(ens: Provider) -> None:
    place = a_bare_place(new_id(), valid_from=today() - 9 * DAY, valid_to=today() - DAY)

    with pytest.raises(NotFound), store.write() as write:
        coming.change_attendance_mode_of_place(write, place.id, "own_meal", today())
