"""RPC of a provider's figures of money: sums of its own bills, and nobody in them."""

import re

from services.billing.bills.queries.income import income_between
from services.billing.handlers.caller_rights import holds_regie, provider_of
from services.billing.store import store
from shared.bus import PROVIDERS, Service, answers
from shared.contracts.billing import income as contracts
from shared.contracts.errors import BadRequest
from shared.contracts.message import Caller
from shared.dates.months import months_between

_PAGE = re.compile("[0-9]{0,6}")


class RegieFigures(Service):
    """The provider is the caller: sums of another's bills are not to be found."""

    @answers(contracts.income, callers=[PROVIDERS], right=holds_regie)
    def income(self, request: contracts.IncomeRequest, caller: Caller) -> contracts.IncomeAnswer:
        """Return what the bills of some months charge, by activity and band of quotients."""
        provider = provider_of(store, caller.principal)
        months = len(list(months_between(request.first, request.last)))
        if not 0 < months <= contracts.MOST_MONTHS:
            raise BadRequest(errors={"last": ["must be one to twelve months"]})
        if not _PAGE.fullmatch(request.after):
            raise BadRequest(errors={"after": ["is no page"]})
        with store.read() as read:
            return income_between(read, provider, request.first, request.last, request.after)
