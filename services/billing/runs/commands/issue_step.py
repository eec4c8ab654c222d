"""
Issuing: bills, numbers and entries of each household, chunk by chunk in the order of the run.

A chunk is one transaction. What it writes follows from the draft, the run's own moment and the
households' positions alone, so that done again after a crash it is what it would have been.
"""

from collections.abc import Sequence

from sqlalchemy import delete, select, tuple_, update

from services.billing.bills.commands import bill_cards, notices
from services.billing.bills.commands.credit_notes import post_credit_notes
from services.billing.bills.commands.invoices import post_invoices, write_bills
from services.billing.bills.rules.contents_of_new_bills import NewBill, Numbered
from services.billing.ledger.commands.locks import lock_cards
from services.billing.ledger.queries.balances import credits_of_households
from services.billing.models import BillingRun, ToBill
from services.billing.models.runs import DRAFT, FAILED
from services.billing.payments.commands.credits import use_credit_at_once, use_credits
from services.billing.runs.commands.draft_step import write_household_rows
from services.billing.runs.commands.opening import lock_run_state
from services.billing.runs.queries.issue_preparation import (
    Chunk,
    Order,
    decided_row,
    drafted_households,
    prepare_bills_of_chunk,
)
from services.billing.runs.queries.progress import next_households
from shared.contracts.billing.bills import CREDIT_NOTE
from shared.contracts.billing.regie.runs import FAULT, ISSUED, ISSUING
from shared.database import Store, Write
from shared.database.chunks import chunks
from shared.database.engines import is_database_away, is_lost_to_another
from shared.runtime.logs import log_error

AT_ONCE = 200
"""Months that one statement takes off: a database takes only so many parameters."""


def issue_next_households(store: Store, order: Order, size: int) -> None:
    """
    Issue the next households of a run; without any left it is issued.

    Where the database refuses one of them, each is issued on its own, and that one fails alone.
    """
    with store.read() as read:
        waiting = drafted_households(
            read, order.run_id, next_households(read, order.run_id, DRAFT, size)
        )
        chunk = prepare_bills_of_chunk(read, order, waiting)
    try:
        _write_bills_of_chunk(store, order, chunk)
    except Exception as error:
        if is_database_away(error) or is_lost_to_another(error):
            raise
        log_error("chunk_not_issued", error, run_id=order.run_id)
        for household_id in waiting:
            _issue_household(store, order, household_id)
    if len(waiting) < size:
        _end_run(store, order)


def _issue_household(store: Store, order: Order, household_id: str) -> None:
    with store.read() as read:
        waiting = drafted_households(read, order.run_id, [household_id])
        chunk = prepare_bills_of_chunk(read, order, waiting)
    try:
        _write_bills_of_chunk(store, order, chunk)
    except Exception as error:
        if is_database_away(error) or is_lost_to_another(error):
            raise
        log_error("household_not_issued", error, run_id=order.run_id, household_id=household_id)
        _mark_failed(store, order, household_id)


def _mark_failed(store: Store, order: Order, household_id: str) -> None:
    with store.write() as write:
        if lock_run_state(write, order.run_id) == ISSUING:
            shown = drafted_households(write, order.run_id, [household_id])
            write_household_rows(
                write, [decided_row(draft, FAILED, error=FAULT) for draft in shown.values()]
            )


def _write_bills_of_chunk(store: Store, order: Order, chunk: Chunk) -> None:
    """Write what was prepared, unless something changed since: then it is prepared anew here."""
    provider, regie = order.scope.provider.code, order.scope.regie
    with store.write() as write:
        if lock_run_state(write, order.run_id) != ISSUING or not chunk.shown:
            return
        lock_cards(write, provider, chunk.shown)
        if not _is_still_current(write, order, chunk):
            chunk = prepare_bills_of_chunk(
                write, order, drafted_households(write, order.run_id, chunk.shown)
            )
        numbered = write_bills(write, provider, regie, chunk.bills, order.issued_at)
        _post_bills_and_credits(write, order, chunk.bills)
        _clear_marks_to_bill(write, regie.code, chunk.done)
        if chunk.rows:
            write_household_rows(write, chunk.rows)
        publish_notices_and_cards(write, order, numbered)


def _is_still_current(write: Write, order: Order, chunk: Chunk) -> bool:
    """
    Return whether no month of these households was marked since preparation; lock the marks.

    Every change of a month's cost marks it (months_to_bill.py), and waits for this transaction.
    """
    rows = write.execute(
        select(ToBill.household_id, ToBill.month, ToBill.touched)
        .where(
            ToBill.regie == order.scope.regie.code,
            ToBill.month <= order.scope.until,
            ToBill.household_id.in_(chunk.shown),
        )
        .order_by(ToBill.household_id, ToBill.month)
        .with_for_update()
    )
    locked = {(household_id, month): mark for household_id, month, mark in rows}
    known = {
        (household_id, month): mark
        for household_id, context in chunk.now.contexts.items()
        for month, mark in context.marks.items()
    }
    return locked == known and drafted_households(write, order.run_id, chunk.shown) == chunk.shown


def _post_bills_and_credits(write: Write, order: Order, bills: Sequence[NewBill]) -> None:
    """Post entries; what a household has too much pays what it owed before, then its new bill."""
    regie, at = order.scope.regie.code, order.issued_at
    notes = [bill for bill in bills if bill.kind == CREDIT_NOTE]
    invoices = [bill for bill in bills if bill.kind != CREDIT_NOTE]
    post_credit_notes(write, regie, notes, at)
    use_credit_at_once(
        write, regie, sorted({note.household_id for note in notes}), at, order.run_id
    )
    post_invoices(write, regie, invoices, at)
    credit = credits_of_households(write, regie, [bill.household_id for bill in invoices])
    payable = [(bill.household_id, bill.id) for bill in invoices if credit[bill.household_id] > 0]
    use_credits(write, regie, payable, at)


def _clear_marks_to_bill(write: Write, regie: str, done: Sequence[tuple[str, str, int]]) -> None:
    """Delete the marks of billed months, unless they were marked again since."""
    key = tuple_(ToBill.household_id, ToBill.month, ToBill.touched)
    for chunk_of_done in chunks(done, AT_ONCE):
        homes = {household_id for household_id, _, _ in chunk_of_done}
        rows = delete(ToBill).where(
            ToBill.regie == regie, ToBill.household_id.in_(homes), key.in_(chunk_of_done)
        )
        write.execute(rows.execution_options(synchronize_session=False))


def publish_notices_and_cards(write: Write, order: Order, numbered: Sequence[Numbered]) -> None:
    """Publish notices of bills, once each, and cards with the whole balance."""
    provider, at = order.scope.provider.code, order.issued_at
    for bill in numbered:
        kind = "credit_note_issued" if bill.bill.kind == CREDIT_NOTE else "bill_issued"
        detail = {
            "number": bill.number,
            "month": bill.bill.month,
            "cents": bill.bill.total_cents,
            "due_on": bill.due_on,
        }
        notices.publish_notice(
            write, provider, bill.bill.household_id, f"bill:{bill.bill.id}", kind, detail, at
        )
    bill_cards.publish_changed_cards(
        write, provider, {bill.bill.household_id for bill in numbered}, at
    )


def _end_run(store: Store, order: Order) -> None:
    with store.write() as write:
        if lock_run_state(write, order.run_id) != ISSUING:
            return
        if not next_households(write, order.run_id, DRAFT, 1):
            done = update(BillingRun).where(BillingRun.id == order.run_id)
            write.execute(done.values(state=ISSUED))
