"""
Parts of contents that are counted over all children of a day: opened once, then kept by version.

A page that counts menus or pupils needs a code of each child, and of most of them it is the one of
the last time. Kept by the process that makes pages, never written: what is sealed stays so. The
sums of the replica (`HELD_SUMS`) say in which buckets a row has moved since; their versions are
read, and what has another one is opened again.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Pool, Table, select
from sqlalchemy.orm import Session

from services.enrolment.children.queries.contents import (
    contents_of_projection,
    unsealed_content_of_row,
)
from services.enrolment.models import HELD_SUMS, ChildKey, StoredProjection
from shared.contracts.every_service.bucket_sums import Sum, bucket_of
from shared.database import Vault, Write
from shared.database.chunks import AT_ONCE, chunks
from shared.database.comparison.sums import bucket_column, read_sums
from shared.json_values import JsonObject
from shared.runtime.expiring_caches import Forgetting

FEW = 300
"""Contents of so few children are opened each time, and none of them is kept."""
KEPT_SECONDS = 600.0
"""After so long all of it is forgotten: of who was erased no process keeps anything for longer."""

_rows = cast(Table, StoredProjection.__table__).c

Part = TypeVar("Part")


@dataclass
class _Kept(Generic[Part]):
    """Parts by child, None of who has no content; and what the sums were when they were read."""

    sums: Mapping[str, Sum] = field(default_factory=dict)
    parts: dict[str, Part | None] = field(default_factory=dict)
    versions: dict[str, int | None] = field(default_factory=dict)
    same: dict[Part, Part] = field(default_factory=dict)
    """Each part once: most children have one of a few."""


class CountedParts(Generic[Part]):
    """A part of one projection of many children; `part_of` takes it from a content."""

    def __init__(self, projection: str, part_of: Callable[[JsonObject], Part]) -> None:
        self._projection, self._part_of = projection, part_of
        self._databases: WeakKeyDictionary[Pool, _Kept[Part]] = WeakKeyDictionary()
        self._alone = threading.Lock()
        self._forgetting = Forgetting(KEPT_SECONDS, self._forget_all_parts)

    def read(self, read: Session, vault: Vault, child_ids: Collection[str]) -> dict[str, Part]:
        """
        Return by child the part of its content, of those whose content can be read.

        In a write all of them are opened: what it read may be taken back.
        """
        if len(child_ids) <= FEW or isinstance(read, Write):
            return self._unsealed_parts(read, vault, child_ids)
        with self._alone:
            kept = self._databases.setdefault(read.get_bind().engine.pool, _Kept())
            self._drop_moved(read, kept)
            missing = [child_id for child_id in child_ids if child_id not in kept.parts]
            passing = self._unseal_and_keep_missing(read, vault, kept, missing)
            self._forgetting.schedule_forgetting()
            stored = kept.parts
            found = {
                child_id: part
                for child_id in child_ids
                if (part := stored.get(child_id)) is not None
            }
        return found | passing

    def _unsealed_parts(
        self, read: Session, vault: Vault, child_ids: Collection[str]
    ) -> dict[str, Part]:
        found: dict[str, Part] = {}
        for some in chunks(child_ids):
            contents = contents_of_projection(read, vault, self._projection, some)
            found |= {child_id: self._part_of(content) for child_id, content in contents.items()}
        return found

    def _drop_moved(self, read: Session, kept: _Kept[Part]) -> None:
        """Drop what is kept of children whose rows are at another version, or gone, or new."""
        of_this = HELD_SUMS.c.projection == self._projection
        sums = {each.bucket: each for each in read_sums(read, HELD_SUMS, None, of_this)}
        moved = {
            bucket
            for bucket in sums.keys() | kept.sums.keys()
            if sums.get(bucket) != kept.sums.get(bucket)
        }
        concerned = [child_id for child_id in kept.parts if bucket_of(child_id) in moved]
        present = self._stored_versions_by_child(read, moved) if concerned else {}
        for child_id in concerned:
            if kept.versions[child_id] != present.get(child_id):
                del kept.parts[child_id], kept.versions[child_id]
        kept.sums = sums  # what was read under them stands; a reading that fails leaves the former

    def _stored_versions_by_child(self, read: Session, buckets: Collection[str]) -> dict[str, int]:
        rows = read.execute(
            select(_rows.child_id, _rows.version).where(
                bucket_column(_rows.child_id).in_(buckets), _rows.projection == self._projection
            )
        )
        return {child_id: version for child_id, version in rows}

    def _unseal_and_keep_missing(
        self, read: Session, vault: Vault, kept: _Kept[Part], missing: Sequence[str]
    ) -> dict[str, Part]:
        """
        Open the contents of these children and keep their parts; return what is not to be kept.

        That is what a tombstone waits for, which ends without another version, and what cannot be
        read: the log says it each time.
        """
        passing: dict[str, Part] = {}
        for some in chunks(missing, AT_ONCE):
            parts: dict[str, Part | None] = dict.fromkeys(some)
            versions: dict[str, int | None] = dict.fromkeys(some)
            rows = read.execute(_select_rows_of_projection(self._projection, some)).all()
            vault.prepare_keys({row.key_id for row in rows if row.content is not None})
            for row in rows:
                versions[row.child_id] = row.version
                if row.content is None:
                    continue
                content = unsealed_content_of_row(vault, row)
                part = None if content is None else self._part_of(content)
                if part is not None and row.erase_after is None:
                    parts[row.child_id] = kept.same.setdefault(part, part)
                    continue
                del parts[row.child_id], versions[row.child_id]
                if part is not None:
                    passing[row.child_id] = part
            kept.parts |= parts
            kept.versions |= versions
        return passing

    def _forget_all_parts(self) -> None:
        with self._alone:
            self._databases.clear()


def _select_rows_of_projection(projection: str, child_ids: Sequence[str]) -> Any:
    return (
        select(
            _rows.child_id,
            _rows.projection,
            _rows.version,
            _rows.erase_after,
            _rows.content,
            ChildKey.key_id,
        )
        .outerjoin(ChildKey, ChildKey.child_id == _rows.child_id)
        .where(_rows.child_id.in_(child_ids), _rows.projection == projection)
    )
