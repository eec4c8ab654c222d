"""Moves of a household, said by one of its guardians."""

from services.dossier.households.commands.addresses import keep_address
from services.dossier.households.commands.households_for_billing import (
    lock_household_versions,
    publish_locked_households,
)
from services.dossier.households.rules.address_dates import refuse_unlikely_address_date
from shared.contracts.dossier.guardians import Address, MoveHouseholdRequest
from shared.contracts.errors import Outdated
from shared.database import Write
from shared.dates.instant import Instant
from shared.register import Register


def move_household(
    write: Write, register: Register, request: MoveHouseholdRequest, *, by: str, when: Instant
) -> int:
    """
    Note where a household lives from a day on and notify billing; return the household's version.

    A commune of the town file is called as it is there. Raises BadRequest for a day too far away,
    Outdated where something of the household changed since the version that was read.
    """
    refuse_unlikely_address_date(request.valid_from, when)
    locked = lock_household_versions(write, [request.household_id])
    row = locked[request.household_id]
    if row.version != request.base_version:
        raise Outdated(version=row.version)
    communes = {commune.insee: commune.name for commune in register.now.communes}
    address = Address(
        street=request.street,
        postcode=request.postcode,
        insee=request.insee,
        commune=communes.get(request.insee, request.commune),
        valid_from=request.valid_from,
    )
    keep_address(write, request.household_id, address, by=by, when=when)
    publish_locked_households(write, locked, when)
    return row.version
