"""Rows that count tries, shared by all processes and hosts."""

from datetime import datetime

from services.identity.accounts.rules import sign_in_delays
from services.identity.models import LoginTries
from services.identity.sessions.commands import known_devices
from shared.database import Write


def lock_row_of_tries(write: Write, digest: str, at: datetime) -> LoginTries:
    """Return the row of some tries, made where missing, held until the end."""
    fresh = write.upsert_into(LoginTries).values(
        login_digest=digest, failed=0, recent=[], last_at=at
    )
    held = fresh.on_conflict_do_update(index_elements=["login_digest"], set_={"last_at": at})
    write.execute(held)
    return write.get_one(LoginTries, digest, populate_existing=True)


def tries_in_row(row: LoginTries) -> sign_in_delays.Tries:
    """Return what a row counts."""
    return sign_in_delays.Tries(
        row.failed, known_devices.moments_from_seconds(row.recent), row.knocked_at
    )


def store_tries(row: LoginTries, made: sign_in_delays.Tries) -> None:
    """Keep what was counted in a locked row."""
    row.failed, row.recent = made.failed, known_devices.seconds_from_moments(made.recent)
    row.knocked_at = made.knocked_at
