"""Bills that one act pays: all that are late, or all of one due date. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.portal_gateway.bills.rules.bills import Bill, Payment


@dataclass(frozen=True)
class BillsDue:
    """Bills to pay together, and the failed payments among them; `due_on` is the earliest day."""

    bills: Sequence[Bill]
    failed: Sequence[Payment]
    late: bool

    @property
    def due_on(self) -> date:
        return min(bill.due_on for bill in self.bills)

    @property
    def cents(self) -> int:
        return sum(bill.asked_cents for bill in self.bills)


def bills_by_due_date(
    unpaid: Iterable[Bill], failed: Sequence[Payment], day: date
) -> list[BillsDue]:
    """Return what is to pay by due date, what is late as one; each bill is in one of them."""
    groups: dict[date | None, list[Bill]] = {}
    for bill in unpaid:
        groups.setdefault(None if bill.is_late(day) else bill.due_on, []).append(bill)
    due = [
        BillsDue(bills, _payments_of_bills(failed, bills), late=due_on is None)
        for due_on, bills in groups.items()
    ]
    return sorted(due, key=lambda each: each.due_on)


def _payments_of_bills(failed: Iterable[Payment], bills: Iterable[Bill]) -> list[Payment]:
    ids = {bill.invoice_id for bill in bills}
    return [payment for payment in failed if payment.invoice_id in ids]
