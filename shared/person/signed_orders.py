"""
Signed orders: identity's signature that a person ordered one request of one principal at a time.

A request whose provider is unavailable is stored and executed hours later, when the person's token
has expired. A signed order replaces the token for that one request (principal, method, id and
payload). It is never accepted as a token, nor a token as an order.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.contracts.errors import NotSignedIn
from shared.contracts.identity.accounts import KINDS
from shared.contracts.identity.signature_types_and_claims import ORDER
from shared.contracts.message import Person
from shared.dates.clock import now
from shared.person.tokens import LONGEST, SKEW_SECONDS, SigningKey, public_key

GOOD_FOR = timedelta(days=7)
"""Validity of an order: how long a provider may be down before a family has to order again."""

_CLAIMS = {"sub", "azp", "kind", "iat", "act"}
_UNTIMED: Any = {"verify_iat": False, "require": sorted(_CLAIMS)}


def digest_of_request(to: str, method: str, request_id: str, payload: Mapping[str, object]) -> str:
    """
    Return 64 hexadecimal characters that stand for one request to one principal.

    `payload` is the request as it travels: JSON types, as the contract's `dump_request` makes it.
    """
    whole = {"to": to, "method": method, "request_id": request_id, "payload": payload}
    canonical = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def sign_order(
    signing_key: SigningKey,
    subject: str,
    azp: str,
    kind: str,
    digest: str,
    at: datetime | None = None,
    actor: str = "",
) -> str:
    """
    Return the signed order of `subject`, given through the principal `azp` at this moment.

    `actor` is the agent of the front desk beside whom it was ordered, "" where there was none.
    """
    moment = (at or now()).timestamp()
    claims = {"sub": subject, "azp": azp, "kind": kind, "iat": moment, "act": digest}
    claims |= {"by": actor} if actor else {}
    return jwt.encode(claims, signing_key, algorithm="EdDSA", headers={"typ": ORDER})


class OrderVerifier:
    """
    Verifies signed orders against identity's public key.

    `former` are earlier keys of identity, each with its end: an order signed before then may still
    wait, and is valid for the same week.
    """

    def __init__(
        self,
        verify_key: Ed25519PublicKey | str,
        former: Sequence[tuple[Ed25519PublicKey | str, datetime]] = (),
    ) -> None:
        self._keys = [(public_key(verify_key), math.inf)] if verify_key else []
        self._keys += [(public_key(key), until.timestamp()) for key, until in former]

    def person(
        self, signed: str, digest: str, at: datetime | None = None
    ) -> tuple[Person, datetime]:
        """
        Return who ordered the request with this digest, and when.

        Raises NotSignedIn for another request, an invalid signature, or an order older than
        GOOD_FOR. As a token, an order contains no right: the callee checks rights itself.
        """
        claims = self._claims(signed)
        ordered_at = datetime.fromtimestamp(claims["iat"], UTC)
        age = (at or now()) - ordered_at
        if claims["act"] != digest or not -timedelta(seconds=SKEW_SECONDS) <= age <= GOOD_FOR:
            raise NotSignedIn
        person = Person(claims["sub"], claims["azp"], claims["kind"], claims.get("by", ""))
        return person, ordered_at

    def _claims(self, signed: str) -> dict[str, Any]:
        if not signed or len(signed) > LONGEST:
            raise NotSignedIn
        for key, until in self._keys:
            try:
                whole = jwt.decode_complete(signed, key, algorithms=["EdDSA"], options=_UNTIMED)
            except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
                continue
            claims = whole["payload"]
            if (
                whole["header"].get("typ") == ORDER
                and _has_claims_of_order(claims)
                and claims["iat"] <= until
            ):
                return dict(claims)
        raise NotSignedIn


def _has_claims_of_order(payload: Mapping[str, object]) -> bool:
    """Return whether these are exactly the claims of an order, with their types."""
    texts = [payload[name] for name in ("sub", "azp", "kind", "act")] + [payload.get("by", "")]
    moment = payload["iat"]
    return (
        payload.keys() - {"by"} == _CLAIMS
        and all(isinstance(text, str) for text in texts)
        and isinstance(moment, int | float)
        and not isinstance(moment, bool)
        and 0 < moment < 2**33
        and payload["kind"] in KINDS
    )
