"""Billing's table of contents: its handlers are in `handlers/`, by caller."""

from collections.abc import Iterable
from datetime import datetime

from services.billing.handlers.comparison import PUBLISHED, STORED
from services.billing.handlers.debits import Debits
from services.billing.handlers.documents import Documents
from services.billing.handlers.events import Events
from services.billing.handlers.families import Families
from services.billing.handlers.front_desk import FrontDesk
from services.billing.handlers.held_data import HELD
from services.billing.handlers.online_payments import Payments
from services.billing.handlers.ops_requests import Demonstration, Past, Unsettled
from services.billing.handlers.prices.public_quotes import Visitors
from services.billing.handlers.prices.quotients import Quotients
from services.billing.handlers.regie.counter import Counter
from services.billing.handlers.regie.figures import RegieFigures
from services.billing.handlers.regie.letters import Letters
from services.billing.handlers.regie.payers import RegiePayers
from services.billing.handlers.regie.payment_plans import PaymentPlans
from services.billing.handlers.regie.runs import RegieRuns
from services.billing.handlers.regie.treasury import Treasury
from services.billing.jobs.months_and_due_dates import Daily
from services.billing.metrics import account_metrics, fund_metrics, payment_metrics, run_metrics
from services.billing.store import store
from shared.bus import PORTAL
from shared.bus.comparison import answers_subscribers
from shared.database import Read
from shared.database.watching.metrics import Metric
from shared.person import account_status_lookup


def _metrics_of_own_key(read: Read, _moment: datetime) -> Iterable[Metric]:
    return account_metrics(read, BillingService.settings.key_encryption_key)


@answers_subscribers(PORTAL)
class BillingService(
    Events,
    Families,
    Quotients,
    FrontDesk,
    Visitors,
    RegiePayers,
    RegieRuns,
    RegieFigures,
    Daily,
    Documents,
    Payments,
    PaymentPlans,
    Counter,
    Treasury,
    Debits,
    Letters,
    Past,
    Unsettled,
    Demonstration,
):
    """
    The service that alone holds quotients and prices (rule R11), and every provider's bills.

    It receives quantities of households' days, and nothing else of a child.
    """

    name = "billing"
    store = store
    held = HELD
    account_status = staticmethod(account_status_lookup(store))  # type: ignore[assignment]
    inbox_days = 400
    published = PUBLISHED
    stored = STORED
    metric_sources = (payment_metrics, run_metrics, fund_metrics, _metrics_of_own_key)
