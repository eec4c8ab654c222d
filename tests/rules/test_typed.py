"""Days as people and browsers write them into a field."""

from datetime import date

import pytest

from shared.web.typed import read_day


@pytest.mark.parametrize(
    "written", ["2026-12-04", " 2026-12-04 ", "04/12/2026", "4/12/2026", "4.12.2026"]
)
def test_a_day_is_read_as_a_browser_or_a_hand_in_france_writes_it(written: str) -> None:
    assert read_day(written) == date(2026, 12, 4)


@pytest.mark.parametrize("written", ["", "demain", "31/02/2026", "2026-13-01", "4/12", "4/12/26"])
def test_whatever_is_no_day_is_none(written: str) -> None:
    assert read_day(written) is None
