"""The counter of a provider's régie, with an agent who holds it, and how a family reads it."""

from types import SimpleNamespace
from typing import Any

from services.billing.bills.queries.bill_cards import card_contents_by_household
from services.billing.payments.commands.credits import use_credits
from services.billing.service import BillingService
from services.billing.store import store
from services.portal_gateway.bills.rules import bills as family_bills
from shared.dates.clock import now, today
from tests.factories import money as make


class Desk:
    """RPC of a régie's agent to billing through the provider's desk."""

    def __init__(self, service: BillingService, provider: str = "ens") -> None:
        self._service = service
        self._provider = provider
        self.agent = make.agent(provider)

    def asks(self, name: str, **payload: Any) -> SimpleNamespace:
        caller = f"enrolment_{self._provider}"
        return make.answer(self._service, name, self.agent, caller, **payload)

    def money(self, means: str, cents: int) -> dict[str, Any]:
        """Return what every taking says."""
        return {
            "regie": self._provider,
            "means": means,
            "cents": cents,
            "received_on": today(),
        }

    def takes(self, means: str, cents: int, **more: Any) -> SimpleNamespace:
        return self.asks("take_payment", **self.money(means, cents) | more)

    def closes(self, counted_cents: int, **more: Any) -> int:
        """Close today; return the difference."""
        values = {"regie": self._provider, "day": today(), "counted_cents": counted_cents}
        return self.asks("close_day", **values | more).difference_cents

    def deposits(self, kind: str, **more: Any) -> SimpleNamespace:
        return self.asks("deposit", regie=self._provider, kind=kind, day=today(), **more)

    def uses_credit(self, household_id: str, invoice_id: str) -> int:
        """Let the household's credit pay a bill, as a run does at issue."""
        with store.write() as write:
            used = use_credits(write, self._provider, [(household_id, invoice_id)], now())
            return used.get(invoice_id, 0)


def payments_read(home: str) -> list[family_bills.Payment]:
    """Return the payments of a household as its pages read them from the card."""
    with store.read() as read:
        rows = card_contents_by_household(read, "ens", [home], now())[home]["payments"]
    return [family_bills.Payment.from_card_row("ens", row) for row in rows]
