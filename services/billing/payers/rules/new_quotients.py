"""New quotients, and what each source may replace."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from shared.contracts.billing.prices.quotients import QUOTIENT_SOURCES

DECLARED, CHECKED, CORRECTED, IMPORTED, FETCHED = QUOTIENT_SOURCES
SEEN = (CHECKED, CORRECTED, FETCHED)
"""
An agent saw the statement, or the fund said it: what a family declares replaces it from a later day
alone.
"""
BACK = timedelta(days=366)
"""Days back for which a family may say its quotient; before, an agent sees the statement."""


@dataclass(frozen=True, slots=True)
class NewQuotient:
    """A quotient to record: cents a month, both days included; `fund_proof`: a fund's reference."""

    household_id: str
    cents: int
    kind: str
    valid_from: date
    valid_to: date | None
    source: str
    fund_proof: str = ""


@dataclass
class ImportedQuotients:
    """Quotients of other software that are `new`, and counts of those that are not recorded."""

    new: list[NewQuotient] = field(default_factory=list)
    same: int = 0
    kept: int = 0


def split_imported_quotients(
    rows: Sequence[NewQuotient], recorded: Collection[NewQuotient]
) -> ImportedQuotients:
    """
    Return which imported quotients are new, as `recorded` are those of their households.

    Where a family or an agent has said anything, nothing is taken in (`kept`).
    """
    said_here = {each.household_id for each in recorded if each.source != IMPORTED}
    known = set(recorded)
    found = ImportedQuotients()
    for row in rows:
        if row in known:
            found.same += 1
        elif row.household_id in said_here:
            found.kept += 1
        else:
            found.new.append(row)
            known.add(row)
    return found
