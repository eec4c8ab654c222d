"""Family cards: a household's children at a provider, whole, on change, nothing of the other's."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from services.enrolment.bookings.commands import place_bookings
from services.enrolment.families.commands import notices
from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.family_cards import commands as cards
from services.enrolment.models import Application, Group, Place, Session
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import attendance as roll
from tests.factories import bookings as family
from tests.factories.bookings import Home, a_group, a_place, change, orders_at, session
from tests.factories.enrolment import Child, Provider, item

MONDAY = 1
EVERY_DAY = "1234567"


def at_home(ens: Provider, changes_on: int | None = None) -> Home:
    home = Home(changes_on=changes_on)
    family.arrives(ens, home)
    return home


def refreshed(*homes: Home, at: datetime | None = None) -> None:
    with store.write() as write:
        mark_cards_of_children(write, [home.child.id for home in homes], at or now())


def cards_of(ens: Provider, household: str) -> list[dict[str, Any]]:
    return [card for card in ens.published("family_card") if card["household_id"] == household]


def card(ens: Provider, household: str) -> dict[str, Any]:
    """Return the last card that a household was told."""
    return cards_of(ens, household)[-1]


def days(ens: Provider, household: str) -> dict[date, dict[str, Any]]:
    return {
        date.fromisoformat(day["day"]): day
        for child in card(ens, household)["children"]
        for day in child["days"]
    }


def in_days(count: int) -> date:
    return today() + timedelta(days=count)


def others_day(home: Home, group: Group, mine: bool = False) -> Session:
    """Return a session within the card's window, still to book, of Antoine's or of Claire's."""
    return next(
        session
        for session in family.sessions(group, in_days(3))
        if home.is_claires(session.day) is mine and session.book_until > now()
    )


# What stands on it


def test_a_card_holds_places_and_the_fourteen_days_from_today(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    place = a_place(home, group, EVERY_DAY)

    refreshed(home)

    (child,) = card(ens, home.at_claires)["children"]
    assert child["child_id"] == home.child.id
    (shown,) = child["places"]
    assert (shown["place_id"], shown["activity"]) == (place.id, "Restauration scolaire")
    assert shown["weekdays"] == [1, 2, 3, 4, 5, 6, 7]
    seen = days(ens, home.at_claires)
    assert max(seen) == in_days(13)
    assert min(seen) >= today()
    assert {day["state"] for day in seen.values()} == {"booked"}


def test_a_change_of_a_booking_is_told_at_once_and_a_change_of_nothing_is_not(
    ens: Provider,
) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    refreshed(home)
    meeting = session(group, in_days(5))

    change(ens, home, cancel=[meeting])
    change(ens, home, cancel=[meeting])
    refreshed(home)

    versions = [each["version"] for each in cards_of(ens, home.at_claires)]
    assert versions == [1, 2]
    seen = days(ens, home.at_claires)[meeting.day]
    assert seen["state"] == "cancelled"
    assert datetime.fromisoformat(seen["until"]) == meeting.book_until


def test_what_lies_beyond_the_window_tells_nothing(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    refreshed(home)

    change(ens, home, cancel=[session(group, in_days(20))])

    assert len(cards_of(ens, home.at_claires)) == 1


def test_siblings_stand_on_one_card(ens: Provider) -> None:
    manon, group = at_home(ens), a_group()
    louis = Home(Child("Louis"), manon.claire, at_claires=manon.at_claires)
    family.arrives(ens, louis)
    a_place(manon, group, EVERY_DAY)
    a_place(louis, group, "1")

    refreshed(louis)

    children = card(ens, manon.at_claires)["children"]
    assert {child["child_id"] for child in children} == {manon.child.id, louis.child.id}


def test_a_household_with_nothing_left_is_told_an_empty_card_once(ens: Provider) -> None:
    home, group = at_home(ens), a_group()
    place = a_place(home, group, EVERY_DAY)
    refreshed(home)

    with store.write() as write:
        place_bookings.cancel_bookings_of_place(write, place, today(), now() - timedelta(days=3))
        write.delete(write.get_one(Place, place.id))
        mark_cards_of_children(write, [home.child.id], now())
    refreshed(home)

    assert [each["children"] for each in cards_of(ens, home.at_claires)][1:] == [[]]


def test_a_household_of_which_nothing_was_ever_known_is_told_nothing(ens: Provider) -> None:
    home = at_home(ens)

    refreshed(home)

    assert ens.published("family_card") == []


@pytest.mark.parametrize("gone", ["erased", "moved"])
def test_who_is_no_longer_the_childs_household_is_told_an_empty_card(
    ens: Provider, gone: str
) -> None:
    home, group = at_home(ens), a_group()
    a_place(home, group, EVERY_DAY)
    refreshed(home)

    if gone == "erased":
        ens.receives("family", item(home.child.id, 2, None))
    else:
        elsewhere = Home(home.child, home.antoine, at_claires=home.at_antoines)
        family.arrives(ens, elsewhere, version=2)

    assert card(ens, home.at_claires)["children"] == []
    if gone == "moved":
        assert set(days(ens, home.at_antoines)) >= {in_days(count) for count in range(1, 14)}


# The window moves


def test_at_midnight_the_window_moves_for_everybody_in_slices(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "MOVED_AT_ONCE", 2)
    homes, group = [at_home(ens) for _ in range(3)], a_group()
    for home in homes:
        a_place(home, group, EVERY_DAY)
    refreshed(*homes)
    tomorrow = now() + timedelta(days=1)

    moved = []
    while True:
        with store.write() as write:
            moved.append(cards.move_card_windows_to_today(write, tomorrow))
        if moved[-1] == 0:
            break

    assert moved == [2, 1, 0]
    for home in homes:
        seen = days(ens, home.at_claires)
        assert (min(seen), max(seen)) == (in_days(1), in_days(14))


def test_many_households_cost_as_many_statements_as_one(ens: Provider) -> None:
    homes, group = [at_home(ens) for _ in range(12)], a_group()
    for home in homes:
        a_place(home, group, EVERY_DAY)

    def statements(*some: Home) -> int:
        count = 0

        def note(*_: object) -> None:
            nonlocal count
            count += 1

        event.listen(store.engine, "before_cursor_execute", note)
        refreshed(*some)
        event.remove(store.engine, "before_cursor_execute", note)
        return count

    one = statements(homes[0])
    assert statements(*homes[1:]) == one


# The roll call


def test_an_own_child_shows_as_present_with_the_hour(ens: Provider) -> None:
    home, group = at_home(ens), a_group(booking="whole")
    a_place(home, group)
    meeting = session(group, today())
    at = now() - timedelta(minutes=5)

    roll.arrive([roll.a_mark(meeting, home.child.id, made_at=at)])

    seen = days(ens, home.at_claires)[today()]
    assert seen["state"] == "present"
    assert abs(datetime.fromisoformat(seen["seen_at"]) - at) < timedelta(seconds=1)


# The other household


def two_homes(ens: Provider) -> tuple[Home, Group]:
    home, group = at_home(ens, MONDAY), a_group(booking="whole")
    a_place(home, group)
    refreshed(home)
    return home, group


def test_of_the_others_days_only_that_the_child_is_expected_shows(ens: Provider) -> None:
    home, _ = two_homes(ens)

    seen = days(ens, home.at_claires)
    theirs = [day for when, day in seen.items() if not home.is_claires(when)]
    mine = [day for when, day in seen.items() if home.is_claires(when)]

    assert {day["state"] for day in mine} == {"booked"}
    assert {(day["state"], day["until"], day["seen_at"]) for day in theirs} == {
        ("other", None, None)
    }


@pytest.mark.parametrize("reason", ["sick", "other"])
def test_an_absence_and_its_reason_do_not_show_to_the_other_household(
    ens: Provider, reason: str
) -> None:
    home, group = two_homes(ens)
    meeting = others_day(home, group)
    late = meeting.cancel_until + timedelta(seconds=1)

    answer = orders_at(
        ens,
        "declare_absence",
        home.antoine,
        OrderTime(late, now()),
        child_id=home.child.id,
        sessions=[meeting.id],
        reason=reason,
    )

    assert answer["outcomes"][0]["outcome"] in ("excused", "late")
    assert days(ens, home.at_antoines)[meeting.day]["state"] in ("excused", "absent")
    assert len(cards_of(ens, home.at_claires)) == 1, "nothing of it is told to Claire"


def test_an_application_and_its_rank_show_to_who_asked_alone(ens: Provider) -> None:
    home, _ = two_homes(ens)
    other = a_group(code="evening_care", label="Accueil du soir")

    with store.write() as write:
        write.add(_waiting(home, other, home.at_antoines))
        write.flush()
        mark_cards_of_children(write, [home.child.id], now())

    (child,) = card(ens, home.at_antoines)["children"]
    assert [
        (application["state"], application["rank"]) for application in child["applications"]
    ] == [("waiting", 1)]
    assert len(cards_of(ens, home.at_claires)) == 1


@pytest.mark.both_databases
def test_what_one_household_books_for_itself_shows_to_the_other_as_expected_days(
    ens: Provider,
) -> None:
    home, group = at_home(ens, MONDAY), a_group()
    place = a_place(home, group, "")
    meeting = others_day(home, group)
    refreshed(home)

    change(ens, home, book=[meeting], by=home.antoine)
    orders_at(
        ens,
        "set_week",
        home.antoine,
        OrderTime.at_once(),
        child_id=home.child.id,
        place_id=place.id,
        weekdays=[meeting.day.isoweekday()],
        from_day=in_days(1),
    )

    (child,) = card(ens, home.at_claires)["children"]
    assert child["places"][0]["weekdays"] == [], "the week of the other is its own"
    seen = days(ens, home.at_claires)[meeting.day]
    assert {name for name, value in seen.items() if value is not None} == {
        "session_id",
        "day",
        "starts_at",
        "ends_at",
        "activity_id",
        "activity",
        "group",
        "state",
    }
    assert seen["state"] == "other"


def test_that_the_child_came_shows_to_the_household_of_the_day_alone(ens: Provider) -> None:
    home, group = at_home(ens, MONDAY), a_group(booking="whole")
    a_place(home, group)
    meeting = session(group, today())
    owner, stranger = (
        (home.at_claires, home.at_antoines)
        if home.is_claires(today())
        else (home.at_antoines, home.at_claires)
    )
    if family.booking(home, meeting) is None:
        with store.write() as write:
            roll.booked(write, meeting, home.child.id, household_id=owner)

    roll.arrive([roll.a_mark(meeting, home.child.id)])

    assert days(ens, owner)[today()]["state"] == "present"
    shown = days(ens, stranger)[today()]
    assert (shown["state"], shown["seen_at"]) == ("other", None)


# Notices


def test_a_notice_is_told_once_under_its_key(ens: Provider) -> None:
    home, child = new_id(), new_id()

    for key in ("closure:1", "closure:1", "closure:2"):
        with store.write() as write:
            notices.notify_households(write, [home, home], key, "closure", [child], {}, now())

    assert [event["key"] for event in ens.published("notice")] == ["closure:1", "closure:2"]


def _waiting(home: Home, group: Group, household: str) -> Application:
    return Application(
        id=new_id(),
        child_id=home.child.id,
        group_id=group.id,
        subject=home.antoine,
        household_id=household,
        channel="portal",
        link_version=1,
        weekdays="",
        criteria=[],
        points=0,
        state="waiting",
        reason="",
        reason_detail={},
        submitted_at=now(),
    )
