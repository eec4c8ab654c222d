"""Proof of the sender to a push service: Voluntary Application Server Identification (RFC 8292)."""

import hashlib
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.portal_gateway.alerts.client.encryption import public_bytes

GOOD_FOR = timedelta(hours=12)
"""A push service refuses what is good for more than a day."""
KEPT_FOR = timedelta(hours=6)


def base64url(value: bytes) -> str:
    """Return bytes as push services and browsers write them."""
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


class TownKey:
    """The town's key: browsers subscribe under its public half, and are reached by it alone."""

    def __init__(self, pem: str, contact: str) -> None:
        key = load_pem_private_key(pem.encode(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("VAPID_KEY is a key of the curve P-256")
        self._key = key
        self._contact = contact
        self._signed: dict[str, tuple[datetime, str]] = {}
        self.public = base64url(public_bytes(key.public_key()))
        self.mark = hashlib.sha256(self.public.encode()).hexdigest()[:16]

    def authorization_header(self, origin: str, moment: datetime) -> str:
        """Return the header for the push service at this origin; signed anew after some hours."""
        kept_since, header = self._signed.get(origin, (None, ""))
        if kept_since is None or moment - kept_since > KEPT_FOR:
            claims = {"aud": origin, "exp": int((moment + GOOD_FOR).timestamp())}
            if self._contact.startswith("https://"):
                claims["sub"] = self._contact
            token = jwt.encode(claims, self._key, "ES256")
            header = f"vapid t={token}, k={self.public}"
            self._signed[origin] = (moment, header)
        return header
