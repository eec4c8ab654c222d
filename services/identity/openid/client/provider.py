"""Client of one OpenID provider: where to go, who came, and how to leave it."""

import json
import re
import secrets
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import jwt

from services.identity.openid.client.transport import make_transport
from services.identity.openid.rules.claims import LEEWAY_SECONDS, Claims, NotItsWord
from services.identity.openid.rules.round_trip import RoundTrip
from shared.contracts.identity.openid import LONGEST_ADDRESS
from shared.register import OpenIdProvider
from shared.register.town import FRANCECONNECT, OIDC, PROCONNECT
from shared.runtime.logs import log
from shared.runtime.outside.http_client import Answer, Silent, Transport

DISCOVERY = "/.well-known/openid-configuration"
KEPT_SECONDS = 3600.0
"""Time for which a provider's addresses and keys are taken for known."""
AGAIN_SECONDS = 60.0
"""Time after which they are asked for again that did not come: a sign-in reads them many times."""
KEY_TYPES = {"RS256": "RSA", "ES256": "EC"}
SIGNED = "application/jwt"
SCOPES = {
    FRANCECONNECT: "openid given_name family_name preferred_username",
    PROCONNECT: "openid email idp_id",
    OIDC: "openid profile email",
}
"""The least that is compared: no birth, no sex, no address, which nothing here is compared with."""
AMR_PLEASE = json.dumps({"id_token": {"amr": {"essential": True}}})


@dataclass(frozen=True, slots=True)
class Known:
    """A provider's word about who is there, and the token that its page for the end wants."""

    claims: Claims
    id_token: str


class OpenIdClient:
    """
    One provider; safe to share between threads and greenlets.

    Every question raises Silent without an answer; what is no word of this provider's to this town
    raises NotItsWord.
    """

    def __init__(self, provider: OpenIdProvider, secret: str, transport: Transport) -> None:
        self._provider = provider
        self._secret = secret
        self._transport = transport
        self._metadata: dict[str, Any] = {}
        self._keys: list[jwt.PyJWK] = []
        self._known_until = self._keys_read_at = -KEPT_SECONDS

    def address_to_sign_in(self, redirect_uri: str, trip: RoundTrip, *, anew: bool) -> str:
        """Return where a browser goes to say who is there, `anew` though the provider knows."""
        kind = self._provider.kind
        asked = {
            "response_type": "code",
            "client_id": self._provider.client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPES[kind],
            "state": trip.state,
            "nonce": trip.nonce,
        }
        if self._provider.levels:
            asked["acr_values"] = self._provider.levels[0]
        if anew:
            asked["prompt"] = "login"
        if kind == PROCONNECT:
            asked["claims"] = AMR_PLEASE
        if kind == OIDC:  # the State's own refuse what they do not document
            asked |= {"code_challenge": trip.challenge, "code_challenge_method": "S256"}
        return _with_query(self._endpoint("authorization_endpoint"), asked)

    def ask_who_came(self, code: str, issuer: str, redirect_uri: str, trip: RoundTrip) -> Known:
        """Exchange the code that a browser brought for what the provider says of who is there."""
        self._refuse_other_issuer(issuer)
        tokens = self._tokens_of_code(code, redirect_uri, trip)
        word = self._read_signed(tokens["id_token"])
        if not trip.has_nonce(word.get("nonce")):
            raise NotItsWord
        return Known(Claims.of_tokens(word, self._userinfo(tokens)), tokens["id_token"])

    def address_to_leave(self, id_token: str, back: str) -> str:
        """
        Return the page at which the provider's session ends.

        "" where there is none, or where the token of somebody in many groups has no room in it.
        """
        if not self._read_metadata().get("end_session_endpoint"):
            return ""
        asked = {
            "id_token_hint": id_token,
            "post_logout_redirect_uri": back,
            "state": secrets.token_hex(16),
        }
        address = _with_query(self._endpoint("end_session_endpoint"), asked)
        return address if len(address) <= LONGEST_ADDRESS else ""

    def _refuse_other_issuer(self, issuer: str) -> None:
        """Refuse what another provider sent along (RFC 9207)."""
        says_who = "authorization_response_iss_parameter_supported"
        if issuer != self._provider.issuer and (issuer or self._read_metadata().get(says_who)):
            raise NotItsWord

    def _tokens_of_code(self, code: str, redirect_uri: str, trip: RoundTrip) -> dict[str, str]:
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        if self._provider.kind == OIDC:
            fields["code_verifier"] = trip.verifier
        headers = {}
        own = {"client_id": self._provider.client_id, "client_secret": self._secret}
        methods = self._read_metadata().get("token_endpoint_auth_methods_supported", [])
        if "client_secret_post" in methods or self._provider.kind != OIDC:
            fields |= own
        else:  # what a provider takes that names none (OpenID Connect Discovery, 3)
            pair = ":".join(quote(each, safe="") for each in own.values())
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        answer = self._transport.post_form(self._endpoint("token_endpoint"), fields, headers)
        if answer.status != 200:
            _raise_for_refused_code(answer)
        tokens = answer.as_json()
        if not all(isinstance(tokens.get(each), str) for each in ("id_token", "access_token")):
            raise NotItsWord
        return tokens

    def _userinfo(self, tokens: Mapping[str, str]) -> dict[str, Any]:
        """Return what else the provider says; the State's own sign it, a town's own may not."""
        if self._provider.kind == OIDC and not self._read_metadata().get("userinfo_endpoint"):
            return {}
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        answer = self._transport.get(self._endpoint("userinfo_endpoint"), bearer)
        if answer.status != 200:
            raise Silent
        if answer.media_type == SIGNED:
            said = self._read_signed(answer.text.strip(), times=False)
        elif self._provider.kind == OIDC:
            said = answer.as_json()
        else:
            raise NotItsWord
        if "sub" not in said:
            raise NotItsWord
        return said

    def _read_signed(self, token: str, *, times: bool = True) -> dict[str, Any]:
        """Return what a token says; raises NotItsWord unless this provider signed it for us."""
        required = ["iss", "aud", "sub", *(["exp", "iat"] if times else [])]
        try:
            read: dict[str, Any] = jwt.decode(
                token,
                self._key_of(jwt.get_unverified_header(token)),
                algorithms=[self._provider.algorithm],
                issuer=self._provider.issuer,
                audience=self._provider.client_id,
                leeway=LEEWAY_SECONDS,
                options={"require": required},
            )
        except jwt.PyJWTError:
            raise NotItsWord from None
        for_others = isinstance(read["aud"], list) and len(read["aud"]) > 1
        if read.get("azp", None if for_others else self._provider.client_id) != (
            self._provider.client_id
        ):
            raise NotItsWord
        return read

    def _key_of(self, header: Mapping[str, Any]) -> Any:
        """Return the key of a token; keys are read anew once for one that is not known."""
        for anew in (False, True):
            fitting = [
                key
                for key in self._read_keys(anew=anew)
                if key.key_type == KEY_TYPES[self._provider.algorithm]
                and key.public_key_use in (None, "sig")
                and ("kid" not in header or key.key_id == header["kid"])
            ]
            if len(fitting) == 1:
                return fitting[0].key
        raise NotItsWord

    def _read_keys(self, *, anew: bool) -> list[jwt.PyJWK]:
        if anew or time.monotonic() - self._keys_read_at > KEPT_SECONDS:
            answer = self._transport.get(self._endpoint("jwks_uri"))
            try:
                self._keys = jwt.PyJWKSet.from_dict(answer.as_json()).keys
            except (jwt.PyJWTError, TypeError, AttributeError):
                raise Silent from None
            self._keys_read_at = time.monotonic()
        return self._keys

    def _endpoint(self, name: str) -> str:
        """Return an address of the provider; raises Silent for one that others could read."""
        address = self._read_metadata().get(name)
        own = r"https://[^\s]+"
        if self._provider.issuer.startswith("http://"):  # on this machine, as the town file allows
            own = r"https?://(127\.0\.0\.1|localhost)[:/][^\s]*"
        if not isinstance(address, str) or not re.fullmatch(own, address):
            raise Silent
        return address

    def _read_metadata(self) -> dict[str, Any]:
        """Return what the provider says of itself; what it said last, while it does not answer."""
        if time.monotonic() > self._known_until:
            try:
                answer = self._transport.get(self._provider.issuer.rstrip("/") + DISCOVERY)
                read = answer.as_json()
                if answer.status != 200 or read.get("issuer") != self._provider.issuer:
                    raise Silent
            except Silent:
                if not self._metadata:
                    raise
                self._known_until = time.monotonic() + AGAIN_SECONDS
                return self._metadata
            self._metadata, self._known_until = read, time.monotonic() + KEPT_SECONDS
        return self._metadata


@cache
def openid_client_at(provider: OpenIdProvider, secret: str, proxy: str) -> OpenIdClient:
    """Return this process's client of a provider."""
    return OpenIdClient(provider, secret, make_transport(proxy))


def _raise_for_refused_code(answer: Answer) -> None:
    """Distinguish a code that is not good from a provider that does not know this town."""
    error = str(answer.as_json().get("error", "")) if answer.status in (400, 401) else ""
    if error == "invalid_grant":
        raise NotItsWord
    log("openid_code_not_exchanged", status=answer.status, error=error[:40])
    raise Silent


def _with_query(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
