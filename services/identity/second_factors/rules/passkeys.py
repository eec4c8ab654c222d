"""
Passkeys as the standard has them (WebAuthn level 3), checked by py_webauthn.

They are discoverable, so that no login is typed, and their holder is always verified: by a finger,
a face or the device's code. That makes one passkey two factors.
"""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

USUAL_PORTS = {"https": 443, "http": 80}
TIMEOUT_MS = 120_000


class PasskeyRefused(Exception):
    """An answer of a browser that proves nothing; the message says why, and holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Site:
    """Scope of passkeys: one host, which a change of address loses, and one origin."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A verified passkey as it is kept; its bytes are base64url."""

    credential: str
    public_key: str
    sign_count: int


@dataclass(frozen=True, slots=True)
class Claim:
    """Passkey and subject that an answer claims; nothing of it is proven."""

    credential: str
    subject: str


def passkey_site_of_town(portal_url: str, town: str) -> Site:
    """Return where passkeys of a town are good: the public address of its families' portal."""
    parts = urlsplit(portal_url)
    host = parts.hostname or ""
    port = "" if parts.port in (None, USUAL_PORTS.get(parts.scheme)) else f":{parts.port}"
    return Site(host, f"{parts.scheme}://{host}{port}", town)


def options_for_new_passkey(
    site: Site, subject: str, login: str, name: str, challenge: str, known: list[str]
) -> str:
    """Return what a browser is asked for a new passkey; `known` are this person's others."""
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=site.name,
        user_id=subject.encode(),
        user_name=login,
        user_display_name=name,
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known
        ],
    )
    return str(options_to_json(options))


def options_to_prove_by_passkey(site: Site, challenge: str) -> str:
    """Return what a browser is asked for a passkey, whosever it is."""
    options = generate_authentication_options(
        rp_id=site.host,
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT_MS,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return str(options_to_json(options))


def verify_new_passkey(site: Site, challenge: str, answer: str) -> NewPasskey:
    """Return the passkey that a browser made for a challenge; raises PasskeyRefused."""
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, LookupError, TypeError) as error:
        raise PasskeyRefused(type(error).__name__) from None
    return NewPasskey(
        bytes_to_base64url(verified.credential_id),
        bytes_to_base64url(verified.credential_public_key),
        verified.sign_count,
    )


def passkey_claimed_by_answer(answer: str) -> Claim:
    """Return which passkey a browser's answer is of, as it says itself; raises PasskeyRefused."""
    try:
        read = json.loads(answer)
        handle = base64url_to_bytes(read["response"]["userHandle"]).decode()
        return Claim(str(read["id"]), handle)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise PasskeyRefused(type(error).__name__) from None


def verify_signed_challenge(
    site: Site, challenge: str, answer: str, public_key: str, sign_count: int
) -> int:
    """
    Return the new counter of a passkey that signed a challenge; raises PasskeyRefused.

    Refused are another challenge, origin or host, a wrong signature, a holder who was not verified,
    and a counter that did not grow: such a passkey has a copy.
    """
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, LookupError, TypeError) as error:
        raise PasskeyRefused(type(error).__name__) from None
    return int(verified.new_sign_count)
