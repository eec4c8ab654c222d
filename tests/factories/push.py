"""A push service of this machine (RFC 8030), the browsers behind it, and an SMS gateway."""

import json
import struct
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.runtime.ids import new_id


def base64url(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Browser:
    """A browser that subscribed: it alone reads what is sent to its address."""

    endpoint: str
    auth: bytes = b"sixteen bytes of"
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @property
    def public(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def form(self) -> dict[str, str]:
        """Return what the page's script sends."""
        return {
            "endpoint": self.endpoint,
            "p256dh": base64url(self.public),
            "auth": base64url(self.auth),
        }

    def reads(self, body: bytes) -> dict[str, Any]:
        """Decrypt a message as RFC 8291 has it of the browser's side."""
        salt, (size, length) = body[:16], struct.unpack("!IB", body[16:21])
        sender, record = body[21 : 21 + length], body[21 + length :]
        assert len(record) <= size
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.key.exchange(ec.ECDH(), theirs)
        info = b"WebPush: info\0" + self.public + sender
        secret = HKDF(hashes.SHA256(), 32, self.auth, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        plain = AESGCM(key).decrypt(nonce, record, None)
        assert plain[-1] == 2
        read: dict[str, Any] = json.loads(plain[:-1])
        return read


@dataclass
class Arrived:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


class StandIn:
    """A server that keeps what it is sent; `answers` are given in turn by path, then 201."""

    def __init__(self, port: int = 0) -> None:
        stand_in, self.arrived = self, list[Arrived]()
        self.answers: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self.refs: set[str] = set()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body, headers = self.rfile.read(length), dict(self.headers)
                stand_in.arrived.append(Arrived(self.path, headers, body))
                waiting = stand_in.answers.get(self.path)
                status, more = waiting.pop(0) if waiting else (201, {})
                self.send_response(status)
                for name, value in {**more, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def browser(self) -> Browser:
        """Give a new browser at this push service."""
        return Browser(f"{self.origin}/push/{new_id()}")

    def told(self, browser: Browser) -> list[dict[str, Any]]:
        """Return what a browser was told, as it reads it."""
        path = browser.endpoint.removeprefix(self.origin)
        return [browser.reads(each.body) for each in self.arrived if each.path == path]

    def require_signed(self, arrived: Arrived) -> dict[str, Any]:
        """Check who a message says it is from, as a push service does (RFC 8292)."""
        scheme, _, parts = arrived.headers["Authorization"].partition(" ")
        assert scheme == "vapid"
        given = dict(part.strip().split("=", 1) for part in parts.split(","))
        point = from_base64url(given["k"])
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        claims: dict[str, Any] = jwt.decode(
            given["t"], key, algorithms=["ES256"], audience=self.origin
        )
        return claims

    def messages_at(self, path: str) -> list[dict[str, str]]:
        """Return the SMS that a gateway at this path was asked for."""
        return [json.loads(each.body) for each in self.arrived if each.path == path]

    def messages(self) -> list[dict[str, str]]:
        """Return the SMS that a gateway was asked for."""
        return [json.loads(each.body) for each in self.arrived]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def stand_in(port: int = 0) -> Iterator[StandIn]:
    """Give a server on a free port of this machine."""
    server = StandIn(port)
    yield server
    server.stop()
