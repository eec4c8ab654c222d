"""
Seals a session's stored data with a secret that only the browser has.

The database names a session's row by the secret's digest and cannot open it: whoever reads it,
or a backup of it, has no session and no token.
"""

import hashlib
import secrets

from shared.database.keys.sealing import Sealer

SECRET_BYTES = 32


def new_secret() -> str:
    """Return 256 random bits as a cookie can carry them."""
    return secrets.token_urlsafe(SECRET_BYTES)


def row_id(secret: str) -> str:
    """Return the name of the secret's row; the secret cannot be found from it."""
    return hashlib.sha256(b"browser secret|" + secret.encode()).hexdigest()


def seal(secret: str, column: str, value: object) -> bytes:
    """Return a JSON value, encrypted and bound to the secret's row and to `column`."""
    return _sealer(secret).seal(f"{column}|{row_id(secret)}", value)


def open_sealed(secret: str, column: str, sealed: bytes) -> object:
    """Return the value; raises Unreadable."""
    return _sealer(secret).open(f"{column}|{row_id(secret)}", sealed)


def _sealer(secret: str) -> Sealer:
    return Sealer.of_secret(secret, "browser session")
