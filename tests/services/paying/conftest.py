"""A family with a bill, and a stand-in for PayFiP, for the tests of paying."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.payfip_stub.soap import CREATE, DETAIL
from tests.databases import Database
from tests.factories import money as make
from tests.factories.counter import Desk
from tests.factories.money import Bank
from tests.factories.paying import Family


@pytest.fixture(scope="session")
def bank() -> Iterator[Bank]:
    """Give the stand-in for PayFiP, and the portal that it calls."""
    with make.bank() as bank:
        yield bank


@pytest.fixture
def family(bank: Bank, database: Database, tmp_path: Path) -> Iterator[Family]:
    """Give a family with a bill; whatever happens to it, the books are in order."""
    for operation in (CREATE, DETAIL):
        bank.troubles(operation, times=0)
    with make.billing_with(bank, database, tmp_path) as service:
        yield Family(bank, service)
        assert make.in_order() == 0


@pytest.fixture
def desk(family: Family) -> Desk:
    """Give the counter of the school service, whose box may hold 1 200 €."""
    return Desk(family.service)
