"""An invitation becomes an account in use: a password, and for agents a second factor."""

from datetime import datetime

from services.identity.accounts import queries
from services.identity.accounts.rules import invitations
from services.identity.accounts.rules.account_kinds import AGENT
from services.identity.agents.commands import rights_awaiting_holder
from services.identity.invitations.rules.activation_requirements import Invited
from services.identity.mail.commands.queueing import queue_email_of_password_change
from services.identity.models import Account, Invitation
from services.identity.sessions.commands import signing_in
from shared.contracts.identity.invitations import InvitationUnknown
from shared.database import Write


def activate_account(
    write: Write, invited: Invited, hashed: str, sealed: bytes | None, at: datetime
) -> Account:
    """
    Use the invitation up and open the account; raises InvitationUnknown for a second use.

    With an offer the account begins: its name is what that office wrote, its rights that office's.
    """
    account = queries.lock_account(write, invited.subject)
    if invited.offered:
        rights_awaiting_holder.accept_offer_with_new_account(write, account, invited.digest, at)
    else:
        _use_up_invitation(write, invited, at)
    if account.password_hash is not None:
        queue_email_of_password_change(write, account, at)
    account.password_hash = hashed
    if account.kind == AGENT:
        account.totp_sealed, account.totp_step = sealed, 0  # a family's own factor stays
    account.active, account.opened_at = True, at
    signing_in.end_sessions(write, account, at)
    signing_in.refuse_issued_tokens(write, account, at)
    return account


def _use_up_invitation(write: Write, invited: Invited, at: datetime) -> None:
    invitation = write.get(Invitation, invited.digest)
    if invitation is None or not invitations.is_code_usable(
        invitation.expires_at, invitation.used_at, at
    ):
        raise InvitationUnknown
    invitation.used_at = at
