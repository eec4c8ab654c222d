"""The account that an activation code invites."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.identity.accounts import queries
from services.identity.accounts.rules import invitations
from services.identity.agents.queries.rights_awaiting_holder import open_offer_by_digest
from services.identity.invitations.rules.activation_requirements import Invited
from services.identity.models import Account
from shared.contracts.identity.invitations import AccountInUse, InvitationUnknown


def account_invited_by_code(read: Session, code: str, at: datetime) -> Invited:
    """
    Return the account that this code invites; raises InvitationUnknown.

    Raises AccountInUse for the code of an offer to a login that has an account already.
    """
    digest = invitations.digest_of_code(code)
    row = queries.invitation_by_digest(read, digest)
    if row is None:
        return _account_offered_rights_by_code(read, digest, at)
    invitation, account = row
    if not invitations.is_code_usable(invitation.expires_at, invitation.used_at, at):
        raise InvitationUnknown
    return Invited(invitation.digest, account.subject, account.kind, account.login)


def _account_offered_rights_by_code(read: Session, digest: str, at: datetime) -> Invited:
    offer = open_offer_by_digest(read, digest, at)
    if offer is None:
        raise InvitationUnknown
    account = read.get_one(Account, offer.subject)
    if account.opened_at is not None:
        raise AccountInUse
    return Invited(digest, account.subject, account.kind, account.login, offered=True)
