"""What should run: the supervisor, each process, and whether it answers."""

from collections.abc import Iterator
from typing import Any

from deploy import supervisor
from deploy.apply import Applied
from deploy.doctor.finding import UP, Finding, restart
from deploy.processes import wanted

PROCESS_OF_PAGES = {"portal": "portal_web", "front_desk": "front_desk_web"}
"""Under which name pages are served whose service has their own."""


def supervised(applied: Applied) -> Iterator[Finding]:
    if supervisor.running_pid(applied.instance) is None:
        yield Finding("The town does not run: nothing starts its processes.", UP)


def processes(applied: Applied) -> Iterator[Finding]:
    """Say which process is missing, or ends as soon as it is started."""
    known = (supervisor.state(applied.instance) or {"processes": {}})["processes"]
    for name in (process.name for process in wanted(applied)):
        row = known.get(name)
        if row is None:
            yield Finding(f"{name} should run and was never started.", "preau apply")
        elif row["state"] == supervisor.WAITING:
            log = applied.instance.log_path(name)
            yield Finding(
                f"{name} ended {row['restarts']} times, and is started again and again.",
                f"tail -n 30 {log}",
            )


def answers(applied: Applied, state: dict[str, Any]) -> Iterator[Finding]:
    """Say which process runs without answering."""
    known = (supervisor.state(applied.instance) or {"processes": {}})["processes"]
    services = {name: name for name in state["services"]}
    pages = {PROCESS_OF_PAGES.get(name, name): name for name in state["pages"]}
    for process, name in [*services.items(), *pages.items()]:
        kind = "services" if process in services else "pages"
        runs = known.get(process, {}).get("state") == supervisor.RUNNING
        if runs and not state[kind][name].get("ok"):
            yield Finding(f"{process} runs and does not answer.", restart(process))
