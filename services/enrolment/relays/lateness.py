"""When a child who was to be handed over is missed: a plain rule (rule R12)."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from shared.clock import PARIS
from shared.contracts.relays import HANDED, NOT_COMING, RECEIVED

PATIENCE = timedelta(minutes=15)
"""How long a child may be on its way before both services are alerted."""

WAITING, ON_THE_WAY, ARRIVED, AWAY, MISSED = "waiting", "on_the_way", "arrived", "away", "missed"


def hour_of(day: date, at: str) -> datetime:
    """Return the moment of an hour (HH:MM, of France) on a day; aware."""
    return datetime.combine(day, time.fromisoformat(at), PARIS)


def state_of(day: date, at: str, marks: Mapping[str, datetime], now: datetime) -> str:
    """
    Return where a child is on its way, by the last word of both sides.

    Who was received has arrived, whatever else was ticked. A child handed over later than said has
    its minutes from then. One whom nobody handed over is missed as well: it never arrived.
    """
    if RECEIVED in marks:
        return ARRIVED
    if NOT_COMING in marks:
        return AWAY
    handed = marks.get(HANDED)
    due = max(hour_of(day, at), handed or hour_of(day, at)) + PATIENCE
    if now >= due:
        return MISSED
    return ON_THE_WAY if handed else WAITING
