"""Tokens as answers: of a person's own session, and of one at the front desk."""

from datetime import datetime

from services.identity.accounts.rules.account_kinds import FAMILY
from services.identity.models import Account
from services.identity.sessions.commands.accompanied import Going
from shared.contracts.identity.sign_ins import IssuedToken, SignInAnswer
from shared.person import LIFETIME, issue_token
from shared.person.tokens import SigningKey
from shared.register.declarations import PORTAL


def issue_account_token(
    key: SigningKey, account: Account, azp: str, issued_at: datetime
) -> IssuedToken:
    """Return a token of a person for the principal `azp`."""
    token = issue_token(key, account.subject, azp, account.kind, issued_at=issued_at)
    return IssuedToken(token, issued_at + LIFETIME)


def make_new_session_answer(
    key: SigningKey,
    account: Account,
    azp: str,
    secret: str,
    issued_at: datetime,
    device: str,
    proven: bool = True,
) -> SignInAnswer:
    """Return a session that a person has just opened, with its first token."""
    issued = issue_account_token(key, account, azp, issued_at)
    return SignInAnswer(
        session=secret,
        token=issued.token,
        expires_at=issued.expires_at,
        subject=account.subject,
        kind=account.kind,
        name=account.name,
        device=device,
        proven=proven,
    )


def issue_accompanied_token(key: SigningKey, going: Going) -> IssuedToken:
    """Return a token of a family at the front desk, which names the agent beside it."""
    row, at = going.row, going.issued_at
    token = issue_token(
        key, row.family, PORTAL, FAMILY, going.next_token_lifetime, at, actor=row.agent
    )
    return IssuedToken(token, at + going.next_token_lifetime)
