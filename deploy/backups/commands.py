"""`preau backup` and `preau restore`: a copy of a running town, and a town from it."""

from collections.abc import Mapping
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from deploy.applied_town import Applied
from deploy.backups.databases.interface import BackupError
from deploy.backups.lost_events_check import compare_restored_town
from deploy.backups.making import (
    delete_older_backups,
    delete_older_secrets,
    events_copy_may_lack,
    make_backup,
    name_of_nightly_copy,
)
from deploy.backups.restoring import restore_town
from deploy.cli.changing_command import ChangingCommand
from deploy.doctor.host import BACKED_UP, UNNAMED, last_nightly_copy, note_nightly_copy
from deploy.engines.town_engines import BackupSettings
from shared.dates.clock import PARIS, now
from shared.settings import SettingsIncomplete

WAIT_SECONDS = 60.0


class NotOfOneMoment(click.ClickException):
    """A copy was made that may lack events; the command says which, and fails."""

    def __init__(self, on_the_way: Mapping[str, str]) -> None:
        queues = "".join(f"\n  {name}: {why}" for name, why in sorted(on_the_way.items()))
        super().__init__(
            f"The copy is not of one moment: what was on its way may be missing in it.{queues}"
        )


@click.command("backup")
@click.argument("directory", type=click.Path(path_type=Path), required=False)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Instead of DIRECTORY: the folder of nightly copies, each called after its moment.",
)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help="With --into: how many stay, if not as many as engines.yaml says (14).",
)
@click.option("--wait", type=float, default=WAIT_SECONDS, help="Seconds to wait for quiet.")
@click.option(
    "--anyway", is_flag=True, help="Copy though events are on their way, and fail after it."
)
@click.pass_obj
def backup_command(
    applied: Applied,
    directory: Path | None,
    into: Path | None,
    keep: int | None,
    wait: float,
    anyway: bool,
) -> None:
    """Copy the running town to a new DIRECTORY: every database as of one moment."""
    if (directory is None) is (into is None) or (keep and into is None):
        raise click.UsageError("Give DIRECTORY, or --into FOLDER with or without --keep.")
    directory = directory or Path(into or "", name_of_nightly_copy(now()))
    settings = applied.engines_of_town.backup
    if into is not None:
        _require_disk_of_copies(applied, into)
    try:
        made = make_backup(applied, directory, wait, anyway=anyway)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{made.databases} databases as of {made.at.astimezone(PARIS):%Y-%m-%d %H:%M:%S}")
    click.echo(f"{made.size / 2**20:.1f} MB in {directory}{_who_opens_copy_in_words(settings)}")
    if made.apart is not None:
        click.echo(f"keys and secrets in {made.apart}")
    if not settings.recipients and not settings.secrets_in_clear:
        click.echo(UNNAMED, err=True)
    if made.dead:
        click.echo(f"not in it: {made.dead} dead letters (`preau dead list`)", err=True)
    if made.on_the_way:
        raise NotOfOneMoment(made.on_the_way)  # and whole copies of earlier nights stay
    if into is not None:
        note_nightly_copy(applied.instance, into, made.size)
        town = applied.read_town_file().code
        old = delete_older_backups(into, town, keep or settings.nights)
        for gone in [*old, *delete_older_secrets(into, town, settings)]:
            click.echo(f"deleted {gone}")


def _require_disk_of_copies(applied: Applied, into: Path) -> None:
    """Raise where a folder lost its disk: a copy on the town's own is lost with the town."""
    last = last_nightly_copy(applied.instance)
    if last is not None and last.folder == into.resolve() and last.is_disk_away:
        raise click.ClickException(
            f"{into} lay on a disk of its own, and does no more: is that mounted? Nothing was"
            f" copied. Where it is meant, delete {applied.instance.home / BACKED_UP}."
        )


def _who_opens_copy_in_words(settings: BackupSettings) -> str:
    """Return who opens a copy."""
    many = len(settings.recipients)
    if many:
        return f", sealed: {'one key opens' if many == 1 else f'each of {many} keys opens'} it"
    return ", in clear" + (", keys and secrets too" if settings.secrets_in_clear else "")


@click.command("restore", cls=ChangingCommand)
@click.argument("directory", type=click.Path(path_type=Path))
@click.option(
    "--keys",
    type=click.Path(path_type=Path),
    help="A later copy, or its file of secrets, whose keys are taken: what was erased since stays"
    " erased.",
)
@click.option(
    "--identity",
    type=click.Path(path_type=Path),
    help="The file of the private key (age) that opens what is sealed.",
)
@click.pass_obj
def restore_command(
    applied: Applied, directory: Path, keys: Path | None, identity: Path | None
) -> None:
    """Put the copy in DIRECTORY into this empty home; `preau up` then starts the town."""
    try:
        at = restore_town(applied, directory, keys, identity)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"restored as of {at.astimezone(PARIS):%Y-%m-%d %H:%M:%S}; start it by `preau up`")
    for queue, why in sorted(events_copy_may_lack(directory).items()):
        click.echo(f"it is not of one moment: {queue}: {why}", err=True)
    check_restored_and_report(applied)


def check_restored_and_report(applied: Applied) -> None:
    """Compare all that services store with what was published; fails where anything differs."""
    try:
        proof = compare_restored_town(applied)
    except SettingsIncomplete as error:  # keys of after a change: they are made one by `apply`
        raise click.ClickException(
            f"It was not compared: {error}, then `preau up` and `preau doctor --deep`."
        ) from None
    except (SQLAlchemyError, OSError) as error:
        raise click.ClickException(
            f"It was not compared ({type(error).__name__}): start it, then `preau doctor --deep`."
        ) from None
    click.echo(f"{proof.equal} facts are stored as they were published, or wait in an outbox")
    if proof.differing:
        differing = "".join(f"\n  {each}" for each in proof.differing)
        raise click.ClickException(
            "The copy is restored, and not whole: once it runs, `preau resync` mends it."
            + differing
        )
