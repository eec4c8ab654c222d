"""Runs on both databases: what is drafted, what is issued, what waits for the next."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from services.billing.jobs.runs import billing_scope_of_run
from services.billing.ledger.commands import entries as ledger
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import Entry, Household, Posting, RunHousehold
from services.billing.models.ledger import RECLAIM
from services.billing.models.quantities import Counted
from services.billing.payers.commands import payer_shares
from services.billing.payers.commands.household_words import index_households
from services.billing.payments.commands.bills_for_excess_refunds import (
    bill_what_was_refunded_too_much,
)
from services.billing.runs.commands import opening
from services.billing.runs.queries.issue_preparation import Order, bill_id_of
from services.billing.store import store
from shared.contracts.billing.bills import TRANSFER
from shared.contracts.billing.regie.runs import FAULT, IMPLAUSIBLE, MonthIssued
from shared.contracts.errors import NotFound, Outdated
from tests.databases import Database
from tests.factories import billing as bills
from tests.factories import runs as make
from tests.factories.runs import (
    DECEMBER,
    NOVEMBER,
    balance,
    child,
    family,
    home,
    meals,
    november,
)

IN_JANUARY = datetime(2027, 1, 5, 8, 0, tzinfo=UTC)
IN_FEBRUARY = datetime(2027, 2, 3, 8, 0, tzinfo=UTC)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, with a canteen at 3,50 € a meal."""
    with make.billing_on(database, tmp_path):
        make.tariff(make.flat("canteen", make.MEAL))
        yield


def families(*meals_each: int) -> None:
    """Let families 1, 2, 3… eat so many times in November."""
    for number, count in enumerate(meals_each, 1):
        family(number)
        meals(number, *november(*range(2, 2 + count)))


def test_a_month_is_issued_with_numbers_without_gaps_in_the_order_of_the_run(
    billing: None,
) -> None:
    families(1, 2, 2)

    run_id = make.run()

    assert set(make.states(run_id).values()) == {"issued"}
    issued = make.bills()
    assert [bill.total_cents for bill in issued] == [350, 700, 700]
    assert [bill.household_id for bill in issued] == [home(1), home(2), home(3)]
    assert [bill.number for bill in issued] == [f"2026001000000{n}" for n in (1, 2, 3)]
    assert [balance(bill) for bill in issued] == [350, 700, 700]
    assert make.to_bill() == set()


def test_a_bill_has_its_lines_its_address_and_its_due_date(billing: None) -> None:
    families(2)

    make.run()

    [bill] = make.bills()
    [line] = make.lines(bill.id)
    assert (line.quantity, line.unit_cents, line.cents, line.days) == (2, 350, 700, [2, 3])
    assert (line.child, line.month, line.budget) == ("Enfant 0", NOVEMBER, "7067")
    assert bill.payer == ["Famille 1", "1 rue des Lilas", "28901 Démonstration"]
    after_new_year = date(2027, 1, 4)  # thirty days end on New Year's Day, a Friday
    assert (bill.issued_on, bill.due_on) == (date(2026, 12, 2), after_new_year)
    assert len(bill.key) == 8


def test_each_entry_adds_up_and_revenue_stands_under_its_budget_code(billing: None) -> None:
    families(2)

    make.run()

    with store.read() as read:
        [entry] = read.scalars(select(Entry)).all()
        moves = {row.account: row.cents for row in read.scalars(select(Posting))}
    assert (entry.kind, entry.day) == ("invoice", date(2026, 12, 2))
    assert moves == {"receivable": 700, "revenue:7067": -700}


def test_a_draft_issues_nothing_and_compares_with_the_month_before(billing: None) -> None:
    families(2, 2, 18)  # the third of them makes November as long as December
    make.run()
    for number, days in ((1, (1, 2)), (2, range(1, 19))):
        meals(number, *(date(2026, 12, day) for day in days))

    run_id = make.open_run(DECEMBER, at=IN_JANUARY)
    make.work()

    same, more = make.row(run_id, home(1)), make.row(run_id, home(2))
    assert (same.total_cents, same.last_month_cents, same.anomalies) == (700, 700, [])
    assert (more.total_cents, more.last_month_cents) == (18 * 350, 700)
    assert more.anomalies == ["much_more"]


def test_a_month_after_holidays_makes_no_bill_unusual(billing: None) -> None:
    families(2, 2)
    make.run()
    meals(1, *(date(2026, 12, day) for day in range(1, 19)))

    run_id = make.open_run(DECEMBER, at=IN_JANUARY)
    make.work()

    row = make.row(run_id, home(1))
    assert (row.total_cents, row.last_month_cents, row.anomalies) == (18 * 350, 700, [])


def test_days_of_another_activity_do_not_make_a_month_longer(billing: None) -> None:
    families(2, 2)
    meals(2, *november(*range(4, 20)), activity="evening_care")
    make.run()
    meals(1, *(date(2026, 12, day) for day in range(1, 19)))

    run_id = make.open_run(DECEMBER, at=IN_JANUARY)
    make.work()

    row = make.row(run_id, home(1))
    assert (row.total_cents, row.last_month_cents, row.anomalies) == (18 * 350, 700, [])


def test_an_advance_that_was_asked_back_is_nothing_to_compare_a_month_with(billing: None) -> None:
    families(2)
    make.run()
    provider, then = store.register.provider("ens"), datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    paid_out = [Move(RECLAIM, 15_000, home(1)), Move(f"cash:{TRANSFER}", -15_000)]
    with store.write() as write:
        entry = NewEntry("ens", "reversal", "reversal:of a cheque", then.date(), then, paid_out)
        ledger.post_entries(write, [entry])
        bill_what_was_refunded_too_much(write, provider, "ens", home(1), then)
    meals(1, date(2026, 12, 1), date(2026, 12, 2))

    run_id = make.open_run(DECEMBER, at=IN_JANUARY)
    make.work()

    row = make.row(run_id, home(1))
    assert (row.total_cents, row.last_month_cents, row.anomalies) == (700, 700, [])
    assert len(make.bills()) == 2


def test_what_is_unusual_is_said_of_each_household(billing: None) -> None:
    make.tariff(make.by_quotient("evening_care", 80_000, 100, 200))
    with store.write() as write:
        write.add(Household(id=home(9), version=1, payer="Famille 9", sought="famille 9"))
        index_households(write, [home(9)])
    meals(9, *november(2), activity="evening_care")

    run_id = make.open_run()
    make.work()

    assert make.row(run_id, home(9)).anomalies == ["first_bill", "no_quotient", "no_address"]
    assert make.row(run_id, home(9)).total_cents == 200


def test_a_quotient_that_has_run_out_is_told_from_none(billing: None) -> None:
    make.tariff(make.by_quotient("evening_care", 80_000, 100, 200))
    family(1)
    bills.quotient(1, 50_000, date(2026, 11, 20))
    meals(1, *november(2), activity="evening_care")

    run_id = make.open_run()
    make.work()

    assert "quotient_expired" in make.row(run_id, home(1)).anomalies


def test_a_household_whose_computation_fails_is_isolated_and_stays_to_be_billed(
    billing: None,
) -> None:
    families(1, 1, 1)
    with store.write() as write:
        broken = update(Counted).where(Counted.household_id == home(2))
        write.execute(broken.values(quantity=1_000_000))

    run_id = make.run()

    assert make.states(run_id) == {home(1): "issued", home(2): "failed", home(3): "issued"}
    assert make.row(run_id, home(2)).error == IMPLAUSIBLE
    assert [bill.sequence for bill in make.bills()] == [1, 2]
    assert make.to_bill() == {(home(2), NOVEMBER)}


def test_what_changed_since_the_draft_is_not_issued(billing: None) -> None:
    families(1, 1)
    run_id = make.open_run()
    make.work()
    make.order(run_id)
    meals(1, *november(20))

    make.work()

    assert make.states(run_id) == {home(1): "changed", home(2): "issued"}
    assert make.to_bill() == {(home(1), NOVEMBER)}
    meals(1, date(2026, 12, 1))
    make.run(DECEMBER, at=IN_JANUARY)
    [bill] = make.bills(home(1))
    assert [(line.month, line.cents) for line in make.lines(bill.id)] == [
        (NOVEMBER, 700),
        (DECEMBER, 350),
    ]


def test_under_15_euros_a_titre_waits_and_is_billed_with_the_next_as_a_report(
    database: Database, tmp_path: Path
) -> None:
    with make.billing_on(database, tmp_path, channel="titre", least_cents=1500):
        make.tariff(make.flat("canteen", make.MEAL))
        families(2, 5)

        run_id = make.run()

        assert make.states(run_id) == {home(1): "carried", home(2): "issued"}
        assert make.row(run_id, home(1)).total_cents == 700
        assert make.bills(home(1)) == []
        meals(1, *(date(2026, 12, day) for day in (1, 2, 3)))
        make.run(DECEMBER, at=IN_JANUARY)
        [bill] = make.bills(home(1))
        assert bill.total_cents == 1750
        assert [line.month for line in make.lines(bill.id)] == [NOVEMBER, DECEMBER]


def test_two_payers_of_a_child_each_owe_their_part(billing: None) -> None:
    for number in (1, 2):
        family(number)
    with store.write() as write:
        payer_shares.record_payer_shares(
            write,
            "ens",
            child(10),
            {home(1): 6_000, home(2): 4_000},
            valid_from=date(2026, 11, 1),
            valid_to=None,
            paper="jugement du 3 octobre 2026",
            by=make.AGENT,
            at=make.OPENED,
        )
    meals(1, *november(2, 3))

    make.run()

    assert {bill.household_id: bill.total_cents for bill in make.bills()} == {
        home(1): 420,
        home(2): 280,
    }


def test_a_membership_is_billed_once_in_the_month_in_which_a_place_begins(billing: None) -> None:
    make.tariff(make.flat("judo", 2_000, unit="year"), provider="agg")
    family(1)
    bills.place(1, date(2026, 11, 10))

    make.run(regie="agg")
    bills.place(1, date(2026, 12, 1))
    make.run(DECEMBER, regie="agg", at=IN_JANUARY)

    [bill] = make.bills(home(1))
    assert (bill.regie, bill.total_cents) == ("agg", 2_000)


def test_two_providers_bill_on_their_own_account_and_series(billing: None) -> None:
    make.tariff(make.flat("judo", 2_000), provider="agg")
    families(1)
    meals(1, *november(3), provider="agg", activity="judo")

    ens = make.run()

    assert [bill.regie for bill in make.bills()] == ["ens"]
    agg = make.run(regie="agg")
    assert {bill.regie: (bill.sequence, bill.total_cents) for bill in make.bills()} == {
        "agg": (1, 2_000),
        "ens": (1, 350),
    }
    assert ens != agg


def test_a_month_is_opened_once_and_drafted_again_while_it_is_not_issued(billing: None) -> None:
    families(1)
    run_id = make.open_run()
    make.work()
    family(2)
    meals(2, *november(4))
    meals(1, *november(4))

    assert make.open_run() == run_id
    make.work()

    rows = [make.row(run_id, home(number)) for number in (1, 2)]
    assert [(row.position, row.total_cents) for row in rows] == [(1, 700), (2, 350)]
    make.order(run_id)
    with pytest.raises(MonthIssued):
        make.open_run()
    make.work()
    with pytest.raises(MonthIssued):
        make.open_run()


def test_a_run_is_issued_once_and_with_the_total_that_was_shown(billing: None) -> None:
    families(1)
    run_id = make.open_run()
    with pytest.raises(Outdated):
        make.order(run_id)
    make.work()
    with pytest.raises(Outdated), store.write() as write:
        opening.order_issue_of_run(
            write, "ens", run_id, total_cents=351, by=make.AGENT, at=make.ORDERED
        )

    for _ in range(2):
        make.order(run_id)
        make.work()

    assert len(make.bills()) == 1


def test_nobody_issues_a_run_of_another_provider(billing: None) -> None:
    families(1)
    run_id = make.open_run()
    make.work()

    with pytest.raises(NotFound), store.write() as write:
        opening.order_issue_of_run(
            write, "agg", run_id, total_cents=350, by=make.AGENT, at=make.ORDERED
        )


def test_what_costs_nothing_is_no_bill(billing: None) -> None:
    make.tariff(make.flat("canteen", 0), version=2)
    families(2)

    run_id = make.run()

    assert make.states(run_id) == {home(1): "nothing"}
    assert make.bills() == []
    assert make.to_bill() == set()


def test_what_has_no_price_is_on_no_bill_and_waits_for_one(billing: None) -> None:
    families(1)
    meals(1, *november(5), activity="evening_care")

    run_id = make.run()

    assert "no_price" in make.row(run_id, home(1)).anomalies
    assert [bill.total_cents for bill in make.bills()] == [350]
    assert make.to_bill() == {(home(1), NOVEMBER)}
    make.tariff(make.flat("evening_care", 120))
    make.run(DECEMBER, at=IN_JANUARY)
    assert [bill.total_cents for bill in make.bills()] == [350, 120]


def test_numbers_go_on_where_the_last_run_ended(billing: None) -> None:
    families(1, 1)
    make.run()
    for number in (1, 2):
        meals(number, date(2026, 12, 1))

    make.run(DECEMBER, at=datetime(2026, 12, 31, 8, 0, tzinfo=UTC))

    assert [bill.sequence for bill in make.bills()] == [1, 2, 3, 4]


def test_a_household_that_the_database_refuses_is_issued_by_nobody_else_s_fault(
    billing: None,
) -> None:
    families(1, 1, 1)
    run_id = make.open_run()
    make.work()
    make.order(run_id)
    taken = f"invoice:{_first_id(run_id, 2)}"
    with store.write() as write:
        moves = [Move("cash:cash", 1), Move("suspense", -1)]
        day = date(2026, 12, 2)
        ledger.post_entries(write, [NewEntry("ens", "payment", taken, day, make.ORDERED, moves)])

    make.work(3)

    assert make.states(run_id) == {home(1): "issued", home(2): "failed", home(3): "issued"}
    assert make.row(run_id, home(2)).error == FAULT
    assert [bill.sequence for bill in make.bills()] == [1, 2]


def _first_id(run_id: str, position: int) -> str:
    """Return the id that the invoice of a position will have."""
    with store.read() as read:
        run = read.get_one(opening.BillingRun, run_id)
        assert read.get(RunHousehold, (run_id, home(position))) is not None
        order = Order(run.id, run.seed, run.issued_at, billing_scope_of_run(store.register, run))
    return bill_id_of(order, position, 0)
