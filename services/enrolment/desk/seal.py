"""Sealing with a secret that the browser alone holds: the database opens no session by itself."""

import hashlib
import json
import os
import secrets
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12


class Unsealable(Exception):
    """The bytes were sealed by another secret."""


def new_secret() -> str:
    """Return 256 random bits as a cookie can carry them."""
    return secrets.token_urlsafe(32)


def row_id(secret: str) -> str:
    """Return the name of the secret's row; the secret cannot be found from it."""
    return hashlib.sha256(b"desk|" + secret.encode()).hexdigest()


def close(secret: str, value: Any) -> bytes:
    """Return a JSON value, encrypted."""
    nonce = os.urandom(_NONCE_BYTES)
    text = json.dumps(value, ensure_ascii=False).encode()
    return nonce + _cipher(secret).encrypt(nonce, text, row_id(secret).encode())


def open_sealed(secret: str, sealed: bytes) -> Any:
    """Return the value; raises Unsealable."""
    nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return json.loads(_cipher(secret).decrypt(nonce, body, row_id(secret).encode()))
    except InvalidTag:
        raise Unsealable from None


def _cipher(secret: str) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"desk session seal")
    return AESGCM(derive.derive(secret.encode()))
