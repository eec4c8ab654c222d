"""Checks of the supervisor and of each process: running, and answering."""

from collections.abc import Collection, Iterator

from deploy.applied_town import Applied
from deploy.doctor.finding import APPLY, UP, Finding, restart_command
from deploy.hosting.systemd.noted_install_command import TARGET
from deploy.instance.release import release_here
from deploy.processes import supervisor
from deploy.processes.hosts import (
    ACTIVE,
    AUTO_RESTART,
    DOWN,
    NOT_FOUND,
    unit_name,
)
from deploy.processes.ops_requests import answering_copies_in_words
from deploy.processes.process import RUNNING, WAITING
from deploy.processes.process_plan import wanted_processes
from deploy.processes.started_versions import unit_states_here, versions_of_processes
from shared.json_values import JsonObject

ELSEWHERE = "preau doctor  # on each other host"


def check_supervisor(applied: Applied) -> Iterator[Finding]:
    if applied.engines_of_town.supervised and supervisor.running_pid(applied.instance) is None:
        yield Finding("The town does not run: nothing starts its processes.", UP)


def check_versions(applied: Applied) -> Iterator[Finding]:
    """Say which processes go on from another version than the town was brought to."""
    here, again = release_here().version, "preau down && preau up --detach"
    started = versions_of_processes(applied)
    for version in sorted(set(started.values()) - {here}):
        names = ", ".join(name for name, each in started.items() if each == version)
        yield Finding(
            f"Started from Préau {version}, where {here} is installed: {names}.",
            again if applied.engines_of_town.supervised else f"systemctl restart {TARGET}",
        )


def check_processes(applied: Applied, lost: Collection[str] = ()) -> Iterator[Finding]:
    """Say which process is missing, or ends as soon as it starts, but of `lost` principals."""
    known = _process_names_of_principals(applied, lost)
    check = _check_supervised if applied.engines_of_town.supervised else _check_units
    yield from check(applied, known)


def check_processes_answer(
    applied: Applied, state: JsonObject, lost: Collection[str] = ()
) -> Iterator[Finding]:
    """Say which process runs without answering; one that does not run was said already."""
    own = applied.engines_of_town.supervised
    down = _processes_down(applied) | _process_names_of_principals(applied, lost)
    for name, each in [*state["services"].items(), *state["pages"].items()]:
        process = "web_server" if name.endswith("(web server)") else name
        if each.get("ok"):
            continue
        if part := answering_copies_in_words(each):
            numbers = range(1, each["of"] + 1)
            if down.isdisjoint(applied.instance.copy_name(name, number) for number in numbers):
                yield Finding(
                    f"{name} answers as {part}.", restart_command(name) if own else ELSEWHERE
                )
        elif process not in down:
            yield Finding(f"{process} runs and does not answer.", restart_command(process, own=own))


def _process_names_of_principals(applied: Applied, principals: Collection[str]) -> set[str]:
    """Return the processes of some principals."""
    return {
        process.name
        for process in wanted_processes(applied)
        if process.env.get("PREAU_PRINCIPAL") in principals
    }


def _check_supervised(applied: Applied, but: Collection[str]) -> Iterator[Finding]:
    known = _supervisor_rows(applied)
    for name in (process.name for process in wanted_processes(applied)):
        if name in but:
            continue
        row = known.get(name)
        if row is None:
            yield Finding(f"{name} should run and was never started.", "preau apply")
        elif row["state"] == WAITING:
            log = applied.instance.log_path(name)
            yield Finding(_restarted_often_sentence(name, row["restarts"]), f"tail -n 30 {log}")


def _check_units(applied: Applied, but: Collection[str]) -> Iterator[Finding]:
    for name, state in unit_states_here(applied).items():
        if name in but:
            continue
        unit = unit_name(name)
        if state.get("LoadState") == NOT_FOUND:
            yield Finding(f"{name} should run, and has no unit yet.", f"{APPLY}  # as root")
        elif state["SubState"] == AUTO_RESTART:
            mend = f"journalctl --no-pager --lines 30 --unit {unit}"
            yield Finding(_restarted_often_sentence(name, state["NRestarts"]), mend)
        elif state["ActiveState"] in DOWN:
            yield Finding(f"{name} does not run.", f"systemctl start {unit}")


def _restarted_often_sentence(name: str, times: object) -> str:
    return f"{name} ended {times} times, and is started again and again."


def _processes_down(applied: Applied) -> set[str]:
    """Return the processes of this host that are known not to run."""
    if applied.engines_of_town.supervised:
        known = _supervisor_rows(applied)
        names = (process.name for process in wanted_processes(applied))
        return {name for name in names if known.get(name, {}).get("state") != RUNNING}
    states = unit_states_here(applied).items()
    return {name for name, state in states if state["ActiveState"] != ACTIVE}


def _supervisor_rows(applied: Applied) -> JsonObject:
    return dict((supervisor.supervisor_state(applied.instance) or {"processes": {}})["processes"])
