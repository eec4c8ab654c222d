"""
Inputs of pricing for a run, read for some hundred households at once in few statements.

Columns and tuples, no mapped objects: a town's run reads millions of quantities.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.billing.bills.queries.net_lines import billed_lines
from services.billing.bills.rules.draft import IssuedLine
from services.billing.models import Dispute, Invoice
from services.billing.payers.queries.payers import address_blocks_of, payers_by_household
from services.billing.pricing.rules.inputs_and_lines import Payer, Place, Quantity
from services.billing.quantities.queries.counted_quantities import (
    counted_by_month,
    due_months_by_household,
)
from shared.database.chunks import ordered_chunks

Counts = tuple[Sequence[Quantity], Sequence[Place]]


@dataclass(frozen=True, slots=True)
class Context:
    """
    One household at one régie, with the months that are to be priced.

    `months` holds, by month, what was counted of each (with the part that this household owes) and
    the places that began by its end; `marks` the mark of each in ToBill. `billed` holds the lines
    of these months on bills that are issued. `block` is the address block, a name alone where no
    address is known. `disputed`: a line that the family reported as wrong is undecided.
    """

    payer: Payer
    block: tuple[str, ...]
    months: Mapping[str, Counts]
    marks: Mapping[str, int]
    billed: Mapping[str, Sequence[IssuedLine]]
    disputed: bool


def load_pricing_contexts(
    session: Session,
    provider: str,
    regie: str,
    household_ids: Collection[str],
    until_month: str,
    on: date,
) -> Mapping[str, Context]:
    """
    Return by household its context at a régie: what is to be billed of months up to `until_month`.

    `on` is the day of the address block. A household without anything to bill has no months.
    """
    marks = due_months_by_household(session, regie, household_ids, until_month)
    payers = payers_by_household(session, household_ids)
    blocks = address_blocks_of(session, household_ids, on)
    months = counted_by_month(session, provider, regie, marks)
    billed = billed_lines(session, regie, marks)
    disputed = disputing_households(session, regie, household_ids)
    return {
        household_id: Context(
            payers[household_id],
            blocks[household_id],
            months[household_id],
            marks[household_id],
            billed[household_id],
            household_id in disputed,
        )
        for household_id in household_ids
    }


def disputing_households(
    session: Session, regie: str, household_ids: Collection[str]
) -> Collection[str]:
    """Return those of the households with an undecided report of a wrong line."""
    return {
        household_id
        for chunk in ordered_chunks(household_ids)
        for household_id in session.scalars(
            select(Invoice.household_id)
            .join(Dispute, Dispute.invoice_id == Invoice.id)
            .where(
                Dispute.resolved_at.is_(None),
                Invoice.regie == regie,
                Invoice.household_id.in_(chunk),
            )
        )
    }
