"""
Publishes households to billing: whole, versioned per household, whenever one changes.

The rows are locked before they are read, so that of two writes the second publishes what both did.
"""

from collections.abc import Collection, Mapping
from operator import itemgetter

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from services.dossier.digest_and_chain_keys import DIGESTS, ensure_own_key, own_key
from services.dossier.households.queries.households_for_billing import homes_for_billing
from services.dossier.households.queries.trial_children import trial_members_among
from services.dossier.models import Household, HouseholdVersion
from services.dossier.sections.rules.digests import content_digest
from shared.contracts.dossier import guardians as contracts
from shared.database import Write
from shared.database.chunks import chunks
from shared.dates.instant import Instant

DIGESTED_AS = "household_changed"


def lock_household_versions(
    write: Write, household_ids: Collection[str]
) -> dict[str, HouseholdVersion]:
    """
    Lock the published versions of these households until the commit, in order of their ids.

    Call it after locking the children, before the guardians' cards, and before an address is
    written or read: of two writes for one household, the second publishes what both did.
    """
    locked: dict[str, HouseholdVersion] = {}
    for batch in chunks(sorted(set(household_ids) - trial_members_among(write, household_ids))):
        fresh = [
            {"household_id": household_id, "version": 0, "digest": ""} for household_id in batch
        ]
        write.execute(write.upsert_into(HouseholdVersion).values(fresh).on_conflict_do_nothing())
        rows = (
            select(HouseholdVersion)
            .where(HouseholdVersion.household_id.in_(batch))
            .order_by(HouseholdVersion.household_id)
            .with_for_update()
        )
        locked.update((row.household_id, row) for row in write.scalars(rows))
    return locked


def publish_households(write: Write, household_ids: Collection[str], when: Instant) -> None:
    """Publish to billing each of these households if it changed."""
    publish_locked_households(write, lock_household_versions(write, household_ids), when)


def publish_locked_households(
    write: Write, locked: Mapping[str, HouseholdVersion], when: Instant
) -> None:
    """Publish to billing the locked households that changed."""
    contents = homes_for_billing(write, locked.keys(), when.day)
    key = ensure_own_key(write, DIGESTS)
    for household_id, row in locked.items():
        content = contents[household_id]
        digest = content_digest(key, household_id, DIGESTED_AS, content)
        if digest != row.digest:
            row.version, row.digest = row.version + 1, digest
            write.publish(
                contracts.household_changed,
                contracts.HouseholdChanged(
                    household_id=household_id, version=row.version, **content
                ),
            )
    write.flush()


def households_as_published(
    read: Session, household_ids: Collection[str], when: Instant
) -> dict[str, contracts.HouseholdChanged]:
    """
    Return the households that are as they were last published, each list in order of its ids.

    Those without a guardian are left out: billing keeps what it had of their name.
    """
    contents = homes_for_billing(read, household_ids, when.day)
    key = own_key(read, DIGESTS) or b""
    rows = select(HouseholdVersion).where(HouseholdVersion.household_id.in_(household_ids))
    found = {}
    for row in read.scalars(rows):
        content = contents[row.household_id]
        digest = content_digest(key, row.household_id, DIGESTED_AS, content)
        if digest == row.digest and content["guardians"]:
            found[row.household_id] = contracts.HouseholdChanged(
                household_id=row.household_id,
                version=row.version,
                guardians=sorted(content["guardians"], key=itemgetter("subject")),
                addresses=sorted(content["addresses"], key=itemgetter("valid_from")),
                children=sorted(content["children"], key=itemgetter("child_id")),
                protected=content.get("protected", False),
                deceased=content.get("deceased", []),
            )
    return found


def forget_household_versions(write: Write, household_ids: Collection[str]) -> None:
    """Forget the versions of deleted households; the last one published was empty."""
    gone = ~exists().where(Household.id == HouseholdVersion.household_id)
    for batch in chunks(household_ids):
        write.execute(
            delete(HouseholdVersion).where(HouseholdVersion.household_id.in_(batch), gone)
        )
