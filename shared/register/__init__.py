"""
The register: permitted calls, subscriptions, and entitlements to projections with their reasons.

`deploy` compiles it from the town file and the code's declarations; processes read it here.
"""

from shared.register.compiled.register_file import PrincipalNotFound, ProviderNotFound, Register
from shared.register.compiled.snapshot import Snapshot, parse_register
from shared.register.providers.offices import (
    Administrator,
    Controller,
    Cooks,
    FrontDesk,
    Office,
    Provider,
    Role,
)
from shared.register.providers.regies import PES_SETTINGS, Finance, PaymentPlanLimits, Regie
from shared.register.providers.states import (
    ENDED,
    ENDING_TRIAL,
    LEAVING,
    REVOKED,
    RUNNING,
    STATES,
    SUSPENDED,
    TRIAL,
)
from shared.register.retention import (
    REFERENCE_DATES,
    Announced,
    Conversations,
    Section,
    length_in_words,
)
from shared.register.row_types_of_register import Call, Delivery, Entitlement, Principal
from shared.register.town import (
    ApiParticulier,
    Commune,
    Counter,
    Identity,
    Legal,
    OpenIdProvider,
    Town,
    TownNotice,
)
