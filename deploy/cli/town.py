"""`preau plan`, `apply`, `register`, `approve`, `up`: what a town file says, makes and starts."""

import json
import sys
from datetime import datetime

import click

from deploy.applied_town import Applied
from deploy.cli.changing_command import ChangingCommand, say_to_operator
from deploy.cli.lifecycle import wait_for_processes
from deploy.cli.output import say_progress
from deploy.engines.engines_file import write_own_cluster_file
from deploy.instance.one_change_at_a_time import hold_town_for_change
from deploy.instance.release import require_changeable_home
from deploy.processes import supervisor
from deploy.processes.hosts import refuse_where_systemd_runs
from deploy.processes.process_plan import ASKED
from deploy.processes.supervisor import Supervisor
from deploy.provisioning import move_to_postgres
from deploy.provisioning.apply import (
    apply_town_file,
    broker_differences,
    plan_changes,
    require_known_schemas,
    say_what_the_town_lacks,
)
from deploy.provisioning.pending_widenings import note_approval_of_widenings, widenings_to_approve
from deploy.register.rights_report import rights_matrix
from deploy.register.treatments.compiler import entries_as_text


@click.command("plan")
@click.pass_obj
def plan_command(applied: Applied) -> None:
    """Say what `apply` would change, and change nothing."""
    require_known_schemas(applied)
    rows, steps = plan_changes(applied)
    say_what_the_town_lacks(applied, say_to_operator)
    for line in [*rows, *steps]:
        click.echo(line)
    if not rows and not steps:
        click.echo("nothing to change")


@click.command("apply", cls=ChangingCommand)
@click.pass_obj
def apply_command(applied: Applied) -> None:
    """Bring register, broker and databases to what the town file and the code say."""
    for line in apply_town_file(applied, say_progress):
        click.echo(line)


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def register(applied: Applied, as_json: bool) -> None:
    """Print rights matrix and treatment register; fails if the broker differs by one row."""
    current = applied.register_in_force()
    if current is None:
        raise click.ClickException("there is no register yet: run `preau apply`")
    differences = broker_differences(applied)
    if as_json:
        click.echo(json.dumps({**current, "broker_differences": differences}, ensure_ascii=False))
    else:
        click.echo(rights_matrix(current))
        click.echo(entries_as_text(current["treatments"]))
    for line in differences:
        click.echo(f"the broker differs: {line}", err=True)
    sys.exit(1 if differences else 0)


@click.command("approve")
@click.option("--name", help="Who approves: the data protection officer.")
@click.option("--reason", help="Why; kept in the record.")
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="Not before.")
@click.pass_obj
def approve_command(
    applied: Applied, name: str | None, reason: str | None, valid_from: datetime | None
) -> None:
    """Show what the town file widens and write down that the DPO approves exactly that."""
    asked = widenings_to_approve(applied)
    if not asked:
        click.echo("nothing to approve")
        return
    for each in asked:
        click.echo(each.widening_in_words())
    name = name or click.prompt("approved by")
    reason = reason or click.prompt("because")
    first = valid_from.date() if valid_from else None
    with hold_town_for_change(applied.instance, "preau approve", say_to_operator):
        written = note_approval_of_widenings(
            applied, asked, name=name, reason=reason, valid_from=first
        )
    click.echo(f"approval {written.sequence} of {written.digest[:12]}, by {written.name}")
    click.echo(f"families read of it from the next `apply` on; in force from {written.valid_from}")


@click.command()
@click.option("--detach", is_flag=True, help="Leave everything running in the background.")
@click.option("--cluster", is_flag=True, help="On a cluster of this machine; it stays one.")
@click.pass_obj
def up(applied: Applied, detach: bool, cluster: bool) -> None:
    """Start what Préau's own engines are, apply the town file, start every process."""
    with hold_town_for_change(applied.instance, "preau up", say_to_operator):
        require_changeable_home(applied.instance)
        if cluster:
            write_own_cluster_file(applied.instance)
        start_own_engines(applied)
        apply_town_file(applied, say_progress)
        if detach and supervisor.running_pid(applied.instance) is None:  # else it was notified
            supervisor.start_detached(applied.instance, ASKED)
    if detach:
        wait_for_processes(applied)
        return
    try:
        Supervisor(applied.instance, ASKED).run()
    finally:
        applied.engines_of_town.stop_own_engines()


@click.command("move", cls=ChangingCommand)
@click.option("--forget-files", is_flag=True, help="Delete the files of before, for good.")
@click.pass_obj
def move_command(applied: Applied, forget_files: bool) -> None:
    """Move a stopped town from files to Préau's own PostgreSQL; its files are kept."""
    if forget_files:
        click.echo(move_to_postgres.delete_files_left_from_move(applied))
        return
    click.echo(move_to_postgres.move_to_postgresql(applied, say_progress))


def start_own_engines(applied: Applied) -> None:
    """Start what is Préau's own, saying why it takes a while; raises UserError where nothing is."""
    require_known_schemas(applied)
    refuse_where_systemd_runs(applied, "systemctl start preau.target")
    say_progress("broker (the first start takes some twenty seconds)")
    applied.engines_of_town.start_own_engines()
