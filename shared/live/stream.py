"""Server-sent events of one open page: they say that something changed, never what."""

import json
import random
from collections.abc import Callable, Iterator

from shared.live.hub import Hub, Seat

SESSION = "session"
"""Kind of change upon which the stream checks the session again."""

HEARTBEAT_SECONDS = 20.0
RETRY_MILLISECONDS = (1_000, 3_000)
"""Range of reconnection delays: a random one, so that browsers do not all return at once."""

Look = Callable[[], tuple[str, ...] | None]


def stream_events(
    hub: Hub, seat: Seat, look: Look, since: str, heartbeat: float = HEARTBEAT_SECONDS
) -> Iterator[str]:
    """
    Yield events until the session is over.

    `look` returns the audiences of the session, None once it is over. It runs at every heartbeat:
    the end of a session, or a change of households, is noticed without a push. An open page is no
    activity: `look` writes nothing.
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
        kinds = position.kinds_changed_since(known)
        if kinds:
            known = position.text
            yield _change_event(known, kinds)
        due = SESSION in kinds and not due  # this person's: look again at once
        if not due and not seat.wait(heartbeat):
            due = True
            yield ": \n\n"


def _change_event(position: str, kinds: tuple[str, ...]) -> str:
    shown = {"kinds": [kind for kind in kinds if kind != SESSION]}
    return f"id: {position}\nevent: change\ndata: {json.dumps(shown)}\n\n"
