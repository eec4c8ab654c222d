"""Income of a provider, by activity and band: sums that a recount apart finds again."""

import random
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from services.billing.bills.queries import income as income_queries
from services.billing.models import Invoice, InvoiceLine
from services.billing.store import store
from shared.contracts.billing import past_bills
from shared.contracts.billing.figures import income
from shared.contracts.errors import BadRequest, NotEntitled
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import DECEMBER, NOVEMBER, child, family, home

IN_JANUARY = datetime(2027, 1, 5, 8, 0, tzinfo=UTC)
LOW, HIGH, JUDO = 210, 430, 12_750
LIMIT = 80_000
SEPTEMBER = date(2026, 9, 1)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, with a canteen of two bands, and judo at one price."""
    with runs.billing_on(database, tmp_path):
        runs.tariff(runs.by_quotient("canteen", LIMIT, LOW, HIGH))
        runs.tariff(runs.flat("judo", JUDO, label="Judo"), provider="agg")
        yield


def asked(first: str = NOVEMBER, last: str = NOVEMBER, **more: Any) -> SimpleNamespace:
    """Let who holds the school service's régie ask for its income."""
    return make.ask(make.holder(), income.income, first=first, last=last, **more)


def by_band(answer: SimpleNamespace) -> dict[tuple[str, str, int | None], tuple[int, int]]:
    """Return households and cents by activity, basis and the begin of the band."""
    return {
        (row["activity"], row["basis"], row["from_cents"]): (row["households"], row["cents"])
        for row in answer.rows
    }


def adds_up(answer: SimpleNamespace) -> bool:
    return sum(row["cents"] for row in answer.rows) == answer.cents


def recounted(regie: str, first: str, last: str) -> dict[tuple[Any, ...], tuple[int, int]]:
    """Count issued lines one by one, by what their own reason says."""
    cents: dict[tuple[Any, ...], int] = defaultdict(int)
    households: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    with store.read() as read:
        for bill in read.scalars(select(Invoice).where(Invoice.regie == regie)):
            if not first <= bill.month <= last:
                continue
            for line in read.scalars(select(InvoiceLine).filter_by(invoice_id=bill.id)):
                params = line.reason["params"]
                band = (params.get("from_cents"), params.get("to_cents"))
                key = (line.activity, line.reason["code"], *band)
                cents[key] += line.cents
                households[key].add(bill.household_id)
    return {key: (len(households[key]), cents[key]) for key in cents}


@pytest.mark.both_databases
def test_income_is_summed_by_activity_and_band_and_comes_to_what_was_billed(billing: None) -> None:
    for number, quotient in ((1, 50_000), (2, 60_000), (3, 120_000)):
        family(number)
        make.quotient(number, quotient, SEPTEMBER)
        runs.meals(number, *runs.november(3, 5))
    family(4)
    runs.meals(4, *runs.november(3))
    runs.run()

    answer = asked()

    assert by_band(answer) == {
        ("canteen", "band", 0): (2, 4 * LOW),
        ("canteen", "band", LIMIT): (1, 2 * HIGH),
        ("canteen", "maximum", None): (1, HIGH),
    }
    assert adds_up(answer) and answer.cents == 4 * LOW + 3 * HIGH


def test_another_provider_s_income_is_not_in_it_and_is_read_there(billing: None) -> None:
    family(1)
    runs.meals(1, *runs.november(3))
    runs.sheet(date(2026, 11, 4), (home(1), child(10), "present"), provider="agg", activity="judo")
    runs.run()
    runs.run(regie="agg")

    there = make.ask(
        make.holder("enrolment_agg", "agg"), income.income, first=NOVEMBER, last=NOVEMBER
    )

    assert by_band(asked()) == {("canteen", "maximum", None): (1, HIGH)}
    assert by_band(there) == {("judo", "flat", None): (1, JUDO)}


def test_a_credit_note_lessens_the_month_of_its_own_bills(billing: None) -> None:
    family(1)
    session, _other = runs.meals(1, *runs.november(3, 5))
    runs.run()
    runs.sheet(date(2026, 11, 3), (home(1), child(10), "excused"), session_id=session, version=2)
    runs.run(DECEMBER, at=IN_JANUARY)

    assert by_band(asked()) == {("canteen", "maximum", None): (1, 2 * HIGH)}
    assert by_band(asked(DECEMBER, DECEMBER)) == {("canteen", "maximum", None): (1, -HIGH)}
    assert by_band(asked(NOVEMBER, DECEMBER)) == {("canteen", "maximum", None): (1, HIGH)}


def test_bills_of_another_software_are_one_row_without_activity_or_band(billing: None) -> None:
    family(1)
    runs.meals(1, *runs.november(3))
    runs.run()
    taken_over("F-1", NOVEMBER, 4_500)
    taken_over("F-2", "2026-10", 900)

    answer = asked()

    assert by_band(answer)["", income.OTHER_SOFTWARE, None] == (1, 4_500)
    assert adds_up(answer) and answer.cents == HIGH + 4_500


def test_a_year_of_changes_equals_a_recount_of_its_lines_page_by_page(
    billing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(22)
    sessions = []
    for number in range(1, 13):
        family(number)
        if number % 4:
            make.quotient(number, chance.randrange(20_000, 160_000), SEPTEMBER)
        days = sorted(chance.sample(range(2, 28), 4))
        sessions += [(number, day, runs.meals(number, *runs.november(day))[0]) for day in days]
    runs.run()
    for number, day, session_id in chance.sample(sessions, 9):
        excused = (home(number), child(number * 10), "excused")
        runs.sheet(date(2026, 11, day), excused, session_id=session_id, version=2)
    make.quotient(5, 30_000, date(2026, 11, 1), on=date(2026, 12, 20))
    runs.run(DECEMBER, at=IN_JANUARY)
    monkeypatch.setattr(income_queries, "PAGE", 2)

    pages = [asked(NOVEMBER, DECEMBER)]
    while pages[-1].next:
        pages.append(asked(NOVEMBER, DECEMBER, after=pages[-1].next))

    rows = [row for page in pages for row in page.rows]
    assert len(pages) == 2
    assert {
        (row["activity"], row["basis"], row["from_cents"], row["to_cents"]): (
            row["households"],
            row["cents"],
        )
        for row in rows
    } == recounted("ens", NOVEMBER, DECEMBER)
    assert sum(row["cents"] for row in rows) == pages[0].cents
    assert pages[0].cents == sum(bill.total_cents for bill in runs.bills())


def test_who_holds_no_regie_reads_no_income_and_what_is_no_year_is_refused(billing: None) -> None:
    make.holder()
    with pytest.raises(NotEntitled):
        make.ask(make.guardian(1), income.income, "enrolment_ens", first=NOVEMBER, last=NOVEMBER)
    for first, last in ((DECEMBER, NOVEMBER), ("2025-09", "2026-09")):
        with pytest.raises(BadRequest):
            asked(first, last)
    with pytest.raises(BadRequest):
        asked(after="x")


def taken_over(number: str, month: str, cents: int) -> None:
    """Let operations bring in a bill of another software that was paid."""
    bill = {
        "number": number,
        "household_id": home(1),
        "month": month,
        "issued_on": f"{month}-28",
        "due_on": f"{month}-28",
        "total_cents": cents,
        "state": "paid",
        "lines": [],
    }
    sent = past_bills.import_past_bills.load_request(
        {"batch": "reprise-1", "provider": "ens", "bills": [bill]}
    )
    make.ask(None, past_bills.import_past_bills, **vars(sent))
