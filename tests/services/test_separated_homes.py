"""
A household is separated: what each parent asked for goes along, and nothing goes to the other (R9).

Claire and Antoine lived together with their child. The dossier says that Claire has a home of her
own now, which is protected.
"""

from datetime import timedelta

import pytest

from services.enrolment.conversations.queries.guardianships import are_thread_readers_in_two_homes
from services.enrolment.models import Application, Group, Thread, WeekPattern
from services.enrolment.store import store
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import bookings as family
from tests.factories import conversations as talk
from tests.factories.bookings import Home, a_group, a_place, sees
from tests.factories.enrolment import Provider, item

DAY = timedelta(days=1)
EVERY_DAY = "1234567"


@pytest.fixture
def couple(ens: Provider) -> Home:
    """Give a child whose parents live in one household, Antoine's."""
    home = Home()
    home.at_claires = home.at_antoines
    family.arrives(ens, home)
    ens.receives("family", item(home.child.id, 2, told(home, home.at_antoines)))
    return home


def told(home: Home, at_claires: str, *protected: str, antoine: bool = True) -> dict[str, object]:
    """Return the projection of a child: where Claire lives, and whether Antoine is at home."""
    guardians = [{"subject": home.claire, "household": at_claires}]
    if antoine:
        guardians.append({"subject": home.antoine, "household": home.at_antoines})
    more = {"protected": list(protected)} if protected else {}
    return {"guardians": guardians, "weeks": None, **more}


def separates(ens: Provider, home: Home, *, antoine: bool = True) -> str:
    """Let the dossier say that Claire has a home of her own; return it."""
    hers = new_id()
    ens.receives("family", item(home.child.id, 3, told(home, hers, hers, antoine=antoine)))
    return hers


def place(home: Home, subject: str, label: str) -> Group:
    """Give a place that one of the parents asked for while they lived together."""
    application = Application(
        id=new_id(),
        child_id=home.child.id,
        group_id=(group := a_group(label=label)).id,
        subject=subject,
        household_id=home.at_antoines,
        channel="portal",
        link_version=1,
        state="accepted",
        submitted_at=now(),
        decided_at=now(),
    )
    with store.write() as write:
        write.add(application)
        write.flush()
        application_id = application.id
    found = a_place(home, group, EVERY_DAY, application_id=application_id)
    with store.write() as write:
        write.add(
            WeekPattern(
                place_id=found.id,
                household_id=home.at_antoines,
                valid_from=today(),
                weekdays=EVERY_DAY,
            )
        )
    return group


def labels(home: Home, subject: str) -> set[str]:
    """Return the activities that somebody's calendar shows as booked."""
    seen = sees(home, today() + DAY, today() + 30 * DAY, by=subject)
    return {day["activity"] for day in seen["days"] if day["state"] == "booked"}


def test_each_parent_keeps_what_that_parent_asked_for(ens: Provider, couple: Home) -> None:
    place(couple, couple.claire, "Cantine de Claire")
    place(couple, couple.antoine, "Judo d’Antoine")
    ens.clear_outbox()

    hers = separates(ens, couple)

    assert labels(couple, couple.claire) == {"Cantine de Claire"}
    assert labels(couple, couple.antoine) == {"Judo d’Antoine"}
    cards = {event["household_id"]: str(event) for event in ens.published("family_card")}
    assert ("Cantine de Claire" in cards[hers], "Judo" in cards[hers]) == (True, True)
    his = cards[couple.at_antoines]
    assert ("Cantine de Claire" in his, "Judo d’Antoine" in his) == (False, True)


def test_all_goes_along_where_the_child_lives_in_the_protected_home_alone(
    ens: Provider, couple: Home
) -> None:
    group = place(couple, couple.antoine, "Judo d’Antoine")

    hers = separates(ens, couple, antoine=False)

    upcoming = family.booking(couple, family.sessions(group, today() + DAY)[-1])
    assert upcoming is not None and upcoming.household_id == hers
    assert labels(couple, couple.claire) == {"Judo d’Antoine"}


def test_told_twice_nothing_moves_again(ens: Provider, couple: Home) -> None:
    place(couple, couple.claire, "Cantine de Claire")
    hers = separates(ens, couple)

    ens.receives("family", item(couple.child.id, 4, told(couple, hers, hers)))

    assert labels(couple, couple.claire) == {"Cantine de Claire"}


def test_her_own_conversation_goes_with_her_and_he_reads_none_of_it(
    ens: Provider, couple: Home
) -> None:
    thread = talk.writes(couple.claire, couple.child.id)

    hers = separates(ens, couple)
    talk.answered(thread, "C’est noté.")

    assert [each["body"] for each in talk.reads(couple.claire, thread)["messages"]][-1] == (
        "C’est noté."
    )
    with store.read() as read:
        assert read.get_one(Thread, thread).household_id == hers
    with pytest.raises(NotFound):
        talk.reads(couple.antoine, thread)


def test_a_conversation_of_both_stays_his_and_no_agent_answers_in_it(
    ens: Provider, couple: Home
) -> None:
    thread = talk.writes(couple.claire, couple.child.id, share=True)
    assert not parted(thread)

    separates(ens, couple)

    assert parted(thread)
    assert talk.reads(couple.antoine, thread)["messages"] != []
    with pytest.raises(NotFound):
        talk.reads(couple.claire, thread)


def parted(thread_id: str) -> bool:
    """Say whether the desk finds that its readers live in two homes."""
    with store.read() as read:
        return are_thread_readers_in_two_homes(read, read.get_one(Thread, thread_id))
