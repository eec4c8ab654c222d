"""Seals a registration's content as its next version, and closes a decided registration."""

from services.dossier.models import Registration
from services.dossier.registrations.queries.registration_by_reference import (
    sealed_place_of_registration,
)
from services.dossier.registrations.rules.codes_and_retention import day_to_forget_registration
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.dossier.registrations import ACCEPTED
from shared.dates.instant import Instant


def store_registration_content(registration: Registration, content: Content, when: Instant) -> None:
    """Seal a registration's content as its next version; it is kept for a while longer."""
    registration.version += 1
    registration.content = vault.seal(
        registration.id, sealed_place_of_registration(registration.version), content
    )
    registration.forget_on = day_to_forget_registration(registration.state, when.day)


def close_registration(
    registration: Registration, state: str, by: str, when: Instant, reason: str = ""
) -> None:
    """Close a registration: what was written goes now, its key within the hour (`retention`)."""
    registration.state, registration.content, registration.reason = state, None, reason
    registration.decided_at, registration.decided_by = when.moment, by
    registration.forget_on = day_to_forget_registration(ACCEPTED, when.day)
