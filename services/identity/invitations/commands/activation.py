"""An invitation becomes an account in use: a password, and for agents a second factor."""

from datetime import datetime

from services.identity.accounts import queries
from services.identity.accounts.rules import invitations
from services.identity.invitations.rules.activation import Invited
from services.identity.models import Account, Invitation
from services.identity.sessions.commands import admission
from shared.contracts.identity.invitations import InvitationUnknown
from shared.database import Write


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
