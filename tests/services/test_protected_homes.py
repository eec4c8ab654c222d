"""A provider shows no place, day, group or notice of a protected home to the other one (R9)."""

from datetime import timedelta
from typing import Any

import pytest

from services.enrolment.families.commands.card_marking import mark_cards_of_children
from services.enrolment.models import Application, Group
from services.enrolment.places.giving.commands.group_admission import lock_group_admission
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories.bookings import Home, a_group, a_place, sees
from tests.factories.enrolment import Provider, item

DAY = timedelta(days=1)
EVERY_DAY = "1234567"
SCHOOL = "École du Refuge"


@pytest.fixture
def home(ens: Provider) -> Home:
    """Give a child of two homes, Claire's and Antoine's, week about; Claire's is protected."""
    found = Home(changes_on=1)
    family.arrives(ens, found)
    content = {**found.file, "protected": [found.at_claires]}
    ens.receives("family", item(found.child.id, 2, content))
    return found


def asked(home: Home, household: str | None, group: Group, state: str = "accepted") -> str:
    """Keep an application of one home, or of nobody knows which; return its id."""
    application = Application(
        id=new_id(),
        child_id=home.child.id,
        group_id=group.id,
        subject=home.claire,
        household_id=household,
        channel="portal" if household else "desk",
        link_version=1 if household else 0,
        state=state,
        submitted_at=now(),
        decided_at=now(),
    )
    with store.write() as write:
        write.add(application)
        write.flush()
        return application.id


def place(home: Home, household: str, label: str) -> Group:
    """Give a place that one home asked for, in an activity that tells a school."""
    group = a_group(label=label)
    a_place(home, group, EVERY_DAY, application_id=asked(home, household, group))
    return group


def card(provider: Provider, household: str) -> dict[str, Any]:
    """Return what a home is shown last."""
    return [
        event for event in provider.published("family_card") if event["household_id"] == household
    ][-1]


def refresh(provider: Provider, home: Home) -> None:
    with store.write() as write:
        mark_cards_of_children(write, [home.child.id], now())


def test_the_other_home_sees_neither_the_place_nor_reserved_days(ens: Provider, home: Home) -> None:
    place(home, home.at_claires, f"Cantine, {SCHOOL}")
    place(home, home.at_antoines, "Judo")
    refresh(ens, home)

    his, hers = str(card(ens, home.at_antoines)), str(card(ens, home.at_claires))

    assert SCHOOL in hers
    assert SCHOOL not in his
    assert "Judo" in his
    assert "'other'" not in his


def test_nor_does_his_calendar_tell_of_a_session_booked_or_given_back(
    ens: Provider, home: Home
) -> None:
    group = place(home, home.at_claires, f"Cantine, {SCHOOL}")
    hers = [
        session for session in family.sessions(group, today() + DAY) if home.is_claires(session.day)
    ]
    family.change(ens, home, cancel=[hers[-1]])

    seen = sees(home, today(), today() + 30 * DAY, by=home.antoine)

    assert (seen["days"], seen["places"]) == ([], [])
    assert sees(home, today(), today() + 30 * DAY)["places"] != []


def test_an_application_from_the_counter_is_told_to_the_protected_home_alone(
    ens: Provider, home: Home
) -> None:
    group = a_group(label=f"Cantine, {SCHOOL}")
    application = asked(home, None, group, state="waiting")
    ens.clear_outbox()

    with store.write() as write, lock_group_admission(write, group.id, now()) as hand:
        found = write.get(Application, application)
        assert found is not None
        hand.accept(found)

    assert {event["household_id"] for event in ens.published("notice")} == {home.at_claires}
    assert not [
        one for one in ens.published("family_card") if one["household_id"] == home.at_antoines
    ]


def test_without_a_protection_both_homes_see_the_place_as_before(ens: Provider) -> None:
    home = Home(changes_on=1)
    family.arrives(ens, home)
    place(home, home.at_claires, "Judo")
    refresh(ens, home)

    assert "Judo" in str(card(ens, home.at_antoines))
