"""Publishes guardian cards to the portal: whole, versioned per guardian, when one changes."""

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import Executable, Row, Table, bindparam, select, update
from sqlalchemy.orm import Session

from services.dossier.digest_and_chain_keys import DIGESTS, ensure_own_key, own_key
from services.dossier.households.queries.guardianships import all_guardians_of
from services.dossier.households.queries.ids_of_joined_files import kept_id_by_other_id
from services.dossier.households.queries.trial_children import trial_members_among
from services.dossier.models import GuardianCard
from services.dossier.sections.rules.digests import content_digest
from services.dossier.sharing.guardian_cards.queries import cards_by_guardian
from services.dossier.sharing.rules.access_policy import AccessPolicy
from shared.contracts.dossier import guardians as contracts
from shared.database import Write
from shared.database.prebuilt_statements import among_parameter, execute, rows_among, store_rows
from shared.dates.instant import Instant

DIGESTED_AS = "guardian_card"

_cards = cast(Table, GuardianCard.__table__)
_LOCKED = (
    select(_cards)
    .where(_cards.c.guardian_id.in_(among_parameter()))
    .order_by(_cards.c.guardian_id)
    .with_for_update()
)
_MOVED = (
    update(_cards)
    .where(_cards.c.guardian_id == bindparam("of_guardian"))
    .values(version=bindparam("new_version"), digest=bindparam("new_digest"))
)


def publish_cards_of_children(
    write: Write, policy: AccessPolicy, child_ids: Collection[str], when: Instant
) -> None:
    """Publish the cards of all who answer for these children, where they changed."""
    read = {*child_ids, *kept_id_by_other_id(write, child_ids).values()}
    publish_cards(write, policy, all_guardians_of(write, read), when)


def publish_cards(
    write: Write, policy: AccessPolicy, guardian_ids: Collection[str], when: Instant
) -> None:
    """
    Publish each guardian's card where it changed.

    The cards are held before they are read, always in the same order and after the children: of two
    writes for one guardian, the second publishes what both did.
    """
    cards = _lock_cards(write, guardian_ids)
    contents = cards_by_guardian(write, cards.keys(), policy.principals, when.day)
    key = ensure_own_key(write, DIGESTS)
    for guardian_id, card in cards.items():
        digest = content_digest(key, guardian_id, DIGESTED_AS, contents[guardian_id])
        if digest != card.digest:
            version = card.version + 1
            moved = {"of_guardian": guardian_id, "new_version": version, "new_digest": digest}
            execute(write, _MOVED, **moved)
            write.publish(
                contracts.guardian_card,
                contracts.GuardianCard(
                    subject=guardian_id, version=version, at=when.moment, **contents[guardian_id]
                ),
            )


def cards_as_published(
    read: Session, policy: AccessPolicy, guardian_ids: Collection[str], when: Instant
) -> dict[str, contracts.GuardianCard]:
    """Return the cards of these guardians that are as they were last published."""
    contents = cards_by_guardian(read, guardian_ids, policy.principals, when.day)
    key = own_key(read, DIGESTS) or b""
    return {
        row.guardian_id: contracts.GuardianCard(
            subject=row.guardian_id,
            version=row.version,
            at=when.moment,
            **contents[row.guardian_id],
        )
        for row in read.scalars(
            select(GuardianCard).where(GuardianCard.guardian_id.in_(guardian_ids))
        )
        if row.digest
        == content_digest(key, row.guardian_id, DIGESTED_AS, contents[row.guardian_id])
    }


def _lock_cards(write: Write, guardian_ids: Collection[str]) -> dict[str, Row[Any]]:
    """Hold the cards until the commit, made where there is none, by guardian in order."""
    guardians = sorted(set(guardian_ids) - trial_members_among(write, guardian_ids))
    if not guardians:
        return {}
    fresh = [{"guardian_id": each, "version": 0, "digest": ""} for each in guardians]
    store_rows(write, _make_insert_of_missing_cards, fresh)
    return {card.guardian_id: card for card in rows_among(write, _LOCKED, guardians)}


def _make_insert_of_missing_cards(write: Write) -> Executable:
    return write.upsert_into(_cards).on_conflict_do_nothing()
