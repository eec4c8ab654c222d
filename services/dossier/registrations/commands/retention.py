"""Forgets registrations that were never sent, never decided, or decided a while ago."""

from collections.abc import Sequence

from sqlalchemy import select

from services.dossier.data_protection.retention.commands import forget_adults_and_homes
from services.dossier.models import Registration
from services.dossier.registrations.commands.registration_steps import erase_registration
from services.dossier.sharing.queries.current_access_policy import current_policy
from shared.database import Write
from shared.dates.instant import Instant


def erase_due_registrations(
    write: Write, registration_ids: Sequence[str], when: Instant
) -> list[str]:
    """
    Erase those registrations that are still due; return whose keys are to go.

    With its last registration goes a home that nothing else keeps: no child of it will ever be
    erased again, and its adults' accounts would stay open for good.
    """
    gone, guardians, homes = [], set(), set()
    held = select(Registration).where(
        Registration.id.in_(registration_ids), Registration.forget_on <= when.day
    )
    for registration in write.scalars(held.order_by(Registration.id).with_for_update()).all():
        gone.append(registration.id)
        if registration.household_id and registration.guardian_id:  # of a known family
            homes.add(registration.household_id)
            guardians.add(registration.guardian_id)
        erase_registration(write, registration)
    if not homes:
        return gone
    erased = forget_adults_and_homes(write, current_policy(), guardians, homes, when)
    return [*gone, *erased.childless, *erased.adults]
