"""Quotes of prices for visitors without an account."""

from services.billing.quotes.queries import public_quotes
from services.billing.store import store
from shared.bus import PORTAL, Service, anonymous, answers
from shared.contracts.billing.prices import public_price_cases as contracts
from shared.contracts.message import Caller


class Visitors(Service):
    """Published prices are everybody's; of a household nothing is read here."""

    @answers(contracts.quote, callers=[PORTAL], right=anonymous)
    def quote(self, request: contracts.QuoteRequest, _caller: Caller) -> contracts.QuoteAnswer:
        with store.read() as read:
            return contracts.QuoteAnswer(public_quotes.quotes_of_cases(read, request.cases))
