"""The account that an activation code invites."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.identity.accounts import queries
from services.identity.accounts.rules import invitations
from services.identity.invitations.rules.activation import Invited
from shared.contracts.identity.invitations import InvitationUnknown


def invited_account(read: Session, code: str, at: datetime) -> Invited:
    """Return the account that this code invites; raises InvitationUnknown."""
    row = queries.invitation_by_digest(read, invitations.digest_of_code(code))
    if row is None or not invitations.is_code_usable(row[0].expires_at, row[0].used_at, at):
        raise InvitationUnknown
    invitation, account = row
    return Invited(invitation.digest, account.subject, account.kind, account.login)
