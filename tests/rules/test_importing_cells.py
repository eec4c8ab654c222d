"""Cells as French software writes them: read, refused, and back whole from each way of writing."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.files import cell_parsing
from shared.files.cell_parsing import Unreadable

MARCH_12 = date(2018, 3, 12)
FULL = ("janvier", "février", "mars", "avril", "mai", "juin")
FULL += ("juillet", "août", "septembre", "octobre", "novembre", "décembre")


@pytest.mark.parametrize(
    "written",
    [
        "12/03/2018",
        "12/3/2018",
        "12-03-2018",
        "12.03.2018",
        "12/03/18",
        "2018-03-12",
        "20180312",
        "12 mars 2018",
        "lundi 12 mars 2018",
        " 12  MARS 2018 ",
        "12/03/2018 00:00:00",
        "2018-03-12T00:00:00",
        "2018-03-12 08:30",
        "12/03/2018\u00a0",
    ],
)
def test_a_day_is_read_however_it_is_written(written: str) -> None:
    assert cell_parsing.day(written) == MARCH_12


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1er février 2021", date(2021, 2, 1)),
        ("3 févr. 2021", date(2021, 2, 3)),
        ("5 août 2019", date(2019, 8, 5)),
        ("31/12/98", date(1998, 12, 31)),
        ("03/04/2018", date(2018, 4, 3)),
    ],
)
def test_french_days_are_read_day_first(written: str, day: date) -> None:
    assert cell_parsing.day(written) == day


@pytest.mark.parametrize("wrong", ["", "mars", "31/02/2018", "13/13/2018", "3 ju 2018", "?"])
def test_what_is_no_day_is_refused(wrong: str) -> None:
    with pytest.raises(Unreadable):
        cell_parsing.day(wrong)


DAYS = st.dates(date(1950, 1, 1), date(2049, 12, 31))
WAYS: list[Callable[[date], str]] = [
    lambda day: f"{day:%d/%m/%Y}",
    lambda day: f"{day:%d/%m/%y}",
    lambda day: f"{day:%d.%m.%Y}",
    lambda day: f"{day:%Y-%m-%d}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day.day} {FULL[day.month - 1]} {day.year}",
    lambda day: f"{day.day} {FULL[day.month - 1][:4].upper()}. {day.year}",
    lambda day: f"{day:%d/%m/%Y} 00:00",
]


@given(day=DAYS, way=st.sampled_from(WAYS))
def test_a_day_written_in_any_of_these_ways_comes_back(day: date, way: Any) -> None:
    assert cell_parsing.day(way(day)) == day


@given(day=DAYS)
def test_a_month_comes_back_however_it_is_written(day: date) -> None:
    name = FULL[day.month - 1]
    ways = (f"{day:%m/%Y}", f"{day:%Y-%m}", f"{name} {day.year}", f"{day:%d/%m/%Y}")

    assert {cell_parsing.month(way) for way in ways} == {f"{day:%Y-%m}"}


@given(cents=st.integers(-10_000_000, 10_000_000), nbsp=st.sampled_from([" ", "\u00a0", "\u202f"]))
def test_an_amount_comes_back_from_its_french_writing(cents: int, nbsp: str) -> None:
    sign = "-" if cents < 0 else ""
    whole, part = divmod(abs(cents), 100)
    french = f"{sign}{whole:,}".replace(",", nbsp) + f",{part:02} €"

    assert cell_parsing.cents(french) == cents
    assert cell_parsing.cents(f"{sign}{whole}.{part:02}") == cents


@pytest.mark.parametrize(
    ("written", "cents"),
    [("12", 1200), ("12,5", 1250), ("1 234,56 €", 123_456), ("1.234,56", 123_456), ("-3.20", -320)],
)
def test_amounts_are_read_with_commas_points_and_spaces(written: str, cents: int) -> None:
    assert cell_parsing.cents(written) == cents


@pytest.mark.parametrize("wrong", ["", "1.234", "1,234", "12,345", "douze", "1 23,00", "--3"])
def test_an_amount_that_could_be_two_is_refused(wrong: str) -> None:
    with pytest.raises(Unreadable):
        cell_parsing.cents(wrong)


def test_how_many_is_a_whole_number() -> None:
    assert [cell_parsing.count("12"), cell_parsing.count("12,00")] == [12, 12]
    for wrong in ("12,5", "-1", "x"):
        with pytest.raises(Unreadable):
            cell_parsing.count(wrong)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Mme Claire LEFÈVRE", "Claire Lefèvre"),
        ("M. Jean-Pierre DE LA TOUR", "Jean-Pierre De La Tour"),
        ("Mlle  Zoé   D'ARTOIS", "Zoé D'Artois"),
        ("Monsieur Marc Petit", "Marc Petit"),
        ("Marc McDonald", "Marc McDonald"),
        ("Mercedes Etienne", "Mercedes Etienne"),
        ("LÉA", "Léa"),
    ],
)
def test_a_name_loses_its_civility_and_stops_shouting(written: str, name: str) -> None:
    assert cell_parsing.person_name(written) == name


@pytest.mark.parametrize("wrong", ["M. et Mme Petit", "Anne & Paul Petit", "Mme", "12", "-"])
def test_two_people_or_nobody_are_no_name(wrong: str) -> None:
    with pytest.raises(Unreadable):
        cell_parsing.person_name(wrong)


@pytest.mark.parametrize(
    "written",
    [
        "0639980101",
        "06.39.98.01.01",
        "06-39-98-01-01",
        "+33 6 39 98 01 01",
        "0033639980101",
        "33639980101",
        "639980101",
        "+33 (0)6 39 98 01 01",
    ],
)
def test_a_telephone_number_is_written_as_in_france(written: str) -> None:
    assert cell_parsing.phone(written) == "06 39 98 01 01"


@given(figures=st.from_regex(r"\A0[1-9][0-9]{8}\Z"))
def test_a_number_that_a_spreadsheet_shortened_comes_back(figures: str) -> None:
    assert (
        cell_parsing.phone(figures)
        == cell_parsing.phone(figures[1:])
        == cell_parsing.phone(f"+33{figures[1:]}")
    )


def test_a_number_abroad_stays_and_what_is_none_is_refused() -> None:
    assert cell_parsing.phone("+41 22 345 67 89") == "+41223456789"
    for wrong in ("", "06 39", "06 39 98 01 01 bureau", "0039980101"):
        with pytest.raises(Unreadable):
            cell_parsing.phone(wrong)


@pytest.mark.parametrize(
    ("written", "postcode"), [("28901", "28901"), ("1000", "01000"), ("28 901", "28901")]
)
def test_a_postcode_has_five_figures_again(written: str, postcode: str) -> None:
    assert cell_parsing.postcode(written) == postcode
    with pytest.raises(Unreadable):
        cell_parsing.postcode("289011")
