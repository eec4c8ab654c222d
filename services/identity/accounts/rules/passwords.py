"""
Passwords: what is accepted, and argon2id.

Length is asked for, and that nobody guesses it, and no composition (ASVS 5.0 6.2, délibération CNIL
2022-100: with restricted tries, and for agents a second factor). Hashing takes some 50 ms and
46 MiB: call it through `run_in_native_thread`.
"""

import os
import re
import unicodedata
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

MEMORY_KIB, PASSES, LANES = 46 * 1024, 1, 1
LEAST = {"family": 12, "agent": 14}
"""Characters; an agent opens many children's files."""

MOST = 256
MEASURED = 72
"""Characters that are looked at: whoever writes more is far above."""
LEAST_SCORE = 4
"""The least score of zxcvbn: ten thousand million guesses at least."""

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of a comparison; `renewed` is a new hash if the stored one has older settings."""

    fits: bool
    renewed: str | None = None


def is_too_weak(password: str, kind: str, login: str) -> bool:
    """Say whether a password is too short, too long, or easy to guess, by its login too."""
    plain = _normalize(password)
    if not LEAST[kind] <= len(plain) <= MOST:
        return True
    names = "|".join(re.escape(name) for name in re.split(r"[\W_]+", login) if len(name) > 2)
    unknown = re.sub(names, "", plain.casefold()) if names else plain
    return not unknown or int(zxcvbn(unknown[:MEASURED], _french_words())["score"]) < LEAST_SCORE


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
def _french_words() -> tuple[str, ...]:
    """Return what French passwords are made of, and zxcvbn's lists, which are English, lack."""
    return tuple(Path(__file__).with_name("french_words.txt").read_text("utf-8").split())
