"""Billing's worker as it runs beside the service: one works, another waits, the next goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from deploy.instance.instance import PROJECT
from services.billing.store import store
from services.billing.worker import LEASE
from shared.database.tables.kit_tables import kit_table
from tests.databases import Database
from tests.factories import runs as make
from tests.factories.runs import family, home, meals, november

pytestmark = pytest.mark.both_databases


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[str]:
    """Give the address of billing's database, with a family that ate in November."""
    with make.billing_on(database, tmp_path):
        make.tariff(make.flat("canteen", make.MEAL))
        family(1)
        meals(1, *november(2, 3))
        yield database.url


@contextmanager
def worker(url: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Let a worker run; end it."""
    settings = {
        "PREAU_HOME": str(folder),
        "PREAU_PRINCIPAL": "billing",
        "AMQP_URI": "amqp://nobody@127.0.0.1:1/none",
        "DATABASE_URL": url,
        "PYTHONWARNINGS": "ignore",
    }
    with open(folder / "worker.log", "ab") as log:
        command = [sys.executable, "-m", "services.billing.worker"]
        process = subprocess.Popen(
            command, cwd=PROJECT, env={**os.environ, **settings}, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def drafted(run_id: str) -> bool:
    return make.states(run_id) == {home(1): "drafted"}


def holder() -> str | None:
    lease = kit_table(store.metadata, "lease")
    with store.read() as read:
        return read.scalar(select(lease.c.holder).where(lease.c.name == LEASE))


def test_a_worker_drafts_and_issues_what_was_ordered_and_ends_in_good_order(
    billing: str, tmp_path: Path
) -> None:
    with worker(billing, tmp_path) as process:
        run_id = make.open_run()
        until(lambda: drafted(run_id))
        make.order(run_id)
        until(make.bills)

        process.send_signal(signal.SIGTERM)

        assert process.wait(30) == 0
        assert holder() is None
    assert [bill.total_cents for bill in make.bills()] == [700]


def test_where_one_worker_was_killed_the_next_goes_on(billing: str, tmp_path: Path) -> None:
    with worker(billing, tmp_path) as first:
        until(holder)
        killed = holder()
        first.kill()
        first.wait()

        run_id = make.open_run()
        with worker(billing, tmp_path):
            until(lambda: drafted(run_id))
            assert holder() != killed


def test_two_workers_do_not_work_at_once(billing: str, tmp_path: Path) -> None:
    with worker(billing, tmp_path), worker(billing, tmp_path):
        until(holder)
        first = holder()
        run_id = make.open_run()
        until(lambda: drafted(run_id))

        assert holder() == first
