"""Tax certificates on both databases: what was paid in a year for the care of a young child."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from services.billing.accounts.commands import manual_credit_notes
from services.billing.bills.certificates import commands as certificates
from services.billing.bills.certificates.queries.issued import care_paid_in_year
from services.billing.bills.certificates.queries.tax_years_of_bill import tax_years_by_line
from services.billing.documents.receipts_and_certificates import certificate_data
from services.billing.ledger.commands.entries import post_entries
from services.billing.ledger.rules.new_entry_and_its_id import Move, NewEntry
from services.billing.models import InvoiceLine, Payment, TaxCertificate
from services.billing.models.ledger import RECEIVABLE
from services.billing.payments.commands.reinstatements import reinstate_payment
from services.billing.payments.commands.reversals import Reversal, reverse_payment
from services.billing.store import store
from shared.contracts.billing import bills
from shared.contracts.billing.regie import payers as regie
from shared.contracts.errors import NotEntitled
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import child, home, meals, november

FOOD, CARE = 250, 150
YOUNG, SIX = date(2020, 1, 2), date(2020, 1, 1)
JANUARY = datetime(2027, 1, 15, 9, tzinfo=UTC)


def lunch(food: int = FOOD, care: int = CARE) -> Mapping[str, Any]:
    """Return a meal with its food and its supervision apart: only the latter is childcare."""
    content = runs.flat("canteen", food)
    grid = content["grids"][0]
    grid["parts"].append(
        {
            **grid["parts"][0],
            "label": "Encadrement",
            "tax": "childcare",
            "columns": runs.flat("canteen", care)["grids"][0]["parts"][0]["columns"],
        }
    )
    return content


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    """Give billing of the demo town, with a canteen at 2,50 € for food and 1,50 € for care."""
    with runs.billing_on(database, tmp_path, ancv_for=["evening_care"]):
        runs.tariff(lunch())
        yield


def household(number: int, born: date = YOUNG) -> None:
    make.household_published(
        number,
        1,
        children=[make.child_row(child(number * 10), born)],
        addresses=[make.address_row(date(2020, 1, 1))],
    )


def billed(number: int, *days: int) -> runs.Invoice:
    """Bill a household's meals of November on 2 December."""
    meals(number, *november(*days))
    runs.run()
    return runs.bills(home(number))[0]


def issue(year: int = 2026, replace: bool = False) -> tuple[int, int]:
    with store.write() as write:
        provider = store.register.provider("ens")
        done = certificates.issue_certificates(write, provider, year, replace=replace, at=JANUARY)
    assert done.remaining == 0
    return done.issued, done.replaced


def issued(year: int = 2026) -> list[tuple[str, int, int]]:
    rows = select(TaxCertificate).where(TaxCertificate.year == year)
    with store.read() as read:
        certificates = read.scalars(
            rows.order_by(TaxCertificate.household_id, TaxCertificate.version)
        )
        return [(row.household_id, row.version, row.cents) for row in certificates]


def changed(year: int = 2026) -> list[tuple[int, int]]:
    answer = make.ask(make.holder(), regie.certificates, year=year)
    return [(line["issued_cents"], line["now_cents"]) for line in answer.changed]


def test_what_was_paid_for_care_is_certified_and_food_is_not(billing: None) -> None:
    household(1)
    bill = billed(1, 2, 3)
    make.paid(bill, 800, date(2026, 12, 20))

    assert issue() == (1, 0)
    assert issued() == [(home(1), 1, 2 * CARE)]
    with store.read() as read:
        (certificate,) = read.scalars(select(TaxCertificate))
        assert (certificate.child, certificate.payer[0]) == ("Manon Essai", "Famille 1")


def evening_care(cents: int) -> Mapping[str, Any]:
    """Return an evening at school, which vouchers may pay."""
    content = runs.flat("evening_care", cents)
    content["grids"][0]["parts"][0]["tax"] = "childcare"
    return content


def paid_by(means: str, bill: runs.Invoice, cents: int, day: date) -> str:
    """Let so much of a bill come on a day by some means; return the payment's id."""
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    payment_id = new_id()
    with store.write() as write:
        row = {"id": payment_id, "provider": bill.provider, "regie": bill.regie, "cents": cents}
        home_and_bill = {"household_id": bill.household_id, "invoice_id": bill.id}
        when = {"created_at": at, "received_on": day, "booked_at": at}
        write.add(Payment(**row, **home_and_bill, **when, means=means, state=bills.PAID))
        write.flush()
        moves = [
            Move(f"cash:{means}", cents, payment_id=payment_id),
            Move(RECEIVABLE, -cents, bill.household_id, bill.id, payment_id),
        ]
        source = f"payment:{payment_id}"
        post_entries(write, [NewEntry(bill.regie, "payment", source, day, at, moves)])
    return payment_id


@pytest.mark.parametrize("means", [bills.CESU, bills.E_CESU, bills.ANCV])
@pytest.mark.parametrize("voucher_first", [True, False], ids=["voucher_first", "cash_first"])
def test_what_an_employer_may_have_financed_is_said_apart_and_not_summed(
    billing: None, means: str, voucher_first: bool
) -> None:
    """The voucher paid the evening, the family the meal with its supervision."""
    household(1)
    runs.tariff(evening_care(300))
    meals(1, *november(2), activity="evening_care")
    bill = billed(1, 2)
    paid = [(means, 300), (bills.CASH, FOOD + CARE)]
    for by, cents in paid if voucher_first else reversed(paid):
        paid_by(by, bill, cents, date(2026, 12, 20))

    assert issue() == (1, 0)

    with store.read() as read:
        (certificate,) = read.scalars(select(TaxCertificate))
        told = certificate_data(store.register, certificate)
    assert (certificate.cents, certificate.voucher_cents) == (CARE, 300)
    assert "En plus de cette somme, 3,00" in " ".join(told["sentences"])  # type: ignore[arg-type]


def test_a_voucher_stays_one_though_the_regie_takes_none_any_more(
    database: Database, tmp_path: Path
) -> None:
    """What it may pay is asked of the régie as it is; an employer financed it all the same."""
    with runs.billing_on(database, tmp_path, cesu_for=[], means=["cash"]):
        runs.tariff(lunch())
        household(1)
        runs.tariff(evening_care(300))
        meals(1, *november(2), activity="evening_care")
        bill = billed(1, 2)
        paid_by(bills.CESU, bill, 300, date(2026, 12, 20))

        issue()

        with store.read() as read:
            (certificate,) = read.scalars(select(TaxCertificate))
        assert (certificate.cents, certificate.voucher_cents) == (0, 300)


def test_a_voucher_that_came_late_is_what_changed_of_a_certificate(billing: None) -> None:
    household(1)
    runs.tariff(evening_care(300))
    meals(1, *november(2), activity="evening_care")
    bill = billed(1, 2)
    paid_by(bills.CASH, bill, FOOD, date(2026, 12, 20))
    issue()
    paid_by(bills.CESU, bill, 300, date(2026, 12, 21))

    [line] = make.ask(make.holder(), regie.certificates, year=2026).changed

    assert (line["issued_voucher_cents"], line["now_voucher_cents"]) == (0, 300)


def test_a_voucher_stays_one_where_a_credit_note_took_its_line_back(billing: None) -> None:
    household(1)
    runs.tariff(evening_care(300))
    meals(1, *november(2), activity="evening_care")
    bill = billed(1, 2)
    paid_by(bills.CESU, bill, 300, date(2026, 12, 20))
    with store.read() as read:
        lines = read.scalars(select(InvoiceLine).where(InvoiceLine.invoice_id == bill.id)).all()
    [evening] = [line.seq for line in lines if line.activity == "evening_care"]
    back = [{"line": evening, "quantity": 1}]
    make.ask(make.holder(), regie.credit_lines, invoice_id=bill.id, lines=back, reason="Absence")

    issue()

    with store.read() as read:
        (certificate,) = read.scalars(select(TaxCertificate))
    assert (certificate.cents, certificate.voucher_cents) == (0, CARE)


def test_a_certificate_without_vouchers_says_nothing_of_them(billing: None) -> None:
    household(1)
    make.paid(billed(1, 2), 400, date(2026, 12, 20))
    issue()

    with store.read() as read:
        (certificate,) = read.scalars(select(TaxCertificate))
        told = certificate_data(store.register, certificate)
    assert "CESU" not in str(told["sentences"])


def test_a_child_is_to_be_under_six_on_1_january_of_the_year(billing: None) -> None:
    for number, born in ((1, YOUNG), (2, SIX)):
        household(number, born)
        meals(number, *november(2))
    runs.run()
    for number in (1, 2):
        make.paid(runs.bills(home(number))[0], 400, date(2026, 12, 20))

    issue()

    assert issued() == [(home(1), 1, CARE)]


def test_what_is_paid_in_two_years_is_certified_in_each_and_comes_to_the_whole(
    billing: None,
) -> None:
    household(1)
    bill = billed(1, 2, 3)
    make.paid(bill, 267, date(2026, 12, 31))
    make.paid(bill, 533, date(2027, 1, 1))

    issue(2026)
    make.household_published(1, 2, children=[make.child_row(child(10), date(2021, 1, 2))])
    issue(2027)

    (_, _, first), (_, _, second) = (*issued(2026), *issued(2027))
    assert (first, second) == (100, 200)


def test_what_is_not_paid_is_not_certified(billing: None) -> None:
    household(1)
    billed(1, 2)

    assert issue() == (0, 0)


def test_a_credit_note_lessens_the_year_in_which_it_is_made(billing: None) -> None:
    household(1, date(2021, 6, 1))
    bill = billed(1, 2, 3)
    make.paid(bill, 800, date(2026, 12, 20))
    issue()
    care = next(line for line in runs.lines(bill.id) if line.tax == "childcare")

    with store.write() as write:
        provider = store.register.provider("ens")
        manual_credit_notes.issue_credit_note_for_lines(
            write, provider, bill.id, [(care.seq, 1)], "erreur", JANUARY
        )

    with store.read() as read:
        provider = store.register.provider("ens")
        paid = {
            year: care_paid_in_year(read, provider, [home(1)], year)[home(1), child(10)].own
            for year in (2026, 2027)
        }
    assert paid == {2026: 2 * CARE, 2027: -CARE}
    assert changed() == []
    assert issue(2027) == (0, 0)


def test_a_certificate_changes_only_when_an_agent_asks(billing: None) -> None:
    household(1)
    bill = billed(1, 2, 3)
    make.paid(bill, 400, date(2026, 12, 20))
    issue()

    make.paid(bill, 400, date(2026, 12, 31))

    assert changed() == [(CARE, 2 * CARE)]
    assert issue() == (0, 0)
    assert issued() == [(home(1), 1, CARE)]
    assert issue(replace=True) == (0, 1)
    assert issued() == [(home(1), 1, CARE), (home(1), 2, 2 * CARE)]
    assert changed() == []
    assert issue(replace=True) == (0, 0)


def bounces(payment_id: str, at: datetime = JANUARY) -> None:
    """Let the bank send a payment back, as the régie notes it then."""
    with store.write() as write:
        provider = store.register.provider("ens")
        rejected = Reversal(because=bills.BANK_REJECTED, by=new_id(), at=at)
        reverse_payment(write, provider, payment_id, rejected)


def test_a_cheque_of_december_that_bounces_in_january_was_paid_in_no_year(billing: None) -> None:
    household(1, date(2021, 6, 1))
    bill = billed(1, 2, 3)
    cheque = paid_by(bills.CHEQUE, bill, 800, date(2026, 12, 28))
    issue()

    bounces(cheque)

    assert changed() == [(2 * CARE, 0)]
    assert issue(replace=True) == (0, 1)
    assert issued()[-1] == (home(1), 2, 0)


def test_a_cheque_of_december_that_had_not_bounced_after_all_counts_in_december(
    billing: None,
) -> None:
    household(1, date(2021, 6, 1))
    bill = billed(1, 2, 3)
    cheque = paid_by(bills.CHEQUE, bill, 800, date(2026, 12, 28))
    issue()
    bounces(cheque)

    with store.write() as write:
        reinstate_payment(write, store.register.provider("ens"), cheque, new_id(), JANUARY)

    assert changed() == []
    assert issue(replace=True) == (0, 0)


def test_what_replaces_a_bounced_cheque_counts_in_the_year_in_which_it_is_paid(
    billing: None,
) -> None:
    household(1, date(2021, 6, 1))
    bill = billed(1, 2, 3)
    cheque = paid_by(bills.CHEQUE, bill, 800, date(2026, 12, 28))

    bounces(cheque)
    make.paid(bill, 800, date(2027, 1, 20))

    assert issue(2026) == (0, 0)
    assert issue(2027) == (1, 0)
    assert issued(2027) == [(home(1), 1, 2 * CARE)]
    assert years_said(1, bill)["Encadrement"] == [2027]


def test_certificates_are_issued_by_their_own_regie_alone(billing: None) -> None:
    household(1)
    make.paid(billed(1, 2), 400, date(2026, 12, 20))

    other = make.ask(make.holder(make.AGG, "agg"), regie.issue_certificates, year=2026)
    with pytest.raises(NotEntitled):
        make.ask(make.guardian(1), regie.issue_certificates, make.ENS, year=2026)
    own = make.ask(make.holder(), regie.issue_certificates, year=2026)
    totals = make.ask(make.holder(), regie.certificates, year=2026)

    assert (other.issued, own.issued, own.remaining) == (0, 1, 0)
    assert (totals.issued, totals.total_cents) == (1, CARE)


def test_an_issued_certificate_is_never_changed(billing: None) -> None:
    household(1)
    make.paid(billed(1, 2), 400, date(2026, 12, 20))
    issue()

    for change in (update(TaxCertificate).values(cents=1), delete(TaxCertificate)):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(change)


# What a bill's page says of its lines: the same rule


def years_said(number: int, bill: runs.Invoice) -> dict[str, list[int]]:
    """Return what billing says to the family: by part of the meal, the years in which it counts."""
    page = make.ask(make.guardian(number), bills.read_bill, invoice_id=bill.id)
    return {line["part"]: line["tax_years"] for line in page.lines}


def test_a_bill_says_of_each_line_what_its_childs_certificate_will_count(billing: None) -> None:
    for number, born in ((1, YOUNG), (2, SIX)):
        household(number, born)
        meals(number, *november(2))
    runs.run()
    young, six = (runs.bills(home(number))[0] for number in (1, 2))
    for bill in (young, six):
        make.paid(bill, 400, date(2026, 12, 20))

    assert years_said(1, young) == {"Encadrement": [2026], "Repas": []}
    assert years_said(2, six) == {"Encadrement": [], "Repas": []}


def test_a_line_counts_in_the_years_in_which_it_was_paid_while_the_child_was_young(
    billing: None,
) -> None:
    for number, born in ((1, YOUNG), (2, date(2021, 1, 2))):
        household(number, born)
        meals(number, *november(2, 3))
    runs.run()
    turning_six, young = (runs.bills(home(number))[0] for number in (1, 2))
    for bill in (turning_six, young):
        make.paid(bill, 267, date(2026, 12, 31))
        make.paid(bill, 533, date(2027, 1, 1))

    assert years_said(1, turning_six)["Encadrement"] == [2026]
    assert years_said(2, young)["Encadrement"] == [2026, 2027]


def test_what_is_owed_counts_in_the_year_in_which_it_can_still_be_paid(billing: None) -> None:
    household(1)
    bill = billed(1, 2, 3)

    with store.read() as read:
        this_year = tax_years_by_line(read, bill, bill.total_cents, date(2026, 12, 31))
        next_year = tax_years_by_line(read, bill, bill.total_cents, date(2027, 1, 1))

    care = next(line.seq for line in runs.lines(bill.id) if line.tax == "childcare")
    assert (this_year, next_year) == ({care: [2026]}, {})


def test_what_was_given_back_counts_no_more_and_its_credit_note_counts_in_its_own_year(
    billing: None,
) -> None:
    household(1, date(2021, 6, 1))
    bill = billed(1, 2, 3)
    make.paid(bill, 800, date(2026, 12, 20))
    care = next(line for line in runs.lines(bill.id) if line.tax == "childcare")

    with store.write() as write:
        provider = store.register.provider("ens")
        manual_credit_notes.issue_credit_note_for_lines(
            write, provider, bill.id, [(care.seq, 2)], "erreur", JANUARY
        )

    note = next(bill for bill in runs.bills(home(1)) if bill.of_invoice_id)
    assert years_said(1, bill)["Encadrement"] == []
    assert years_said(1, note) == {"Encadrement": [2027]}
