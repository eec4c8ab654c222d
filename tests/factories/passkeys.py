"""A telephone's authenticator: real keys, and answers that a browser would pass on."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

ORIGIN = "https://familles.ville.example"
PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One passkey on one device, whose holder gives a finger unless `verifies` is false."""

    origin: str = ORIGIN
    verifies: bool = True
    sign_count: int = 0
    handle: str = ""
    host: str = ""
    credential: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def makes(self, options: str) -> str:
        """Return the answer of navigator.credentials.create()."""
        asked = json.loads(options)
        self.host, self.handle = asked["rp"]["id"], asked["user"]["id"]
        size = len(self.credential).to_bytes(2, "big")
        made = bytes(16) + size + self.credential + cbor2.dumps(self._public_key())
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(WITH_KEY) + made}
        return self._answer(
            {
                "clientDataJSON": self._client("webauthn.create", asked["challenge"]),
                "attestationObject": cbor2.dumps(statement),
            }
        )

    def signs(self, options: str) -> str:
        """Return the answer of navigator.credentials.get(), one more on its counter."""
        asked = json.loads(options)
        self.host = self.host or asked["rpId"]
        self.sign_count += 1
        client = self._client("webauthn.get", asked["challenge"])
        data = self._data(0)
        signed = data + hashlib.sha256(client).digest()
        return self._answer(
            {
                "clientDataJSON": client,
                "authenticatorData": data,
                "signature": self.key.sign(signed, ec.ECDSA(hashes.SHA256())),
                "userHandle": base64url_to_bytes(self.handle),
            }
        )

    def _data(self, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        host = hashlib.sha256(self.host.encode()).digest()
        return host + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str) -> bytes:
        client = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(client).encode()

    def _public_key(self) -> Mapping[int, Any]:
        """Return the key as COSE writes it: EC2, ES256, P-256."""
        point = self.key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (point.x, point.y))
        return {1: 2, 3: -7, -1: 1, -2: x, -3: y}

    def _answer(self, response: Mapping[str, bytes]) -> str:
        identifier = bytes_to_base64url(self.credential)
        return json.dumps(
            {
                "id": identifier,
                "rawId": identifier,
                "type": "public-key",
                "clientExtensionResults": {},
                "response": {name: bytes_to_base64url(each) for name, each in response.items()},
            }
        )
