"""Kinds of account, and the principals at which each kind signs in."""

import unicodedata
from datetime import datetime, timedelta

from shared.register.declarations import PORTAL

FAMILY, AGENT = "family", "agent"

UNUSED_FOR = timedelta(days=90)
"""An agent's account unused for so long is suspended, until an administrator re-opens it."""


def fold_login(login: str) -> str:
    """Return the login as it is stored and compared: no matter the case or the keyboard."""
    return unicodedata.normalize("NFKC", login.strip()).casefold()


def account_kind_at_principal(principal: str, *, is_office: bool) -> str | None:
    """Families sign in at the portal, agents at an office's desk, and nobody anywhere else."""
    if principal == PORTAL:
        return FAMILY
    return AGENT if is_office else None


def is_unused_account(
    kind: str, opened_at: datetime | None, last_signed_in: datetime | None, at: datetime
) -> bool:
    """Say whether an agent's account has slept too long."""
    if kind != AGENT or opened_at is None:
        return False
    return at - max(opened_at, last_signed_in or opened_at) > UNUSED_FOR
