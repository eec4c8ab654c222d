"""E-mails that identity sends, counted for operations, and sent again at their word."""

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


@dataclass(frozen=True)
class SentAgainAnswer:
    count: int


post_state = Method(OWNER, "post_state", Empty, PostStateAnswer)
"""Number of emails by template and state; no address."""

send_uncertain_again = Method(OWNER, "send_uncertain_again", Empty, SentAgainAnswer, writes=True)
"""
Queues again the emails of which nobody knows whether they arrived, while they are of use.

Who has one already has it twice then: operations look into the mail server's log before.
"""
