"""Billing's workers as they run beside the service: one for each provider, the next goes on."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import select, update

from deploy.instance.secrets import new_encryption_key
from services.billing import worker as billing_worker
from services.billing.models import BillingRun
from services.billing.store import store
from services.billing.worker import PAYMENTS_LEASE, lease_of_orders
from shared.bus.lease import give_up_leases, take_lease, this_process_as_holder
from shared.contracts.billing.regie.runs import DRAFTED
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import now
from tests.databases import Database
from tests.factories import runs as make
from tests.factories.billing import place
from tests.factories.runs import family, home, meals, november
from tests.forked import start


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[str]:
    """Give the address of billing's database, with a family that ate in November."""
    with make.billing_on(database, tmp_path):
        make.tariff(make.flat("canteen", make.MEAL))
        family(1)
        meals(1, *november(2, 3))
        yield database.url


@contextmanager
def worker(url: str, folder: Path) -> Iterator[BaseProcess]:
    """Let a worker run; end it."""
    settings = {
        "PREAU_HOME": str(folder),
        "PREAU_PRINCIPAL": "billing",
        "AMQP_URI": "amqp://nobody@127.0.0.1:1/none",
        "DATABASE_URL": url,
        "KEY_ENCRYPTION_KEY": new_encryption_key(),
        "PYTHONWARNINGS": "ignore",
    }
    process = start(billing_worker.main, {**os.environ, **settings}, folder / "worker.log")
    try:
        yield process
    finally:
        process.kill()
        process.join()


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def drafted(run_id: str) -> bool:
    return make.states(run_id) == {home(1): "drafted"}


def is_ready(run_id: str) -> bool:
    """Return whether a run without a household was drafted."""
    with store.read() as read:
        return read.get_one(BillingRun, run_id).state == DRAFTED


def leases() -> dict[str, str]:
    """Return the holders of the workers' leases, by name."""
    lease = kit_table(store.metadata, "lease")
    with store.read() as read:
        return dict(read.execute(select(lease.c.name, lease.c.holder)).all())


def looks_after_payments() -> str | None:
    return leases().get(PAYMENTS_LEASE)


def test_a_worker_drafts_and_issues_what_was_ordered_and_ends_in_good_order(
    billing: str, tmp_path: Path
) -> None:
    with worker(billing, tmp_path) as process:
        run_id = make.open_run()
        until(lambda: drafted(run_id))
        make.order(run_id)
        until(make.bills)

        process.terminate()
        process.join(30)

        assert process.exitcode == 0
        assert leases() == {}
    assert [bill.total_cents for bill in make.bills()] == [700]


@pytest.mark.both_databases
def test_where_one_worker_was_killed_the_next_goes_on(billing: str, tmp_path: Path) -> None:
    with worker(billing, tmp_path) as first:
        until(looks_after_payments)
        killed = looks_after_payments()
        first.kill()
        first.join()

        run_id = make.open_run()
        with worker(billing, tmp_path):
            until(lambda: drafted(run_id))
            assert looks_after_payments() != killed


def test_a_provider_whose_orders_another_worker_has_holds_up_no_other(
    billing: str, tmp_path: Path
) -> None:
    mine = this_process_as_holder()
    assert take_lease(store, lease_of_orders("ens"), mine, billing_worker.LEASE_SECONDS)
    of_school, of_agglomeration = make.open_run(), make.open_run(regie="agg")

    with worker(billing, tmp_path):
        until(lambda: is_ready(of_agglomeration))
        assert not drafted(of_school)
        give_up_leases(store, mine, lease_of_orders("ens"))
        until(lambda: drafted(of_school))


@pytest.mark.both_databases
def test_what_another_worker_has_is_tried_without_giving_ones_own_up(billing: str) -> None:
    del billing
    make.open_run(regie="agg")
    working = billing_worker.Worker(lambda: None)
    working.work_once()
    assert leases().keys() == {PAYMENTS_LEASE, lease_of_orders("agg")}
    earlier = BillingRun.id == make.open_run()
    with store.write() as write:
        write.execute(update(BillingRun).where(earlier).values(opened_at=now() - timedelta(days=1)))
    assert take_lease(store, lease_of_orders("ens"), "another:1:1", billing_worker.LEASE_SECONDS)

    working.work_once()

    assert leases().keys() == {PAYMENTS_LEASE, lease_of_orders("agg"), lease_of_orders("ens")}


def test_a_worker_without_orders_keeps_no_provider_for_itself(billing: str, tmp_path: Path) -> None:
    with worker(billing, tmp_path):
        run_id = make.open_run()
        until(lambda: drafted(run_id))

        until(lambda: leases().keys() == {PAYMENTS_LEASE})


@pytest.mark.both_databases
def test_what_was_read_when_a_lease_had_run_out_is_read_anew(
    billing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile another worker may have had it, gone on with it, and given it up."""
    run_id = make.open_run()
    slow = billing_worker.Worker(lambda: None)
    monkeypatch.setattr(billing_worker, "RENEW_SECONDS", 0.0)
    monkeypatch.setattr(billing_worker, "KEPT_SECONDS", 0.0)
    for _ in range(3):
        slow.work_once()
    assert not drafted(run_id)

    monkeypatch.undo()
    until(lambda: slow.work_once() and drafted(run_id))


@pytest.mark.both_databases
def test_two_workers_bill_two_providers_each_once(billing: str, tmp_path: Path) -> None:
    make.tariff({**make.flat("judo", 2_000, label="Judo"), "unit": "month"}, provider="agg")
    place(1, date(2026, 11, 1))
    with worker(billing, tmp_path), worker(billing, tmp_path):
        runs = [make.open_run(), make.open_run(regie="agg")]
        until(lambda: all(map(drafted, runs)))
        for run_id in runs:
            make.order(run_id)
        until(lambda: len(make.bills()) == 2)

    assert sorted(bill.total_cents for bill in make.bills()) == [700, 2_000]
