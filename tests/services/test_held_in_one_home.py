"""A copy for one adult of a home: nothing that the home's other adult alone is shown."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from services.enrolment.families.commands.notices import notify_households
from services.enrolment.handlers import held_data as of_provider
from services.enrolment.models import WeekPattern
from services.enrolment.store import store
from services.portal_gateway.handlers import held_data as of_portal
from services.portal_gateway.store import store as portal_store
from shared.contracts.every_service.held_data import AGENT, FAMILY, PUPIL, HeldOfPersonRequest
from shared.database import Store
from shared.database.person_data.agent_data import page_of_held_data
from shared.database.person_data.held_data import HeldData
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make_portal
from tests.factories.attendance import a_mark, a_session, arrive, booked
from tests.factories.bookings import Home, a_group, a_place, arrives
from tests.factories.conversations import writes
from tests.factories.enrolment import Provider, item
from tests.factories.portal import ENS, Portal


@pytest.fixture
def home(ens: Provider) -> Home:
    """Give the home of Claire's child, in which Yann lives, who answers for it as well."""
    found = Home(changes_on=1)
    arrives(ens, found)
    return found


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    with make_portal.portal_on(database, tmp_path) as portal:
        yield portal


def copied(
    at: Store,
    held: HeldData,
    subject: str,
    household: str,
    *children: str,
    about: Sequence[str] = (),
    whose: str = FAMILY,
) -> dict[str, str]:
    """Return by table what a copy for this person has, or one about some children."""
    asked = HeldOfPersonRequest(
        subject=subject,
        households=[household] if household else [],
        children=list(children),
        about=list(about),
        apart=False,
        whose=whose,
    )
    found: dict[str, str] = {}
    with at.read() as read:
        for row in page_of_held_data(read, held, asked).rows:
            found[row["table"]] = found.get(row["table"], "") + row["key"] + row["content"]
    return found


def test_a_conversation_is_given_to_who_reads_it_and_to_nobody_else_of_the_home(
    ens: Provider, home: Home
) -> None:
    yann = new_id()
    home.file["guardians"].append({"subject": yann, "household": home.at_claires})
    ens.receives("family", item(home.child.id, 2, home.file))
    writes(home.claire, home.child.id, body="Je ne le lui ai pas dit.")

    hers = copied(store, of_provider.HELD, home.claire, home.at_claires, home.child.id)
    his = copied(store, of_provider.HELD, yann, home.at_claires, home.child.id)

    assert "Je ne le lui ai pas dit." in hers["message"]
    assert {"thread", "message"}.isdisjoint(his)


def test_a_copy_of_a_child_gives_no_hint_of_a_conversation_of_its_other_home(
    ens: Provider, home: Home
) -> None:
    child = home.child.id
    thread = writes(home.claire, child)

    hers = copied(store, of_provider.HELD, home.claire, home.at_claires, child, about=[child])
    his = copied(store, of_provider.HELD, home.antoine, home.at_antoines, child, about=[child])

    assert thread in hers["thread_child"]
    assert "child_card" in his and thread not in str(his)


def test_a_notice_and_the_days_of_a_child_are_given_to_who_answers_for_it(
    ens: Provider, home: Home
) -> None:
    place = a_place(home, a_group())
    with store.write() as write:
        days = {"valid_from": place.valid_from, "weekdays": "1"}
        write.add(WeekPattern(place_id=place.id, household_id=home.at_claires, **days))
    for child_ids in ([home.child.id], []):
        with store.write() as write:
            key = f"menu_to_check-{child_ids}"[:80]
            notify_households(write, [home.at_claires], key, "menu_to_check", child_ids, {}, now())

    hers = copied(store, of_provider.HELD, home.claire, home.at_claires, home.child.id)
    his = copied(store, of_provider.HELD, new_id(), home.at_claires, new_id())

    assert home.child.id in hers["notice_sent"] and "week_pattern" in hers
    assert home.child.id not in str(his) and "week_pattern" not in his
    assert "menu_to_check-[]" in his["notice_sent"]


def test_the_portal_gives_a_notice_of_a_child_to_who_answers_for_it(portal: Portal) -> None:
    household, child = new_id(), new_id()
    portal.receives_notice(
        ENS, household, f"menu_to_check-{child}", kind="menu_to_check", child_ids=[child]
    )

    hers = copied(portal_store, of_portal.HELD, new_id(), household, child)
    his = copied(portal_store, of_portal.HELD, new_id(), household, new_id())

    assert child in hers["notice"]
    assert "notice" not in his


def test_a_former_pupil_gets_its_days_without_the_home_and_none_of_its_parents_words(
    ens: Provider, home: Home
) -> None:
    child = home.child.id
    place = a_place(home, a_group())
    with store.write() as write:
        booked(write, a_session(write), child, household_id=home.at_claires)
        days = {"valid_from": place.valid_from, "weekdays": "1"}
        write.add(WeekPattern(place_id=place.id, household_id=home.at_claires, **days))
    writes(home.claire, child, body="Ne lui dites rien.")

    own = copied(store, of_provider.HELD, child, "", child, about=[child], whose=PUPIL)

    assert {"child_card", "place", "booking"} <= set(own)
    assert {"message", "thread", "thread_child", "week_pattern", "child_guardian"}.isdisjoint(own)
    for other in (home.claire, home.antoine, home.at_claires, home.at_antoines):
        assert other not in str(own)


def test_an_agent_gets_how_often_it_acted_and_nothing_of_whom(ens: Provider, home: Home) -> None:
    child, agent = home.child.id, new_id()
    with store.write() as write:
        session = a_session(write)
        booked(write, session, child)
    arrive([a_mark(session, child, subject=agent)])
    arrive([a_mark(session, child, kind="left", subject=agent)], device=agent)

    own = copied(store, of_provider.HELD, agent, "", whose=AGENT)

    assert set(own) == {"acts"}
    assert '"in": "mark", "as": "subject", "times": 2' in own["acts"]
    assert '"in": "mark", "as": "device_id", "times": 1' in own["acts"]
    assert child not in str(own)
    hers = copied(store, of_provider.HELD, home.claire, home.at_claires, child, about=[child])
    assert "left" in hers["mark"] and agent not in hers["mark"]
