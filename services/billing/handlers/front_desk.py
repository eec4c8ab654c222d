"""Requests of the town's front desk, in the name of an agent who holds a régie."""

from services.billing.accounts.queries import front_desk_accounts
from services.billing.handlers.caller_rights import AGENT, name_of_regie_right
from services.billing.store import store
from shared.bus import FRONT_DESK, Service, answers, right
from shared.contracts.billing import front_desk as contracts
from shared.contracts.errors import NotFound
from shared.contracts.message import Caller
from shared.contracts.values import OfHousehold
from shared.dates.clock import now, today
from shared.person import roles_on
from shared.register import Provider


@right("holds a régie, whose own bills alone are shown")
def holds_any_regie(_service: object, caller: Caller, _request: object) -> bool:
    """Say whether an agent of the front desk holds the régie of some provider today."""
    return caller.kind == AGENT and bool(_providers_with_regie_held(caller))


class FrontDesk(Service):
    """Bills of a régie that the agent does not hold are not there."""

    @answers(contracts.accounts_at_counter, callers=[FRONT_DESK], right=holds_any_regie)
    def accounts_at_counter(
        self, request: OfHousehold, caller: Caller
    ) -> contracts.AccountsAtCounterAnswer:
        with store.read() as read:
            return contracts.AccountsAtCounterAnswer(
                front_desk_accounts.accounts_for_front_desk(
                    read, _providers_with_regie_held(caller), request.household_id, now()
                )
            )

    @answers(contracts.payer_of_bill, callers=[FRONT_DESK], right=holds_any_regie)
    def payer_of_bill(
        self, request: contracts.PayerOfBillRequest, caller: Caller
    ) -> contracts.PayerOfBillAnswer:
        with store.read() as read:
            found = front_desk_accounts.payer_of_bill(
                read, _providers_with_regie_held(caller), request.number
            )
        if found is None:
            raise NotFound
        return contracts.PayerOfBillAnswer(found)


def _providers_with_regie_held(caller: Caller) -> list[Provider]:
    """Return the providers whose régie this agent holds today."""
    with store.read() as read:
        held = roles_on(read, caller.subject, today())
    return [each for each in store.register.now.providers if name_of_regie_right(each.code) in held]
