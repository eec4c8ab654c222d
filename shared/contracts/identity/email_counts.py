"""E-mails that identity sends, counted for operations."""

from dataclasses import dataclass
from typing import TypedDict

from shared.contracts.message import Empty, Method
from shared.contracts.values import Code, Moment

OWNER = "identity"


class EmailCount(TypedDict):
    """Number of emails of one template in one state."""

    template: Code
    state: Code
    count: int


@dataclass(frozen=True)
class PostStateAnswer:
    letters: list[EmailCount]
    oldest_waiting: Moment | None
    why_oldest_waits: str = ""
    """Answer of the mail server at the last attempt, or a word of ours; "" before the first."""


post_state = Method(OWNER, "post_state", Empty, PostStateAnswer)
"""Number of emails by template and state; no address."""
