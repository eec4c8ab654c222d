"""Kinds of change of a household or a person, as open pages subscribe to them."""

from collections.abc import Iterable

from services.portal_gateway.models import Change
from shared.database import Write
from shared.live.change_counts import count_change
from shared.live.stream import SESSION

NEWS, PLACES, BILLS, MESSAGES = "news", "places", "bills", "messages"
KINDS = (NEWS, PLACES, BILLS, MESSAGES, SESSION)


def note_change(write: Write, kind: str, *audiences: str) -> None:
    """Note a change for households or persons, in the transaction that makes it."""
    count_change(write, Change, audiences, kind)


def audiences_of_person(subject: str, households: Iterable[str]) -> tuple[str, ...]:
    """Return what an open page of this person waits for: its own households, and itself."""
    return (subject, *sorted(set(households)))
