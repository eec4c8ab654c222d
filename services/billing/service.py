"""Billing's table of contents: what it hears and answers stands in `answers/`, by who asks."""

from services.billing.answers.facts import Facts
from services.billing.store import store
from shared.person import standings


class BillingService(Facts):
    """
    The service that alone holds quotients and prices (rule R11), and every provider's bills.

    It is told how much of what came of which household's day, and learns nothing else of a child.
    """

    name = "billing"
    store = store
    standing = staticmethod(standings(store))  # type: ignore[assignment]
    inbox_days = 400
