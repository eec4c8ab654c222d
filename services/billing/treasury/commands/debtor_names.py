"""Writes how debtors are called, as the accountant's file wants it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from services.billing.models import DebtorName, Invoice
from shared.contracts.billing.regie.treasury import WrittenDebtor
from shared.contracts.errors import NotFound
from shared.database import Write


def write_debtor_names(
    write: Write, regie: str, debtors: Sequence[WrittenDebtor], *, by: str, at: datetime
) -> None:
    """
    Store civility, first and last name of debtors of a régie's bills; the last word holds.

    Raises NotFound for a household that has no bill of the régie.
    """
    named = {(debtor["household_id"], debtor["name"]): debtor for debtor in debtors}
    billed = select(Invoice.household_id).where(
        Invoice.regie == regie,
        Invoice.household_id.in_({household_id for household_id, _ in named}),
    )
    known = set(write.scalars(billed.distinct()))
    for (household_id, name), debtor in sorted(named.items()):
        if household_id not in known:
            raise NotFound
        said = {
            **{part: debtor[part].strip() for part in ("civility", "first_name", "last_name")},
            "written_by": by,
            "written_at": at,
        }
        row = write.upsert_into(DebtorName).values(
            regie=regie, household_id=household_id, name=name, **said
        )
        write.execute(
            row.on_conflict_do_update(index_elements=["regie", "household_id", "name"], set_=said)
        )
