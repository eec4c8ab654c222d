"""A provider's word about a person, and whether it is enough for this town. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from shared.register import OpenIdProvider
from shared.text.personal_names import is_made_of_names

LONGEST_SUBJECT = 255
LEEWAY_SECONDS = 30
"""Difference allowed between the town's clock and the provider's, in seconds."""


class NotItsWord(Exception):
    """An answer that is not the provider's signed word to this town and this browser."""


@dataclass(frozen=True, slots=True)
class Claims:
    """
    The claims that are looked at; all else of an identity is left unread.

    `house` is the provider behind the provider, where each gives subjects of its own (ProConnect).
    """

    subject: str
    house: str = ""
    level: str = ""
    means: tuple[str, ...] = ()
    email: str = ""
    given_name: str = ""
    family_name: str = ""
    usual_name: str = ""
    signed_in_at: int | None = None

    @staticmethod
    def of_tokens(token: Mapping[str, Any], userinfo: Mapping[str, Any]) -> "Claims":
        """Read both; raises NotItsWord without a subject, or with two."""
        subject = token.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise NotItsWord
        if userinfo.get("sub", subject) != subject:
            raise NotItsWord
        both = {**token, **userinfo}
        means = token.get("amr")
        return Claims(
            subject,
            house=_text(both, "idp_id"),
            level=_text(token, "acr"),
            means=tuple(str(each) for each in means) if isinstance(means, list) else (),
            email=_text(both, "email") if both.get("email_verified") is not False else "",
            given_name=_text(both, "given_name"),
            family_name=_text(both, "family_name"),
            usual_name=_text(both, "preferred_username"),
            signed_in_at=_seconds(token, "auth_time"),
        )


def digest_of_identity(provider: OpenIdProvider, claims: Claims) -> str:
    """
    Return all that is stored of an identity.

    Issuer and client are part of it: the same subject elsewhere, or at another town, is another.
    """
    parts = [provider.issuer, provider.client_id, claims.house, claims.subject]
    return sha256(json.dumps(parts).encode()).hexdigest()


def has_accepted_level(provider: OpenIdProvider, claims: Claims) -> bool:
    """Say whether the person is known well enough: what was asked for is a wish, no promise."""
    return not provider.levels or claims.level in provider.levels


def has_accepted_email(provider: OpenIdProvider, claims: Claims) -> bool:
    """Say whether the address is of one of the town's domains, where it names some."""
    if not provider.email_domains:
        return True
    _, _, domain = claims.email.rpartition("@")
    return domain.casefold() in {each.casefold() for each in provider.email_domains}


def has_signed_in_since(claims: Claims, begun: int) -> bool:
    """
    Say whether the person signed in at the provider after it was asked, as far as it says when.

    To ask for it is a wish (`prompt=login`), and a browser can take it out of the address. A
    provider that does not say when (FranceConnect) is believed.
    """
    at = claims.signed_in_at
    return at is None or at >= begun - LEEWAY_SECONDS


def shows_second_factor(provider: OpenIdProvider, claims: Claims) -> bool:
    """Say whether the provider asked for a second factor that this town takes for one."""
    return bool({claims.level, *claims.means} & set(provider.factors))


def is_same_person_by_name(known: str, claims: Claims) -> bool:
    """Say whether an account's name is that of an identity: some given names, and a family name."""
    family = f"{claims.family_name} {claims.usual_name}"
    return is_made_of_names(known, claims.given_name, family)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _seconds(claims: Mapping[str, Any], name: str) -> int | None:
    """Return a moment in seconds of Unix; one that is none is as old as can be."""
    value = claims.get(name)
    if value is None:
        return None
    is_moment = isinstance(value, int | float) and not isinstance(value, bool)
    return int(value) if is_moment else 0
