"""Tries of strangers at a login, as if they had been made."""

from sqlalchemy import delete, insert

from services.identity.accounts.rules import sign_in_delays
from services.identity.models import LoginTries
from services.identity.store import store
from shared.dates.clock import now


def slowed_at(counted_at: str, login: str) -> None:
    """Let strangers have tried one login so often that a new device has to wait for its turn."""
    _tried_at(counted_at, login, sign_in_delays.AT_LOGIN.slows)


def stopped_at(counted_at: str, login: str) -> None:
    """Let as many strangers have tried one login within two minutes as are let in an hour."""
    _tried_at(counted_at, login, sign_in_delays.AT_LOGIN.stops)


def _tried_at(counted_at: str, login: str, count: int) -> None:
    moment = now()
    row = {
        "login_digest": sign_in_delays.digest_of_counted_tries("login", counted_at, login),
        "failed": count,
        "recent": sorted(moment.timestamp() - number for number in range(count)),
        "last_at": moment,
    }
    with store.write() as write:
        write.execute(delete(LoginTries).where(LoginTries.login_digest == row["login_digest"]))
        write.execute(insert(LoginTries), [row])
