"""An invitation becomes an account in use: a password, and for agents a second factor."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from services.identity.accounts import queries
from services.identity.accounts.rules import accounts, invitations, passwords, second_factor
from services.identity.models import Account, Invitation
from services.identity.sessions.commands import admission
from shared.contracts.identity import InvitationUnknown, WeakPassword
from shared.database import Write


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom a good code invites."""

    digest: str
    subject: str
    kind: str
    login: str


@dataclass(frozen=True, slots=True)
class Totp:
    """A new second factor: the secret that is sealed, and the address that the agent scans."""

    secret: str
    address: str


def invited(read: Session, code: str, at: datetime) -> Invited:
    """Return whom this code invites; raises InvitationUnknown."""
    found = queries.invitation(read, invitations.digest_of(code))
    if found is None or not invitations.is_good(found[0].expires_at, found[0].used_at, at):
        raise InvitationUnknown
    invitation, account = found
    return Invited(invitation.digest, account.subject, account.kind, account.login)


def require_strength(invited: Invited, password: str) -> None:
    """Raise WeakPassword for one that is too short or too common."""
    if passwords.too_weak(password, invited.kind, invited.login):
        raise WeakPassword(least=passwords.LEAST[invited.kind])


def new_totp(invited: Invited, town: str) -> Totp | None:
    """Return a second factor for an agent; families sign in without one."""
    if invited.kind != accounts.AGENT:
        return None
    secret = second_factor.new_secret()
    return Totp(secret, second_factor.address(secret, invited.login, town))


def activate(
    write: Write, invited: Invited, hashed: str, sealed: bytes | None, at: datetime
) -> Account:
    """Use the invitation up and open the account; raises InvitationUnknown for a second use."""
    account = queries.locked_account(write, invited.subject)
    invitation = write.get(Invitation, invited.digest)
    if invitation is None or not invitations.is_good(invitation.expires_at, invitation.used_at, at):
        raise InvitationUnknown
    invitation.used_at = at
    account.password_hash, account.totp_sealed, account.totp_step = hashed, sealed, 0
    account.active, account.opened_at = True, at
    admission.end_sessions(write, account, at)
    admission.cut_off_tokens(write, account, at)
    return account
