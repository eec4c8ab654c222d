"""The bus part of the kit: answers, hears, every; the only place that knows nameko and eventlet."""

from shared.bus.declare import Service, anonymous, answers, every, hears, right, service_only
from shared.register.declarations import (
    BILLING,
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
    "hears",
    "right",
    "service_only",
]
