"""`preau dead`, `resync`, `post`: what did not arrive, on the bus and by e-mail."""

import click
from rich.table import Table

from deploy import ops_requests as operations
from deploy.applied import Applied
from deploy.cli.output import screen


@click.group()
def dead() -> None:
    """The dead letters of every service, which their owners alone may handle again."""


@dead.command("list")
@click.pass_obj
def dead_list(applied: Applied) -> None:
    """List dead letters without their bodies."""
    table = Table("owner", "type", "from", "reason", "bytes", "message", "trace")
    for owner, letters in operations.list_dead_letters(applied).items():
        for letter in letters:
            table.add_row(
                owner,
                letter["type"],
                letter["source"],
                letter["reason"],
                str(letter["size"]),
                letter["message_id"],
                letter["trace"],
            )
    screen.print(table if table.row_count else "no dead letters")


@dead.command("replay")
@click.argument("principal")
@click.pass_obj
def dead_replay(applied: Applied, principal: str) -> None:
    """Have PRINCIPAL handle its dead letters again."""
    answer = operations.replay_dead_letters(applied, principal)
    click.echo(f"{answer['replayed']} handled, {answer['kept']} kept")


@click.command()
@click.argument("code", required=False)
@click.pass_obj
def resync(applied: Applied, code: str | None) -> None:
    """Compare the replica of one provider, or of all, with the dossier, and mend it."""
    for name, answer in operations.resync_replicas(applied, code).items():
        words = "equal" if answer["equal"] else f"{answer['asked_again']} asked for again"
        click.echo(f"{name}: {words}")


@click.command()
@click.pass_obj
def post(applied: Applied) -> None:
    """Count the emails that wait, left, were refused or given up."""
    state = operations.post_state(applied)
    table = Table("email", "state", "how many")
    for row in state.letters:
        table.add_row(row["template"], row["state"], str(row["count"]))
    screen.print(table if table.row_count else "no emails")
    if state.oldest_waiting:
        click.echo(f"the oldest waits since {state.oldest_waiting:%Y-%m-%d %H:%M} UTC")
