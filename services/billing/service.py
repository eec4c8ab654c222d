"""Billing's table of contents: what it hears and answers stands in `handlers/`, by who asks."""

from services.billing.handlers.counter import Counter
from services.billing.handlers.debits import Debits
from services.billing.handlers.documents import Documents
from services.billing.handlers.events import Facts
from services.billing.handlers.families import Families
from services.billing.handlers.online_payments import Payments
from services.billing.handlers.operations import Demonstration, Past
from services.billing.handlers.public_quotes import Visitors
from services.billing.handlers.regie_payers import RegiePayers
from services.billing.handlers.regie_runs import RegieRuns
from services.billing.handlers.treasury import Treasury
from services.billing.jobs.daily import Daily
from services.billing.metrics import of_payments, of_runs
from services.billing.store import store
from shared.person import standings


class BillingService(
    Facts,
    Families,
    Visitors,
    RegiePayers,
    RegieRuns,
    Daily,
    Documents,
    Payments,
    Counter,
    Treasury,
    Debits,
    Past,
    Demonstration,
):
    """
    The service that alone holds quotients and prices (rule R11), and every provider's bills.

    It is told how much of what came of which household's day, and learns nothing else of a child.
    """

    name = "billing"
    store = store
    standing = staticmethod(standings(store))  # type: ignore[assignment]
    inbox_days = 400
    measuring = (of_payments, of_runs)
