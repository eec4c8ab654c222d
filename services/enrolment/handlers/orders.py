"""Orders of families: made as a request, or signed while this provider was down."""

from typing import TypeVar

from services.enrolment.families.rules.order_time import When
from services.enrolment.handlers.regimes import regimes_of
from services.enrolment.orders.commands import dispatch as orders
from services.enrolment.orders.commands.signed import Acts
from shared.bus import PORTAL, Service, subscribes
from shared.contracts import portal
from shared.contracts.message import Caller, Delivery, Method
from shared.database import Write
from shared.dates.clock import now
from shared.person.signed_orders import OrderVerifier

Q = TypeVar("Q")
A = TypeVar("A")


class Orders(Service):
    """One decision for both ways in which an order comes (`services/enrolment/orders/`)."""

    @subscribes(portal.family_act, sources=[PORTAL])
    def on_family_act(self, write: Write, event: portal.FamilyAct, delivery: Delivery) -> None:
        """Do what a family ordered while this provider was down, and publish what became of it."""
        here, settings = self.settings.principal, self.settings
        former = [(each.key, each.until) for each in settings.former_verify_keys]
        verifier = OrderVerifier(settings.token_verify_key, former)
        acts = Acts(here, verifier, lambda: regimes_of(settings))
        acts.settle(write, event, delivery.source, now())

    def _ordered(self, method: Method[Q, A], write: Write, request: Q, caller: Caller) -> A:
        regimes = regimes_of(self.settings)
        return orders.carry_out(method, write, request, caller, When.at_once(), regimes)
