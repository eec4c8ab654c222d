"""
The card of a household: all that it sees of its children here, published on change.

A card is the whole present state, without history. `families.commands.cards` marks households whose
cards may have changed; their cards are published at the end of the same transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import Executable, Table, bindparam, select, update
from sqlalchemy.orm import Session

from services.enrolment.family_cards.queries.household_view import children_by_household
from services.enrolment.models import CardVersion
from shared.contracts.enrolment.places.family_cards import CardChild, FamilyCard, family_card
from shared.database import Write
from shared.database.prebuilt_statements import execute, list_parameter, store_rows
from shared.dates.clock import PARIS
from shared.json_values import digest_of_content

MOVED_AT_ONCE = 100
"""Most households whose window moves to a new day in one transaction."""

_cards = cast(Table, CardVersion.__table__)
_households = list_parameter("household_ids")

_LOCKED = (
    select(_cards)
    .where(_cards.c.household_id.in_(_households))
    .order_by(_cards.c.household_id)
    .with_for_update()
)
_BEGIN_TODAY = (
    update(_cards)
    .where(_cards.c.household_id.in_(_households))
    .values(first_day=bindparam("today"))
)

Children = list[CardChild]


@dataclass(frozen=True)
class StoredCard:
    """A household's card as it was last published; version 0 where it never was."""

    household_id: str
    version: int
    digest: str
    first_day: date
    is_stored: bool = True


def publish_changed_cards(write: Write, household_ids: Collection[str], now: datetime) -> None:
    """Publish the cards of these households, those that changed."""
    if not household_ids:
        return
    today = now.astimezone(PARIS).date()
    cards = _lock_cards(write, sorted(household_ids), today)
    contents = children_by_household(write, [card.household_id for card in cards], today)
    rows = []
    for card in cards:
        children = contents.get(card.household_id, [])
        new = digest_of_content(children)
        if new != card.digest and (children or card.version):
            version = card.version + 1
            _publish_card(write, card.household_id, version, children, now)
            rows.append(_row_of_card_version(card.household_id, version, new, today))
        elif not card.is_stored:
            rows.append(_row_of_card_version(card.household_id, 0, "", today))
    if rows:
        store_rows(write, _make_upsert_of_newer_versions, rows)
    if behind := [card.household_id for card in cards if card.first_day < today]:
        execute(write, _BEGIN_TODAY, household_ids=behind, today=today)


def cards_as_published(
    read: Session, household_ids: Collection[str], today: date, now: datetime
) -> dict[str, FamilyCard]:
    """Return the cards of these households that are as they were last published."""
    rows = read.execute(select(_cards).where(_cards.c.household_id.in_(list(household_ids)))).all()
    contents = children_by_household(read, [row.household_id for row in rows], today)
    return {
        row.household_id: FamilyCard(row.household_id, row.version, now, children)
        for row in rows
        if digest_of_content(children := contents.get(row.household_id, [])) == row.digest
    }


def move_card_windows_to_today(write: Write, now: datetime) -> int:
    """Move some cards whose window began before today to it; return how many."""
    today = now.astimezone(PARIS).date()
    behind = select(_cards.c.household_id).where(_cards.c.first_day < today).limit(MOVED_AT_ONCE)
    households = write.scalars(behind).all()
    if households:
        publish_changed_cards(write, households, now)
    return len(households)


def _lock_cards(write: Write, household_ids: Sequence[str], today: date) -> list[StoredCard]:
    """
    Lock these cards and return them; those that are missing begin at version 0.

    Called before the content is read: the second of two writers must see the first one's changes.
    """
    if not write.is_only_writer:  # elsewhere they are made in order before any is held
        new = [_row_of_card_version(household_id, 0, "", today) for household_id in household_ids]
        store_rows(write, _make_insert_of_missing_versions, new)
    rows = execute(write, _LOCKED, household_ids=household_ids)
    stored = {row.household_id: StoredCard(*row) for row in rows}
    return [stored.get(each) or StoredCard(each, 0, "", today, False) for each in household_ids]


def _publish_card(
    write: Write, household_id: str, version: int, children: Children, now: datetime
) -> None:
    write.publish(family_card, FamilyCard(household_id, version, now, children))


def _make_insert_of_missing_versions(write: Write) -> Executable:
    return write.upsert_into(_cards).on_conflict_do_nothing()


def _make_upsert_of_newer_versions(write: Write) -> Executable:
    insert = write.upsert_into(_cards)
    columns = ("version", "digest", "first_day")
    return insert.on_conflict_do_update(
        index_elements=["household_id"], set_={name: insert.excluded[name] for name in columns}
    )


def _row_of_card_version(
    household_id: str, version: int, digest: str, first_day: date
) -> dict[str, object]:
    return {
        "household_id": household_id,
        "version": version,
        "digest": digest,
        "first_day": first_day,
    }
