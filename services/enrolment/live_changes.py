"""Changes that open pages of the desk receive: one counter for each permission of agents."""

from collections.abc import Collection

from services.enrolment.models import Change
from shared.database import Write
from shared.live.change_counts import count_change
from shared.live.stream import SESSION
from shared.register.entitlement import CONVERSATIONS

APPLICATIONS = "applications"
ROLL_CALL = "roll_call"
"""Ticks of hand-overs, of this provider or the other one: an alert may be over."""
KINDS = (APPLICATIONS, CONVERSATIONS, ROLL_CALL, SESSION)


def note_change_for_open_pages(write: Write, permission: str) -> None:
    """Note a change for agents with a permission; call it last: all writers lock this row."""
    count_change(write, Change, [permission], permission)


def note_changed_rights_of_agent(write: Write, subject: str) -> None:
    """Note that an agent's rights or tokens changed: its open pages reload at once."""
    count_change(write, Change, [subject], SESSION)


def audiences_of_page(subject: str, permissions: Collection[str]) -> tuple[str, ...]:
    """Return the changes that an open page of an agent with these permissions waits for."""
    return (
        subject,
        *(
            permission
            for permission in (APPLICATIONS, CONVERSATIONS, ROLL_CALL)
            if permission in permissions
        ),
    )
