"""
Where a household lives, dated: said once by its guardians, and sealed with the household's key.

An address holds until the next one begins. The same day again corrects it, and what no longer
holds stays: a month is priced by where the household lived then.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.dossier.models import IMPORT, HouseholdAddress
from services.dossier.sections.rules.projections import Content
from services.dossier.store import vault
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.database.chunks import chunks
from shared.dates.instant import When

FIRST_DAY = date(2000, 1, 1)
DAYS_AHEAD = 366
SEALED = ("street", "postcode", "commune")


def addresses_of(session: Session, household_ids: Collection[str]) -> dict[str, list[Content]]:
    """Return by household its dated addresses, the latest first."""
    found: dict[str, list[Content]] = {household_id: [] for household_id in household_ids}
    for some in chunks(sorted(found)):
        rows = session.scalars(
            select(HouseholdAddress)
            .where(HouseholdAddress.household_id.in_(some))
            .order_by(HouseholdAddress.valid_from.desc())
            .execution_options(populate_existing=True)
        ).all()
        if len(rows) > 1:
            vault.prepare({row.household_id for row in rows})
        for row in rows:
            found[row.household_id].append(_opened(row))
    return found


def refuse_far(valid_from: date, when: When) -> None:
    """Raise BadRequest for a day that is a slip of the pen: too long ago, or too far ahead."""
    if valid_from < FIRST_DAY:
        raise BadRequest(errors={"valid_from": ["Cette date est avant l’an 2000."]})
    if (valid_from - when.day).days > DAYS_AHEAD:
        raise BadRequest(errors={"valid_from": ["Cette date est dans plus d’un an."]})


def keep_address(
    write: Write, household_id: str, address: Mapping[str, Any], *, by: str, when: When
) -> None:
    """Note where a household lives from a day on; the same day again corrects it."""
    valid_from: date = address["valid_from"]
    row = write.get(HouseholdAddress, (household_id, valid_from), populate_existing=True)
    version = row.version + 1 if row else 1
    content = {name: address[name] for name in SEALED}
    values: dict[str, Any] = {
        "insee": address["insee"],
        "version": version,
        "content": vault.seal(household_id, _place(valid_from, version), content),
        "changed_at": when.moment,
        "changed_by": by,
    }
    if row is None:
        write.add(HouseholdAddress(household_id=household_id, valid_from=valid_from, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    write.flush()


def take_over_address(
    write: Write, household_id: str, address: Mapping[str, Any], when: When
) -> None:
    """Note the address that another software had, unless a guardian has said one since."""
    said = select(HouseholdAddress.household_id).where(
        HouseholdAddress.household_id == household_id, HouseholdAddress.changed_by != IMPORT
    )
    known = addresses_of(write, [household_id])[household_id]
    if dict(address) not in known and write.scalar(said.limit(1)) is None:
        keep_address(write, household_id, address, by=IMPORT, when=when)


def forget_addresses(write: Write, household_ids: Collection[str]) -> None:
    """Erase the addresses of households in which no child lives any more."""
    for some in chunks(household_ids):
        write.execute(delete(HouseholdAddress).where(HouseholdAddress.household_id.in_(some)))


def _opened(row: HouseholdAddress) -> Content:
    sealed = vault.open(row.household_id, _place(row.valid_from, row.version), row.content)
    return {"valid_from": row.valid_from, "insee": row.insee, **sealed}


def _place(valid_from: date, version: int) -> str:
    return f"household_address.{valid_from.isoformat()}.{version}"
