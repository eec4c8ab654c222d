"""Days, amounts and months as people and browsers write them into a field."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.forms.parsing import MOST_CENTS, read_cents, read_day, read_month, write_cents


@pytest.mark.parametrize(
    "written", ["2026-12-04", " 2026-12-04 ", "04/12/2026", "4/12/2026", "4.12.2026"]
)
def test_a_day_is_read_as_a_browser_or_a_hand_in_france_writes_it(written: str) -> None:
    assert read_day(written) == date(2026, 12, 4)


@pytest.mark.parametrize(
    "written",
    ["", "demain", "31/02/2026", "2026-13-01", "4/12", "4/12/26", "9999-12-31", "01/01/0001"],
)
def test_whatever_is_no_day_is_none(written: str) -> None:
    assert read_day(written) is None


@pytest.mark.parametrize("written", ["0001-01-01", "01/01/0001", "9999-12-31", "31.12.9999"])
def test_a_day_whose_week_would_be_out_of_every_calendar_is_none(written: str) -> None:
    assert read_day(written) is None


@pytest.mark.parametrize(
    ("typed", "cents"),
    [
        ("12,50", 1250),
        ("12.5", 1250),
        (" 12 € ", 1200),
        ("742", 74_200),
        ("0", 0),
        (" 1 234,05 € ", 123_405),
        ("1 234,05", 123_405),
        ("1\u202f234,05\u00a0€", 123_405),
        ("0,01", 1),
        ("100000", MOST_CENTS),
    ],
)
def test_an_amount_is_read_exactly_as_one_writes_it(typed: str, cents: int) -> None:
    assert read_cents(typed) == cents


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "douze",
        "12,505",
        "-3",
        "1,234.50",
        "12 34",
        "100000,01",
        "12,",
        ",5",
        "1e3",
        "sept cents",
        "١٢",
    ],
)
def test_nothing_is_guessed_and_nothing_rounded(typed: str) -> None:
    assert read_cents(typed) is None


@given(st.integers(0, MOST_CENTS))
def test_what_stands_in_a_field_is_read_back(cents: int) -> None:
    assert read_cents(write_cents(cents)) == cents


def test_a_month_is_one_of_twelve() -> None:
    assert read_month("2026-11") is not None
    assert [read_month(typed) for typed in ("2026-13", "2026-1", "26-11", "")] == [None] * 4
