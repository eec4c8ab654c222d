"""`preau plan`, `apply`, `register`, `approve`: what a town file says, and makes."""

import json
import sys
from datetime import datetime

import click

from deploy.applied import Applied
from deploy.cli.output import say
from deploy.provisioning.apply import apply, broker_differences, plan, require_known_forms
from deploy.provisioning.pending import approve, to_approve
from deploy.register.report import rights_matrix
from deploy.register.treatments.compiler import as_text


@click.command("plan")
@click.pass_obj
def plan_command(applied: Applied) -> None:
    """Say what `apply` would change, and change nothing."""
    require_known_forms(applied)
    rows, steps = plan(applied)
    for line in [*rows, *steps]:
        click.echo(line)
    if not rows and not steps:
        click.echo("nothing to change")


@click.command("apply")
@click.pass_obj
def apply_command(applied: Applied) -> None:
    """Bring register, broker and databases to what the town file and the code say."""
    for line in apply(applied, say):
        click.echo(line)


@click.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def register(applied: Applied, as_json: bool) -> None:
    """Print rights matrix and treatment register; fails if the broker differs by one row."""
    current = applied.current()
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
    asked = to_approve(applied)
    if not asked:
        click.echo("nothing to approve")
        return
    for each in asked:
        click.echo(each.in_words())
    name = name or click.prompt("approved by")
    reason = reason or click.prompt("because")
    written = approve(applied, name, reason, valid_from.date() if valid_from else None)
    if written is not None:
        click.echo(f"approval {written.sequence} of {written.digest[:12]}, by {written.name}")
        click.echo(
            f"families read of it from the next `apply` on; in force from {written.valid_from}"
        )
