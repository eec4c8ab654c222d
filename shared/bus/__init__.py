"""Message bus of the kit: `answers`, `subscribes`, `every`. Only this package imports nameko."""

from shared.bus.service_declarations import (
    Service,
    anonymous,
    answers,
    every,
    right,
    service_only,
    subscribes,
    subscribes_together,
)
from shared.register.declarations import (
    BILLING,
    CATERERS,
    CUSTOMERS,
    DEMO_OPS,
    DOSSIER,
    FRONT_DESK,
    IDENTITY,
    OPS,
    PORTAL,
    PROVIDERS,
    SERVICES,
)

__all__ = [
    "BILLING",
    "CATERERS",
    "CUSTOMERS",
    "DEMO_OPS",
    "DOSSIER",
    "FRONT_DESK",
    "IDENTITY",
    "OPS",
    "PORTAL",
    "PROVIDERS",
    "SERVICES",
    "Service",
    "anonymous",
    "answers",
    "every",
    "right",
    "service_only",
    "subscribes",
    "subscribes_together",
]
