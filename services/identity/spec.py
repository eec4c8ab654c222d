"""Identity as a town runs it."""

from shared.bus.service_spec import Need, ServiceSpec

SPEC = ServiceSpec(
    name="identity",
    service="services.identity.service:IdentityService",
    folder="identity",
    signer="services.identity.signer",
    needs=frozenset({Need.PORTAL, Need.MAIL}),
)
