"""`preau backup` and `preau restore`: a copy of a running town, and a town from it."""

from pathlib import Path

import click

from deploy.apply import Applied
from deploy.backup import BackupError, make
from deploy.restoring import restore
from shared.clock import PARIS

WAIT_SECONDS = 60.0


@click.command("backup")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--wait", type=float, default=WAIT_SECONDS, help="Seconds to wait for quiet.")
@click.option("--anyway", is_flag=True, help="Copy without what is still on its way.")
@click.pass_obj
def backup_command(applied: Applied, directory: Path, wait: float, anyway: bool) -> None:
    """Copy the running town to a new DIRECTORY: every database as of one moment."""
    try:
        made = make(applied, directory, wait, anyway=anyway)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{made.databases} databases as of {made.at.astimezone(PARIS):%Y-%m-%d %H:%M:%S}")
    click.echo(f"{made.size / 2**20:.1f} MB in {directory}")
    for queue, count in sorted(made.on_the_way.items()):
        click.echo(f"not in it: {count} events in {queue}", err=True)
    if made.dead:
        click.echo(f"not in it: {made.dead} dead letters (`preau dead list`)", err=True)


@click.command("restore")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--keys",
    type=click.Path(path_type=Path),
    help="A later copy, whose keys are taken: what was erased since stays erased.",
)
@click.pass_obj
def restore_command(applied: Applied, directory: Path, keys: Path | None) -> None:
    """Put the copy in DIRECTORY into this empty home; `preau up` then starts the town."""
    try:
        at = restore(applied, directory, keys)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"restored as of {at.astimezone(PARIS):%Y-%m-%d %H:%M:%S}; start it by `preau up`")
