"""A widening's request for approval as it is kept, and when it may still be decided. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.contracts.portal_gateway.widening_approvals import WAITING, AskedWidening

KEPT = timedelta(days=5 * 365 + 2)
"""After it was asked; the signed line of what was approved stays with the town file for good."""


@dataclass(frozen=True)
class Decision:
    """Decision of an agent of the office: `verdict` is APPROVED or REFUSED."""

    verdict: str
    reason: str
    subject: str
    name: str
    at: datetime


@dataclass(frozen=True)
class ApprovalRequest:
    """
    Exactly what the town file asked for, with every decision on it, the last one in force.

    `taken_at`: an approval was handed over to be signed. `withdrawn_at`: the town file asks for it
    no more, or it was approved by command.
    """

    id: str
    widenings: Sequence[AskedWidening]
    decisions: Sequence[Decision]
    asked_at: datetime
    taken_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def verdict(self) -> str:
        return self.decisions[-1].verdict if self.decisions else WAITING

    @property
    def is_open(self) -> bool:
        """Say whether the office may decide, or decide otherwise."""
        return self.taken_at is None and self.withdrawn_at is None
