"""Recovery codes: ten on a sheet of paper, each good once in place of a lost factor."""

from hashlib import sha256

from shared.person.secret_codes import new_code, normalise_code

HOW_MANY = 10
GROUPS = 3
"""Groups of a code, of 25 random bits each: no digest of one is ever turned back."""


def make_recovery_codes() -> list[str]:
    """Return new codes, as they are printed."""
    return [new_code(GROUPS) for _ in range(HOW_MANY)]


def digest_of_recovery_code(subject: str, code: str) -> str:
    """Return what is stored of a person's code, however it was typed."""
    return sha256(f"{subject}|{normalise_code(code)}".encode()).hexdigest()
