"""
The replica in the provider's database: stores what arrives, erases what ends, publishes both.

Between concurrent writers the guard of the upsert decides: a row never goes back to an older
version. When something ends, the rows of `child_key` are the lock: no writer may seal with a key
that is being shredded.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    Executable,
    RowMapping,
    Table,
    case,
    delete,
    null,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from services.enrolment.children.commands.search_index import index_children, unindex_children
from services.enrolment.children.queries.contents import sealed_place_of_projection
from services.enrolment.children.rules import replica_row_merge
from services.enrolment.children.rules.replica_row_merge import Item, Row
from services.enrolment.families.commands.card_marking import mark_cards_of_households
from services.enrolment.families.commands.guardians import (
    forget_guardians_of_children,
    store_guardians_and_weeks,
)
from services.enrolment.models import ChildKey, StoredProjection
from shared.contracts.dossier.sharing.projections import RESYNC_BATCH
from shared.contracts.enrolment.sharing import replica_events as contracts
from shared.database import Vault, Write
from shared.database.bulk_rows import insert_rows
from shared.database.chunks import AT_ONCE, chunks
from shared.database.prebuilt_statements import Build, execute, list_parameter, store_rows
from shared.register.entitlement import CARE_CORE, FAMILY, NOT_READ
from shared.runtime.ids import new_id

ERASED_AT_ONCE = 200
"""Most rows that the timer erases in one transaction."""

_projections = cast(Table, StoredProjection.__table__)
_keys = cast(Table, ChildKey.__table__)
_Key = tuple[str, str]
"""A child and a projection."""
_MOVING = ("version", "content", "received_at", "erase_after", "erased_at", "to_see")
_children = list_parameter("child_ids")
_KEYS = select(_keys).where(_keys.c.child_id.in_(_children)).order_by(_keys.c.child_id)
_KEYS_SHARED, _KEYS_ALONE = _KEYS.with_for_update(read=True), _KEYS.with_for_update()
_CONTENT = _projections.c.content
_STORED_WITH, _STORED_WITHOUT = (
    select(
        _projections.c.child_id,
        _projections.c.projection,
        *(content if name == _CONTENT.name else _projections.c[name] for name in _MOVING),
        _projections.c.seen_version,
    ).where(
        _projections.c.child_id.in_(_children),
        _projections.c.projection.in_(list_parameter("projections")),
    )
    for content in (_CONTENT, null())
)
"""Stored rows: with their contents, which what ends may keep for a while, or without."""
_MOVED = [each for each in _projections.c if each.name not in (_CONTENT.name, "seen_subject")]
_UNSEEN = {"seen_version": 0, "seen_at": None, "seen_by": "", "seen_subject": None}
_INSERTED = ("child_id", "projection", *_MOVING, *_UNSEEN)
_Moved = RowMapping | Mapping[str, Any]
"""A row as it is stored now; its content may be left out."""


def store_items(
    write: Write, vault: Vault, arrived: Mapping[str, Sequence[Item]], now: datetime
) -> dict[str, set[str]]:
    """
    Store what arrived of each projection, publish the rows that changed; return their children.

    Of what the dossier has a receipt already no other is published.

    After a `family` the caller updates the readers of threads, also for households that are gone.
    """
    latest = {each: replica_row_merge.newest_items(items) for each, items in arrived.items()}
    every = [item for items in latest.values() for item in items]
    ends = any(item.content is None for item in every)
    keys = _lock_children(write, {item.child_id for item in every}, alone=ends)
    stored = _stored_rows(write, latest, keys, with_contents=ends)
    changing = _merge_items(stored, _seal_items(vault, keys, latest), now)
    moved = _store_moved_rows(write, changing, stored.keys())
    live = {(row["projection"], row["child_id"]) for row in moved if row["erase_after"] is None}
    contents = {
        each: {item.child_id: item.content for item in items if (each, item.child_id) in live}
        for each, items in latest.items()
    }
    index_children(write, contents.get(CARE_CORE, {}))
    store_guardians_and_weeks(write, contents.get(FAMILY, {}), now)
    changed = {each: [row for row in moved if row["projection"] == each] for each in latest}
    for projection, rows in changed.items():
        known = {item.child_id for item in latest[projection] if item.acknowledged}
        publish_row_states(write, projection, [row for row in rows if row["child_id"] not in known])
    _finish_erasures(write, [row for row in moved if row["erased_at"] is not None], now)
    _shred_keys_without_content(write, vault, keys.keys() - {child_id for _, child_id in live})
    return {each: {row["child_id"] for row in rows} for each, rows in changed.items()}


def lock_children(write: Write, items: Iterable[Item]) -> None:
    """Lock the children of items that are stored in several rounds, in one order for all."""
    every = list(items)
    ends = any(item.content is None for item in every)
    _lock_children(write, {item.child_id for item in every}, alone=ends)


def erase_due_contents(write: Write, vault: Vault, now: datetime) -> tuple[int, set[str]]:
    """Erase contents whose tombstones are due; return how many rows, and the former households."""
    due = (StoredProjection.erased_at.is_(None), StoredProjection.erase_after <= now)
    query = select(StoredProjection.child_id).where(*due).limit(ERASED_AT_ONCE)
    children = set(write.scalars(query))
    _lock_children(write, children, alone=True)
    erased = (
        update(_projections)
        .where(*due, StoredProjection.child_id.in_(children))
        .values(content=None, erased_at=now, to_see=False)
        .returning(*_projections.c)
    )
    rows = write.execute(erased).mappings().all()
    former = _finish_erasures(write, rows, now)
    _shred_keys_without_content(write, vault, children)
    return len(rows), former


def forget_erased_rows(write: Write, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """
    Delete the rows under these pairs of child and projection of which nothing is left.

    Return the pairs that are gone.
    """
    gone: set[tuple[str, str]] = set()
    for some in chunks(sorted(keys), AT_ONCE):
        wanted = tuple_(_projections.c.child_id, _projections.c.projection).in_(some)
        erased = delete(_projections).where(wanted, _projections.c.erased_at.is_not(None))
        pairs = erased.returning(_projections.c.child_id, _projections.c.projection)
        gone |= {(child_id, projection) for child_id, projection in write.execute(pairs)}
    return gone


def publish_row_states(write: Write, projection: str, rows: Collection[_Moved]) -> None:
    """Publish the whole state of the rows of one projection that moved, or were seen, together."""
    for some in chunks(rows, RESYNC_BATCH):
        write.publish(contracts.projection_held, event_of_row_states(projection, some))


def event_of_row_states(projection: str, rows: Iterable[_Moved]) -> contracts.ProjectionHeld:
    """Return the state of rows of one projection, as it is published."""
    return contracts.ProjectionHeld(projection, [_state_of_row(row) for row in rows])


def event_of_erasure(row: _Moved) -> contracts.ProjectionErased:
    """Return the receipt for the erasure of a row."""
    return contracts.ProjectionErased(
        row["child_id"], row["projection"], row["version"], row["erased_at"]
    )


def stored_rows_of_keys(read: Session, keys: Collection[tuple[str, ...]]) -> Sequence[RowMapping]:
    """Return the rows under these pairs of child and projection."""
    wanted = tuple_(_projections.c.child_id, _projections.c.projection).in_(list(keys))
    return read.execute(select(_projections).where(wanted)).mappings().all()


def _state_of_row(row: _Moved) -> contracts.RowState:
    return contracts.RowState(
        child_id=row["child_id"],
        received_version=row["version"],
        received_at=row["received_at"],
        seen_version=row["seen_version"],
        seen_at=row["seen_at"],
        seen_by=row["seen_by"],
    )


def _lock_children(write: Write, child_ids: Collection[str], *, alone: bool) -> dict[str, str]:
    """
    Lock these children until the end of the transaction; return their keys, created if missing.

    A writer that only adds content shares the lock. A writer that may erase takes it `alone`:
    otherwise a key could be shredded between another writer's seal and commit.
    """
    locked = _KEYS_ALONE if alone else _KEYS_SHARED
    keys: dict[str, str] = {}
    while child_ids:
        keys = {
            child_id: key_id for child_id, key_id in execute(write, locked, child_ids=child_ids)
        }
        missing = sorted(set(child_ids) - keys.keys())
        if not missing:
            break
        named = [{"child_id": child_id, "key_id": new_id()} for child_id in missing]
        store_rows(write, _make_insert_of_missing_keys, named)
    return keys


def _make_insert_of_missing_keys(write: Write) -> Executable:
    return write.upsert_into(_keys).on_conflict_do_nothing()


def _seal_items(
    vault: Vault, keys: Mapping[str, str], arrived: Mapping[str, Sequence[Item]]
) -> Iterator[tuple[str, Item]]:
    """Yield the items, each with its projection."""
    every = (item for items in arrived.values() for item in items)
    vault.prepare_keys({keys[item.child_id] for item in every if item.content is not None})
    for projection, items in arrived.items():
        place = sealed_place_of_projection(projection)
        for item in items:
            if item.content is None:
                yield projection, item
                continue
            content = vault.seal(keys[item.child_id], place, item.content)
            read = projection not in NOT_READ and replica_row_merge.has_content(item.content)
            yield projection, item._replace(content=content, has_content=read)


def _stored_rows(
    write: Write,
    projections: Collection[str],
    child_ids: Collection[str],
    *,
    with_contents: bool,
) -> dict[_Key, Row]:
    stored = _STORED_WITH if with_contents else _STORED_WITHOUT
    rows = execute(write, stored, projections=projections, child_ids=child_ids)
    return {(child_id, projection): Row(*values) for child_id, projection, *values in rows}


def _merge_items(
    stored: Mapping[_Key, Row], arrived: Iterable[tuple[str, Item]], now: datetime
) -> dict[_Key, Row]:
    """Return the rows that change, by child and projection."""
    keyed = (((item.child_id, projection), item) for projection, item in arrived)
    rows = {key: replica_row_merge.merge_item(stored.get(key), item, now) for key, item in keyed}
    return {key: row for key, row in rows.items() if row is not None}


def _store_moved_rows(
    write: Write, rows: Mapping[_Key, Row], known: Collection[_Key]
) -> Sequence[_Moved]:
    """
    Write the rows and return those that changed: the guard of the upsert decides.

    The « seen » of a row stays, except for a child that comes back after its erasure. Where nobody
    else writes, rows that were not `known` are there for the first time, and inserted in bulk.
    """
    values = [_row_values(*key, row) for key, row in sorted(rows.items())]  # locked in one order
    if not write.is_only_writer:
        return _upsert_rows(write, values)
    first = [row for row in values if (row["child_id"], row["projection"]) not in known]
    write.flush()
    insert_rows(write, _projections, _INSERTED, [tuple(row.values()) for row in first])
    again = [row for row in values if (row["child_id"], row["projection"]) in known]
    return [*first, *_upsert_rows(write, again)]


def _upsert_rows(write: Write, values: Sequence[_Moved]) -> Sequence[_Moved]:
    if not values:
        return []
    return (
        store_rows(write, _make_upsert_of_newer_rows(replica_row_merge.supersedes), values)
        .mappings()
        .all()
    )


@cache
def _make_upsert_of_newer_rows(supersedes: Callable[[Any, Any], Any]) -> Build:
    def build_upsert(write: Write) -> Executable:
        insert = write.upsert_into(_projections)
        came_back = _projections.c.erased_at.is_not(None)
        moving = {name: insert.excluded[name] for name in _MOVING}
        seen = {
            name: case((came_back, insert.excluded[name]), else_=_projections.c[name])
            for name in _UNSEEN
        }
        return insert.on_conflict_do_update(
            index_elements=["child_id", "projection"],
            set_=moving | seen,
            where=supersedes(insert.excluded.version, _projections.c.version),
        ).returning(*_MOVED)

    return build_upsert


def _row_values(child_id: str, projection: str, row: Row) -> dict[str, Any]:
    moving = dict(zip(_MOVING, row, strict=False))
    return {"child_id": child_id, "projection": projection, **moving, **_UNSEEN}


def _finish_erasures(write: Write, rows: Sequence[_Moved], now: datetime) -> set[str]:
    """
    Publish a receipt to the dossier for each, and delete what was kept in clear.

    With its care core a child leaves the search; with its family go its guardians here, whose
    households are returned.
    """
    for row in rows:
        write.publish(contracts.projection_erased, event_of_erasure(row))
    unindex_children(write, [row["child_id"] for row in rows if row["projection"] == CARE_CORE])
    former = forget_guardians_of_children(
        write, [row["child_id"] for row in rows if row["projection"] == FAMILY]
    )
    mark_cards_of_households(write, former, now)
    return former


def _shred_keys_without_content(write: Write, vault: Vault, child_ids: Collection[str]) -> None:
    """
    Destroy the keys of the children of these without stored content.

    Call it last: if the transaction fails afterwards, the contents that cannot be read any more are
    those that the next attempt erases.
    """
    if not child_ids:
        return
    holding = select(_projections.c.child_id).where(
        _projections.c.child_id == _keys.c.child_id, _projections.c.content.is_not(None)
    )
    unused = (
        delete(_keys)
        .where(_keys.c.child_id.in_(child_ids), ~holding.exists())
        .returning(_keys.c.key_id)
    )
    vault.shred_keys(*write.scalars(unused).all())
