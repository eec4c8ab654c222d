"""
A signing key that another process holds: it is asked over a socket of this machine.

One message asks for one signature: the bytes to sign there, 64 bytes back, none where it refuses.
"""

import socket
import time
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

LONGEST = 4096
"""Bytes of what may be signed; a token has some hundred."""

SIGNATURE_BYTES = 64
ANSWER_SECONDS, AGAIN_SECONDS, POLL_SECONDS = 2.0, 3.0, 0.05
"""The signer's own restart takes less than AGAIN_SECONDS."""


class NotSigned(Exception):
    """The signer is away, or refuses what it was asked to sign."""


class RemoteSigningKey(Ed25519PrivateKey):
    """Signs as a private key does, and holds none."""

    def __init__(self, path: str, again: float = AGAIN_SECONDS) -> None:
        self._path, self._again = path, again

    def sign(self, data: Any) -> bytes:
        """Return the signature; raises NotSigned."""
        deadline = time.monotonic() + self._again
        while True:
            try:
                return self._ask_signer(bytes(data))
            except (ConnectionError, FileNotFoundError) as away:
                if time.monotonic() > deadline:
                    raise NotSigned("the signer is away") from away
                time.sleep(POLL_SECONDS)

    def _ask_signer(self, data: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
            asking.settimeout(ANSWER_SECONDS)
            asking.connect(self._path)
            asking.send(data)
            signature = asking.recv(SIGNATURE_BYTES)
        if len(signature) != SIGNATURE_BYTES:
            raise NotSigned("the signer refused")
        return signature

    def public_key(self) -> NoReturn:
        raise NotImplementedError

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        raise NotImplementedError

    def private_bytes_raw(self) -> NoReturn:
        raise NotImplementedError

    def __copy__(self) -> "RemoteSigningKey":
        return self

    def __deepcopy__(self, _memo: dict[int, object]) -> "RemoteSigningKey":
        return self
