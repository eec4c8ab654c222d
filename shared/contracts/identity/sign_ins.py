"""Sign-in, the short tokens of an open session, and sign-out."""

from dataclasses import dataclass, field
from typing import Annotated

from marshmallow import validate

from shared.contracts.errors import Refusal
from shared.contracts.identity.accounts import Kind, Login, Name, Password
from shared.contracts.message import Empty, Method
from shared.contracts.values import Id, Moment, Place, list_length, maybe_text, text

OWNER = "identity"
LONGEST_CODE = 20
"""Characters of a code as it is typed: six digits of a telephone, or a recovery code."""
MOST_DEVICES = 10
"""Accounts that one browser is known to: an office's computer has several agents."""

Secret = Annotated[str, text(100)]
"""Secret of a session, a device, or a code that a browser carries from page to page."""


@dataclass(frozen=True)
class IssuedToken:
    """A token for the principal that asked, and when it ends."""

    token: Annotated[str, text(2000)]
    expires_at: Moment


@dataclass(frozen=True)
class OpenedSession(IssuedToken):
    """A session of a person, with its first token."""

    session: Secret
    subject: Id
    kind: Kind
    name: Name


@dataclass(frozen=True)
class SignInRequest:
    """
    A login and its password; `code` is a one-time code, or a family's recovery code.

    With `remember`, a family's browser is asked for no code for as long as identity trusts it.
    `address` and `network`, the wider one around it, are digests of where the browser is, made with
    a key of the caller's. `devices` are the secrets by which accounts know this browser.
    """

    login: Login
    password: Password
    code: Annotated[str, maybe_text(LONGEST_CODE)] = ""
    address: Place = ""
    devices: Annotated[list[Secret], list_length(0, MOST_DEVICES)] = field(default_factory=list)
    remember: bool = False
    network: Place = ""


@dataclass(frozen=True)
class SignInAnswer(OpenedSession):
    """
    `device` is a secret that the browser keeps from now on, "" where it was known.

    `proven` says that the person has just given all that it is asked for before something grave:
    not on a browser that needs no code, nor where a session goes on under another secret.
    """

    device: str = ""
    proven: bool = True


sign_in = Method(OWNER, "sign_in", SignInRequest, SignInAnswer, once=True)
"""
Families sign in at the portal, agents at a provider's desk.

Refusals: WrongCredentials, SecondFactorNeeded, TooManyTries, NotEntitled.
"""


@dataclass(frozen=True)
class SessionRequest:
    """An open session, by its secret."""

    session: Secret


renew_token = Method(OWNER, "renew_token", SessionRequest, IssuedToken)
"""A new short token for an open session, for the principal that opened it alone."""

sign_out = Method(OWNER, "sign_out", SessionRequest, Empty, writes=True)


@dataclass(frozen=True)
class SignActRequest:
    digest: Annotated[str, validate.Regexp(r"^[0-9a-f]{64}\Z")]


@dataclass(frozen=True)
class SignActAnswer:
    signed: Annotated[str, text(2000)]


sign_act = Method(OWNER, "sign_act", SignActRequest, SignActAnswer)
"""
Identity's signature that this person orders now what `digest` identifies
(shared/person/signed_orders.py).

The portal asks for it where a provider does not answer; it is no token, and opens nothing else.
"""


class WrongCredentials(Refusal):
    """Login, password or code do not fit; which of them is not said."""

    code = "wrong_credentials"


class SecondFactorNeeded(Refusal):
    """
    Login and password fit, and a second factor is missing.

    `detail["ways"]` says by what a family may give it (second_factors.WAYS).
    """

    code = "second_factor_needed"


class TooManyTries(Refusal):
    """
    Soft delay after failed tries; `detail["wait_seconds"]` says how long.

    `detail["others"]` says that they were other people's: who then tries again has its turn.
    """

    code = "too_many_tries"
