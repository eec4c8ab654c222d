"""Signing in by the OpenID provider of the town file, and linking an account with it (0186)."""

from dataclasses import dataclass
from typing import Annotated

from shared.contracts.errors import Refusal
from shared.contracts.identity.own_account.password_and_sessions import FromBrowser
from shared.contracts.identity.own_account.second_factors import FactorRequest
from shared.contracts.identity.sign_ins import (
    LONGEST_CODE,
    OWNER,
    Secret,
    SessionRequest,
    SignInAnswer,
)
from shared.contracts.message import Empty, Method
from shared.contracts.values import Moment, Place, maybe_text, text

SIGN_IN_PATH = "/connexion"
RETURN_PATH = "/connexion/ailleurs/retour"
"""Path of pages of families and of agents that is declared at the provider, behind each address."""
LONGEST_VALUE = 2000
"""The longest value that a provider sends along with the browser: a code, an issuer."""
LONGEST_ADDRESS = 8000
"""
The longest address of a page of the provider: that for signing out holds the provider's token.
"""

Address = Annotated[str, text(LONGEST_ADDRESS)]
Value = Annotated[str, maybe_text(LONGEST_VALUE)]


@dataclass(frozen=True)
class OpenIdBegun:
    """Address to which the browser goes, and the secret that stays in it until it comes back."""

    secret: Secret
    address: Address


begin_openid = Method(OWNER, "begin_openid", Empty, OpenIdBegun)
"""Ask the provider who is there. Refusals: OpenIdAway, NotFound where the town has no provider."""

begin_openid_link = Method(OWNER, "begin_openid_link", SessionRequest, OpenIdBegun)
"""The same for a person who is signed in, and links its account; bound to that session."""


@dataclass(frozen=True, kw_only=True)
class OpenIdReturn:
    """Values with which the browser came back, and the secret that it had kept."""

    secret: Secret
    state: Value
    code: Value = ""
    issuer: Value = ""
    error: Value = ""


@dataclass(frozen=True)
class OpenIdProven:
    """
    `ticket` opens a session, in minutes and once; `logout` is the provider's own page for the end.

    "" for a provider that has none.
    """

    ticket: Secret
    logout: Annotated[str, maybe_text(LONGEST_ADDRESS)] = ""


prove_openid = Method(OWNER, "prove_openid", OpenIdReturn, OpenIdProven, once=True)
"""
Verifies what the provider says, and finds the account that is linked with it.

Not `writes`, as the methods below: the kit would keep the answer. Refusals: OpenIdAway,
OpenIdRefused, OpenIdNotLinked.
"""


@dataclass(frozen=True, kw_only=True)
class OpenIdSignInRequest(FromBrowser):
    """`code` and `remember` as in a sign-in by a password."""

    ticket: Secret
    code: Annotated[str, maybe_text(LONGEST_CODE)] = ""
    remember: bool = False
    network: Place = ""


sign_in_by_openid = Method(OWNER, "sign_in_by_openid", OpenIdSignInRequest, SignInAnswer, once=True)
"""
Open a session by a ticket. Refusals: OpenIdRefused for one that is over, SecondFactorNeeded,
WrongCredentials, TooManyTries, NotEntitled.
"""


@dataclass(frozen=True, kw_only=True)
class LinkOpenIdRequest(FromBrowser, OpenIdReturn):
    session: Secret


link_openid = Method(OWNER, "link_openid", LinkOpenIdRequest, Empty, once=True)
"""
Link the account of the person who is signed in; an email says so. The page has asked for proof.

Refusals: OpenIdAway, OpenIdRefused, OpenIdNotLinkable.
"""

unlink_openid = Method(OWNER, "unlink_openid", FactorRequest, Empty, writes=True)
"""End the link of the person's own account; an email says so."""


@dataclass(frozen=True)
class OpenIdLinkAnswer:
    linked_at: Moment | None


my_openid_link = Method(OWNER, "my_openid_link", Empty, OpenIdLinkAnswer)
"""Since when the person's own account is linked; null where it is not."""


class OpenIdAway(Refusal):
    """The provider does not answer, or answers what is none."""

    code = "openid_away"


class OpenIdRefused(Refusal):
    """
    The provider's word is not accepted.

    `detail["reason"]`: `denied` at the provider itself, `late` for what has served or is over,
    `level` where it knows the person less well than the town asks, `email` of another domain than
    the town's, `earlier` where it did not ask anew as it was to, `answer` for anything that is
    not its signed word to this browser.
    """

    code = "openid_refused"


class OpenIdNotLinked(Refusal):
    """The provider knows the person, and no account here is linked with it."""

    code = "openid_not_linked"


class OpenIdNotLinkable(Refusal):
    """
    This account is not linked with that identity; `detail["reason"]`.

    `name`: the provider gives another name than the account has; `taken`: that identity is linked
    already; `linked`: the account is, and its person unlinks it first.
    """

    code = "openid_not_linkable"
