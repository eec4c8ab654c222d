"""A child changes school in the middle of the year: its canteen goes with it."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from services.enrolment.models import Booking, Place, Session
from services.enrolment.places.applications.commands import decisions
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import offer
from tests.factories import places as family
from tests.factories.enrolment import Provider, item
from tests.factories.places import Family

FERRY, TILLEULS = "École Jules-Ferry", "École des Tilleuls"
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def canteens(**activity: Any) -> tuple[str, str]:
    """Add one canteen in two schools, each for its own pupils; return both groups."""
    with store.write() as write:
        canteen = offer.an_activity(write, **activity)
        ferry, tilleuls = (
            offer.a_group(write, canteen, conditions={"school": [school]}, label=school)
            for school in (FERRY, TILLEULS)
        )
        return ferry.id, tilleuls.id


def goes_to(ens: Provider, household: Family, school: str, version: int) -> None:
    told = {"school": school, "grade": "CE1", "class_name": ""}
    ens.receives("schooling", item(household.child.id, version, told))


def will_go_to(ens: Provider, household: Family, school: str, day: date, version: int) -> None:
    """Let the dossier say that the child, still at Jules-Ferry, changes school on that day."""
    coming = {"day": day.isoformat(), "school": school, "grade": "CE1", "class_name": ""}
    told = {"school": FERRY, "grade": "CE1", "class_name": "", "next": coming}
    ens.receives("schooling", item(household.child.id, version, told))


def a_pupil_of_ferry(ens: Provider) -> Family:
    (household,) = family.arrived(ens, 1)
    goes_to(ens, household, FERRY, 1)
    return household


def expected_in(group_id: str, child_id: str) -> int:
    """Return at how many meals to come a child is expected in a group."""
    with store.read() as read:
        query = (
            select(func.count())
            .select_from(Booking)
            .join(Session, Session.id == Booking.session_id)
            .where(Session.group_id == group_id, Session.starts_at > now())
            .where(Booking.child_id == child_id, Booking.state == "booked")
        )
        return int(read.scalar(query) or 0)


def first_days(group_id: str) -> list[date]:
    return [place.valid_from for place in family.places_in(group_id)]


def last_days(group_id: str) -> list[date | None]:
    return [place.valid_to for place in family.places_in(group_id)]


def test_the_canteen_of_the_new_school_takes_the_place_of_the_former_one(ens: Provider) -> None:
    ferry, tilleuls = canteens()
    household = a_pupil_of_ferry(ens)
    family.asks(household, ferry, weekdays=EVERY_DAY)
    assert expected_in(ferry, household.child.id)
    goes_to(ens, household, TILLEULS, 2)
    assert last_days(ferry) == [None]  # a child eats somewhere until the other place is there

    begins = today() + timedelta(days=3)
    given = family.asks(household, tilleuls, weekdays=EVERY_DAY, from_day=begins)

    assert given["state"] == "accepted"
    assert last_days(ferry) == [begins - timedelta(days=1)]
    assert family.states(ferry) == {household.child.id: "withdrawn"}
    assert expected_in(tilleuls, household.child.id) > 0
    with store.read() as read:
        both = select(Session.day).join(Booking, Booking.session_id == Session.id)
        days = read.scalars(both.where(Booking.state == "booked", Session.starts_at > now())).all()
    assert len(days) == len(set(days))  # never expected in two canteens


def test_an_agent_gives_the_new_place_beforehand_and_the_former_ends_when_the_school_changes(
    ens: Provider,
) -> None:
    ferry, tilleuls = canteens()
    household = a_pupil_of_ferry(ens)
    family.asks(household, ferry, weekdays=EVERY_DAY)
    entered = NewApplication(
        household.child.id,
        tilleuls,
        new_id(),
        now(),
        channel="desk",
        weekdays=EVERY_DAY,
        exception="other",
    )
    with store.write() as write:
        decisions.enter_application(write, entered, now())
    assert last_days(ferry) == [None]

    goes_to(ens, household, TILLEULS, 2)

    assert not expected_in(ferry, household.child.id)
    assert expected_in(tilleuls, household.child.id)


def test_a_course_of_the_whole_year_at_the_new_school_does_not_clash_with_the_former_one(
    ens: Provider,
) -> None:
    ferry, tilleuls = canteens(booking=offer.WHOLE, code="study", label="Étude")
    household = a_pupil_of_ferry(ens)
    family.asks(household, ferry)
    goes_to(ens, household, TILLEULS, 2)

    given = family.asks(household, tilleuls)

    assert given["state"] == "accepted"
    assert not expected_in(ferry, household.child.id)


def test_two_homes_keep_a_place_each_where_both_groups_fit(ens: Provider) -> None:
    with store.write() as write:
        wednesdays = offer.an_activity(write, code="wednesdays", label="Mercredis")
        sites = [offer.a_group(write, wednesdays, label=site).id for site in ("Nord", "Sud")]
    (household,) = family.arrived(ens, 1)

    for site in sites:
        family.asks(household, site, weekdays=EVERY_DAY)

    assert [last_days(site) for site in sites] == [[None], [None]]


def test_who_has_a_protected_home_keeps_both_until_an_agent_looks(ens: Provider) -> None:
    ferry, tilleuls = canteens()
    household = a_pupil_of_ferry(ens)
    family.asks(household, ferry, weekdays=EVERY_DAY)
    ens.receives(
        "family",
        item(household.child.id, 2, household.file | {"protected": [household.household]}),
    )
    goes_to(ens, household, TILLEULS, 2)

    family.asks(household, tilleuls, weekdays=EVERY_DAY)

    assert last_days(ferry) == [None]


def test_a_place_that_begins_once_the_other_has_ended_is_kept_for_its_day(ens: Provider) -> None:
    ferry, tilleuls = canteens()
    household = a_pupil_of_ferry(ens)
    moves = today() + timedelta(days=6)
    with store.write() as write:  # as an import brings them
        for group, begins, ends in (
            (ferry, today(), moves - timedelta(days=1)),
            (tilleuls, moves, None),
        ):
            write.add(
                Place(
                    id=new_id(),
                    child_id=household.child.id,
                    group_id=group,
                    weekdays="1234567",
                    valid_from=begins,
                    valid_to=ends,
                )
            )

    goes_to(ens, household, FERRY, 2)

    assert last_days(ferry) == [moves - timedelta(days=1)]
    assert last_days(tilleuls) == [None]


def test_a_place_at_the_new_school_is_asked_for_before_and_the_former_one_goes_on_until_then(
    ens: Provider,
) -> None:
    ferry, tilleuls = canteens()
    household = a_pupil_of_ferry(ens)
    family.asks(household, ferry, weekdays=EVERY_DAY)
    moves = today() + timedelta(days=6)
    will_go_to(ens, household, TILLEULS, moves, 2)

    given = family.asks(household, tilleuls, weekdays=EVERY_DAY, from_day=moves)

    assert given["state"] == "accepted"
    assert last_days(ferry) == [moves - timedelta(days=1)]
    assert first_days(tilleuls) == [moves]
    assert expected_in(ferry, household.child.id) and expected_in(tilleuls, household.child.id)

    goes_to(ens, household, TILLEULS, 3)
    assert last_days(ferry) == [moves - timedelta(days=1)]
    assert last_days(tilleuls) == [None]


def test_a_place_that_begins_after_the_change_takes_over_on_its_own_first_day(
    ens: Provider,
) -> None:
    ferry, tilleuls = canteens()
    household = a_pupil_of_ferry(ens)
    family.asks(household, ferry, weekdays=EVERY_DAY)
    moves = today() + timedelta(days=4)
    begins = moves + timedelta(days=3)
    will_go_to(ens, household, TILLEULS, moves, 2)

    family.asks(household, tilleuls, weekdays=EVERY_DAY, from_day=begins)

    assert last_days(ferry) == [begins - timedelta(days=1)]  # it eats somewhere in between


@pytest.mark.parametrize(
    ("school", "days"),
    [("new", -1), ("former", 0), ("third", 0)],
    ids=["new-school-too-early", "former-school-too-late", "a-third-school"],
)
def test_a_school_that_the_child_does_not_go_to_on_that_day_is_refused(
    ens: Provider, school: str, days: int
) -> None:
    ferry, tilleuls = canteens()
    with store.write() as write:
        other = offer.a_group(
            write, offer.an_activity(write, code="x"), conditions={"school": ["École du Bourg"]}
        ).id
    household = a_pupil_of_ferry(ens)
    moves = today() + timedelta(days=6)
    will_go_to(ens, household, TILLEULS, moves, 2)
    group = {"new": tilleuls, "former": ferry, "third": other}[school]

    refusal = family.asks(
        household, group, weekdays=EVERY_DAY, from_day=moves + timedelta(days=days)
    )

    assert (refusal["state"], refusal["reason"]) == ("refused", "conditions")


def test_a_course_of_the_whole_year_at_the_school_to_come_does_not_clash_with_the_present_one(
    ens: Provider,
) -> None:
    ferry, tilleuls = canteens(booking=offer.WHOLE, code="study", label="Étude")
    household = a_pupil_of_ferry(ens)
    family.asks(household, ferry)
    moves = today() + timedelta(days=6)
    will_go_to(ens, household, TILLEULS, moves, 2)

    given = family.asks(household, tilleuls, from_day=moves)

    assert given["state"] == "accepted"
    assert last_days(ferry) == [moves - timedelta(days=1)]


def test_who_has_a_protected_home_keeps_the_former_place_beyond_the_day(ens: Provider) -> None:
    ferry, tilleuls = canteens()
    household = a_pupil_of_ferry(ens)
    family.asks(household, ferry, weekdays=EVERY_DAY)
    ens.receives(
        "family",
        item(household.child.id, 2, household.file | {"protected": [household.household]}),
    )
    moves = today() + timedelta(days=6)
    will_go_to(ens, household, TILLEULS, moves, 2)

    given = family.asks(household, tilleuls, weekdays=EVERY_DAY, from_day=moves)

    assert given["state"] == "accepted"
    assert last_days(ferry) == [None]
