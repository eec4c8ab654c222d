"""Accounts of a town of demonstration that are not open yet."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.identity.accounts.rules import account_kinds
from services.identity.models import Account
from shared.contracts.identity.accounts import ReadyAccount


def demo_accounts_not_open(read: Session, ready: Sequence[ReadyAccount]) -> list[ReadyAccount]:
    """Return those whose login and subject are new; the others are left as they are."""
    return [account for account in ready if not _is_account_open(read, account)]


def _is_account_open(read: Session, account: ReadyAccount) -> bool:
    same_login = (Account.kind == account["kind"]) & (
        Account.login == account_kinds.fold_login(account["login"])
    )
    query = select(Account.subject).where(or_(same_login, Account.subject == account["subject"]))
    return read.scalar(query.limit(1)) is not None
