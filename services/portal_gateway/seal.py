"""Sealing with a secret that only the browser holds: AES-256-GCM, one derived key per session."""

import hashlib
import json
import os
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_BYTES = 32
NONCE_BYTES = 12


class Unsealable(Exception):
    """The bytes were sealed by another secret, or for another column."""


def new_secret() -> str:
    """Return 256 random bits as a cookie can carry them."""
    return secrets.token_urlsafe(SECRET_BYTES)


def row_id(secret: str) -> str:
    """Return the name under which a session is stored; the secret cannot be found from it."""
    return hashlib.sha256(b"portal web session|" + secret.encode()).hexdigest()


class Seal:
    """Seals the columns of one session row."""

    def __init__(self, secret: str) -> None:
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"portal web session seal")
        self._cipher = AESGCM(derive.derive(secret.encode()))
        self._row = row_id(secret)

    def close(self, column: str, value: Any) -> bytes:
        """Return a JSON value encrypted and bound to its row and column."""
        nonce = os.urandom(NONCE_BYTES)
        text = json.dumps(value, ensure_ascii=False).encode()
        return nonce + self._cipher.encrypt(nonce, text, self._bound(column))

    def open(self, column: str, sealed: bytes) -> Any:
        """Return the value; raises Unsealable."""
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return json.loads(self._cipher.decrypt(nonce, body, self._bound(column)))
        except InvalidTag:
            raise Unsealable from None

    def _bound(self, column: str) -> bytes:
        return f"web_session|{column}|{self._row}".encode()
