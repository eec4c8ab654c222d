"""A late bill at a régie that grants plans of four parts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Database
from tests.factories import runs as billed
from tests.factories.payment_plans import LIMITS, a_late_bill


@pytest.fixture
def bill_id(database: Database, tmp_path: Path) -> Iterator[str]:
    """Give the late bill of a family, 70 €, at a régie that grants plans of four parts."""
    with billed.billing_on(database, tmp_path, payment_plans=LIMITS):
        yield a_late_bill()
