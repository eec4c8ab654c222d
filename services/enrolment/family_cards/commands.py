"""
The card of a household: all that it sees of its children here, published on change.

A card is the whole present state, without history. `families.commands.cards` marks households whose
cards may have changed; their cards are published at the end of the same transaction.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from services.enrolment.family_cards.queries.household_view import children_by_household
from services.enrolment.models import CardVersion
from shared.contracts.enrolment.places import CardChild, FamilyCard, family_card
from shared.database import Write
from shared.dates.clock import PARIS

MOVED_AT_ONCE = 100
"""Most households whose window moves to a new day in one transaction."""

_cards = cast(Table, CardVersion.__table__)

Children = list[CardChild]


def publish_changed_cards(write: Write, household_ids: Collection[str], now: datetime) -> None:
    """Publish the cards of these households, those that changed."""
    if not household_ids:
        return
    write.flush()
    today = now.astimezone(PARIS).date()
    versions = _lock_cards(write, sorted(household_ids), today)
    contents = children_by_household(write, versions, today)
    moved = []
    for household_id, (version, digest) in versions.items():
        children = contents.get(household_id, [])
        new = _digest_children(children)
        if new != digest and (children or version):
            version += 1
            _publish_card(write, household_id, version, children, now)
            moved.append(_version_row(household_id, version, new, today))
    _store_versions(write, moved)
    _note_first_day(write, versions, today)


def cards_as_published(
    read: Session, household_ids: Collection[str], today: date, now: datetime
) -> dict[str, FamilyCard]:
    """Return the cards of these households that are as they were last published."""
    rows = read.execute(select(_cards).where(_cards.c.household_id.in_(list(household_ids)))).all()
    contents = children_by_household(read, [row.household_id for row in rows], today)
    return {
        row.household_id: FamilyCard(row.household_id, row.version, now, children)
        for row in rows
        if _digest_children(children := contents.get(row.household_id, [])) == row.digest
    }


def move_card_windows(write: Write, now: datetime) -> int:
    """Move some cards whose window began before today to it; return how many."""
    today = now.astimezone(PARIS).date()
    behind = select(_cards.c.household_id).where(_cards.c.first_day < today).limit(MOVED_AT_ONCE)
    households = write.scalars(behind).all()
    if households:
        publish_changed_cards(write, households, now)
    return len(households)


def _lock_cards(
    write: Write, household_ids: Iterable[str], today: date
) -> Mapping[str, tuple[int, str]]:
    """
    Lock these cards and return the version and digest of each.

    Called before the content is read: the second of two writers must see the first one's changes.
    """
    ids = list(household_ids)
    new = [_version_row(household_id, 0, "", today) for household_id in ids]
    write.execute(write.upsert(_cards).on_conflict_do_nothing(), new)
    locked = (
        select(_cards.c.household_id, _cards.c.version, _cards.c.digest)
        .where(_cards.c.household_id.in_(ids))
        .order_by(_cards.c.household_id)
        .with_for_update()
    )
    return {row.household_id: (row.version, row.digest) for row in write.execute(locked)}


def _publish_card(
    write: Write, household_id: str, version: int, children: Children, now: datetime
) -> None:
    write.publish(family_card, FamilyCard(household_id, version, now, children))


def _store_versions(write: Write, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    insert = write.upsert(_cards)
    columns = ("version", "digest", "first_day")
    statement = insert.on_conflict_do_update(
        index_elements=["household_id"], set_={name: insert.excluded[name] for name in columns}
    )
    write.execute(statement, rows)


def _note_first_day(write: Write, household_ids: Collection[str], today: date) -> None:
    behind = (_cards.c.household_id.in_(list(household_ids)), _cards.c.first_day < today)
    write.execute(update(_cards).where(*behind).values(first_day=today))


def _version_row(household_id: str, version: int, digest: str, first_day: date) -> dict[str, Any]:
    return {
        "household_id": household_id,
        "version": version,
        "digest": digest,
        "first_day": first_day,
    }


def _digest_children(children: Children) -> str:
    return hashlib.sha256(json.dumps(children, sort_keys=True, default=str).encode()).hexdigest()
