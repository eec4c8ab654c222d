"""
Passwords: what is accepted, and argon2id.

Length is asked for and no composition (ASVS 5.0 6.2, délibération CNIL 2022-100: with restricted
tries, and for agents a second factor). Hashing takes some 50 ms and 46 MiB:
call it through `run_in_native_thread`.
"""

import os
import unicodedata
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB, PASSES, LANES = 46 * 1024, 1, 1
LEAST = {"family": 12, "agent": 14}
"""Characters; an agent opens many children's files."""

MOST = 256

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a comparison; `renewed` is a new hash if the stored one has older settings."""

    fits: bool
    renewed: str | None = None


def is_too_weak(password: str, kind: str, login: str) -> bool:
    """Say whether a password is too short, too long, among the commonest or the login itself."""
    plain = _normalize(password)
    if not LEAST[kind] <= len(plain) <= MOST:
        return True
    return plain.casefold() in _common_passwords() | {login}


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its settings and salt."""
    return _hasher.hash(_normalize(password))


def check_password(stored: str, password: str) -> Outcome:
    """Compare a password with its stored hash; costs the same whether it fits or not."""
    try:
        _hasher.verify(stored, _normalize(password))
    except (VerificationError, InvalidHashError):
        return Outcome(fits=False)
    stale = _hasher.check_needs_rehash(stored)
    return Outcome(fits=True, renewed=hash_password(password) if stale else None)


def hash_of_no_password() -> str:
    """Return a hash that no password has, so that an unknown login takes as long as a known one."""
    salt, digest = (b64encode(os.urandom(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${digest}"


def _normalize(password: str) -> str:
    """Return a password as it is compared: two keyboards may write the same é differently."""
    return unicodedata.normalize("NFKC", password)


@cache
def _common_passwords() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
