"""Returned rows of the public accountant are processed once, and nothing is guessed."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from services.billing.models import Payment, Posting
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie import payers as regie
from shared.contracts.billing.regie import treasury as contracts
from shared.contracts.billing.regie.treasury import ReturnUnreadable
from shared.contracts.errors import NotFound
from shared.dates.clock import today
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories import treasury as lots
from tests.factories.runs import MEAL, home

LONG_AGO = datetime(2026, 10, 2, 9, 0, tzinfo=UTC)
TOTAL = 10 * MEAL
PAID_ON = date(2026, 11, 12)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    with runs.billing_on(database, tmp_path):
        yield


@pytest.fixture
def debt(billing: None) -> str:
    """Hand one late bill over; return its number."""
    lots.late_bills(10, month="2026-09", at=LONG_AGO)
    lots.handed_over()
    return runs.bills()[0].number


def rows(read: SimpleNamespace) -> list[tuple[str, str]]:
    answer = make.ask(make.holder(), contracts.returned_rows, return_id=read.return_id)
    return [(row["outcome"], row["why"]) for row in answer.rows]


def unclear() -> list[str]:
    answer = make.ask(make.holder(), contracts.returned_rows)
    return [row["key"] for row in answer.rows]


def the_bill() -> dict:
    return lots.shown(home(1), runs.bills()[0].id)


def ledger_sum() -> int:
    with store.read() as read:
        return int(read.scalar(select(func.coalesce(func.sum(Posting.cents), 0))) or 0)


def test_what_was_paid_at_the_treasury_shows_as_paid_there_on_that_day(debt: str) -> None:
    answer = lots.read(
        {"kind": "accepted", "debt": debt, "titre": "2026-T-412"},
        lots.receipt(debt, TOTAL, PAID_ON),
    )

    assert answer.counts == {"done": 2}
    card = lots.card(home(1))
    [payment] = card["payments"]
    assert (the_bill()["state"], the_bill()["balance_cents"]) == (bills.PAID, 0)
    assert (payment["means"], payment["state"], payment["cents"]) == ("treasury", "paid", TOTAL)
    assert payment["at"].date() == PAID_ON
    lot = make.ask(make.holder(), contracts.lots, after="").lots[0]
    assert (lot["total_cents"], lot["owed_cents"]) == (TOTAL, 0)
    assert ledger_sum() == 0


def test_a_part_that_was_paid_leaves_the_rest_at_the_treasury(debt: str) -> None:
    lots.read(lots.receipt(debt, 1_000, PAID_ON))

    assert (the_bill()["state"], the_bill()["balance_cents"]) == (bills.TRANSFERRED, TOTAL - 1_000)

    lots.read(lots.receipt(debt, TOTAL - 1_000, PAID_ON, key="second"))

    assert (the_bill()["state"], the_bill()["balance_cents"]) == (bills.PAID, 0)


def test_a_return_that_is_read_twice_changes_nothing_more(debt: str) -> None:
    once = lots.read(lots.receipt(debt, 1_000, PAID_ON))
    twice = lots.read(lots.receipt(debt, 1_000, PAID_ON))

    assert (rows(once), rows(twice)) == ([("done", "")], [("known", "")])
    assert the_bill()["balance_cents"] == TOTAL - 1_000
    assert unclear() == []


@pytest.mark.both_databases
def test_two_who_read_one_return_at_once_book_its_money_once(debt: str) -> None:
    holder = make.holder()
    content = lots.return_file(lots.receipt(debt, 1_000, PAID_ON))
    came: list[dict] = []

    def reads() -> None:
        answer = make.ask(holder, contracts.read_return, regie="ens", content=content)
        came.append(answer.counts)

    both = [threading.Thread(target=reads) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()

    assert sorted(map(str, came)) == ["{'done': 1}", "{'known': 1}"]
    assert the_bill()["balance_cents"] == TOTAL - 1_000


def test_a_row_that_names_no_bill_or_says_too_much_stands_in_a_list_until_somebody_saw_it(
    debt: str,
) -> None:
    answer = lots.read(
        lots.receipt("20260019999999", 500),
        lots.receipt(debt, TOTAL + 1),
        {"kind": "receipt", "debt": debt, "cents": "12,50", "date": "12/11/2026"},
        {"kind": "accepted", "debt": debt, "titre": ""},
    )

    assert rows(answer) == [
        ("unknown", ""),
        ("odd", "too_much"),
        ("odd", "unreadable"),
        ("odd", "unreadable"),
    ]
    assert the_bill()["balance_cents"] == TOTAL
    waiting = make.ask(make.holder(), contracts.returned_rows)
    assert [row["key"] for row in waiting.rows] == ["r1", "r2", "r3", "r4"]

    make.ask(make.holder(), contracts.see_row, row_id=waiting.rows[0]["row_id"])

    assert unclear() == ["r2", "r3", "r4"]
    assert make.ask(make.holder(), contracts.lots, after="").unclear == 3


def test_a_row_that_comes_again_with_another_amount_is_not_believed(debt: str) -> None:
    lots.read(lots.receipt(debt, 1_000, PAID_ON))

    assert rows(lots.read(lots.receipt(debt, 900, PAID_ON))) == [("odd", "other_content")]
    assert the_bill()["balance_cents"] == TOTAL - 1_000


def test_what_the_accountant_sends_back_is_owed_here_again_and_can_go_once_more(
    debt: str,
) -> None:
    answer = lots.read({"kind": "rejected", "debt": debt, "reason": "Adresse inconnue"})

    assert rows(answer) == [("done", "")]
    assert (the_bill()["state"], the_bill()["balance_cents"]) == (bills.OVERDUE, TOTAL)
    assert lots.card(home(1))["owed_cents"] == TOTAL
    again = lots.read({"kind": "rejected", "debt": debt, "key": "other"})
    assert rows(again) == [("odd", "not_at_treasury")]

    lots.handed_over()

    assert the_bill()["state"] == bills.TRANSFERRED
    assert rows(lots.read(lots.receipt(debt, TOTAL, key="paid"))) == [("done", "")]


def test_an_advance_pays_at_once_what_the_accountant_sends_back(debt: str) -> None:
    paid: dict[str, Any] = {"regie": "ens", "means": "transfer", "cents": 1_000}
    here = {"household_id": home(1), "received_on": today()}
    make.ask(make.holder(), regie_counter.take_payment, **paid | here)
    assert lots.card(home(1))["credit_cents"] == 1_000

    assert rows(lots.read({"kind": "rejected", "debt": debt})) == [("done", "")]

    assert the_bill()["balance_cents"] == TOTAL - 1_000
    assert lots.card(home(1))["credit_cents"] == 0


def test_what_was_paid_in_part_is_not_sent_back(debt: str) -> None:
    lots.read(lots.receipt(debt, 1_000, PAID_ON))

    answer = lots.read({"kind": "rejected", "debt": debt, "key": "late"})

    assert rows(answer) == [("odd", "paid_in_part")]


def test_what_is_given_up_there_is_owed_by_nobody_and_paid_by_nobody(debt: str) -> None:
    lots.read({"kind": "cancelled", "debt": debt, "cents": TOTAL, "date": "2026-11-12"})

    assert (the_bill()["state"], the_bill()["balance_cents"]) == (bills.CREDITED, 0)
    assert ledger_sum() == 0


def test_a_return_in_json_says_the_same(debt: str) -> None:
    row = {"key": "j1", "kind": "receipt", "debt": debt, "cents": TOTAL, "date": "2026-11-12"}
    content = json.dumps({"format": "preau-return", "version": 1, "rows": [row]})

    answer = make.ask(make.holder(), contracts.read_return, regie="ens", content=content)

    assert (answer.counts, the_bill()["state"]) == ({"done": 1}, bills.PAID)


@pytest.mark.parametrize("content", ["", "a;b\n1;2\n", '{"format": "other"}', "{", "[]"])
def test_a_file_that_is_none_is_refused_whole(debt: str, content: str) -> None:
    with pytest.raises(ReturnUnreadable):
        make.ask(make.holder(), contracts.read_return, regie="ens", content=content or " ")


def test_money_of_the_treasury_is_taken_back_by_no_counter(debt: str) -> None:
    lots.read(lots.receipt(debt, TOTAL, PAID_ON))
    with store.read() as read:
        payment = read.scalars(select(Payment)).one()

    with pytest.raises(NotFound):
        make.ask(
            make.holder(),
            regie_counter.reverse_payment,
            payment_id=payment.id,
            reason="bank_rejected",
        )


def test_what_was_paid_at_the_treasury_counts_for_the_tax_certificate(billing: None) -> None:
    care = runs.flat("canteen", MEAL)
    care["grids"][0]["parts"][0]["tax"] = "childcare"  # type: ignore[index]
    runs.family(1)
    runs.meals(1, *(date(2026, 9, day) for day in range(2, 12)))
    make.household_published(
        1,
        2,
        children=[make.child_row(runs.child(10), date(2022, 3, 1))],
        addresses=[make.address_row(date(2020, 1, 1))],
    )
    runs.tariff(care)
    lots.late_bills(month="2026-09", at=LONG_AGO)
    lots.handed_over()

    def certified() -> int:
        year = make.ask(make.holder(), regie.certificates, year=2026)
        return sum(line["now_cents"] for line in year.changed)

    make.ask(make.holder(), regie.issue_certificates, year=2026, replace=False)
    before = certified()
    lots.read(lots.receipt(runs.bills()[0].number, TOTAL, PAID_ON))
    make.ask(make.holder(), regie.issue_certificates, year=2026, replace=False)

    year = make.ask(make.holder(), regie.certificates, year=2026)
    assert (before, year.issued, year.total_cents) == (0, 1, TOTAL)
