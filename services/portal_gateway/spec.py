"""The families' portal as a town runs it."""

from shared.bus.service_spec import Live, Need, ServiceSpec, Web

SPEC = ServiceSpec(
    name="portal",
    service="services.portal_gateway.service:PortalService",
    folder="portal_gateway",
    web=Web(
        application="services.portal_gateway.app:create_app()",
        process="portal_web",
        port=10,
        workers=2,
        live=Live("services.portal_gateway.pages.live_app:create_app()", port=13, workers=2),
    ),
    needs=frozenset({Need.PORTAL}),
    reply_slots=10,
    push_slots=8,
    with_trials=False,
)
