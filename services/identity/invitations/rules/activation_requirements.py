"""Conditions of an activation: a strong password, and for agents a second factor."""

from dataclasses import dataclass

from services.identity.accounts.rules import account_kinds, passwords, second_factor
from shared.contracts.identity.accounts import WeakPassword


@dataclass(frozen=True, slots=True)
class Invited:
    """The account that a valid code invites; `offered` where it comes with an offer of rights."""

    digest: str
    subject: str
    kind: str
    login: str
    offered: bool = False


@dataclass(frozen=True, slots=True)
class Totp:
    """A new second factor: the secret that is sealed, and the address that the agent scans."""

    secret: str
    address: str


def require_strong_password(invited: Invited, password: str) -> None:
    """Raise WeakPassword for one that is too short or soon guessed."""
    if passwords.is_too_weak(password, invited.kind, invited.login):
        raise WeakPassword(least=passwords.LEAST[invited.kind])


def make_second_factor_of_agent(invited: Invited, town: str) -> Totp | None:
    """Return a second factor for an agent; families sign in without one."""
    if invited.kind != account_kinds.AGENT:
        return None
    secret = second_factor.new_totp_secret()
    return Totp(secret, second_factor.otpauth_address(secret, invited.login, town))
