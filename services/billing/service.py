"""Billing's table of contents: what it hears and answers stands in `answers/`, by who asks."""

from services.billing.answers.counter import Counter
from services.billing.answers.daily import Daily
from services.billing.answers.debits import Debits
from services.billing.answers.demonstration import Demonstration
from services.billing.answers.documents import Documents
from services.billing.answers.facts import Facts
from services.billing.answers.families import Families
from services.billing.answers.past import Past
from services.billing.answers.payments import Payments
from services.billing.answers.regie_payers import RegiePayers
from services.billing.answers.regie_runs import RegieRuns
from services.billing.answers.treasury import Treasury
from services.billing.answers.visitors import Visitors
from services.billing.measures import of_payments, of_runs
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
