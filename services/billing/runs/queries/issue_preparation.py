"""
Preparation of an issue: a chunk's bills, computed anew and compared with the draft.

Bills' ids and keys follow from the run and the household's position, so that done again after a
crash they are the same.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from services.billing.bills.rules.contents_of_new_bills import (
    NewBill,
    make_credit_note,
    make_invoice,
    payment_key_of,
)
from services.billing.bills.rules.draft import Draft, group_by_bill
from services.billing.models import RunHousehold
from services.billing.models.runs import DECIDED, DRAFT, FAILED
from services.billing.runs.queries.drafts import Drafted, Scope, drafts_of_households
from services.billing.runs.rules.recount_sentence import recount_sentence

CHANGED, BILLED = "changed", "issued"

DraftedRow = Row[*tuple[object, ...]]
"""The shown columns of a drafted household: `_SHOWN`."""

_HOUSEHOLD = RunHousehold.__table__.c
_SHOWN = (
    _HOUSEHOLD.run_id, _HOUSEHOLD.household_id, _HOUSEHOLD.position, _HOUSEHOLD.state,
    _HOUSEHOLD.total_cents, _HOUSEHOLD.last_month_cents, _HOUSEHOLD.anomalies, _HOUSEHOLD.digest,
    _HOUSEHOLD.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """An issued run: what dates its bills, and the secret from which their keys follow."""

    run_id: str
    seed: str
    issued_at: datetime
    scope: Scope


@dataclass(slots=True)
class Chunk:
    """Some households on their way to their bills: how they were drafted, and what they are now."""

    shown: Mapping[str, DraftedRow]
    now: Drafted
    bills: list[NewBill] = field(default_factory=list)
    rows: list[dict[str, object]] = field(default_factory=list)
    done: list[tuple[str, str, int]] = field(default_factory=list)


def prepare_bills_of_chunk(
    session: Session, order: Order, waiting: Mapping[str, DraftedRow]
) -> Chunk:
    """Compute what some households' bills are now, and what is to be written of them."""
    chunk = Chunk(waiting, drafts_of_households(session, order.scope, waiting))
    for household_id, shown in waiting.items():
        draft = chunk.now.drafts.get(household_id)
        if shown.state == FAILED or draft is None:
            error = chunk.now.errors.get(household_id, shown.error)
            chunk.rows.append(decided_row(shown, FAILED, error=error))
        elif draft.digest != shown.digest:
            chunk.rows.append(decided_row(shown, CHANGED))
        else:
            _add_bills_of_household(order, chunk, shown, draft)
    return chunk


def _add_bills_of_household(order: Order, chunk: Chunk, shown: DraftedRow, draft: Draft) -> None:
    bills = _bills_of_household(order, chunk, shown, draft)
    chunk.bills += bills
    chunk.rows.append(decided_row(shown, BILLED if bills else draft.state, bills))
    marks = chunk.now.contexts[shown.household_id].marks
    chunk.done += [(shown.household_id, month, marks[month]) for month in sorted(draft.done)]


def _bills_of_household(
    order: Order, chunk: Chunk, shown: DraftedRow, draft: Draft
) -> list[NewBill]:
    """Return a household's credit notes, one for each bill that is corrected, and its invoice."""
    household_id, month = shown.household_id, order.scope.until
    payer = chunk.now.contexts[household_id].block
    bills = []
    for place, taken in enumerate(group_by_bill(draft.taken).values(), 1):
        bill_id = bill_id_of(order, shown.position, place)
        key = payment_key_of(order.seed, bill_id)
        bills.append(
            make_credit_note(
                bill_id, household_id, month, taken, key=key, payer=payer, run_id=order.run_id,
                reason=recount_sentence(taken, draft.added),
            )
        )  # fmt: skip
    if draft.becomes_invoice:
        bill_id = bill_id_of(order, shown.position, 0)
        key = payment_key_of(order.seed, bill_id)
        bills.append(
            make_invoice(
                bill_id, household_id, month, draft.added, key=key, payer=payer, run_id=order.run_id
            )
        )
    return bills


def bill_id_of(order: Order, position: int, place: int) -> str:
    """
    Return the id of a bill of a run: the same each time, and sorting as it is written.

    In its moment, position and place within the household; then what distinguishes runs. Ids in no
    order would have each bill's lines written into another page of the index.
    """
    at = int(order.issued_at.timestamp() * 1000)
    run = uuid.UUID(order.run_id).int & (1 << 30) - 1
    number = at << 80 | 0x8 << 76 | (place & 0xFFF) << 64 | 0b10 << 62 | position << 30 | run
    return str(uuid.UUID(int=number))


def drafted_households(
    session: Session, run_id: str, household_ids: Collection[str]
) -> Mapping[str, DraftedRow]:
    """Return the rows of those of these households that are drafted and not decided, by id."""
    conditions = (RunHousehold.run_id == run_id, RunHousehold.step == DRAFT)
    rows = session.execute(
        select(*_SHOWN)
        .where(*conditions, RunHousehold.household_id.in_(household_ids))
        .order_by(RunHousehold.position)
    )
    return {row.household_id: row for row in rows}


def decided_row(
    shown: DraftedRow, state: str, bills: Sequence[NewBill] = (), error: str = ""
) -> dict[str, object]:
    """Return a run's row of a household after issuing; its invoice is the last of its bills."""
    return {
        "run_id": shown.run_id,
        "household_id": shown.household_id,
        "position": shown.position,
        "step": DECIDED,
        "state": state,
        "total_cents": shown.total_cents,
        "last_month_cents": shown.last_month_cents,
        "anomalies": shown.anomalies,
        "digest": shown.digest,
        "error": error,
        "invoice_id": bills[-1].id if bills else None,
    }
