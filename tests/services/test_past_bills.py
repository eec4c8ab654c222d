"""Bills and payments of another software on both databases: by batch, shown, and never owed."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from services.billing.accounts.queries import arrears
from services.billing.bills.queries import bill_cards
from services.billing.models import (
    Entry,
    Invoice,
    NumberSeries,
    PastBill,
    PastPayment,
    Payment,
    Posting,
)
from services.billing.payers.queries import households_known_to_provider
from services.billing.service import BillingService
from services.billing.store import store
from shared.bus.service_declarations import register_rows_of
from shared.contracts.billing import household_accounts
from shared.contracts.billing import past_bills as contracts
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.message import ContractBroken
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import now, today
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import family, home

LINES = [{"label": "Repas", "child": "Enfant 0", "quantity": 12, "cents": 4_200}]


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, which has heard of two households."""
    with runs.billing_on(database, tmp_path):
        family(1)
        family(2)
        yield


def bill(number: str = "F-2023-0815", of: int = 1, **more: Any) -> dict[str, Any]:
    """Return a bill of 42 € for March 2023 that was paid, as its former software printed it."""
    usual = {
        "number": number,
        "household_id": home(of),
        "month": "2023-03",
        "issued_on": "2023-04-05",
        "due_on": "2023-04-30",
        "total_cents": 4_200,
        "state": "paid",
        "lines": LINES,
    }
    return {**usual, **more}


def payment(reference: str = "R-77", of: int = 1, **more: Any) -> dict[str, Any]:
    usual = {
        "reference": reference,
        "household_id": home(of),
        "number": "F-2023-0815",
        "paid_on": "2023-04-20",
        "means": "cheque",
        "cents": 4_200,
    }
    return {**usual, **more}


def arrives(
    *bills: dict[str, Any],
    payments: tuple[dict[str, Any], ...] = (),
    batch: str = "reprise-1",
    provider: str = "ens",
) -> SimpleNamespace:
    """Let operations bring in a part of a batch; return the answer."""
    sent = contracts.import_past_bills.load_request(
        {"batch": batch, "provider": provider, "bills": list(bills), "payments": list(payments)}
    )
    return make.ask(None, contracts.import_past_bills, **vars(sent))


def counts(answer: SimpleNamespace) -> tuple[int, int, int]:
    return answer.new, answer.changed, answer.same


def undone(batch: str = "reprise-1") -> int:
    answer = make.ask(None, contracts.undo_past_bills, batch=batch)
    assert answer.remaining == 0
    return answer.removed


def card(of: int = 1, provider: str = "ens") -> dict[str, Any]:
    with store.read() as read:
        return dict(
            bill_cards.card_contents_by_household(read, provider, [home(of)], now())[home(of)]
        )


def cards_told() -> int:
    outbox = kit_table(store.metadata, "outbox")
    with store.read() as read:
        return read.scalar(select(func.count()).select_from(outbox)) or 0


def rows_of(*tables: Any) -> list[int]:
    with store.read() as read:
        return [read.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_a_past_bill_is_among_the_family_s_bills_with_its_own_number_and_nothing_is_owed(
    billing: None,
) -> None:
    arrives(bill(), payments=(payment(),))

    told = card()
    (shown,), (came,) = told["bills"], told["payments"]
    assert (shown["number"], shown["state"], shown["taken_over"]) == ("F-2023-0815", "paid", True)
    assert (came["cents"], came["invoice_id"]) == (4_200, shown["invoice_id"])
    assert told["owed_cents"] == told["credit_cents"] == 0


def test_a_family_reads_its_past_bill_line_by_line_and_another_family_finds_none(
    billing: None,
) -> None:
    arrives(bill(), payments=(payment(),))
    wanted = card()["bills"][0]["invoice_id"]

    read = make.ask(make.guardian(1), contracts.read_past_bill, invoice_id=wanted)

    assert (read.provider, read.lines, len(read.payments)) == ("ens", LINES, 1)
    with pytest.raises(NotFound):
        make.ask(make.guardian(2), contracts.read_past_bill, invoice_id=wanted)


def test_past_years_stand_in_the_account_that_a_family_takes_away(billing: None) -> None:
    arrives(bill(), payments=(payment(),))

    def asked(year: int | None) -> SimpleNamespace:
        return make.ask(
            make.guardian(1), household_accounts.account_year, household_id=home(1), year=year
        )

    assert asked(None).years == [2023]
    whole = asked(2023)
    assert [each["number"] for each in whole.bills] == ["F-2023-0815"]
    assert whole.payments[0]["taken_over"]
    assert asked(2024).bills == []


def test_nothing_of_it_meets_the_ledger_a_number_series_or_a_reminder(billing: None) -> None:
    arrives(
        bill(state="transferred", balance_cents=4_200),
        bill("F-9", state="paid"),
        payments=(payment(),),
    )

    assert rows_of(Invoice, Payment, Entry, Posting, NumberSeries) == [0, 0, 0, 0, 0]
    with store.read() as read:
        late, _ = arrears.page_of_overdue_bills(read, "ens", today(), "", 50)
        assert late == [] and arrears.sum_of_overdue(read, "ens", today()).cents == 0


def test_the_same_batch_again_changes_nothing_and_a_row_that_differs_replaces_itself(
    billing: None,
) -> None:
    first = arrives(bill(), bill("F-2"), payments=(payment(),))
    told = cards_told()

    again = arrives(bill(), bill("F-2"), payments=(payment(),))

    assert (counts(first), counts(again)) == ((3, 0, 0), (0, 0, 3))
    assert cards_told() == told

    corrected = arrives(bill(total_cents=4_300), bill("F-2"), payments=(payment(),))

    assert counts(corrected) == (0, 1, 2)
    assert {each["total_cents"] for each in card()["bills"]} == {4_300, 4_200}
    assert cards_told() == told + 1


def test_a_batch_is_taken_back_whole_and_the_others_stay(billing: None) -> None:
    arrives(bill(), payments=(payment(),))
    arrives(bill("F-2", of=2), batch="reprise-2")

    assert undone() == 2

    assert card()["bills"] == card()["payments"] == []
    assert [each["number"] for each in card(2)["bills"]] == ["F-2"]
    assert undone() == 0


def test_a_large_batch_is_taken_back_some_households_at_a_time(billing: None) -> None:
    for number in range(1, 122):
        family(number)
    arrives(*(bill(f"F-{number}", of=number) for number in range(1, 122)))

    first = make.ask(None, contracts.undo_past_bills, batch="reprise-1")
    second = make.ask(None, contracts.undo_past_bills, batch="reprise-1")

    assert (first.removed, first.remaining) == (100, 21)
    assert (second.removed, second.remaining) == (21, 0)
    assert rows_of(PastBill, PastPayment) == [0, 0]


def test_a_row_that_cannot_be_kept_is_named_with_why_and_keeps_no_other_back(
    billing: None,
) -> None:
    arrives(bill("F-1"), batch="reprise-0")
    tomorrow = (today() + timedelta(days=1)).isoformat()

    answer = arrives(
        bill("F-1"),
        bill("F-2"),
        bill("F-2", total_cents=1),
        bill("F-3", of=9),
        bill("F-4", issued_on=tomorrow),
        payments=(payment("R-1", of=9),),
    )

    assert answer.new == 1
    assert [(each["number"], each["why"]) for each in answer.refused] == [
        ("F-1", "other_batch"),
        ("F-2", "twice"),
        ("F-3", "unknown_household"),
        ("F-4", "to_come"),
        ("R-1", "unknown_household"),
    ]


def test_a_bill_corrected_to_another_household_leaves_the_first(billing: None) -> None:
    arrives(bill())

    arrives(bill(of=2))

    assert (card(1)["bills"], len(card(2)["bills"])) == ([], 1)


def test_two_providers_may_have_used_the_same_number(billing: None) -> None:
    arrives(bill(), payments=(payment(),))
    arrives(bill(total_cents=900), payments=(payment(cents=900),), provider="agg")

    assert card()["bills"][0]["total_cents"] == 4_200
    assert card(provider="agg")["bills"][0]["total_cents"] == 900
    assert card(provider="agg")["payments"][0]["cents"] == 900


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "due"},
        {"state": "overdue"},
        {"balance_cents": 100},
        {"state": "transferred", "balance_cents": 4_300},
        {"total_cents": -4_200},
        {"kind": "credit_note", "total_cents": -4_200},
        {"total_cents": 42.0},
    ],
    ids=str,
)
def test_what_is_still_owed_to_a_regie_or_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ContractBroken):
        arrives(bill(**wrong))


def test_a_provider_that_the_town_never_had_is_refused(billing: None) -> None:
    with pytest.raises(BadRequest):
        arrives(bill(), provider="old_club")


def test_what_is_issued_here_comes_first_and_past_bills_fill_the_places_left(
    billing: None,
) -> None:
    arrives(*(bill(f"F-{each:02}", issued_on=date(2023, 1, each + 1)) for each in range(30)))

    numbers = [each["number"] for each in card()["bills"]]

    assert len(numbers) == bill_cards.LAST
    assert (numbers[0], numbers[-1]) == ("F-29", "F-06")


def test_the_regie_of_that_provider_finds_the_payer_and_another_does_not(billing: None) -> None:
    arrives(bill())

    with store.read() as read:
        register = store.register
        assert households_known_to_provider.knows_household(read, register.provider("ens"), home(1))
        assert not households_known_to_provider.knows_household(
            read, register.provider("agg"), home(1)
        )


def test_operations_alone_bring_past_bills_and_read_nothing_back() -> None:
    answering, _ = register_rows_of([BillingService])
    rights = {each.method: (each.callers, each.right) for each in answering}

    assert rights["import_past_bills"] == rights["undo_past_bills"] == (("ops",), "service only")
    assert rights["read_past_bill"] == (("portal",), "guardian of the past bill's household")
