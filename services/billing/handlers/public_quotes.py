"""What billing answers whoever looks prices up, without an account."""

from types import SimpleNamespace
from typing import Any

from services.billing.quotes.queries import public as quoting
from services.billing.store import store
from shared.bus import PORTAL, Service, anonymous, answers
from shared.contracts.billing import quotes as contracts


class Visitors(Service):
    """Published prices are everybody's; of a household nothing is read here."""

    @answers(contracts.quote, callers=[PORTAL], right=anonymous)
    def quote(self, request: SimpleNamespace) -> dict[str, Any]:
        with store.read() as read:
            return {"quotes": quoting.quotes(read, request.cases)}
