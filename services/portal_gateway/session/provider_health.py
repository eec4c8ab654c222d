"""
Providers that did not answer lately: noted by the page that asked, read by all pages.

A note expires after two minutes: the provider may be available again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from services.portal_gateway.models import UnavailableProvider
from services.portal_gateway.store import store
from shared.contracts.errors import NoAnswer, Unavailable

FADES = timedelta(minutes=2)
AGAIN = timedelta(seconds=30)
"""Interval in which a known outage is written again: pages write little."""

Outcome = object
"""An answer, or a Refusal."""

_unavailable = UnavailableProvider.__table__
_UNAVAILABLE = select(_unavailable.c.provider, _unavailable.c.noticed_at).where(
    _unavailable.c.noticed_at > bindparam("since")
)


def is_unavailable(outcome: Outcome) -> bool:
    """Say whether there was no answer; a refusal is an answer."""
    return isinstance(outcome, NoAnswer | Unavailable)


def unavailable_providers(read: Session, moment: datetime) -> dict[str, datetime]:
    """Return the providers known to be unavailable, with the time of the last note."""
    rows = read.connection().execute(_UNAVAILABLE, {"since": moment - FADES})
    return {code: noticed_at for code, noticed_at in rows}


def note_which_providers_answered(
    outcomes: Iterable[tuple[str, Outcome]], moment: datetime
) -> None:
    """
    Note the providers that answered and those that did not, of (provider, outcome); writes changes
    only.
    """
    pairs = list(outcomes)
    missed = {code for code, outcome in pairs if is_unavailable(outcome)}
    with store.read() as read:
        noticed = unavailable_providers(read, moment)
    fresh = {code for code in missed if code not in noticed or moment - noticed[code] > AGAIN}
    back = {code for code, _ in pairs if code not in missed and code in noticed}
    if not fresh and not back:
        return
    with store.write() as write:
        write.execute(delete(UnavailableProvider).where(UnavailableProvider.provider.in_(back)))
        for code in sorted(fresh):
            seen = write.upsert_into(UnavailableProvider).values(provider=code, noticed_at=moment)
            write.execute(
                seen.on_conflict_do_update(index_elements=["provider"], set_={"noticed_at": moment})
            )
