"""
Addresses of a household, dated, and sealed with the household's key.

An address holds until the next one begins. What no longer holds stays: a month is priced by where
the household lived then.
"""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.dossier.models import HouseholdAddress
from services.dossier.store import vault
from shared.contracts.dossier.guardians import Address
from shared.database.chunks import chunks


def addresses_by_household(
    session: Session, household_ids: Collection[str]
) -> dict[str, list[Address]]:
    """Return by household its dated addresses, the latest first."""
    found: dict[str, list[Address]] = {household_id: [] for household_id in household_ids}
    for batch in chunks(sorted(found)):
        rows = session.scalars(
            select(HouseholdAddress)
            .where(HouseholdAddress.household_id.in_(batch))
            .order_by(HouseholdAddress.valid_from.desc())
            .execution_options(populate_existing=True)
        ).all()
        if len(rows) > 1:
            vault.prepare_keys({row.household_id for row in rows})
        for row in rows:
            found[row.household_id].append(_unsealed_address(row))
    return found


def address_said_at(session: Session, household_id: str, day: date) -> datetime | None:
    """
    Return when the household said where it lives on that day: a proof seen before is of another.

    None of one that says it lives nowhere yet. Of where it will live later the day has nothing.
    """
    in_force = (
        select(HouseholdAddress.changed_at)
        .where(HouseholdAddress.household_id == household_id, HouseholdAddress.valid_from <= day)
        .order_by(HouseholdAddress.valid_from.desc())
    )
    return session.scalar(in_force.limit(1))


def _unsealed_address(row: HouseholdAddress) -> Address:
    sealed = vault.open(
        row.household_id, sealed_place_of_address(row.valid_from, row.version), row.content
    )
    return Address(
        street=sealed["street"],
        postcode=sealed["postcode"],
        insee=row.insee,
        commune=sealed["commune"],
        valid_from=row.valid_from,
    )


def fields_to_seal(address: Address) -> dict[str, str]:
    """Return as much of an address as is sealed."""
    return {
        "street": address["street"],
        "postcode": address["postcode"],
        "commune": address["commune"],
    }


def sealed_place_of_address(valid_from: date, version: int) -> str:
    return f"household_address.{valid_from.isoformat()}.{version}"
