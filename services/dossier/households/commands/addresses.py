"""
Addresses of a household, entered once by its guardians, and sealed with the household's key.

The same day again corrects an address; what no longer holds stays.
"""

from collections.abc import Collection

from sqlalchemy import delete, select

from services.dossier.households.queries.addresses import (
    addresses_by_household,
    fields_to_seal,
    sealed_place_of_address,
)
from services.dossier.models import IMPORT, HouseholdAddress
from services.dossier.store import vault
from shared.contracts.dossier.guardians import Address
from shared.database import Write
from shared.database.chunks import chunks
from shared.dates.clock import PARIS
from shared.dates.instant import Instant
from shared.text.folding import folded


def keep_address(
    write: Write, household_id: str, address: Address, *, by: str, when: Instant
) -> None:
    """
    Note where a household lives from a day on; the same day again corrects it.

    Where the address in force that day has the same words, capitals and accents aside, it stays
    said when it was, with its proof. A letter that differs may be another street: that is said now.
    """
    valid_from = address["valid_from"]
    before = write.scalar(
        select(HouseholdAddress)
        .where(
            HouseholdAddress.household_id == household_id,
            HouseholdAddress.valid_from <= valid_from,
        )
        .order_by(HouseholdAddress.valid_from.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    row = before if before and before.valid_from == valid_from else None
    same = before is not None and any(
        each["valid_from"] == before.valid_from
        and _words_of_address(each) == _words_of_address(address)
        for each in addresses_by_household(write, [household_id])[household_id]
    )
    version = row.version + 1 if row else 1
    content = fields_to_seal(address)
    values: dict[str, object] = {
        "insee": address["insee"],
        "version": version,
        "content": vault.seal(household_id, sealed_place_of_address(valid_from, version), content),
        "changed_at": before.changed_at if before and same else when.moment,
        "changed_by": by,
    }
    if row is None:
        write.add(HouseholdAddress(household_id=household_id, valid_from=valid_from, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    write.flush()


def _words_of_address(address: Address) -> tuple[str, str]:
    return address["insee"], folded(" ".join(fields_to_seal(address).values()))


def copy_addresses(write: Write, former_home: str, new_home: str, *, by: str) -> None:
    """Give a new home the addresses of a former one, each said when it was said there."""
    said_at = HouseholdAddress.valid_from, HouseholdAddress.changed_at
    there = HouseholdAddress.household_id == former_home
    said = dict(write.execute(select(*said_at).where(there)).all())
    for address in addresses_by_household(write, [former_home])[former_home]:
        moment = said[address["valid_from"]]
        when = Instant(moment, moment.astimezone(PARIS).date())
        keep_address(write, new_home, address, by=by, when=when)


def keep_imported_address(write: Write, household_id: str, address: Address, when: Instant) -> None:
    """Note the address that another software had, unless a guardian has said one since."""
    said = select(HouseholdAddress.household_id).where(
        HouseholdAddress.household_id == household_id, HouseholdAddress.changed_by != IMPORT
    )
    known = addresses_by_household(write, [household_id])[household_id]
    if address not in known and write.scalar(said.limit(1)) is None:
        keep_address(write, household_id, address, by=IMPORT, when=when)


def forget_addresses(write: Write, household_ids: Collection[str]) -> None:
    """Erase the addresses of households in which no child lives any more."""
    for batch in chunks(household_ids):
        write.execute(delete(HouseholdAddress).where(HouseholdAddress.household_id.in_(batch)))
