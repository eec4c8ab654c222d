"""RPC of a provider's figures of money: sums of its own bills and grids, which name no person."""

import re

from services.billing.bills.queries.income import income_between
from services.billing.grid_replays.commands.replay_steps import order_replay
from services.billing.grid_replays.queries.last_replay import last_replay_of_tariff
from services.billing.handlers.caller_rights import calling_provider, is_regie_agent
from services.billing.quantities.queries.hours_by_benefit_fund import hours_by_fund
from services.billing.store import store
from shared.bus import PROVIDERS, Service, answers
from shared.contracts.billing.figures import hours_by_benefit_fund
from shared.contracts.billing.figures import income as contracts
from shared.contracts.billing.prices import grid_replays
from shared.contracts.errors import BadRequest
from shared.contracts.message import Caller, Empty
from shared.database import Write
from shared.dates.clock import now
from shared.dates.months import months_between

_PAGE = re.compile("[0-9]{0,6}")


class RegieFigures(Service):
    """The provider is the caller: sums of another's bills are not to be found."""

    @answers(contracts.income, callers=[PROVIDERS], right=is_regie_agent)
    def income(self, request: contracts.IncomeRequest, caller: Caller) -> contracts.IncomeAnswer:
        """Return what the bills of some months charge, by activity and band of quotients."""
        provider = calling_provider(store, caller.principal)
        _refuse_more_than_a_year(request.first, request.last)
        if not _PAGE.fullmatch(request.after):
            raise BadRequest(errors={"after": ["is no page"]})
        with store.read() as read:
            return income_between(read, provider, request.first, request.last, request.after)

    @answers(hours_by_benefit_fund.fund_hours, callers=[PROVIDERS], right=is_regie_agent)
    def fund_hours(
        self, request: hours_by_benefit_fund.FundHoursRequest, caller: Caller
    ) -> hours_by_benefit_fund.FundHoursAnswer:
        """Return how minutes of presence are parted among the families' funds."""
        provider = calling_provider(store, caller.principal)
        with store.read() as read:
            rows = hours_by_fund(read, provider.code, request.sittings)
        return hours_by_benefit_fund.FundHoursAnswer(rows)

    @answers(grid_replays.order_replay, callers=[PROVIDERS], right=is_regie_agent)
    def order_replay(
        self, write: Write, request: grid_replays.OrderReplayRequest, caller: Caller
    ) -> Empty:
        """Let the worker replay a grid over past quantities."""
        _refuse_more_than_a_year(request.first, request.last)
        order_replay(write, calling_provider(store, caller.principal), request, now())
        return Empty()

    @answers(grid_replays.read_replay, callers=[PROVIDERS], right=is_regie_agent)
    def read_replay(
        self, request: grid_replays.ReplayRequest, caller: Caller
    ) -> grid_replays.ReplayAnswer:
        """Return the last replay of a tariff, as far as it is."""
        provider = calling_provider(store, caller.principal)
        with store.read() as read:
            return last_replay_of_tariff(read, provider.code, request.tariff)


def _refuse_more_than_a_year(first: str, last: str) -> None:
    months = len(list(months_between(first, last)))
    if not 0 < months <= contracts.MOST_MONTHS:
        raise BadRequest(errors={"last": ["must be one to twelve months"]})
