"""Billing as a town runs it: its worker runs months and asks PayFiP, and delays no request."""

from shared.bus.service_spec import Need, ServiceSpec, Worker

SPEC = ServiceSpec(
    name="billing",
    service="services.billing.service:BillingService",
    folder="billing",
    workers=(Worker("billing_worker", "services.billing.worker"),),
    needs=frozenset({Need.PORTAL, Need.PAYFIP, Need.PES_SCHEMAS}),
    with_trials=False,
)
