"""The open sessions of one person, as that person sees them."""

from datetime import datetime

from sqlalchemy.orm import Session

from services.identity.accounts import queries
from services.identity.models import Account
from services.identity.sessions.rules import lifetime_and_secrets as sessions_rules
from shared.contracts.identity.own_account.password_and_sessions import MOST_SESSIONS, OpenSession


def open_sessions_of_person(
    read: Session, account: Account, secret: str, at: datetime
) -> list[OpenSession]:
    """Return a person's latest open sessions: that with this secret first, then by last use."""
    own = sessions_rules.digest_of_session_secret(secret)
    rows = [
        row
        for row in queries.unended_sessions(read, account.subject)
        if sessions_rules.is_session_open(
            account.kind, row.opened_at, row.last_used_at, row.ended_at, at
        )
    ]
    rows.sort(key=lambda row: (row.digest == own, row.last_used_at), reverse=True)
    return [
        {"opened_at": row.opened_at, "used_at": row.last_used_at, "current": row.digest == own}
        for row in rows[:MOST_SESSIONS]
    ]
