"""Forgets registrations that were never sent, never decided, or decided a while ago."""

from collections.abc import Sequence

from sqlalchemy import select

from services.dossier.models import Registration
from services.dossier.registrations.commands.registration_steps import erase_registration
from shared.database import Write
from shared.dates.instant import Instant


def erase_due_registrations(
    write: Write, registration_ids: Sequence[str], when: Instant
) -> list[str]:
    """Erase those registrations that are still due; return their ids, for their keys to go."""
    gone = []
    held = select(Registration).where(
        Registration.id.in_(registration_ids), Registration.forget_on <= when.day
    )
    for registration in write.scalars(held.order_by(Registration.id).with_for_update()).all():
        gone.append(registration.id)
        erase_registration(write, registration)
    return gone
