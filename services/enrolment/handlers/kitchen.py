"""Orders of meals between a provider and its caterer: each end receives from the other alone."""

from services.enrolment.kitchen.commands import orders, received_orders
from shared.bus import CATERERS, CUSTOMERS, Service, subscribes
from shared.contracts.enrolment.kitchen import meal_orders
from shared.contracts.message import Delivery
from shared.database import Write
from shared.runtime.logs import log


class Kitchens(Service):
    """A caterer stores numbers of its customers, a customer what its caterer says to them."""

    @subscribes(meal_orders.meals_ordered, sources=[CUSTOMERS])
    def on_meals_ordered(
        self, write: Write, event: meal_orders.MealsOrdered, delivery: Delivery
    ) -> None:
        """Store a version of a customer's order; what comes from another provider is dropped."""
        register = self.settings.register
        here = register.provider_of(self.settings.principal)
        customer = register.provider_of(delivery.source)
        if not (here and here.cooks and customer and customer.code in here.cooks.customers):
            log("order_of_no_customer", source=delivery.source)
            return
        received_orders.store_order(write, customer.code, event)

    @subscribes(meal_orders.order_answered, sources=[CATERERS])
    def on_order_answered(
        self, write: Write, event: meal_orders.OrderAnswered, _delivery: Delivery
    ) -> None:
        """Write what the caterer said to a version of an order, once."""
        orders.store_answer_of_caterer(write, event)
