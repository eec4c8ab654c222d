"""
The dossier's own keys: for digests of projections, and for the chain of the read log.

Each is made at first use and stored sealed: who reads the database alone can neither guess a diet
from its digest nor write a line of the log.
"""

import os
import weakref
from base64 import b64decode, b64encode
from typing import Any

from sqlalchemy import Pool, select
from sqlalchemy.orm import Session

from services.dossier.models import Secret
from services.dossier.store import vault
from shared.database import Write

DIGESTS, READS = "digests", "reads"

_KEY_BYTES = 32
_OWN_SUBJECT = "00000000-0000-0000-0000-000000000000"
"""The subject of the vault under which the dossier seals what is its own, and no child's."""
_kept: weakref.WeakKeyDictionary[Pool, dict[str, bytes]] = weakref.WeakKeyDictionary()
"""Keys that were read, by the connections to their database: each write of a section needs one."""
_MADE_HERE = "own_keys_made"
"""Entry in a session's `info` of keys made in it: none is kept until it commits."""


def own_key(session: Session, name: str) -> bytes | None:
    """Return one of the dossier's keys, or None before its first use."""
    kept = _kept.setdefault(session.get_bind().engine.pool, {})
    if name in kept:
        return kept[name]
    key = _read_key(session, name)
    if key is not None and name not in session.info.get(_MADE_HERE, ()):
        kept[name] = key
    return key


def _read_key(session: Session, name: str) -> bytes | None:
    sealed = session.scalar(select(Secret.sealed).where(Secret.name == name))
    return (
        b64decode(vault.open(_OWN_SUBJECT, _sealed_place_of_key(name), sealed)) if sealed else None
    )


def ensure_own_key(write: Write, name: str) -> bytes:
    """Return one of the dossier's keys, made at first use; of two that make it, one wins."""
    return own_key(write, name) or _make_key(write, name)


def seal_as_own(place: str, value: object) -> bytes:
    """Return a value sealed under the dossier's own subject: it is of no child or household."""
    return vault.seal(_OWN_SUBJECT, place, value)


def unseal_as_own(place: str, sealed: bytes) -> Any:
    """Return a value that `seal_as_own` sealed for this place; raises Unreadable."""
    return vault.open(_OWN_SUBJECT, place, sealed)


def _make_key(write: Write, name: str) -> bytes:
    fresh = b64encode(os.urandom(_KEY_BYTES)).decode()
    sealed = vault.seal(_OWN_SUBJECT, _sealed_place_of_key(name), fresh)
    write.info.setdefault(_MADE_HERE, set()).add(name)
    write.execute(
        write.upsert_into(Secret).values(name=name, sealed=sealed).on_conflict_do_nothing()
    )
    key = own_key(write, name)
    assert key is not None
    return key


def _sealed_place_of_key(name: str) -> str:
    return f"secret.{name}"
