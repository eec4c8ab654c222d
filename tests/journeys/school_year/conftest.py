"""A town of its own, in which it is January 2027 when it begins."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from shared.dates.clock import PARIS
from tests.journeys.conftest import NewPage
from tests.journeys.school_year.year import Year
from tests.memory import memory
from tests.ports import PORT_BASE

BEGINS = datetime(2027, 1, 11, 9, tzinfo=PARIS)
"""Moment in the school year of the demo's families and prices, on whatever day the test runs."""


@pytest.fixture
def year(new_page: NewPage) -> Iterator[Year]:
    """Give the town with its families."""
    home = Path(tempfile.mkdtemp(prefix="preau-year-", dir=memory()))
    year = Year(home, PORT_BASE + 300, BEGINS, new_page)
    try:
        year.town.start()
        year.town.preau("demo")
        yield year
    finally:
        year.town.remove()
