"""What should run: the supervisor, each process, and whether it answers."""

import re
from collections.abc import Iterator
from typing import Any

from deploy import supervisor
from deploy.applied import Applied
from deploy.child import RUNNING, WAITING
from deploy.doctor.finding import UP, Finding, restart
from deploy.processes import wanted


def supervised(applied: Applied) -> Iterator[Finding]:
    if applied.engines.own and supervisor.running_pid(applied.instance) is None:
        yield Finding("The town does not run: nothing starts its processes.", UP)


def processes(applied: Applied) -> Iterator[Finding]:
    """Say which process is missing, or ends as soon as it is started; systemd's are its own."""
    if not applied.engines.own:
        return
    known = (supervisor.state(applied.instance) or {"processes": {}})["processes"]
    for name in (process.name for process in wanted(applied)):
        row = known.get(name)
        if row is None:
            yield Finding(f"{name} should run and was never started.", "preau apply")
        elif row["state"] == WAITING:
            log = applied.instance.log_path(name)
            yield Finding(
                f"{name} ended {row['restarts']} times, and is started again and again.",
                f"tail -n 30 {log}",
            )


def answers(applied: Applied, state: dict[str, Any]) -> Iterator[Finding]:
    """Say which process runs without answering; one that does not run was said already."""
    known = (supervisor.state(applied.instance) or {"processes": {}})["processes"]
    own = applied.engines.own
    silent = [name for name, each in state["services"].items() if not each.get("ok")]
    silent += [_process(name) for name, each in state["pages"].items() if not each.get("ok")]
    for process in silent:
        if not own or known.get(process, {}).get("state") == RUNNING:
            yield Finding(f"{process} runs and does not answer.", restart(process, own=own))


def _process(pages: str) -> str:
    """Return under which name pages are served whose service has their own."""
    if pages.endswith("(web server)"):
        return "web_server"
    return re.sub(r"^(portal|front_desk)(_\d+)?$", r"\1_web\2", pages)
