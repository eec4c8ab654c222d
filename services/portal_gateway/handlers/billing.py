"""Events of billing: cards and notices of bills."""

from services.portal_gateway.bills.commands import keep_bill_card
from services.portal_gateway.notices.commands.notices import keep_bill_notice
from services.portal_gateway.session.commands.closing_sessions import mark_provider_available
from shared.bus import BILLING, Service, subscribes
from shared.contracts.billing import bills
from shared.contracts.message import Delivery
from shared.database import Write
from shared.dates.clock import now


class BillingEvents(Service):
    """Events that billing alone publishes, for every provider."""

    @subscribes(bills.bill_card, sources=[BILLING])
    def on_bill_card(self, write: Write, event: bills.BillCard, _delivery: Delivery) -> None:
        """Keep what one household owes and paid at one provider."""
        mark_provider_available(write, BILLING)
        keep_bill_card(write, event)

    @subscribes(bills.bill_notice, sources=[BILLING])
    def on_bill_notice(self, write: Write, event: bills.BillNotice, _delivery: Delivery) -> None:
        """Store a notice about bills to a household, once."""
        mark_provider_available(write, BILLING)
        keep_bill_notice(write, event, now())
