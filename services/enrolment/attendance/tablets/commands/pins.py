"""
An agent's personal PIN for shared tablets: six digits, argon2id, five wrong tries.

A try is counted before it is checked: many at once have no more than five. Hashing happens outside
of every write.
"""

from datetime import datetime, timedelta
from typing import cast

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Table, update

from services.enrolment.attendance.tablets.rules.pins import is_pin_guessable
from services.enrolment.models import Pin
from shared.database import Store, Write

MOST_WRONG = 5
LOCKED_FOR = timedelta(minutes=15)

_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_pins = cast(Table, Pin.__table__)


class WrongPin(Exception):
    """Not this agent's PIN, or the agent has none."""


class Locked(Exception):
    """Too many wrong tries; `until` is when the next one is taken."""

    def __init__(self, until: datetime) -> None:
        super().__init__("locked")
        self.until = until


def set_pin(store: Store, subject: str, pin: str) -> None:
    """Give an agent a new PIN, and new tries; raises ValueError for one that is guessable."""
    if is_pin_guessable(pin):
        raise ValueError("guessable")
    values = {"hash": _hasher.hash(pin), "wrong": 0, "locked_until": None}
    with store.write() as write:
        insert = write.upsert_into(_pins).values(subject=subject, **values)
        write.execute(insert.on_conflict_do_update(index_elements=["subject"], set_=values))


def check_pin(store: Store, subject: str, pin: str, now: datetime) -> None:
    """Raise WrongPin or Locked where a PIN does not open."""
    with store.write() as write:
        stored = _count_try_and_return_hash(write, subject, now)
    try:
        _hasher.verify(stored, pin)
    except (VerificationError, InvalidHashError):
        raise WrongPin from None
    with store.write() as write:
        right = update(_pins).where(_pins.c.subject == subject, _pins.c.hash == stored)
        write.execute(right.values(wrong=0, locked_until=None))


def _count_try_and_return_hash(write: Write, subject: str, now: datetime) -> str:
    """Return the hash to compare with; the fifth try locks, unless it is right."""
    row = write.get(Pin, subject, with_for_update=True)
    if row is None:
        raise WrongPin
    if row.locked_until is not None and now < row.locked_until:
        raise Locked(row.locked_until)
    if row.locked_until is not None:
        row.wrong, row.locked_until = 0, None
    row.wrong += 1
    if row.wrong >= MOST_WRONG:
        row.locked_until = now + LOCKED_FOR
    write.flush()
    return row.hash
