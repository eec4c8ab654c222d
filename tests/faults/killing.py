"""
Runs a service that kills itself (SIGKILL) at a named step, once for each message that passes it.

    python -m tests.faults.killing <step> module:Class

The next life starts at once. What a message has been died for is noted as a file in KILLING_MARKS,
so that it passes in the next life: each message costs one death, and none costs two. The step wraps
the real classes, in this process alone.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from eventlet.patcher import original

import shared.bus.runner as runner
from deploy.processes.forks.subreaper import make_death_signal_setter
from shared.bus.handling import subscriptions
from shared.bus.handling.event_entrypoint import Events
from shared.bus.outbox_relay import Relay
from shared.database import Write

fork, waitpid = original("os").fork, original("os").waitpid
"""
The system's own functions: the runner replaces them by ones that want a hub, which each life would
inherit.
"""

Wrap = Callable[..., Any]


def die_for(ids: Iterable[str]) -> None:
    """Die, where one of these messages was not died for before."""
    marks = Path(os.environ["KILLING_MARKS"])
    fresh = [each for each in ids if not (marks / each.replace(":", "_")).exists()]
    if fresh:
        for each in fresh:
            (marks / each.replace(":", "_")).touch()
        os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, name: str, ids: Callable[..., Iterable[str]]) -> None:
    """Die at the entrance of a function."""
    real = getattr(owner, name)

    def wrapped(*args: Any, **named: Any) -> Any:
        die_for(ids(*args))
        return real(*args, **named)

    setattr(owner, name, wrapped)


def after(owner: Any, name: str, ids: Callable[..., Iterable[str]]) -> None:
    """Die when a function has done its work."""
    real = getattr(owner, name)

    def wrapped(*args: Any) -> Any:
        result = real(*args)
        die_for(ids(*args))
        return result

    setattr(owner, name, wrapped)


def _rows(_relay: Any, rows: Any, *_: Any) -> Iterable[str]:
    return [row.id for row in rows]


STEPS: dict[str, tuple[Wrap, Any, str, Callable[..., Iterable[str]]]] = {
    "insert_to_commit": (after, Write, "keep_answer", lambda _write, _caller, id_, _answer: [id_]),
    "before_publish": (before, Relay, "_publish_rows", _rows),
    "after_publish": (before, Relay, "_apply_outcomes", _rows),
    "before_commit": (
        after,
        subscriptions,
        "_handle_new_ones_together",
        lambda _write, run: [event.message_id for event in run],
    ),
    "after_commit": (
        before,
        Events,
        "_acknowledge_batch",
        lambda _events, messages, *_: [each.properties["message_id"] for each in messages],
    ),
}


def live(path: str) -> int:
    """
    Run the service once; return its wait status. It dies with this process.

    No signal is handled here: a handler that ran while the next life was being forked killed the
    last one, which was gone, and its error was swallowed; SIGTERM was lost and the lives went on.
    """
    parent = os.getpid()
    pid = fork()
    if pid == 0:
        make_death_signal_setter(parent, signal.SIGKILL)()
        runner.main(path)
        os._exit(0)
    return waitpid(pid, 0)[1]


def main(step: str, path: str) -> None:
    """Run again after each death by the step's own hand."""
    wrap, owner, name, ids = STEPS[step]
    wrap(owner, name, ids)
    while live(path) == signal.SIGKILL:
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
