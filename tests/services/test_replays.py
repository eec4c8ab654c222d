"""A grid replayed over a past year: today's gives what was billed, another what it changes."""

import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from services.billing.jobs.grid_replays import next_replay, work_on_replay
from services.billing.models import Invoice, InvoiceLine
from services.billing.store import store
from services.billing.worker import Worker
from shared.contracts.billing.prices import grid_replays
from shared.contracts.billing.regie import payers as regie
from shared.contracts.errors import BadRequest, NotEntitled, NotFound
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import DECEMBER, NOVEMBER, child, family, home

IN_JANUARY = datetime(2027, 1, 5, 8, 0, tzinfo=UTC)
SEPTEMBER = date(2026, 9, 1)
LOW, HIGH, LIMIT = 210, 430, 80_000
CANTEEN = runs.by_quotient("canteen", LIMIT, LOW, HIGH)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, with a canteen of two bands."""
    with runs.billing_on(database, tmp_path):
        runs.tariff(CANTEEN)
        yield


def grid(low: int, high: int, limit: int = LIMIT, **more: Any) -> Mapping[str, Any]:
    """Return a grid of two bands as a desk sends it."""
    content = runs.by_quotient("canteen", limit, low, high)
    (written,) = content["grids"]
    return {**written, "parts": [{**part, **more} for part in written["parts"]]}


def replayed(replayed_grid: Mapping[str, Any], first: str = NOVEMBER, size: int = 2) -> Any:
    """Let the régie's holder replay a grid, and the worker count it; return what came out."""
    make.ask(
        make.holder(),
        grid_replays.order_replay,
        tariff="canteen",
        grid=replayed_grid,
        first=first,
        last=DECEMBER,
    )
    while (work := next_replay(store)) is not None:
        work_on_replay(store, work, size)
    answer = told()
    assert answer.state == grid_replays.DONE
    return answer


def told() -> SimpleNamespace:
    return make.ask(make.holder(), grid_replays.read_replay, tariff="canteen")


def billed_of_the_canteen() -> int:
    """Add up the issued lines of the tariff, those of credit notes too."""
    total = select(func.sum(InvoiceLine.cents)).join(Invoice, Invoice.id == InvoiceLine.invoice_id)
    with store.read() as read:
        return int(read.scalar(total.where(InvoiceLine.tariff == "canteen")) or 0)


def by_band(answer: SimpleNamespace) -> dict[int | None, tuple[int, int, int, int, int]]:
    return {
        band["from_cents"]: (
            *(band["more"], band["less"], band["same"]),
            *(band["old_cents"], band["new_cents"]),
        )
        for band in answer.bands
    }


def a_year_of_changes() -> None:
    """Let some families eat, be billed, and have days and a quotient corrected by credit notes."""
    chance = random.Random(113)
    sessions = []
    for number in range(1, 10):
        family(number)
        if number % 3:
            make.quotient(number, chance.randrange(20_000, 160_000), SEPTEMBER)
        days = sorted(chance.sample(range(2, 28), 4))
        sessions += [(number, day, runs.meals(number, *runs.november(day))[0]) for day in days]
    two_homes_of_one_child()
    runs.run()
    for number, day, session_id in chance.sample(sessions, 8):
        excused = (home(number), child(number * 10), "excused")
        runs.sheet(date(2026, 11, day), excused, session_id=session_id, version=2)
    make.quotient(5, 30_000, date(2026, 11, 1), on=date(2026, 12, 20))
    runs.run(DECEMBER, at=IN_JANUARY)


def two_homes_of_one_child() -> None:
    """Let a child's meals be paid by two households, rounded line by line."""
    born = date(2019, 5, 6)
    for number in (11, 12):
        make.household_published(number, 1, children=[make.child_row(child(110), born)])
    runs.meals(11, *runs.november(3, 5, 10))
    make.ask(
        make.holder(),
        regie.set_shares,
        child_id=child(110),
        shares=[
            {"household_id": home(11), "share_bp": 6_667},
            {"household_id": home(12), "share_bp": 3_333},
        ],
        valid_from=SEPTEMBER,
        valid_to=None,
        paper="jugement",
    )


def test_today_s_grid_gives_what_was_billed_with_its_corrections_to_the_cent(
    billing: None,
) -> None:
    a_year_of_changes()

    answer = replayed(grid(LOW, HIGH))

    assert answer.issued_cents == billed_of_the_canteen() > 0
    assert answer.reckoned_cents == answer.new_cents == answer.issued_cents
    assert all(band["more"] == band["less"] == 0 for band in answer.bands)
    assert sum(band["old_cents"] for band in answer.bands) == answer.issued_cents
    assert answer.households == sum(band["same"] for band in answer.bands)


def test_a_grid_says_what_it_would_bring_and_who_pays_more_by_band(billing: None) -> None:
    for number, quotient in ((1, 50_000), (2, 60_000), (3, 120_000)):
        family(number)
        make.quotient(number, quotient, SEPTEMBER)
        runs.meals(number, *runs.november(3, 5))
    family(4)
    runs.meals(4, *runs.november(3))
    runs.run()

    answer = replayed(grid(LOW - 10, HIGH + 20))

    assert by_band(answer) == {
        0: (0, 2, 0, 4 * LOW, 4 * (LOW - 10)),
        LIMIT: (1, 0, 0, 2 * HIGH, 2 * (HIGH + 20)),
        None: (1, 0, 0, HIGH, HIGH + 20),
    }
    assert answer.new_cents == answer.issued_cents - 40 + 60


def test_what_an_agent_credited_by_hand_stays_credited_and_is_no_part_of_the_reckoning(
    billing: None,
) -> None:
    family(1)
    runs.meals(1, *runs.november(3, 5))
    runs.run()
    (bill,) = runs.bills()
    make.ask(
        make.holder(),
        regie.credit_lines,
        invoice_id=bill.id,
        lines=[{"line": runs.lines(bill.id)[0].seq, "quantity": 1}],
        reason="Grève",
    )

    answer = replayed(grid(LOW, HIGH + 20))

    assert (answer.issued_cents, answer.reckoned_cents) == (HIGH, 2 * HIGH)
    assert answer.new_cents == HIGH + 40


def test_who_paid_nothing_and_had_no_bill_is_counted_and_what_waits_is_not(billing: None) -> None:
    runs.tariff(runs.by_quotient("canteen", LIMIT, 0, HIGH), version=2)
    family(1)
    make.quotient(1, 20_000, SEPTEMBER)
    runs.meals(1, *runs.november(3, 5))
    runs.run()
    family(2)
    runs.meals(2, *runs.november(3))

    answer = replayed(grid(100, HIGH))

    assert runs.bills() == []
    assert by_band(answer) == {0: (1, 0, 0, 0, 200)}


def test_each_day_is_compared_with_the_grid_of_that_day(billing: None) -> None:
    before, after = dict(grid(LOW, HIGH)), dict(grid(LOW, HIGH + 100))
    before["valid_to"], after["valid_from"] = date(2026, 11, 15), date(2026, 11, 16)
    runs.tariff({**CANTEEN, "grids": [before, after]}, version=2)
    family(1)
    runs.meals(1, *runs.november(3, 26))
    runs.run()

    answer = replayed(grid(LOW, HIGH + 100))

    assert answer.issued_cents == answer.reckoned_cents == 2 * HIGH + 100
    assert answer.new_cents == 2 * (HIGH + 100)


def test_a_new_order_takes_the_place_of_the_last_and_counts_from_the_start(billing: None) -> None:
    family(1)
    runs.meals(1, *runs.november(3))
    runs.run()

    first, second = replayed(grid(LOW, HIGH)), replayed(grid(LOW, HIGH + 5))

    assert (first.households, second.households) == (1, 1)
    assert second.new_cents == HIGH + 5


def test_what_is_due_by_place_is_replayed_too_and_the_worker_does_it(billing: None) -> None:
    monthly = {**runs.flat("judo", 2_000, label="Judo"), "unit": "month"}
    runs.tariff(monthly, provider="agg")
    family(1)
    make.place(1, date(2026, 10, 1))
    for month in ("2026-10", NOVEMBER):
        runs.run(month, regie="agg")
    holder = make.holder("enrolment_agg", "agg")
    dearer = runs.flat("judo", 2_500)["grids"][0]
    asked = {"tariff": "judo", "grid": dearer, "first": "2026-10", "last": NOVEMBER}
    make.ask(holder, grid_replays.order_replay, **asked)

    worker = Worker(lambda: None)
    for _turn in range(4):
        worker.work_once()

    answer = make.ask(holder, grid_replays.read_replay, tariff="judo")
    assert answer.state == grid_replays.DONE
    assert (answer.issued_cents, answer.new_cents) == (4_000, 5_000)
    assert by_band(answer) == {None: (1, 0, 0, 4_000, 5_000)}


@pytest.mark.both_databases
def test_a_step_done_twice_counts_once(billing: None) -> None:
    for number in (1, 2, 3):
        family(number)
        runs.meals(number, *runs.november(3))
    runs.run()
    asked = {"tariff": "canteen", "grid": grid(LOW, HIGH), "first": NOVEMBER, "last": DECEMBER}
    make.ask(make.holder(), grid_replays.order_replay, **asked)
    step = next_replay(store)
    assert step is not None

    work_on_replay(store, step, 2)
    work_on_replay(store, step, 2)

    assert (told().state, told().households) == (grid_replays.WORKING, 2)


def test_a_grid_that_does_not_fit_and_a_tariff_that_bills_nothing_are_refused(
    billing: None,
) -> None:
    asked = {"tariff": "canteen", "first": NOVEMBER, "last": DECEMBER}
    columns = [{"residences": ["elsewhere"], "bands": CANTEEN["grids"][0]["parts"][0]["columns"][0]["bands"]}]  # fmt: skip  # noqa: E501
    with pytest.raises(BadRequest):
        make.ask(
            make.holder(), grid_replays.order_replay, grid=grid(1, 2, columns=columns), **asked
        )
    with pytest.raises(BadRequest):
        make.ask(
            make.holder(),
            grid_replays.order_replay,
            grid=grid(1, 2),
            **asked | {"first": "2025-01"},
        )
    with pytest.raises(NotFound):
        make.ask(
            make.holder(), grid_replays.order_replay, grid=grid(1, 2), **asked | {"tariff": "x"}
        )
    with pytest.raises(NotFound):
        told()


def test_another_provider_s_replay_is_not_to_be_found_and_families_have_none(
    billing: None,
) -> None:
    family(1)
    runs.meals(1, *runs.november(3))
    runs.run()
    replayed(grid(LOW, HIGH))

    with pytest.raises(NotFound):
        make.ask(make.holder("enrolment_agg", "agg"), grid_replays.read_replay, tariff="canteen")
    with pytest.raises(NotEntitled):
        make.ask(make.guardian(1), grid_replays.read_replay, "enrolment_ens", tariff="canteen")
