"""
Signs what identity issues, and does nothing else: `python -m services.identity.signer`.

Under systemd it is a user of its own, which alone can read the signing key. It has no network, no
database and no place on the bus; it reads what it is asked to sign, and signs nothing but a token
or an order of this minute. Who takes identity over can thus issue tokens as long as it is there,
and takes no key along.
"""

import json
import os
import signal
import socket
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.contracts.identity.signature_types_and_claims import CLAIMS, LIFETIME, TOKEN
from shared.dates.clock import now
from shared.json_values import JsonObject
from shared.runtime.credentials import environment_with_credentials
from shared.runtime.signing_socket import ANSWER_SECONDS, LONGEST

OF_NOW_SECONDS = 60.0
"""Between the moment that a token says it was issued at and the one at which it is signed."""

ROUNDED_SECONDS = 0.001
WAITING = 128


def is_token_or_order_of_now(asked: bytes, at: float) -> bool:
    """Return whether bytes are a token, or an order, that is issued at this moment."""
    try:
        header, claims = (_parse_token_part(part) for part in asked.split(b"."))
        moment = float(claims["iat"])
        ends = float(claims["exp"]) if header["typ"] == TOKEN else moment
        return (
            header["alg"] == "EdDSA"
            and claims.keys() <= CLAIMS[header["typ"]]
            and abs(at - moment) <= OF_NOW_SECONDS
            and ends - moment <= LIFETIME.total_seconds() + ROUNDED_SECONDS
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False


def answer_requests(listening: socket.socket, key: Ed25519PrivateKey) -> None:
    """Sign, one after the other, what comes over a socket; until the process is ended."""
    while True:
        asking, _ = listening.accept()
        with asking:
            asking.settimeout(ANSWER_SECONDS)
            try:
                asked = asking.recv(LONGEST)
                asking.send(
                    key.sign(asked) if is_token_or_order_of_now(asked, now().timestamp()) else b""
                )
            except OSError:
                continue  # who asked has gone


def make_listening_socket(path: Path) -> socket.socket:
    """Listen at a path for whoever its folder lets in."""
    path.unlink(missing_ok=True)  # of a signer that was killed
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(str(path))
    path.chmod(0o660)
    listening.listen(WAITING)
    return listening


def main(environment: Mapping[str, str] = os.environ) -> None:
    """Serve until SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    values = environment_with_credentials(environment)
    key = load_pem_private_key(b64decode(values["TOKEN_SIGNING_KEY"]), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise SystemExit("TOKEN_SIGNING_KEY is to be an Ed25519 key")
    with make_listening_socket(Path(values["SIGNER_SOCKET"])) as listening:
        answer_requests(listening, key)


def _parse_token_part(part: bytes) -> JsonObject:
    found = json.loads(urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    if not isinstance(found, dict):
        raise ValueError
    return found


if __name__ == "__main__":
    main()
