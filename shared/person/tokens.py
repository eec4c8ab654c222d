"""
Person tokens: short-lived, signed by identity (Ed25519), naming the principal they were issued to.

A token holds `sub`, `azp`, `kind`, `iat`, `exp` and no right: rights are a table in each callee.
In a *session accompagnée* it also holds `act`, the agent who is beside the family (RFC 8693).
`iat` keeps its microseconds: a token issued in the second of a withdrawal does not survive it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from shared.contracts.errors import NotSignedIn
from shared.contracts.identity.accounts import KINDS
from shared.contracts.identity.signature_types_and_claims import LIFETIME
from shared.contracts.message import Person
from shared.dates.clock import now
from shared.register.declarations import PORTAL

SigningKey = Ed25519PrivateKey | str
"""A key, or its PEM."""

FAMILY = "family"

SKEW_SECONDS = 30.0
"""Tolerated difference of two machines' clocks, for tokens issued in the future."""

LONGEST = 2000
"""Characters; nothing longer is parsed."""

CACHED = 4096
"""Maximum number of verified tokens cached by a process, first in first out."""

_CLAIMS = {"sub", "azp", "kind", "iat", "exp"}
_UNTIMED: Any = {"verify_exp": False, "verify_iat": False, "require": sorted(_CLAIMS)}


@dataclass(frozen=True, slots=True)
class Claims:
    """Content of a verified token; moments are seconds since 1970."""

    person: Person
    issued_at: float
    expires_at: float


def issue_token(
    signing_key: SigningKey,
    subject: str,
    azp: str,
    kind: str,
    lifetime: timedelta = LIFETIME,
    issued_at: datetime | None = None,
    actor: str = "",
) -> str:
    """
    Return a token for `subject`, good from the principal `azp` alone; the key may be PEM.

    `actor` is the agent of the front desk beside whom the family acts, "" where there is none.
    """
    moment = (issued_at or now()).timestamp()
    claims = {
        "sub": subject,
        "azp": azp,
        "kind": kind,
        "iat": moment,
        "exp": moment + lifetime.total_seconds(),
        **({"act": {"sub": actor}} if actor else {}),
    }
    return jwt.encode(claims, signing_key, algorithm="EdDSA")


class Verifier:
    """Verifies tokens against identity's public key, each token's signature once."""

    def __init__(self, verify_key: Ed25519PublicKey | str, most: int = CACHED) -> None:
        self._key = public_key(verify_key) if verify_key else None
        self._most = most
        self._known: dict[str, Claims] = {}
        self._learning = Lock()

    def claims(self, token: str, at: float | None = None) -> Claims:
        """Return what the token says at the moment `at`; raises NotSignedIn for any other token."""
        claims = self._known.get(token) or self._verify_signature(token)
        moment = now().timestamp() if at is None else at
        if not claims.issued_at - SKEW_SECONDS <= moment < claims.expires_at:
            raise NotSignedIn
        return claims

    def person(self, token: str) -> Person:
        """Return the person of a token that is good now; raises NotSignedIn."""
        return self.claims(token).person

    def _verify_signature(self, token: str) -> Claims:
        if not token or len(token) > LONGEST or self._key is None:
            raise NotSignedIn
        try:
            payload = jwt.decode(token, self._key, algorithms=["EdDSA"], options=_UNTIMED)
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise NotSignedIn from None
        claims = _parse_claims(payload)
        self._remember_token(token, claims)
        return claims

    def _remember_token(self, token: str, claims: Claims) -> None:
        with self._learning:
            self._known[token] = claims
            while len(self._known) > self._most:
                del self._known[next(iter(self._known))]


def public_key(key: Ed25519PublicKey | str) -> Ed25519PublicKey:
    """Return identity's public key, from PEM where it is text; raises ValueError for another."""
    loaded = load_pem_public_key(key.encode()) if isinstance(key, str) else key
    if not isinstance(loaded, Ed25519PublicKey):
        raise ValueError("tokens are verified with an Ed25519 public key")
    return loaded


def _parse_claims(payload: dict[str, Any]) -> Claims:
    """Take exactly the claims that identity signs, in their types."""
    texts = (payload["sub"], payload["azp"], payload["kind"])
    moments = (payload["iat"], payload["exp"])
    if payload.keys() - {"act"} != _CLAIMS or not all(isinstance(text, str) for text in texts):
        raise NotSignedIn
    if any(isinstance(m, bool) or not isinstance(m, int | float) for m in moments):
        raise NotSignedIn
    if texts[2] not in KINDS or not moments[0] < moments[1]:
        raise NotSignedIn
    return Claims(Person(*texts, _parse_actor(payload)), float(moments[0]), float(moments[1]))


def _parse_actor(payload: dict[str, Any]) -> str:
    """Return who acts beside the family: only a family's token from the portal may name one."""
    if "act" not in payload:
        return ""
    act = payload["act"]
    named = isinstance(act, dict) and act.keys() == {"sub"} and isinstance(act["sub"], str)
    if not named or not act["sub"] or payload["kind"] != FAMILY or payload["azp"] != PORTAL:
        raise NotSignedIn
    return str(act["sub"])
