"""Places that a provider enters, ends or brings from another software."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.models import Booking, Session
from services.enrolment.offer.commands.importing import import_offer
from services.enrolment.offer.rules.calendar import school_year_of
from services.enrolment.places.applications.commands import decisions as deciding
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.places.giving.commands.importing import import_places
from services.enrolment.store import store
from shared.contracts.enrolment.place_conditions import conditions_to_send
from shared.contracts.enrolment.places.imports import ImportedPlace
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import midnight, now, today
from shared.dates.public_holidays import public_holidays
from shared.runtime.ids import new_id
from tests.factories import places as family
from tests.factories.enrolment import Child, Provider
from tests.factories.offer import imported_activity
from tests.factories.places import Family

TOMORROW = timedelta(days=1)


def test_the_desk_enters_a_request_for_a_child_it_holds_and_for_no_other(ens: Provider) -> None:
    group = family.a_group()
    (household,) = family.arrived(ens, 1)

    entered = enter(household.child.id, group, now())

    assert family.states(group) == {household.child.id: "accepted"}
    assert family.application(entered).household_id == household.household
    assert ("place_given", household.household) in family.notices(ens)
    with pytest.raises(NotFound):
        enter(new_id(), group, now())


def enter(child_id: str, group_id: str, moment: datetime) -> str:
    asked = NewApplication(child_id, group_id, new_id(), moment, channel="telephone")
    with store.write() as write:
        return deciding.enter_application(write, asked, moment).id


def test_a_place_that_the_provider_ends_is_told_and_offered_to_the_next(ens: Provider) -> None:
    group, (holder, first) = family.full_group(ens, waiting=1)

    with store.write() as write:
        deciding.end_place_of_application(
            write, family.application_of(group, holder), today(), now()
        )

    assert ("place_ended", holder.household) in family.notices(ens)
    assert family.application(family.application_of(group, first)).state == "offered"


def held_by(household: Family, group: str, weekdays: list[int], **more: Any) -> ImportedPlace:
    of_today = {"valid_from": today(), "valid_to": None, "waits_since": None, **more}
    return ImportedPlace(child_id=household.child.id, group=group, weekdays=weekdays, **of_today)


def test_places_from_another_software_are_given_once_and_never_over_capacity(
    ens: Provider,
) -> None:
    group = family.a_group(places=2, group={"reference": "canteen-ferry"})
    one, other, third = family.arrived(ens, 3)
    absent = Family(Child())

    def imported(*families: Family) -> dict[str, object]:
        held = [held_by(f, "canteen-ferry", [1, 2]) for f in families]
        with store.write() as write:
            return vars(import_places(write, held, now()))

    assert imported(one, absent) == {
        "new": 1,
        "same": 0,
        "waiting": [absent.child.id],
        "refused": [],
    }
    assert (imported(one, other)["new"], imported(one, other)["same"]) == (1, 2)
    assert len(family.places_in(group)) == 2
    refused = {"child_id": third.child.id, "group": "canteen-ferry", "why": "full"}
    assert imported(third)["refused"] == [refused]
    with pytest.raises(BadRequest), store.write() as write:
        import_places(write, [held_by(one, "nowhere", [])], now())
    family.withdraws(one, family.application_of(group, one))
    imported(one)
    assert [place.valid_to for place in family.places_in(group)].count(None) == 1


def test_sessions_of_the_day_on_which_offer_and_places_are_imported_are_expected_though_begun(
    ens: Provider,
) -> None:
    days = (today() + timedelta(days=number) for number in range(5))
    day = next(day for day in days if day not in public_holidays([day.year]))
    evening = midnight(day + TOMORROW) - timedelta(hours=1)
    (household,) = family.arrived(ens, 1)
    told = imported_activity(school_year=school_year_of(day))
    [told_group] = told["groups"]
    for asking in (told, told_group):
        asking["conditions"] = conditions_to_send({})
    told_group |= {"first_day": day, "last_day": day + TOMORROW, "runs_in": "always"}
    told_group |= {"site": ""}
    told_group |= {"weekdays": [1, 2, 3, 4, 5, 6, 7]}

    with store.write() as write:
        import_offer(write, [], [told], lambda _activity: (), evening)
        import_places(write, [held_by(household, told_group["reference"], [])], evening)

    with store.read() as read:
        of_day = select(Booking.child_id).join(Session, Session.id == Booking.session_id)
        assert read.scalars(of_day.where(Session.day == day)).all() == [household.child.id]


def test_the_public_is_told_when_a_group_is_full(ens: Provider) -> None:
    group = family.a_group(places=1)
    (household,) = family.arrived(ens, 1)

    family.asks(household, group)

    published = ens.published("activity_published")[-1]["content"]["groups"]
    assert [(each["group_id"], each["availability"]) for each in published] == [(group, "full")]
