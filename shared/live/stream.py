"""What one open page is sent, as server-sent events: that something changed, and never what."""

import json
import random
from collections.abc import Callable, Iterator

from shared.live.hub import Hub, Seat

SESSION = "session"
"""The kind of a change that says: look whether this person is still signed in."""

HEARTBEAT_SECONDS = 20.0
RETRY_MILLISECONDS = (1_000, 3_000)
"""A browser comes back after a time of its own, or all would come at once after a restart."""

Look = Callable[[], tuple[str, ...] | None]


def events(
    hub: Hub, seat: Seat, look: Look, since: str, heartbeat: float = HEARTBEAT_SECONDS
) -> Iterator[str]:
    """
    Yield events until the session is over.

    `look` returns the audiences of who is signed in, None once nobody is; it runs at every
    heartbeat, so that a session's end, or a household that came or went, is seen without a push.
    A page that stays open is no activity: looking notes nothing.
    """
    yield f"retry: {random.randint(*RETRY_MILLISECONDS)}\n\n"
    known, due = since, True
    while not seat.ended:
        if due:
            audiences = look()
            if audiences is None:
                yield "event: over\ndata: {}\n\n"
                return
            hub.watch(seat, audiences)
        position = hub.position(seat)
        kinds = position.changed_since(known)
        if kinds:
            known = position.text
            yield _change(known, kinds)
        due = SESSION in kinds and not due  # this person's: look again at once
        if not due and not seat.wait(heartbeat):
            due = True
            yield ": \n\n"


def _change(position: str, kinds: tuple[str, ...]) -> str:
    shown = {"kinds": [kind for kind in kinds if kind != SESSION]}
    return f"id: {position}\nevent: change\ndata: {json.dumps(shown)}\n\n"
