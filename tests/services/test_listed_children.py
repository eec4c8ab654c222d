"""The list of a provider's children: a page of many is how the whole list begins."""

import random
from datetime import date, timedelta
from itertools import product
from operator import attrgetter

import pytest

from services.enrolment.children.commands.search_index import index_children
from services.enrolment.children.queries import listed_children, search_index
from services.enrolment.children.queries.listed_children import ChildList, Part
from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.desk.children.child_lists import (
    CHILDREN,
    page_of_long_list,
    part_of_list_asked,
)
from services.enrolment.models import Place
from services.enrolment.store import store
from shared.database import Write
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.agents.lists import filtering_and_sorting
from shared.web.agents.lists.filtering_and_sorting import Asked, filter_and_sort
from tests.factories import offer
from tests.factories.enrolment import Child, Provider
from tests.night import sequences

pytestmark = pytest.mark.both_databases

FAMILIES = ("Évrard", "Evrard", "de La Tour", "D’Alençon", "Zola", "Łukasz", "أحمد", "3 Rivières")
FIRST = ("Léa", "Lea", "Éloi", "Noé", "Anne-Lise")
MOST = 7
PARTS = sequences(6, at_night=24)
"""Parts tried for each query, drawn anew from 24 of letters, activities and sites together."""
SORTS = sequences(3, at_night=7)


@pytest.fixture
def reach_of_the_lake(ens: Provider) -> Reach:
    """Give a provider with eighty children in three groups, or none; the reach of one of them."""
    chance = random.Random(136)
    with store.write() as write:
        groups = [
            offer.a_group(write, offer.an_activity(write, code=code, label=label), site=site)
            for code, label, site in (
                ("lunch", "Cantine", "Lac"),
                ("choir", "Chorale", "Lac"),
                ("chess", "Échecs", "Mairie"),
            )
        ]
        for _ in range(80):
            _comes(write, chance, [group.id for group in groups if chance.random() < 0.4])
        return Reach(frozenset([groups[0].id]), today())


def _comes(write: Write, chance: random.Random, groups: list[str]) -> None:
    child_id, born = new_id(), date(2018, 1, 1) + timedelta(days=chance.randrange(60))
    named = {"first_name": chance.choice(FIRST), "last_name": chance.choice(FAMILIES)}
    index_children(write, {child_id: {**named, "birth_date": born.isoformat()}})
    since = today() - timedelta(days=9)
    until = chance.choice([None, today(), today() - timedelta(days=1)])
    for group_id in groups:
        write.add(
            Place(
                id=new_id(),
                child_id=child_id,
                group_id=group_id,
                weekdays="12",
                valid_from=since,
                valid_to=until,
            )
        )


@pytest.mark.parametrize("few", [MOST, 500], ids=["many answer", "few answer"])
def test_a_page_is_how_the_whole_list_begins(
    reach_of_the_lake: Reach, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(listed_children, "AT_ONCE", few)
    monkeypatch.setattr(search_index, "FEW", few)
    parts = list(product(("", "E", "#", "Z", "Q", "İ"), ("", "Chorale"), ("", "Lac")))
    queries = ("", "l", "evrard", "evrrd", "lea de")

    with store.read() as read:
        for reach, query in product((EVERYWHERE, reach_of_the_lake), queries):
            everybody = ChildList(read, today(), reach).whole()
            children = ChildList(read, today(), reach, query)
            rows = children.whole()
            assert children.has_more_than(MOST) == (len(rows) > MOST)
            offered = rows if len(rows) <= few else everybody
            for letter, activity, site in [("", "", ""), *random.sample(parts, PARTS)]:
                chosen = {"activite": activity, "site": site}
                filters = {code: value for code, value in chosen.items() if value}
                whole = filter_and_sort(CHILDREN, rows, Asked(query, letter, "", filters))

                page = children.page(Part(letter, activity, site), MOST)

                is_counted = query != "l" or len(rows) <= few or any((letter, activity, site))
                assert page.are_more is not is_counted
                if is_counted:
                    assert page.found == whole.found, (query, letter)
                    assert children.number_of_all == whole.total, query
                    assert page.letters == whole.letters, (query, letter)
                else:
                    assert page.found == few, query
                    assert page.letters >= whole.letters, query
                assert page.activities == {each for row in offered for each in row.activities}
                assert page.sites == {each for row in offered for each in row.sites}
                assert _seen(page.rows) == _seen(whole.rows[:MOST]), (query, letter, activity, site)


def test_it_turns_round_and_goes_by_birth(reach_of_the_lake: Reach) -> None:
    with store.read() as read:
        children = ChildList(read, today())
        for sort, part, by in (
            ("-nom", Part(descends=True), ("last_name", "own_first_name")),
            ("naissance", Part(by_birth=True), ("birth_date",)),
            ("-naissance", Part(by_birth=True, descends=True), ("birth_date",)),
        ):
            whole = filter_and_sort(CHILDREN, children.whole(), Asked(sort=sort)).rows[:MOST]

            page = children.page(part, MOST).rows

            assert [attrgetter(*by)(row) for row in page] == [
                attrgetter(*by)(row) for row in whole
            ], sort


def test_it_goes_by_where_they_have_places(
    reach_of_the_lake: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering_and_sorting, "MOST_SHOWN", MOST)
    sorts = ("activite", "-activite", "groupe", "site", "-site")
    narrowed = (("", {}), ("E", {}), ("", {"activite": "Chorale"}))

    with store.read() as read:
        for reach, sort, (letter, filters) in product(
            (EVERYWHERE, reach_of_the_lake), sorts, narrowed
        ):
            asked = Asked("", letter, sort, filters)
            children = ChildList(read, today(), reach)
            whole = filter_and_sort(CHILDREN, children.whole(), asked)

            page = page_of_long_list(children, asked)

            assert page is not None
            assert (page.found, page.letters) == (whole.found, whole.letters), asked
            assert _seen(page.rows) == _seen(whole.rows[:MOST]), asked


def _seen(rows: list) -> list[tuple[object, ...]]:
    """Return rows as they are shown."""
    return [(row.last_name, row.first_name, row.activities, row.groups, row.sites) for row in rows]


@pytest.mark.parametrize("query", ["", "e"])
def test_its_file_is_that_of_the_whole_list_however_few_rows_are_read_at_once(
    reach_of_the_lake: Reach, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listed_children, "AT_ONCE", MOST)
    sorts = ("", "-nom", "naissance", "-naissance", "activite", "-groupe", "site")
    narrowed: tuple[dict[str, str], ...] = ({}, {"activite": "Chorale"}, {"site": "Lac"})
    with store.read() as read:
        chosen = random.sample(sorts, SORTS)
        for reach, sort, filters in product((EVERYWHERE, reach_of_the_lake), chosen, narrowed):
            children = ChildList(read, today(), reach, query)
            for letter in ("", "E", "#"):
                asked = Asked(query, letter, sort, filters)
                whole = filter_and_sort(CHILDREN, children.whole(), asked).rows

                in_order = children.in_order(part_of_list_asked(asked))
                rows = list(children.rows_of_children(in_order))

                assert rows == whole, asked


def test_of_two_children_of_one_name_and_birth_the_same_one_comes_first_on_every_page(
    ens: Provider,
) -> None:
    first, second = sorted((Child(), Child()), key=lambda child: child.id)
    ens.receives_child(second)
    ens.receives_child(first)

    with store.read() as read:
        children = ChildList(read, today())
        whole = [row.child_id for row in children.whole()]
        page = [row.child_id for row in children.page(Part(by_birth=True), 2).rows]

    assert whole == page == [first.id, second.id]
