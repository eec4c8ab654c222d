"""What open pages of the desk hear of: a change to what agents with one act work on."""

from collections.abc import Collection

from services.enrolment.models import Change
from shared.database import Write
from shared.live.changes import note
from shared.live.stream import SESSION
from shared.register.entitlement import CONVERSATIONS

APPLICATIONS = "applications"
ROLL_CALL = "roll_call"
"""What was ticked of hand-overs, here or at the service beside: an alert may be over."""
KINDS = (APPLICATIONS, CONVERSATIONS, ROLL_CALL, SESSION)


def changed(write: Write, act: str) -> None:
    """Note a change for whoever holds an act; last in a transaction, as they all meet here."""
    note(write, Change, [act], act)


def rights_changed(write: Write, subject: str) -> None:
    """Note that an agent's rights, or tokens, changed: its open pages look at once."""
    note(write, Change, [subject], SESSION)


def audiences_of(subject: str, acts: Collection[str]) -> tuple[str, ...]:
    """Return what an open page of an agent with these acts waits for."""
    return (subject, *(act for act in (APPLICATIONS, CONVERSATIONS, ROLL_CALL) if act in acts))
