"""Accounts of a town of demonstration that are not open yet."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.identity.accounts.rules import accounts
from services.identity.agents.rules.demonstration import Wanted
from services.identity.models import Account


def unknown_accounts(read: Session, wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return those whose login and subject are new; the others are left as they are."""
    return [account for account in wanted if not _is_known(read, account)]


def _is_known(read: Session, account: Wanted) -> bool:
    same_login = (Account.kind == account["kind"]) & (
        Account.login == accounts.folded(account["login"])
    )
    found = select(Account.subject).where(or_(same_login, Account.subject == account["subject"]))
    return read.scalar(found.limit(1)) is not None
