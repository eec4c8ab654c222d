"""No page of a desk reads a table from end to end that grows with the town, or with its years."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Dialect, true
from sqlalchemy.dialects import postgresql, sqlite

from services.enrolment.bookings.queries.group_moves import groups_to_move_to
from services.enrolment.children.queries import search_index
from services.enrolment.children.queries.listed_children import ChildList, Part
from services.enrolment.models import ChildCard, ChildWord
from services.enrolment.store import store
from shared.database.words.word_index import AnsweringWords
from shared.dates.clock import today
from tests.databases import Database, sqlite_in
from tests.factories import attendance, offer
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Provider
from tests.plans import planned, walks

OF_THE_TOWN = {
    *("child_card", "child_word", "child_guardian", "held_projection", "child_key"),
    *("place", "application", "booking", "mark", "session", "agent_act", "week_pattern"),
    *("message", "thread_reader", "notice_sent", "card_version"),
}


@pytest.fixture
def database(tmp_path: Path) -> Database:
    """Give files: SQLite says in a word what it would do, and both have the same indexes."""
    return sqlite_in(tmp_path)


@pytest.mark.parametrize(
    "address",
    [
        "/enfants?q=lefevre",
        "/enfants?q=lefevrz",
        "/enfants/{child}",
        "/planning?groupe={group}&semaine={day}",
        "/planning/enfants/{child}",
    ],
)
def test_a_page_of_one_child_or_group_reads_no_others(ens: Provider, address: str) -> None:
    child, day = Child("Manon", "Lefèvre"), today() + timedelta(days=7 - today().weekday())
    ens.receives_child(child)
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write), weekdays="12345")
        session = offer.session_on(write, group, day)
        attendance.booked(write, session, child.id)
        ids = {"child": child.id, "group": group.id, "session": session.id, "day": str(day)}
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead"))

    with walks(store, OF_THE_TOWN) as walked:
        answer = desk.client.get(address.format(**ids))

    assert answer.status_code in (200, 302)
    assert walked == {}


@pytest.mark.parametrize(
    ("part", "index"),
    [
        (Part(), "ix_child_card_listed_as"),
        (Part(descends=True), "ix_child_card_listed_as"),
        (Part(letter="L"), "ix_child_card_listed_as"),
        (Part(by_birth=True), "ix_child_card_birth_date"),
    ],
)
def test_a_page_of_a_long_list_is_read_in_the_order_of_an_index(
    ens: Provider, part: Part, index: str
) -> None:
    ens.receives_child(Child("Manon", "Lefèvre"))

    with planned(store) as plans, store.read() as read:
        page = ChildList(read, today()).page(part, 400)

    (steps,) = (steps for statement, steps in plans.items() if "ORDER BY child_card" in statement)
    assert page.found == 1
    assert len(steps) == 1 and index in steps[0], steps


@pytest.mark.parametrize(
    ("dialect", "looked_up"),
    [
        (postgresql.dialect(), "child_card.child_id = ANY (ARRAY(SELECT child_word.child_id"),
        (sqlite.dialect(), "child_card.child_id IN (SELECT child_word.child_id"),
    ],
    ids=["postgresql", "sqlite"],
)
def test_who_has_words_is_looked_up_and_no_town_is_walked_beside_them(
    dialect: Dialect, looked_up: str
) -> None:
    words = AnsweringWords(ChildWord.child_id, [["martin", "martineau"], ["jules"]])

    said = str(words.condition(ChildCard.child_id).compile(dialect=dialect))

    assert said.count(looked_up) == 2, said


def test_of_many_who_answer_the_first_are_read_in_the_order_of_the_list(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "FEW", 1)
    for first_name in ("Manon", "Léo"):
        ens.receives_child(Child(first_name, "Lefèvre"))

    with planned(store) as plans, store.read() as read:
        page = ChildList(read, today(), query="l").page(Part(), 1)

    (steps,) = (
        steps for said, steps in plans.items() if "WHERE EXISTS" in said and "ORDER" in said
    )
    assert [row.own_first_name for row in page.rows] == ["Léo"]
    assert "ix_child_card_listed_as" in steps[0]
    assert "ix_child_word_child_id (child_id=? AND word>? AND word<?)" in steps[-1]
    assert not any("TEMP B-TREE" in step for step in steps), steps


def test_of_each_group_to_move_to_it_is_asked_whether_it_meets(ens: Provider) -> None:
    day = today() + timedelta(days=1)
    with store.write() as write:
        activity = offer.an_activity(write)
        group, other = (offer.a_group(write, activity) for _ in range(2))
        offer.a_group(write, activity, last_day=today())

    with planned(store) as plans, store.read() as read:
        found = groups_to_move_to(read, group.id, day, day, true())

    (steps,) = plans.values()
    assert [group_id for group_id, _label in found] == [other.id]
    assert any("session USING" in step and "(group_id=? AND day" in step for step in steps), steps
    assert not any("TEMP B-TREE" in step for step in steps), steps


def test_what_a_long_list_is_filtered_by_is_looked_for_by_activity_and_site(ens: Provider) -> None:
    ens.receives_child(Child("Manon", "Lefèvre"))

    with planned(store) as plans, store.read() as read:
        ChildList(read, today()).page(Part(), 400)

    (steps,) = (steps for said, steps in plans.items() if "DISTINCT activity_group" in said)
    found = [step for step in steps if "activity_group" in step]
    assert any("COVERING INDEX ix_activity_group_activity_id" in step for step in found), steps
    assert any("(activity_id=? AND site=?)" in step for step in found), steps
