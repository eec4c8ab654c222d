"""Answers of billing to a régisseur about runs, and credit notes by hand, of the own régies."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from services.billing.accounts.queries.regie_overview import overview_of_regies
from services.billing.models import Dispute, Invoice
from services.billing.store import store
from shared.contracts.billing.bills import bill_card, bill_notice
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.billing.regie.payers import PAGE, TooMuch
from shared.contracts.billing.regie.runs import MonthIssued
from shared.contracts.errors import NotEntitled, NotFound, Outdated
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import billing as bills
from tests.factories import money
from tests.factories import runs as make
from tests.factories.billing import AGG, ask, guardian, holder
from tests.factories.runs import (
    DECEMBER,
    NOVEMBER,
    balance,
    child,
    credit_of,
    family,
    home,
    meals,
    november,
)

IN_JANUARY = datetime(2027, 1, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, with two families who ate in November."""
    with make.billing_on(database, tmp_path):
        make.tariff(make.flat("canteen", make.MEAL))
        for number, days in ((1, (2, 3)), (2, (2, 3, 4))):
            family(number)
            meals(number, *november(*days))
        yield


def issued(number: int) -> Invoice:
    """Issue November, and return a family's bill."""
    make.run()
    [bill] = make.bills(home(number))
    return bill


def issued_now(number: int) -> Invoice:
    """Let the régisseur issue November today, and return a family's bill."""
    run_id = make.open_run()
    make.work()
    total = ask(holder(), regie_runs.read_run, run_id=run_id).total_cents
    ask(holder(), regie_runs.issue_run, run_id=run_id, total_cents=total)
    make.work()
    [bill] = make.bills(home(number))
    return bill


def number_now(count: int) -> str:
    """Return the number of the nth bill of this year."""
    return f"{today().year}-ENS-{count:06}"


def credit(bill: Invoice, line: int, quantity: int) -> object:
    lines = [{"line": line, "quantity": quantity}]
    reason = "Repas non servi"
    return ask(holder(), contracts.credit_lines, invoice_id=bill.id, lines=lines, reason=reason)


def test_a_regisseur_drafts_looks_and_issues(billing: None) -> None:
    agent = holder()
    run_id = ask(agent, regie_runs.open_run, regie="ens", month=NOVEMBER).run_id

    waiting = ask(agent, regie_runs.read_run, run_id=run_id)
    make.work()
    drafted = ask(agent, regie_runs.read_run, run_id=run_id)
    state = ask(agent, regie_runs.issue_run, run_id=run_id, total_cents=drafted.total_cents).state
    make.work()
    done = ask(agent, regie_runs.read_run, run_id=run_id)

    assert (waiting.state, waiting.done, waiting.states) == ("drafting", 0, {"waiting": 2})
    assert (drafted.state, drafted.done, drafted.total_cents) == ("drafted", 2, 1750)
    assert drafted.anomalies == {"first_bill": 2}
    assert [row["total_cents"] for row in drafted.rows] == [1050, 700]
    assert (state, done.state, done.states) == ("issuing", "issued", {"issued": 2})
    assert [row["number"] for row in done.rows] == [number_now(2), number_now(1)]
    with pytest.raises(MonthIssued):
        ask(agent, regie_runs.open_run, regie="ens", month=NOVEMBER)


def test_a_page_of_a_run_holds_the_greatest_amounts_first_and_can_be_narrowed(
    billing: None,
) -> None:
    everybody = range(1, PAGE + 10)
    for number in everybody[2:]:
        family(number)
    make.sheet(date(2026, 11, 9), *((home(n), child(n * 10), "present") for n in everybody))
    run_id = make.open_run()
    make.work(30)
    agent = holder()

    first = ask(agent, regie_runs.read_run, run_id=run_id)
    second = ask(agent, regie_runs.read_run, run_id=run_id, after=first.next)

    shown = [row["household_id"] for row in (*first.rows, *second.rows)]
    assert (len(first.rows), len(second.rows), second.next) == (PAGE, 9, "")
    assert len(set(shown)) == len(everybody)
    assert [row["total_cents"] for row in first.rows[:3]] == [1400, 1050, 350]
    assert ask(agent, regie_runs.read_run, run_id=run_id, only="failed").rows == []
    assert len(ask(agent, regie_runs.read_run, run_id=run_id, only="first_bill").rows) == PAGE


def test_the_lines_of_a_draft_can_be_looked_at_before_it_is_issued(billing: None) -> None:
    run_id = make.open_run()

    draft = ask(holder(), regie_runs.draft_lines, run_id=run_id, household_id=home(2))

    assert draft.total_cents == 1050
    [line] = draft.lines
    assert (line["quantity"], line["unit_cents"], line["days"]) == (3, 350, november(2, 3, 4))


def test_the_closing_page_says_what_is_not_as_it_should_be(billing: None) -> None:
    bill = issued(1)
    with store.write() as write:
        write.add(
            Dispute(
                id=new_id(),
                invoice_id=bill.id,
                seq=1,
                reason="not_there",
                reported_by=child(500_001),
                reported_at=IN_JANUARY,
            )
        )
    meals(1, date(2026, 12, 1), activity="evening_care")
    meals(2, *november(27))
    bills.quotient(2, 50_000, date(2026, 12, 31))

    page = ask(holder(), regie_runs.closing, regie="ens", month=DECEMBER)

    assert (page.households, page.unknown_quotients, page.expired_quotients) == (2, 1, 0)
    assert page.without_price == ["evening_care"]
    assert page.earlier_months == [NOVEMBER]
    assert [(dispute["line"], dispute["reason"]) for dispute in page.disputes] == [(1, "not_there")]
    assert page.disputes[0]["number"] == "2026-ENS-000001"


def test_the_overview_adds_up_what_was_billed_credited_paid_and_is_owed(billing: None) -> None:
    bill = issued(2)
    bills.paid(bill, 700, date(2026, 12, 10))
    credit(bill, 1, 1)

    with store.read() as read:
        page = overview_of_regies(read, store.register.provider("ens"), date(2027, 1, 15))

    assert page.months[-3] == {
        "month": NOVEMBER,
        "bills": 2,
        "billed_cents": 1750,
        "credited_cents": 350,
        "paid_cents": 700,
        "owed_cents": 700,
    }
    assert (page.overdue_cents, page.overdue_bills) == (700, 1)
    assert len(page.months) == 12


def test_the_overview_shows_the_regies_of_the_caller_and_their_runs(billing: None) -> None:
    issued(1)

    page = ask(holder(), contracts.regie_overview)

    assert [run["state"] for run in page.runs] == ["issued"]
    assert [regie["code"] for regie in page.regies] == ["ens"]


def test_another_provider_finds_neither_run_nor_bill_nor_regie(billing: None) -> None:
    bill = issued(1)
    run_id = make.opening.run_id_of("ens", NOVEMBER)
    other = holder(AGG, "agg")

    assert ask(other, contracts.regie_overview).runs == []
    for method, fields in (
        (regie_runs.read_run, {"run_id": run_id}),
        (regie_runs.draft_lines, {"run_id": run_id, "household_id": home(1)}),
        (regie_runs.issue_run, {"run_id": run_id, "total_cents": 0}),
        (regie_runs.closing, {"regie": "ens", "month": DECEMBER}),
        (regie_runs.open_run, {"regie": "ens", "month": DECEMBER}),
        (
            contracts.credit_lines,
            {"invoice_id": bill.id, "lines": [{"line": 1, "quantity": 1}], "reason": "non"},
        ),
    ):
        with pytest.raises(NotFound):
            ask(other, method, **fields)


def test_who_holds_no_regie_learns_nothing_of_runs(billing: None) -> None:
    with pytest.raises(NotEntitled):
        ask(guardian(1), contracts.regie_overview, caller="enrolment_ens")


def test_a_run_is_issued_with_no_other_total_than_was_shown(billing: None) -> None:
    run_id = make.open_run()
    make.work()

    with pytest.raises(Outdated):
        ask(holder(), regie_runs.issue_run, run_id=run_id, total_cents=1749)


def test_lines_are_credited_by_hand_and_the_bill_stays_as_it_is(billing: None) -> None:
    bill = issued_now(2)

    note = credit(bill, 1, 2)

    assert (note.cents, note.number) == (-700, number_now(3))
    assert (balance(bill), credit_of(2)) == (350, 0)
    [line] = make.lines(note.invoice_id)
    assert (line.quantity, line.unit_cents, line.cents) == (-2, 350, -700)
    assert make.lines(bill.id)[0].quantity == 3
    assert bills.published(bill_card)[-1].owed_cents == 350
    assert bills.published(bill_notice)[-1].kind == "credit_note_issued"


def test_what_was_paid_of_credited_lines_is_a_credit_of_the_household(billing: None) -> None:
    bill = issued(2)
    bills.paid(bill, 1050, date(2026, 12, 10))

    credit(bill, 1, 1)

    assert (balance(bill), credit_of(2)) == (0, 350)


def test_what_a_credit_note_frees_pays_what_the_household_owes_besides(billing: None) -> None:
    bill = issued(2)
    bills.paid(bill, 1050, date(2026, 12, 10))
    late = money.bill(home(2), 900)

    credit(bill, 1, 2)

    assert (money.owed(late), credit_of(2)) == (200, 0)
    assert bills.published(bill_card)[-1].owed_cents == 200


def test_no_more_is_credited_than_a_line_still_holds(billing: None) -> None:
    bill = issued(2)
    credit(bill, 1, 2)

    for line, quantity in ((1, 2), (1, 3)):
        with pytest.raises(TooMuch) as refused:
            credit(bill, line, quantity)
        assert refused.value.detail["most"] == 1
    with pytest.raises(NotFound):
        credit(bill, 2, 1)
    assert balance(bill) == 350


def test_a_run_bills_no_second_time_what_an_agent_gave_back(billing: None) -> None:
    bill = issued(2)
    credit(bill, 1, 1)

    meals(2, *november(20))
    make.run(DECEMBER, at=IN_JANUARY)

    later = [bill for bill in make.bills(home(2)) if bill.month == DECEMBER]
    assert [(bill.kind, bill.total_cents) for bill in later] == [("invoice", 350)]


def test_a_correction_of_what_an_agent_gave_back_is_not_given_back_twice(billing: None) -> None:
    session = make.sheet(date(2026, 11, 25), (home(2), child(20), "present"))
    bill = issued(2)
    credit(bill, 1, 1)

    make.sheet(date(2026, 11, 25), (home(2), child(20), "excused"), session_id=session, version=2)
    make.run(DECEMBER, at=IN_JANUARY)

    with store.read() as read:
        total = read.scalars(select(Invoice.total_cents).where(Invoice.household_id == home(2)))
        assert sum(total) == 3 * make.MEAL
    assert make.states(make.opening.run_id_of("ens", DECEMBER)) == {home(2): "nothing"}
