"""
Runs of debits: a day's bills by the mandates that allow it, one file for the bank, its rejects.

A bill that is being debited has an open payment, so that no payer is asked to pay it twice.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from services.billing.bills.commands import bill_cards, notices
from services.billing.bills.queries.listed_bills_and_payments import readable_number
from services.billing.bills.rules.contents_of_new_bills import is_asking_back
from services.billing.debits.queries.debit_runs import Due, bills_to_debit
from services.billing.debits.queries.mandates import usable_mandates
from services.billing.debits.rules.banking_days import banking_day_from
from services.billing.debits.rules.pain008 import Collection, pain_file
from services.billing.debits.rules.regies_collecting_by_debit import earliest_day_to_collect
from services.billing.debits.rules.sequences import sequence_type_of_debit
from services.billing.ledger.commands import gapless_numbers
from services.billing.ledger.commands.locks import lock_cards
from services.billing.models import Debit, DebitRun, Invoice, Mandate, Payment
from services.billing.models.ledger import DEBITS
from shared.contracts.billing.bills import DEBIT, PENDING
from shared.contracts.billing.debits import ENDING, ORDERED, WITHDRAWN, NoBankingDay, TooEarly
from shared.contracts.errors import Outdated
from shared.database import Write
from shared.database.keys.sealing import Sealer
from shared.dates.clock import PARIS
from shared.register import Provider, Regie
from shared.runtime.ids import new_id


def debit_bills_of_day(
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
    Debit what was seen on a day: pending payments, notices to families, and the bank's file.

    Raises TooEarly, NoBankingDay, and Outdated where it is something else by now.
    """
    first = earliest_day_to_collect(regie, at)
    if collect_on < first:
        raise TooEarly(earliest=first.isoformat())
    if (next_day := banking_day_from(collect_on)) != collect_on:
        raise NoBankingDay(next=next_day.isoformat())
    mandates = _lock_mandates(write, provider, regie, collect_on)
    debits = bills_to_debit(write, regie, mandates, collect_on)
    if not debits or (len(debits), sum(debit.cents for debit in debits)) != seen:
        raise Outdated
    sequences = _sequences_of_debits(debits, collect_on)
    file = pain_file(regie, _collections_of_debits(debits, sequences, collect_on, sealer))
    day = at.astimezone(PARIS).date()
    run_id = new_id()
    run = DebitRun(
        id=run_id,
        provider=provider.code,
        regie=regie.code,
        fiscal_year=day.year,
        sequence=gapless_numbers.take_numbers(write, regie.code, day.year, DEBITS),
        state=ORDERED,
        collect_on=collect_on,
        ordered_at=at,
        ordered_by=by,
        file=sealer.seal_bytes(run_id, file),
    )
    write.add(run)
    write.flush()
    for debit, sequence in zip(debits, sequences, strict=True):
        _write_pending_debit(write, run, debit, sequence, at)
    bill_cards.publish_changed_cards(
        write, provider.code, {debit.bill.household_id for debit in debits}, at
    )
    return run_id


def _lock_mandates(
    write: Write, provider: Provider, regie: Regie, on: date
) -> Mapping[str, Mandate]:
    """
    Return by household the mandates usable on a day, locked with the household's card.

    One that a family is just withdrawing is waited for, and not debited. Whose mandate came since
    the cards were locked waits for the next run.
    """
    homes = lock_cards(write, provider.code, usable_mandates(write, regie.code, on))
    mandates = usable_mandates(write, regie.code, on, locked=True)
    return {home: mandate for home, mandate in mandates.items() if home in homes}


def _sequences_of_debits(debits: Sequence[Due], on: date) -> list[str]:
    """Return which debit of its mandate each is: of two on one day the second follows the first."""
    used: dict[str, date | None] = {}
    sequences = []
    for debit in debits:
        mandate = debit.mandate
        last = used.get(mandate.id, mandate.used_on)
        sequences.append(sequence_type_of_debit(mandate.kind, mandate.state, last))
        used[mandate.id] = on
    return sequences


def _collections_of_debits(
    debits: Sequence[Due], sequences: Sequence[str], on: date, sealer: Sealer
) -> Sequence[Collection]:
    collections = []
    for debit, sequence in zip(debits, sequences, strict=True):
        holder, iban, bic = sealer.open(debit.mandate.id, debit.mandate.account)
        number = _readable_bill_number(debit.bill)
        signed = debit.mandate.signed_on
        about = f"Facture {number}"
        columns = (debit.bill.number, holder, iban, bic, debit.cents, sequence, on)
        collections.append(Collection(*columns, debit.mandate.rum, signed, about))
    return collections


def _write_pending_debit(
    write: Write, run: DebitRun, debit: Due, sequence: str, at: datetime
) -> None:
    """Write one debit's pending payment; notify the family of the day and the amount."""
    payment = Payment(
        id=new_id(),
        provider=run.provider,
        regie=run.regie,
        household_id=debit.bill.household_id,
        invoice_id=debit.bill.id,
        means=DEBIT,
        cents=debit.cents,
        state=PENDING,
        created_at=at,
        received_on=run.collect_on,
    )
    write.add(payment)
    write.flush()
    values = {"invoice_id": debit.bill.id, "cents": debit.cents, "sequence": sequence}
    write.add(Debit(payment_id=payment.id, run_id=run.id, mandate_id=debit.mandate.id, **values))
    debit.mandate.used_on = run.collect_on
    if debit.mandate.state == ENDING:
        debit.mandate.state, debit.mandate.ended_at = WITHDRAWN, at
    write.flush()
    detail = {
        "number": _readable_bill_number(debit.bill),
        "month": debit.bill.month,
        "cents": debit.cents,
        "debit_on": run.collect_on,
        "asks_back": is_asking_back(debit.bill.kind, debit.bill.reason),
    }
    key = f"debit:{payment.id}"
    notices.notify_unless_on_hold(
        write, run.provider, debit.bill.household_id, key, "debit_coming", detail, at
    )


def _readable_bill_number(bill: Invoice) -> str:
    return readable_number(bill.regie, bill.fiscal_year, bill.sequence)
