"""
Vault: encrypts columns with one key per subject (child, guardian, household), kept in a key store.

Backups of the key store are kept for a shorter time than those of the data: destroying a subject's
key makes its columns unreadable everywhere, in restored backups too (crypto-shredding). Each key is
wrapped by the service's KEY_ENCRYPTION_KEY, which is in no database.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import (
    Column,
    Engine,
    LargeBinary,
    MetaData,
    Table,
    delete,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import IntegrityError, OperationalError

from shared.database.chunks import chunks
from shared.database.engines import engine_for_reading, engine_for_writing, open_engine
from shared.database.keys.sealing import SealedColumn, Sealer, Unreadable
from shared.database.tables.types import NAMING, Id, Moment
from shared.dates.clock import now
from shared.runtime.expiring_caches import RecentlyUsed

CACHED_KEYS = 20_000
CACHED_SECONDS = 60.0
"""Maximum time for which a process still uses a key that another process shredded."""

key_metadata = MetaData(naming_convention=NAMING)
_keys = Table(
    "subject_key",
    key_metadata,
    Column("subject_id", Id, primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""The one table of a key store."""


WRAPPED = SealedColumn(_keys.c.wrapped, lambda subject_id: str(subject_id))
"""The column of subjects' keys, wrapped by the service's own."""

AT_ONCE = 500
"""Keys in one statement."""


class Vault:
    """
    Seals and opens values for one service.

    A sealed value is bound to `place` (table.column) and subject, so that it cannot be moved from
    one child to another.
    """

    def __init__(self, url: str = "", key_encryption_key: bytes = b"") -> None:
        self._cache: RecentlyUsed[str, Sealer] = RecentlyUsed(CACHED_KEYS)
        self._cached_until = 0.0
        self._engine: Engine | None = None
        self._wrapper: Sealer | None = None
        if url:
            self.connect(url, key_encryption_key)

    def connect(self, url: str, key_encryption_key: bytes) -> None:
        """Open the key store, and create it if it is missing."""
        self._engine = open_engine(url)
        self._wrapper = Sealer(key_encryption_key)
        self._cache.clear()
        _make_key_table(self._engine)

    def prepare_keys(self, subject_ids: Iterable[str]) -> None:
        """
        Make sure that these subjects have keys, in one transaction of the keys' store.

        Call it before a write that seals for many: a key without data does no harm.
        """
        self._forget_old_keys()
        missing = [subject for subject in set(subject_ids) if subject not in self._cache]
        for batch in chunks(missing, AT_ONCE):
            self._make_missing_keys(batch)

    def seal(self, subject_id: str, place: str, value: object) -> bytes:
        """Return the value (JSON types) encrypted with the subject's key, made where missing."""
        key = self._find_key(subject_id)
        while key is None:
            self._make_missing_keys([subject_id])
            key = self._find_key(subject_id)
        return key.seal(_sealed_place_with_subject(subject_id, place), value)

    def open(self, subject_id: str, place: str, sealed: bytes) -> Any:
        """Return the value; raises Unreadable if the key is destroyed or the place is another."""
        key = self._find_key(subject_id)
        if key is None:
            raise Unreadable
        return key.open(_sealed_place_with_subject(subject_id, place), sealed)

    def shred_keys(self, *subject_ids: str) -> None:
        """Destroy the keys of subjects; their sealed values are unreadable from now on."""
        for batch in chunks(subject_ids):
            with engine_for_writing(self._connected_engine).begin() as connection:
                connection.execute(delete(_keys).where(_keys.c.subject_id.in_(batch)))
            for subject_id in batch:
                self._cache.forget(subject_id)

    @property
    def _connected_engine(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("the vault is not connected")
        return self._engine

    @property
    def _connected_wrapper(self) -> Sealer:
        if self._wrapper is None:
            raise RuntimeError("the vault is not connected")
        return self._wrapper

    def _make_missing_keys(self, subject_ids: Sequence[str]) -> None:
        known = self._load_keys(subject_ids)
        rows = [self._new_key_row(subject) for subject in subject_ids if subject not in known]
        if not rows:
            return
        try:
            with engine_for_writing(self._connected_engine).begin() as connection:
                connection.execute(insert(_keys), rows)
        except IntegrityError:  # another process created one of them first: use its key
            for row in rows if len(rows) > 1 else ():
                self._make_missing_keys([row["subject_id"]])
            self._load_keys([row["subject_id"] for row in rows])
        else:
            self._cache_keys((row["subject_id"], row["wrapped"]) for row in rows)

    def _find_key(self, subject_id: str) -> Sealer | None:
        self._forget_old_keys()
        return self._cache.get(subject_id) or self._load_keys([subject_id]).get(subject_id)

    def _forget_old_keys(self) -> None:
        if time.monotonic() > self._cached_until:
            self._cache.clear()
            self._cached_until = time.monotonic() + CACHED_SECONDS

    def _new_key_row(self, subject_id: str) -> dict[str, Any]:
        wrapped = self._connected_wrapper.seal_bytes(subject_id, AESGCM.generate_key(256))
        return {"subject_id": subject_id, "wrapped": wrapped, "made_at": now()}

    def _load_keys(self, subject_ids: Sequence[str]) -> dict[str, Sealer]:
        with engine_for_reading(self._connected_engine).connect() as connection:
            rows = connection.execute(
                select(_keys.c.subject_id, _keys.c.wrapped).where(
                    _keys.c.subject_id.in_(subject_ids)
                )
            ).all()
        return self._cache_keys(rows)

    def _cache_keys(self, rows: Iterable[Any]) -> dict[str, Sealer]:
        keys = {subject: self._unwrap_key(subject, wrapped) for subject, wrapped in rows}
        self._cache.keep(keys)
        return keys

    def _unwrap_key(self, subject_id: str, wrapped: bytes) -> Sealer:
        return Sealer(self._connected_wrapper.open_bytes(subject_id, wrapped))


def create_key_store(url: str) -> None:
    """Create an empty key store, for services that may not create tables; idempotent."""
    engine = open_engine(url)
    try:
        _make_key_table(engine)
    finally:
        engine.dispose()


def _make_key_table(engine: Engine) -> None:
    if not _has_key_table(engine):
        with engine_for_writing(engine).begin() as connection:
            key_metadata.create_all(connection)


def _has_key_table(engine: Engine) -> bool:
    """Return whether the table is there; not seen while another process opens the same new file."""
    try:
        return inspect(engine).has_table("subject_key")
    except OperationalError:  # `create_all` looks again, under the lock that it waits for
        return False


def _sealed_place_with_subject(subject_id: str, place: str) -> str:
    return f"{place}|{subject_id}"
