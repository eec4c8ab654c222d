"""What billing answers: operations' questions, and nothing else yet."""

from services.billing.models import Base
from shared.bus import Service
from shared.database import Store

store = Store("billing", Base.metadata)


class BillingService(Service):
    """
    The service that alone will hold quotients and prices (rule R11).

    It has its principal, its database and its place on the bus, and may learn nothing of a child.
    """

    name = "billing"
    store = store
