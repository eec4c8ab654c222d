"""Prices open to all: found with typing mistakes, and addresses in which no quotient stands."""

from dataclasses import replace
from datetime import date

import pytest

from services.portal_gateway.pages.public.prices.rules import grids, page_address
from services.portal_gateway.pages.public.prices.rules.page_address import Comparison, Item
from services.portal_gateway.pages.public.prices.rules.search import Entry, find_entries
from shared.contracts.enrolment.tariffs import tariff_schema
from tests.factories import tariffs as make
from tests.factories.tariffs import OUTSIDE, TOWN

DAY = date(2026, 11, 25)

MEALS = Entry.make_entry(
    "ens", "meal", "canteen", ["Repas", "Restauration scolaire", "Service scolaire"]
)
EVENING = Entry.make_entry("ens", "evening", "leisure_centre", ["Accueil du soir", "Garderie"])
SWIMMING = Entry.make_entry(
    "agg",
    "swimming",
    "sport",
    ["École de natation", "Apprendre à nager"],
    [{"born_from": "2018-01-01", "born_to": "2020-12-31"}],
)
ALL = [MEALS, EVENING, SWIMMING]


def found(query: str, **more: object) -> list[str]:
    return [each.tariff for each in find_entries(ALL, query, on=DAY, **more).entries]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "tariff"),
    [
        ("cantine", "meal"),
        ("catine", "meal"),
        ("CANTINNE", "meal"),
        ("restorasion scolaire", "meal"),
        ("repas de midi", "meal"),
        ("ecole de natation", "swimming"),
        ("natasion", "swimming"),
        ("nat", "swimming"),
        ("acceuil du soir", "evening"),
        ("lunch", "meal"),
    ],
)
def test_an_activity_is_found_by_what_a_family_calls_it_mistyped_or_without_accents(
    query: str, tariff: str
) -> None:
    assert found(query)[0] == tariff


def test_what_is_written_right_is_not_drowned_in_what_resembles_it() -> None:
    assert found("repas") == ["meal"] and find_entries(ALL, "repas", on=DAY).exact
    assert not find_entries(ALL, "catine", on=DAY).exact
    assert found("trottinette") == []


def test_one_searches_by_provider_by_kind_and_by_age() -> None:
    assert found("", provider="agg") == ["swimming"]
    assert found("", kind="canteen") == ["meal"]
    assert "swimming" in found("", age=7) and "swimming" not in found("", age=12)
    assert "meal" in found("", age=12)


@pytest.mark.parametrize(
    ("on", "age", "taken"),
    [
        (date(2026, 12, 31), 5, False),  # the youngest of 2020 is six on the last day of 2026
        (date(2026, 12, 30), 5, True),
        (date(2026, 12, 31), 8, True),
        (date(2026, 12, 31), 9, False),
        (date(2028, 2, 29), 9, True),
    ],
)
def test_an_age_is_counted_on_the_day(on: date, age: int, taken: bool) -> None:
    assert (find_entries([SWIMMING], age=age, on=on).entries == [SWIMMING]) is taken


def test_an_address_holds_activity_class_band_and_day_and_reads_back_the_same() -> None:
    wanted = Comparison(
        [Item("ens", "meal", TOWN, 3), Item("agg", "judo")], DAY, children=2, days=4
    )

    assert wanted.query == {
        "t": ["ens.meal.resident.3", "agg.judo"],
        "le": "2026-11-25",
        "enfants": 2,
        "jours": 4,
    }
    assert page_address.parse_items(wanted.query["t"]) == wanted.items


@pytest.mark.parametrize(
    "typed", ["ens.meal.resident.742,50", "ens.meal.resident.74250", "ens.meal.resident.0", "ens"]
)
def test_a_typed_quotient_is_no_part_of_an_address(typed: str) -> None:
    assert page_address.parse_item(typed) is None


def test_an_address_compares_four_at_most_each_once() -> None:
    read = page_address.parse_items(["a.b", "a.b.c.1", "a.c", "a.d", "a.e", "a.f"])

    assert [each.tariff for each in read] == ["b", "c", "d", "e"]
    assert (
        page_address.parse_count("9", page_address.MOST_DAYS)
        == 1
        == page_address.parse_count("x", 7)
    )
    assert page_address.parse_item("ens.meal..3") is None


def content(*of: dict[str, object]) -> dict[str, object]:
    return dict(tariff_schema.dump(make.tariff(of)))


def test_a_visitor_reads_the_grid_of_the_day_and_the_one_that_follows() -> None:
    read = content(
        make.grid(date(2026, 9, 1), date(2026, 12, 31), 300), make.grid(date(2027, 1, 1), None, 320)
    )

    assert (grids.grid_on(read, DAY) or {})["valid_from"] == "2026-09-01"
    assert (grids.next_grid(read, DAY) or {})["valid_from"] == "2027-01-01"
    assert grids.grid_on(read, date(2026, 8, 31)) is None
    assert grids.next_grid(read, date(2027, 1, 1)) is None


def test_a_quotient_s_band_is_found_where_the_parts_of_a_price_are_cut_otherwise() -> None:
    food = make.part(
        make.column([make.band(0, 400, 100), make.band(400, None, 200)], TOWN, OUTSIDE)
    )
    care = make.part(make.column([make.band(0, 700, 50), make.band(700, None, 80)], TOWN, OUTSIDE))
    grid = dict(content(make.grid(date(2026, 9, 1), parts=[food, care]))["grids"][0])  # type: ignore[index]
    rows = grids.bands_of_residence(make.terms(), grid, TOWN)

    assert [grids.band_number(rows, cents) for cents in (0, 39_999, 40_000, 69_999, 70_000)] == [
        1,
        1,
        2,
        2,
        3,
    ]
    assert grids.asks_quotient(rows, TOWN) and not grids.follows_quotient(rows[0], TOWN)
    assert grids.price_range_of(make.terms(), grid) == grids.Range(150, 280)


def test_a_commune_has_the_class_that_its_dates_say_and_any_other_the_one_for_elsewhere() -> None:
    told = {
        "classes": make.CLASSES,
        "elsewhere": OUTSIDE,
        "communes": [
            {"insee": "28912", "residence": TOWN, "valid_from": "2027-01-01", "valid_to": None}
        ],
    }

    assert grids.residence_class_of(told, "28912", DAY) == OUTSIDE
    assert grids.residence_class_of(told, "28912", date(2027, 1, 1)) == TOWN
    assert grids.residence_class_of(None, "28912", DAY) == ""


def test_an_item_without_for_whom_is_the_tariff_alone() -> None:
    assert replace(Item("ens", "meal"), band=3).as_text == "ens.meal"
    assert Item("ens", "meal", TOWN, 3).tariff_only() == Item("ens", "meal")
