"""The list of the children of a day: a page of many is how the whole list begins."""

import random
from datetime import timedelta
from itertools import product
from operator import attrgetter
from typing import Any

import pytest

from services.enrolment.bookings.queries.expected_children import (
    ExpectedChild,
    ExpectedList,
    ExpectedPart,
)
from services.enrolment.children.commands.search_index import index_children
from services.enrolment.children.rules.search import listing_key
from services.enrolment.desk.day import paged_lists_of_day
from services.enrolment.desk.day.views import expected_children
from services.enrolment.models import Mark
from services.enrolment.store import store
from shared.database import Write
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.text import collation_key, index_letter
from shared.web.agents.lists import filtering_and_sorting
from tests.factories import attendance, offer
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Provider

FAMILIES = ("Évrard", "Evrard", "de La Tour", "D’Alençon", "Zola", "3 Rivières")
FIRST = ("Léa", "Lea", "Noé")
MOST, ON_ITS_WAY = 7, "Enfant"


@pytest.fixture
def day(ens: Provider) -> Any:
    """Give a day on which sixty children come to two sites, some of them twice."""
    chance, day = random.Random(146), today() + timedelta(days=1)
    with store.write() as write:
        canteen = offer.an_activity(write, code="lunch", label="Cantine")
        evening = offer.an_activity(write, code="evening", label="Accueil du soir")
        groups = [
            offer.a_group(write, activity, site=site, label=label, starts=starts)
            for activity, site, label, starts in (
                (canteen, "Lac", "Grands", "11:45"),
                (canteen, "Lac", "Petits", "11:45"),
                (canteen, "Écluse", "Tous", "12:00"),
                (evening, "Lac", "Soir", "16:30"),
                (evening, "", "Ailleurs", "16:30"),
            )
        ]
        sessions = [offer.session_on(write, group, day) for group in groups]
        for number in range(60):
            _comes(write, chance, sessions, named=number % 20 > 0)
    return day


def _comes(write: Write, chance: random.Random, sessions: list[Any], *, named: bool) -> None:
    child_id, born = new_id(), f"2018-01-{chance.randrange(10, 13)}"
    if named:
        names = {"first_name": chance.choice(FIRST), "last_name": chance.choice(FAMILIES)}
        index_children(write, {child_id: {**names, "birth_date": born}})
    for session in chance.sample(sessions, chance.choice((1, 1, 2))):
        attendance.booked(write, session, child_id)
        if chance.random() < 0.4:
            ids = {"id": new_id(), "session_id": session.id, "child_id": child_id}
            by = {"device_id": new_id(), "subject": new_id()}
            moments = {"made_at": now(), "received_at": now()}
            write.add(Mark(kind="present", after=[], **ids, **by, **moments))


def name_of(row: ExpectedChild) -> str:
    return " ".join(row.listed_name).strip() or ON_ITS_WAY


def by_name(row: ExpectedChild) -> str:
    """Return what sorts a child: its name, without what tells it from another, and its birth."""
    last, first = row.listed_name[0], row.listed_name[1].split(" · ")[0]
    return listing_key(first, last, row.birth_date, row.child_id) if row.birth_date else ""


def arranged(rows: list[ExpectedChild], part: ExpectedPart) -> list[ExpectedChild]:
    """Return rows as a list arranges them that has read them all."""
    kept = [row for row in rows if not part.letter or index_letter(name_of(row)) == part.letter]
    if part.by_birth or part.by_mark is not None:
        value = attrgetter("birth_date" if part.by_birth else "mark")
        told = sorted(filter(value, kept), key=value, reverse=part.descends)
        return [*told, *(row for row in kept if not value(row))]
    if not part.by_name and part.by is None:
        return kept
    word = part.by or by_name
    named = sorted(
        (row for row in kept if word(row)),
        key=by_name if part.by_name else lambda row: collation_key(word(row)),
        reverse=part.descends,
    )
    return [*named, *(row for row in kept if not word(row))]


def _is_marked(row: ExpectedChild, part: ExpectedPart) -> bool:
    return part.marked is None or part.marked(row.mark)


@pytest.mark.both_databases
def test_a_page_of_a_day_is_how_its_whole_list_begins(day: Any) -> None:
    orders = [
        {},
        {"by_name": True},
        {"by": lambda at: at.site},
        {"by": lambda at: at.group, "descends": True},
        {"by_birth": True},
        {"by_birth": True, "descends": True},
        {"by_mark": str},
        {"by_name": True, "marked": lambda mark: mark == "present"},
        {"marked": lambda mark: not mark},
    ]
    with store.read() as read:
        children = ExpectedList(read, day, unnamed=ON_ITS_WAY)
        whole = children.whole()
        for letter, site, order in product(("", "E", "D", "#"), ("", "Lac"), orders):
            part = ExpectedPart(lambda at, site=site: site in ("", at.site), letter, **order)
            there = [row for row in whole if part.has(row) and _is_marked(row, part)]
            wanted = arranged(there, part)

            page = children.page(part, MOST)

            assert page.rows == wanted[:MOST], (letter, site, order)
            assert page.found == len(wanted)
            assert sum(page.letters.values()) == len(there)
    assert len({(row.listed_name, row.child_id) for row in whole}) < len(whole)
    assert {row.mark for row in whole} == {"", "present"}


@pytest.mark.both_databases
def test_a_long_list_is_narrowed_to_who_answers_on_that_day(day: Any) -> None:
    with store.write() as write:
        elsewhere = {"first_name": "Léa", "last_name": "Zolavent", "birth_date": "2018-01-01"}
        index_children(write, {new_id(): elsewhere})
    with store.read() as read:
        whole = ExpectedList(read, day).whole()
        children = ExpectedList(read, day)

        children.keep_children_answering_query("zolavant")

        assert children.whole() == [], "nobody of that day, though somebody here has nearly it"
        children = ExpectedList(read, day)
        children.keep_children_answering_query("zola")
        assert children.whole() == [row for row in whole if "Zola" in row.listed_name]


def test_of_a_long_list_for_the_door_those_alone_are_read_who_stand_on_the_page(
    ens: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (paged_lists_of_day, filtering_and_sorting):
        monkeypatch.setattr(module, "MOST_SHOWN", 2)
    children = [Child("Léa", name) for name in ("Adam", "Brun", "Colin", "Dubois")]
    with store.write() as write:
        group = offer.a_group(write, offer.an_activity(write, site="Lac"), weekdays="1234567")
        session = offer.session_on(write, group, today())
    for child in children:
        ens.receives_child(child)
        with store.write() as write:
            attendance.booked(write, session, child.id)
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead"))
    ens.clear_outbox()

    first, sorted_down, under_d = (
        desk.sees(f"/effectifs/remise?{asked}") for asked in ("", "tri=-nom", "lettre=D")
    )
    monkeypatch.setattr(ExpectedList, "whole", None)  # none of these reads all of the day
    assert "Dubois" in desk.sees("/effectifs/remise?tri=autorisations&lettre=D")
    assert "Adam" in desk.sees("/effectifs/enfants?tri=naissance")
    assert "Rien ne répond" in desk.sees("/effectifs/enfants?pointage=Présent")
    monkeypatch.setattr(expected_children, "AT_ONCE", 1)
    turned, of_d = (
        desk.client.get(f"/effectifs/remise?fichier=csv&{asked}").text.splitlines()[1:]
        for asked in ("tri=-nom", "lettre=D")
    )
    monkeypatch.undo()

    assert "Adam" in first and "Brun" in first and "Colin" not in first
    assert "Dubois" in sorted_down and "Adam" not in sorted_down
    assert "Dubois" in under_d and "Brun" not in under_d
    read = [event["child_id"] for event in ens.published("projection_read")]
    assert read.count(children[0].id) == 1 and read.count(children[3].id) == 3
    file = desk.client.get("/effectifs/remise?fichier=csv").text
    assert all(child.last_name in file for child in children)
    assert [row.partition(";")[0] for row in turned] == ["Dubois", "Colin", "Brun", "Adam"]
    assert [row.partition(";")[0] for row in of_d] == ["Dubois"]
