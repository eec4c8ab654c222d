"""The town's front desk as a town runs it that has one."""

from shared.bus.service_spec import Principals, ServiceSpec, Web

SPEC = ServiceSpec(
    name="front_desk",
    service="services.portal_gateway.front_desk.service:FrontDeskService",
    folder="portal_gateway/front_desk",
    principals=Principals.IF_LISTED,
    web=Web(
        application="services.portal_gateway.front_desk.app:create_app()",
        process="front_desk_web",
        port=16,
    ),
    reply_slots=8,
    not_of_trials=frozenset({"figures_published"}),  # the council would count invented children
)
