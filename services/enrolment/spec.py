"""Enrolment as a town runs it: a service and a desk for each provider."""

from shared.bus.service_spec import Live, Principals, ServiceSpec, Web

SPEC = ServiceSpec(
    name="enrolment",
    service="services.enrolment.service:EnrolmentService",
    folder="enrolment",
    principals=Principals.EACH_PROVIDER,
    web=Web(
        application="services.enrolment.desk.app:create_app()",
        process="desk",
        port=20,
        live=Live("services.enrolment.desk.live_app:create_app()", port=70),
    ),
    reply_slots=8,
    push_slots=6,
    shares_events=True,
)
