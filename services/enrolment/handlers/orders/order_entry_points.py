"""Orders of families: made as a request, or signed while this provider was down."""

from collections.abc import Mapping
from typing import TypeVar

from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.handlers.orders import dispatch as orders
from services.enrolment.handlers.orders.signed_orders import SignedOrders
from shared.bus import PORTAL, Service, subscribes
from shared.contracts.message import Caller, Delivery, Method
from shared.contracts.portal_gateway import portal_events
from shared.database import Write
from shared.dates.clock import now
from shared.person.signed_orders import OrderVerifier
from shared.settings import Settings

Q = TypeVar("Q")
A = TypeVar("A")


class Orders(Service):
    """One decision for both kinds of orders (dispatch.py)."""

    @subscribes(portal_events.family_act, sources=[PORTAL])
    def on_family_act(
        self, write: Write, event: portal_events.FamilyAct, delivery: Delivery
    ) -> None:
        """Carry out what a family ordered while this provider was down, and publish the outcome."""
        principal, settings = self.settings.principal, self.settings
        former = [(key.key, key.until) for key in settings.former_verify_keys]
        verifier = OrderVerifier(settings.token_verify_key, former)
        signed_orders = SignedOrders(principal, verifier, lambda: regimes_of_provider(settings))
        signed_orders.carry_out(write, event, delivery.source, now())

    def _carry_out_order(self, method: Method[Q, A], write: Write, request: Q, caller: Caller) -> A:
        regimes = regimes_of_provider(self.settings)
        return orders.carry_out_order(method, write, request, caller, OrderTime.at_once(), regimes)


def regimes_of_provider(settings: Settings) -> Mapping[str, str]:
    """Return the regime by activity code, for the provider whose settings these are."""
    provider = settings.register.provider_of(settings.principal)
    return {activity.code: activity.regime for activity in provider.activities} if provider else {}
