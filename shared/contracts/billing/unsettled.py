"""Counts of what is open at a provider's régies, for operations before it leaves the town."""

from dataclasses import dataclass

from shared.contracts.message import Method
from shared.contracts.values import Code

OWNER = "billing"


@dataclass(frozen=True)
class UnsettledRequest:
    provider: Code


@dataclass(frozen=True)
class UnsettledAnswer:
    """Counts and sums of a provider's régies; of no household. Nobody settles them without it."""

    months_to_bill: int
    runs: int
    """Begun, and not issued."""
    owed_bills: int
    owed_cents: int
    plans: int
    """Granted and kept, or asked for."""
    disputes: int
    payments: int
    """Online or by direct debit, without a result yet."""
    cash_cents: int
    """Cash in its boxes, as the ledger says."""
    paper_cents: int
    """Cheques and titles on paper, taken and on no deposit slip yet."""
    suspense_cents: int
    """Taken, and nobody knows for whom."""
    advance_cents: int
    """Payments of families beyond what they owe there."""


read_unsettled = Method(OWNER, "read_unsettled", UnsettledRequest, UnsettledAnswer)
"""Counted as of now; nothing is changed."""
