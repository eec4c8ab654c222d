"""`preau plan`, `apply`, `register`, `approve`: what a town file says, and makes."""

import json
import sys
from datetime import datetime

import click

from deploy.applied import Applied
from deploy.cli.output import say
from deploy.provisioning.apply import (
    apply_town_file,
    broker_differences,
    plan_changes,
    require_known_schemas,
)
from deploy.provisioning.pending_widenings import approve_widenings, widenings_to_approve
from deploy.register.report import rights_matrix
from deploy.register.treatments.compiler import as_text


@click.command("plan")
@click.pass_obj
def plan_command(applied: Applied) -> None:
    """Say what `apply` would change, and change nothing."""
    require_known_schemas(applied)
    rows, steps = plan_changes(applied)
    for line in [*rows, *steps]:
        click.echo(line)
    if not rows and not steps:
        click.echo("nothing to change")


@click.command("apply")
@click.pass_obj
def apply_command(applied: Applied) -> None:
    """Bring register, broker and databases to what the town file and the code say."""
    for line in apply_town_file(applied, say):
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
        click.echo(as_text(current["treatments"]))
    for line in differences:
        click.echo(f"the broker differs: {line}", err=True)
    sys.exit(1 if differences else 0)


@click.command("approve")
@click.option("--name", help="Who approves: the data protection officer.")
@click.option("--reason", help="Why; it stands in the record.")
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
        click.echo(each.in_words())
    name = name or click.prompt("approved by")
    reason = reason or click.prompt("because")
    written = approve_widenings(applied, name, reason, valid_from.date() if valid_from else None)
    if written is not None:
        click.echo(f"approval {written.sequence} of {written.digest[:12]}, by {written.name}")
        click.echo(
            f"families read of it from the next `apply` on; in force from {written.valid_from}"
        )
