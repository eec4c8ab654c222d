"""The dossier as a town runs it."""

from shared.bus.service_spec import ServiceSpec

SPEC = ServiceSpec(
    name="dossier",
    service="services.dossier.service:DossierService",
    folder="dossier",
    comes_first=True,
    not_of_trials=frozenset({"activity_counted"}),  # histories are real children's
)
