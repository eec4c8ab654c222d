"""What billing hears: the quantities of every provider; and operations' questions."""

from types import SimpleNamespace

from services.billing import quantities
from services.billing.store import store
from shared.bus import PROVIDERS, Service, hears
from shared.clock import now
from shared.contracts import attendance
from shared.contracts.errors import NotAllowed
from shared.database import Write


class BillingService(Service):
    """
    The service that alone will hold quotients and prices (rule R11).

    It is told how much of what came of which household's day, and learns nothing else of a child.
    """

    name = "billing"
    store = store
    inbox_days = 400

    @hears(attendance.attendance_recorded, sources=[PROVIDERS])
    def on_attendance_recorded(self, write: Write, fact: SimpleNamespace) -> None:
        """The provider is who tells it, never a field: nobody counts in another's name."""
        provider = store.register.provider_of(fact.source)
        if provider is None:
            raise NotAllowed(caller=fact.source)
        quantities.record(write, provider.code, fact, now())
