"""AES-256-GCM encryption of JSON values, each bound to its place by authenticated data."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.json_values import as_json

NONCE_BYTES = 12


class Unreadable(Exception):
    """The value was sealed with another key or for another place, or the key was destroyed."""


class Sealer:
    """Seals and opens with one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    @staticmethod
    def of_secret(secret: str, purpose: str) -> "Sealer":
        """Return the sealer with a key derived (HKDF) from a secret text and a purpose."""
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
        return Sealer(derive.derive(secret.encode()))

    def seal(self, place: str, value: object) -> bytes:
        """Return a JSON value, encrypted and bound to `place`."""
        return self.seal_bytes(place, as_json(value).encode())

    def open(self, place: str, sealed: bytes) -> Any:
        """Return the value; raises Unreadable."""
        return json.loads(self.open_bytes(place, sealed))

    def seal_bytes(self, place: str, clear: bytes) -> bytes:
        """Return bytes, encrypted and bound to `place`."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, clear, place.encode())

    def open_bytes(self, place: str, sealed: bytes) -> bytes:
        """Return the bytes; raises Unreadable."""
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, body, place.encode())
        except (InvalidTag, ValueError):  # ValueError: fewer bytes than a nonce
            raise Unreadable from None


@dataclass(frozen=True)
class SealedColumn:
    """
    A column sealed with the service's own key, declared for the rotation of KEY_ENCRYPTION_KEY.

    `place` returns a value's place from the row's primary key, `sealer` the Sealer of a key.
    """

    column: Any
    place: Callable[..., str]
    sealer: Callable[[bytes], Sealer] = Sealer
