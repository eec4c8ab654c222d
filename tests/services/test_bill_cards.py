"""Cards and answers about bills, for the portal and families, on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from services.billing.bills.commands import bill_cards
from services.billing.bills.queries.bill_cards import card_contents_by_household
from services.billing.models import Dispute, TaxCertificate
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.billing.prices import simulations
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.errors import NotFound
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import child, family, home, meals, november

LATER = datetime(2026, 12, 5, tzinfo=UTC)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, with a canteen at 3,50 € a meal."""
    with runs.billing_on(database, tmp_path):
        runs.tariff(runs.flat("canteen", runs.MEAL))
        yield


def refresh(*numbers: int, at: datetime = LATER) -> None:
    with store.write() as write:
        bill_cards.publish_changed_cards(write, "ens", [home(number) for number in numbers], at)


def last_card(number: int = 1) -> dict[str, Any]:
    return [
        vars(card) for card in make.published(bills.bill_card) if card.household_id == home(number)
    ][-1]


def test_a_household_s_card_holds_what_it_owes_at_one_provider(billing: None) -> None:
    family(1)
    meals(1, *november(2, 3))

    runs.run()

    (bill,) = last_card()["bills"]
    assert (last_card()["provider"], last_card()["version"]) == ("ens", 1)
    assert (last_card()["owed_cents"], last_card()["credit_cents"]) == (700, 0)
    assert (bill["number"], bill["state"], bill["balance_cents"]) == ("2026-ENS-000001", "due", 700)


def test_a_card_is_told_again_only_where_it_changed(billing: None) -> None:
    family(1)
    family(2)
    meals(1, *november(2))
    meals(2, *november(2))
    runs.run()
    count = len(make.published(bills.bill_card))

    refresh(1, 2)
    assert len(make.published(bills.bill_card)) == count

    make.paid(runs.bills(home(1))[0], 350, date(2026, 12, 4))
    refresh(1, 2)
    assert len(make.published(bills.bill_card)) == count + 1
    assert (last_card()["version"], last_card()["owed_cents"]) == (2, 0)
    assert last_card()["bills"][0]["state"] == "paid"


def test_a_bill_paid_in_part_says_so_until_its_due_date_passes(billing: None) -> None:
    family(1)
    meals(1, *november(2))
    runs.run()
    (bill,) = runs.bills(home(1))
    make.paid(bill, 100, date(2026, 12, 4))

    refresh(1)
    assert last_card()["bills"][0]["state"] == "partly_paid"

    bill_cards.publish_overdue_cards(store, bill.due_on, LATER)
    assert last_card()["bills"][0]["state"] == "partly_paid"
    after = bill.due_on + timedelta(days=1)
    bill_cards.publish_overdue_cards(
        store, after, datetime(after.year, after.month, after.day, 6, tzinfo=UTC)
    )
    assert last_card()["bills"][0]["state"] == "overdue"


def test_many_cards_are_made_in_as_many_statements_as_few(billing: None) -> None:
    for number in range(1, 13):
        family(number)
        meals(number, *november(2))
    runs.run()
    counts = []
    for most in (2, 12):
        sent: list[str] = []
        listener = lambda *args, sent=sent: sent.append(args[2])  # noqa: E731
        with store.read() as read:
            event.listen(store.engine, "before_cursor_execute", listener)
            card_contents_by_household(
                read, "ens", [home(number) for number in range(1, most + 1)], LATER
            )
            event.remove(store.engine, "before_cursor_execute", listener)
        counts.append(len(sent))

    assert counts[0] == counts[1] < 10


def test_a_guardian_reads_a_bill_whole_and_nobody_else_s(billing: None) -> None:
    family(1)
    family(2)
    meals(1, *november(2, 3))
    runs.run()
    (bill,) = runs.bills(home(1))

    page = make.ask(make.guardian(1), bills.read_bill, invoice_id=bill.id)

    (line,) = page.lines
    assert (page.reference, page.key, page.payer[0]) == (bill.number, bill.key, "Famille 1")
    assert (page.channel, page.payable_online) == ("regie", True)
    assert (line["days"], line["quantity"], line["unit_cents"]) == (november(2, 3), 2, 350)
    with pytest.raises(NotFound):
        make.ask(make.guardian(2), bills.read_bill, invoice_id=bill.id)
    with pytest.raises(NotFound):
        make.ask(make.guardian(1), bills.read_bill, invoice_id=new_id())


def test_a_line_reported_as_wrong_is_there_once_until_the_regie_settles_it(billing: None) -> None:
    family(1)
    meals(1, *november(2))
    runs.run()
    (bill,) = runs.bills(home(1))
    guardian, holder = make.guardian(1), make.holder()
    line: dict[str, Any] = {
        "invoice_id": bill.id,
        "line": runs.lines(bill.id)[0].seq,
        "reason": "not_there",
    }

    make.ask(guardian, bills.dispute_line, **line)
    make.ask(guardian, bills.dispute_line, **line)

    with store.read() as read:
        (dispute_id,) = read.scalars(select(Dispute.id))
    assert make.ask(guardian, bills.read_bill, invoice_id=bill.id).lines[0]["disputed"]
    with pytest.raises(NotFound):
        make.ask(make.holder(make.AGG, "agg"), regie_runs.resolve_dispute, dispute_id=dispute_id)
    make.ask(holder, regie_runs.resolve_dispute, dispute_id=dispute_id)
    assert not make.ask(guardian, bills.read_bill, invoice_id=bill.id).lines[0]["disputed"]
    with pytest.raises(NotFound):
        make.ask(guardian, bills.dispute_line, **(line | {"line": 99}))


def test_a_family_learns_what_it_would_pay_with_its_own_quotient_or_another(billing: None) -> None:
    family(1)
    runs.tariff(runs.by_quotient("canteen", 60_000, 200, 350), version=2)
    make.quotient(1, 50_000, date(2026, 9, 1))
    activities = [
        {"provider": "ens", "activity": "canteen"},
        {"provider": "agg", "activity": "judo"},
    ]
    fields: dict[str, Any] = {
        "household_id": home(1),
        "child_id": child(10),
        "wanted": activities,
        "on": today(),
    }

    (own,) = make.ask(make.guardian(1), simulations.simulate, **fields).prices
    (entered,) = make.ask(
        make.guardian(1), simulations.simulate, quotient_cents=70_000, **fields
    ).prices

    assert (own["total_cents"], entered["total_cents"]) == (200, 350)
    assert own["parts"][0]["reason"]["code"] == "band"
    with pytest.raises(NotFound):
        make.ask(make.guardian(1), simulations.simulate, **(fields | {"child_id": child(20)}))


def test_a_family_sees_the_last_version_of_its_certificates(billing: None) -> None:
    family(1)
    certificate = {
        "provider": "ens",
        "household_id": home(1),
        "child_id": child(10),
        "child": "Enfant 0",
        "payer": ["Famille 1"],
        "year": 2026,
        "voucher_cents": 0,
        "issued_at": LATER,
    }
    with store.write() as write:
        for version, cents in ((1, 5_000), (2, 4_000)):
            write.add(TaxCertificate(id=new_id(), version=version, cents=cents, **certificate))

    certificates = make.ask(
        make.guardian(1), bills.my_certificates, household_id=home(1)
    ).certificates

    assert [(certificate["year"], certificate["cents"]) for certificate in certificates] == [
        (2026, 4_000)
    ]
