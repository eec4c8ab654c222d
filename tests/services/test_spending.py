"""Spending of a household in a school year: sums of its bills, to the cent, by child and label."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import event, select

from services.billing.models import Refund
from services.billing.payments.commands.refunds import refund_credit, reverse_refund
from services.billing.payments.commands.reversals import Reversal
from services.billing.store import store
from shared.contracts.billing import past_bills
from shared.contracts.billing.bills import DISCREPANT, TAKEN_BY_MISTAKE
from shared.contracts.billing.figures import spending
from shared.contracts.billing.regie import payers as regie
from shared.contracts.errors import NotFound
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import DECEMBER, child, family, home

IN_JANUARY = datetime(2027, 1, 5, 8, 0, tzinfo=UTC)
MEAL, JUDO = 350, 1_275


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, with a canteen and judo."""
    with runs.billing_on(database, tmp_path):
        runs.tariff(runs.flat("canteen", MEAL))
        runs.tariff(runs.flat("judo", JUDO, label="Judo"), provider="agg")
        yield


def asked(number: int = 1, year: int = 2026, of: int = 0) -> SimpleNamespace:
    """Let the guardian of one household ask what a household spent."""
    return make.ask(
        make.guardian(number), spending.spending, household_id=home(of or number), year=year
    )


def sums(answer: SimpleNamespace) -> dict[tuple[str, str, str], int]:
    """Return what was spent by month, child and label."""
    return {(row["month"], row["child"], row["label"]): row["cents"] for row in answer.spent}


def adds_up(answer: SimpleNamespace) -> bool:
    billed = sum(bill["total_cents"] for bill in answer.bills)
    return sum(row["cents"] for row in answer.spent) == billed


def one_of_two_paid_meals_is_taken_back() -> None:
    """Let a credit note give back, in January, a meal of November that was paid in December."""
    session, _other = ate(*runs.november(26, 27))
    runs.run()
    make.paid(runs.bills()[0], 2 * MEAL, date(2026, 12, 12))
    excused = (home(1), child(10), "excused")
    runs.sheet(date(2026, 11, 26), excused, session_id=session, version=2)
    runs.run(DECEMBER, at=IN_JANUARY)


def ate(*days: date, at: int = 0, provider: str = "ens", activity: str = "canteen") -> list[str]:
    """Let a child of the first family be present on some days; return the sessions."""
    return [
        runs.sheet(day, (home(1), child(10 + at), "present"), provider=provider, activity=activity)
        for day in days
    ]


@pytest.mark.both_databases
def test_each_child_s_activities_are_summed_at_all_services_and_add_up_with_the_bills(
    billing: None,
) -> None:
    family(1, children=2)
    ate(*runs.november(3, 5, 26))
    ate(*runs.november(3), at=1)
    ate(*runs.november(4, 18), at=1, provider="agg", activity="judo")
    runs.run()
    runs.run(regie="agg")

    answer = asked()

    assert answer.years == [{"year": 2026, "cents": 4 * MEAL + 2 * JUDO}]
    assert sums(answer) == {
        ("2026-11", "Enfant 0", "Restauration scolaire"): 3 * MEAL,
        ("2026-11", "Enfant 1", "Restauration scolaire"): MEAL,
        ("2026-11", "Enfant 1", "Judo"): 2 * JUDO,
    }
    assert adds_up(answer) and len(answer.bills) == 2


def test_a_credit_note_lessens_what_was_spent_and_a_payment_does_not(billing: None) -> None:
    family(1)
    one_of_two_paid_meals_is_taken_back()

    answer = asked()

    assert sum(row["cents"] for row in answer.spent) == MEAL
    assert adds_up(answer) and {bill["kind"] for bill in answer.bills} == {"invoice", "credit_note"}


def test_a_payment_that_may_have_come_is_among_them_while_its_bill_is_owed(billing: None) -> None:
    family(1)
    ate(*runs.november(3))
    runs.run()
    (bill,) = runs.bills()
    make.pending(bill.id, DISCREPANT)

    assert [each["state"] for each in asked().payments] == [DISCREPANT]

    make.paid(bill, MEAL, date(2026, 12, 12))

    assert asked().payments == []


def test_an_advance_paid_back_stands_in_the_year_of_its_day(billing: None) -> None:
    family(1)
    one_of_two_paid_meals_is_taken_back()
    with store.write() as write:
        provider = store.register.provider("ens")
        paper = {"paper": "mandat 12", "by": child(900), "now": IN_JANUARY}
        refund_credit(write, provider, home(1), MEAL, **paper)

    assert asked().refunds == [{"provider": "ens", "on": date(2027, 1, 5), "cents": MEAL}]
    assert asked(year=2027).refunds == []

    with store.write() as write:
        refund_id = write.scalars(select(Refund.id)).one()
        reversal = Reversal(TAKEN_BY_MISTAKE, child(900), IN_JANUARY)
        reverse_refund(write, provider, refund_id, reversal)

    assert asked().refunds == []


def test_of_two_homes_each_reads_its_own_part_and_never_the_other_s(billing: None) -> None:
    for number in (1, 2):
        make.household_published(number, 1, children=[make.child_row(child(10), date(2019, 5, 6))])
    ate(*runs.november(3, 5, 10))
    parts = ((1, 6_667), (2, 3_333))
    make.ask(
        make.holder(),
        regie.set_shares,
        child_id=child(10),
        valid_from=date(2026, 11, 1),
        paper="jugement",
        shares=[{"household_id": home(number), "share_bp": part} for number, part in parts],
    )
    runs.run()

    spent = [asked(number) for number in (1, 2)]

    assert all(adds_up(answer) for answer in spent)
    assert sum(row["cents"] for answer in spent for row in answer.spent) == 3 * MEAL
    assert home(2) not in str(vars(spent[0]))
    with pytest.raises(NotFound):
        asked(1, of=2)


def test_bills_of_another_software_count_in_their_year_line_by_line_or_as_a_whole(
    billing: None,
) -> None:
    family(1)
    taken_over(
        "F-1", "2024-05", 4_500, [{"label": "Atelier sport", "child": "Enfant 0", "cents": 4_500}]
    )
    taken_over("F-2", "2024-06", 1_900, [])

    answer = asked(year=2023)

    assert answer.years == [{"year": 2023, "cents": 6_400}]
    assert sums(answer) == {
        ("2024-05", "Enfant 0", "Atelier sport"): 4_500,
        ("2024-06", "", ""): 1_900,
    }
    assert adds_up(answer)
    assert asked(year=2024).spent == []


@pytest.mark.both_databases
def test_ten_years_behind_cost_no_more_statements_than_one(billing: None) -> None:
    family(1)
    ate(*runs.november(3))
    runs.run()
    one = statements()
    for year in range(2014, 2024):
        for month in ("03", "10"):
            taken_over(f"F-{year}-{month}", f"{year}-{month}", 4_500, [])

    answer = asked()

    assert [row["year"] for row in answer.years] == [2026, *range(2023, 2012, -1)]
    assert len(answer.bills) == 1 and statements() == one


def statements() -> int:
    """Return how many statements one answer takes."""
    counted = []

    def count(*_: object) -> None:
        counted.append(1)

    event.listen(store.engine, "before_cursor_execute", count)
    try:
        asked()
    finally:
        event.remove(store.engine, "before_cursor_execute", count)
    return len(counted)


def taken_over(number: str, month: str, cents: int, lines: list[dict[str, object]]) -> None:
    """Let operations bring in a bill of another software that was paid."""
    sent = past_bills.import_past_bills.load_request(
        {
            "batch": "reprise-1",
            "provider": "ens",
            "bills": [
                {
                    "number": number,
                    "household_id": home(1),
                    "month": month,
                    "issued_on": f"{month}-28",
                    "due_on": f"{month}-28",
                    "total_cents": cents,
                    "state": "paid",
                    "lines": lines,
                }
            ],
        }
    )
    make.ask(None, past_bills.import_past_bills, **vars(sent))
