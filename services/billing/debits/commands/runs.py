"""
Runs of debits: a day's bills by the mandates that allow it, one file for the bank, its rejects.

A bill that is being debited has an open payment, so that nobody is asked to pay it a second time.
"""

from collections.abc import Sequence
from datetime import date, datetime, time

from services.billing.bills.commands import cards, notices
from services.billing.bills.queries.lists import readable_number
from services.billing.debits.queries.mandates import usable
from services.billing.debits.queries.runs import Due, due
from services.billing.debits.rules.creditors import earliest_of
from services.billing.debits.rules.pain008 import Collection, pain_of
from services.billing.debits.rules.sequences import sequence_of
from services.billing.ledger.commands import numbers
from services.billing.ledger.commands.locks import hold_cards
from services.billing.models import Debit, DebitRun, Invoice, Payment
from services.billing.models.ledger import DEBITS
from shared.contracts.billing.bills import DEBIT, PENDING
from shared.contracts.billing.debits import ENDING, ORDERED, WITHDRAWN, TooEarly
from shared.contracts.errors import Outdated
from shared.database import Write
from shared.database.sealing import Sealer
from shared.dates.clock import PARIS
from shared.register import Provider, Regie
from shared.runtime.ids import new_id

NOON = time(12, tzinfo=PARIS)


def order(
    write: Write,
    provider: Provider,
    regie: Regie,
    collect_on: date,
    seen: tuple[int, int],
    sealer: Sealer,
    *,
    by: str,
    at: datetime,
) -> str:
    """
    Debit what was seen on a day: payments on their way, families told, and the bank's file.

    Raises TooEarly, and Outdated where it is something else by now.
    """
    first = earliest_of(regie, at)
    if collect_on < first:
        raise TooEarly(earliest=first.isoformat())
    hold_cards(write, provider.code, usable(write, regie.code, collect_on))
    debits = due(write, regie, collect_on)
    if not debits or (len(debits), sum(each.cents for each in debits)) != seen:
        raise Outdated
    sequences = _sequences(debits, collect_on)
    file = pain_of(regie, _collections(debits, sequences, collect_on, sealer))
    day = at.astimezone(PARIS).date()
    run_id = new_id()
    run = DebitRun(
        id=run_id,
        provider=provider.code,
        regie=regie.code,
        fiscal_year=day.year,
        sequence=numbers.take(write, regie.code, day.year, DEBITS),
        state=ORDERED,
        collect_on=collect_on,
        ordered_at=at,
        ordered_by=by,
        file=sealer.seal_bytes(run_id, file),
    )
    write.add(run)
    write.flush()
    for each, sequence in zip(debits, sequences, strict=True):
        _plan(write, run, each, sequence, at)
    cards.refresh(write, provider.code, {each.bill.household_id for each in debits}, at)
    return run_id


def _sequences(debits: Sequence[Due], on: date) -> list[str]:
    """Return which debit of its mandate each is: of two on one day the second follows the first."""
    used: dict[str, date | None] = {}
    found = []
    for each in debits:
        mandate = each.mandate
        last = used.get(mandate.id, mandate.used_on)
        found.append(sequence_of(mandate.kind, mandate.state, last))
        used[mandate.id] = on
    return found


def _collections(
    debits: Sequence[Due], sequences: Sequence[str], on: date, sealer: Sealer
) -> Sequence[Collection]:
    found = []
    for each, sequence in zip(debits, sequences, strict=True):
        holder, iban, bic = sealer.open(each.mandate.id, each.mandate.account)
        number = _number(each.bill)
        signed = each.mandate.signed_on
        about = f"Facture {number}"
        said = (each.bill.number, holder, iban, bic, each.cents, sequence, on)
        found.append(Collection(*said, each.mandate.rum, signed, about))
    return found


def _plan(write: Write, run: DebitRun, one: Due, sequence: str, at: datetime) -> None:
    """Write one debit's payment, on its way; the family is told the day and the amount."""
    payment = Payment(
        id=new_id(),
        provider=run.provider,
        regie=run.regie,
        household_id=one.bill.household_id,
        invoice_id=one.bill.id,
        means=DEBIT,
        cents=one.cents,
        state=PENDING,
        created_at=at,
        received_on=run.collect_on,
    )
    write.add(payment)
    write.flush()
    said = {"invoice_id": one.bill.id, "cents": one.cents, "sequence": sequence}
    write.add(Debit(payment_id=payment.id, run_id=run.id, mandate_id=one.mandate.id, **said))
    one.mandate.used_on = run.collect_on
    if one.mandate.state == ENDING:
        one.mandate.state, one.mandate.ended_at = WITHDRAWN, at
    write.flush()
    detail = {
        "number": _number(one.bill),
        "month": one.bill.month,
        "cents": one.cents,
        "debit_on": run.collect_on,
    }
    key = f"debit:{payment.id}"
    notices.notify(write, run.provider, one.bill.household_id, key, "debit_coming", detail, at)


def _number(bill: Invoice) -> str:
    return readable_number(bill.regie, bill.fiscal_year, bill.sequence)
