"""The version of the code from which each process of this host was started."""

from collections.abc import Mapping
from pathlib import Path

from deploy.applied_town import Applied
from deploy.processes import supervisor
from deploy.processes.hosts import ACTIVE, copies_here, number_of_copy, unit_states
from deploy.processes.process import RUNNING
from deploy.processes.process_plan import wanted_processes
from shared.runtime.version import version_of_code


def versions_of_processes(applied: Applied) -> dict[str, str]:
    """
    Return by process the version from which it was started, of those that run here.

    Of a unit that is the version in the folder of its release.
    """
    if applied.engines_of_town.supervised:
        state = supervisor.supervisor_state(applied.instance)
        if state is None:
            return {}
        rows = state["processes"].items()
        running = {name: row["version"] for name, row in rows if row["state"] == RUNNING}
        return {"supervisor": state["version"], **running}
    return {
        name: version_of_code(Path(state["WorkingDirectory"]))
        for name, state in unit_states_here(applied).items()
        if state["ActiveState"] == ACTIVE
    }


def unit_states_here(applied: Applied) -> dict[str, Mapping[str, str]]:
    """Return what systemd says of the unit of each process of this host."""
    here, copies = copies_here(applied), applied.engines_of_town.copies
    names = (process.name for process in wanted_processes(applied))
    return unit_states(name for name in names if number_of_copy(name, copies) in here)
