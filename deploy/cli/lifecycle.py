"""`preau status`, `restart`, `down`: a town that runs, looked at and stopped."""

import json
import sys
from collections.abc import Collection

import click
from rich.table import Table

from deploy.applied_town import Applied
from deploy.cli.output import screen
from deploy.instance import noted_job_progress
from deploy.instance.release import release_here
from deploy.instance.user_error import UserError
from deploy.processes import ops_requests as operations
from deploy.processes import supervisor
from deploy.processes.hosts import refuse_where_systemd_runs, unit_name
from deploy.processes.process_plan import wanted_processes
from deploy.processes.public_addresses import pages_of_services
from deploy.processes.started_versions import versions_of_processes
from deploy.provisioning.approval_requests import answer_of_office
from deploy.provisioning.pending_widenings import widenings_to_approve
from deploy.register.town_file.town import TownRefused
from shared.contracts.portal_gateway.widening_approvals import REFUSED
from shared.json_values import JsonObject


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def status(applied: Applied, as_json: bool) -> None:
    """Say what runs and what answers; fails where something does not."""
    state = {
        **operations.status_of_town(applied),
        "job": noted_job_progress.read_progress(applied.instance),
        "town_file": _town_file_approval_in_words(applied),
        "version": release_here().version,
        "versions": versions_of_processes(applied),
        "addresses": _addresses_by_process(applied),
    }
    if as_json:
        click.echo(json.dumps(state, indent=1))
    else:
        _print_status(state)
    sys.exit(0 if state["ready"] else 1)


@click.command()
@click.argument("process")
@click.pass_obj
def restart(applied: Applied, process: str) -> None:
    """End PROCESS, as `status` names it; it is started again with the secrets of now."""
    refuse_where_systemd_runs(applied, f"systemctl restart {unit_name(process)}")
    wanted_processes(applied)  # else the supervisor keeps what it had, where a secret is misspelt
    supervisor.restart_process(applied.instance, process, ask_anew=True)
    wait_for_processes(applied)


@click.command()
@click.option("--forget", is_flag=True, help="Delete what lies outside of the instance's home.")
@click.pass_obj
def down(applied: Applied, forget: bool) -> None:
    """Stop every process and Préau's own engines."""
    refuse_where_systemd_runs(applied, "systemctl stop preau.target")
    supervisor.stop_supervisor(applied.instance)
    engines = applied.engines_of_town
    engines.remove_own_engines() if forget else engines.stop_own_engines()


def wait_for_processes(applied: Applied, only: Collection[str] = ()) -> None:
    """Return when every process answers, or each of some, and show meanwhile that it waits."""
    with screen.status(f"waiting for {', '.join(only) or 'every process'} to answer"):
        operations.wait_until_town_ready(applied, only=only)


def _print_status(state: JsonObject) -> None:
    started = dict(state["versions"])
    table = Table("what", "state", "started from", "address")
    addresses = state["addresses"]
    table.add_row("Préau", "installed", state["version"])
    table.add_row("broker", "runs" if state["broker"] else "down")
    for name, answer in [*state["services"].items(), *state["pages"].items()]:
        table.add_row(
            name,
            _answer_in_words(answer),
            started.pop(name, answer.get("version")),
            addresses.get(name),
        )
    for name, version in started.items():
        table.add_row(name, "runs", version)
    if state["town_file"]:
        table.add_row("town file", state["town_file"])
    if state["job"] is not None:
        table.add_row(state["job"]["job"], _job_in_words(state["job"]))
    screen.print(table)


def _addresses_by_process(applied: Applied) -> dict[str, str]:
    """Return where families and agents open the pages that a process serves, by its name."""
    register = applied.register_in_force()
    pages = pages_of_services(applied.engines_of_town, register) if register else {}
    return {page.name: page.address for page in pages.values()}


def _town_file_approval_in_words(applied: Applied) -> str:
    """
    Say whether the town file is refused, or widens what the data protection office has not
    approved; else nothing.
    """
    try:
        asked = widenings_to_approve(applied)
    except (TownRefused, UserError):
        return "is refused: see `preau plan`"
    if not asked:
        return ""
    said = answer_of_office(applied, asked)
    refused = said is not None and said.verdict == REFUSED
    return "a widening was refused" if refused else "a widening is not approved"


def _answer_in_words(answer: dict[str, object]) -> str:
    if answer.get("ok"):
        return "answers"
    part = operations.answering_copies_in_words(answer)
    return f"answers as {part}" if part else "silent"


def _job_in_words(found: dict[str, object]) -> str:
    if found["state"] == noted_job_progress.DONE:
        return noted_job_progress.DONE
    where = f"{found['stage']}, {found['at']} of {found['of']}" if found["of"] else "the beginning"
    step = f" ({found['step']}: {found['done']} of {found['total']})" if found["step"] else ""
    how = "is at" if found["state"] == noted_job_progress.RUNNING else f"{found['state']} at"
    return f"{how} {where}{step}"
