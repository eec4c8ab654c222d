"""`preau upgrade` and `preau rollback`: a town brought to a later release, and back to a copy."""

from datetime import datetime
from pathlib import Path

import click

from deploy.applied_town import Applied
from deploy.backups.making import read_manifest, require_version_of_copy
from deploy.cli.changing_command import ChangingCommand
from deploy.instance.release import (
    Release,
    note_release_of_town,
    release_here,
    release_of_town,
    require_release_of_town,
)
from deploy.instance.user_error import UserError
from deploy.provisioning.key_renewal import require_stopped
from deploy.releases.laid_aside import (
    lay_town_aside,
    put_town_back,
    town_of_broken_off_rollback,
    work_since_in_words,
)
from deploy.releases.running_town import (
    require_changeable_release,
    start_restored_town,
    start_town_of_release,
    start_unchanged_town,
    stop_town,
    stop_town_on_every_host,
)
from shared.dates.clock import PARIS
from shared.json_values import JsonObject

ONE_WAY = (
    "A copy of this town holds neither keys nor secrets, so that there would be no way back: name"
    " who may open copies, `backup` in engines.yaml (docs/operations.md)."
)


@click.command("upgrade", cls=ChangingCommand)
@click.argument("copy", type=click.Path(path_type=Path))
@click.option("--made", "is_made", is_flag=True, help="COPY is there, and the town is stopped.")
@click.pass_obj
def upgrade_command(applied: Applied, copy: Path, is_made: bool) -> None:
    """Bring the town here from an older release, after that one has made a COPY of it."""
    if not is_made:
        require_changeable_release(applied)
    former, here = release_of_town(applied.instance) or release_here(), release_here()
    if former.order == here.order:
        raise UserError(f"This town is of Préau {here.version} already.")
    if former.order > here.order:
        require_release_of_town(applied.instance)
    settings = applied.engines_of_town.backup
    if not settings.recipients and not settings.secrets_in_clear:
        raise UserError(ONE_WAY)
    if is_made:
        _take_over_stopped_town(applied, former, copy)
        return
    former.run_preau(applied.instance, "backup", str(copy))
    stop_town_on_every_host(applied, former)
    note_release_of_town(applied.instance)
    back = f"Back, without what is done from now on: {former.preau} rollback {copy.resolve()}"
    try:
        start_town_of_release(applied, here)
    except UserError as error:
        raise UserError(f"{error}\n{back}") from None
    click.echo(f"from Préau {former.version} to {here.version}")
    click.echo(back)


def _take_over_stopped_town(applied: Applied, former: Release, copy: Path) -> None:
    """Note this release as the town's where the former one, in an image, cannot be called."""
    manifest = _read_manifest_of_town(applied, copy)
    if manifest["version"] != former.version:
        raise UserError(
            f"{copy} was made by Préau {manifest['version']}, and the town is of {former.version}:"
            " have that one make another."
        )
    require_stopped(applied)
    note_release_of_town(applied.instance)
    click.echo(f"from Préau {former.version} to {release_here().version}, once it is started")
    click.echo(f"Back: {copy.resolve()} restored into an empty home by Préau {former.version}")


@click.command("rollback", cls=ChangingCommand)
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--keys", type=click.Path(path_type=Path), help="As of `restore`.")
@click.option("--identity", type=click.Path(path_type=Path), help="As of `restore`.")
@click.pass_obj
def rollback_command(
    applied: Applied, directory: Path, keys: Path | None, identity: Path | None
) -> None:
    """Lay the town aside, restore the copy in DIRECTORY in its place; say what is lost with it."""
    if (left := town_of_broken_off_rollback(applied.instance)) is not None:
        _put_town_back(applied, left)
        click.echo("a rollback was broken off: the town is again as it was before that")
    require_changeable_release(applied)
    if not applied.engines_of_town.own:
        raise UserError("On engines of your own a copy is restored by hand: docs/operations.md.")
    here, of_town = release_here(), release_of_town(applied.instance) or release_here()
    manifest = _read_manifest_of_town(applied, directory)
    moment = datetime.fromisoformat(manifest["at"])
    click.echo(f"what was done after {moment.astimezone(PARIS):%Y-%m-%d %H:%M:%S} is lost:")
    for line in [*work_since_in_words(applied, moment)] or ["nothing that a service has noted"]:
        click.echo(f"  {line}")
    stop_town(applied, here)
    aside = lay_town_aside(applied.instance)
    words = ["restore", str(directory)]
    words += ["--keys", str(keys)] if keys else []
    words += ["--identity", str(identity)] if identity else []
    try:
        here.run_preau(applied.instance, *words)
    except UserError as error:
        if not applied.instance.register_path.exists():  # else restored, and said what differs
            _go_on_unchanged(applied, of_town, aside)
            raise UserError(f"{error}\nThe town goes on as it was.") from None
    start_restored_town(applied, here)
    click.echo(f"at Préau {here.version} again; delete what was laid aside in {aside}")


def _read_manifest_of_town(applied: Applied, copy: Path) -> JsonObject:
    """Return what a copy says it is; raises UserError where it is another town's or too new."""
    manifest, register = read_manifest(copy), applied.register_in_force()
    if register is not None and manifest["town"] != (code := register["town"]["code"]):
        raise UserError(
            f"{copy} is of the town {manifest['town']}, and {applied.instance.home} is the home of"
            f" {code}."
        )
    require_version_of_copy(copy, manifest)
    return manifest


def _go_on_unchanged(applied: Applied, release: Release, aside: Path) -> None:
    _put_town_back(applied, aside)
    start_unchanged_town(applied, release)


def _put_town_back(applied: Applied, aside: Path) -> None:
    """Put it back after a restoring that failed or was killed, which leaves its server running."""
    applied.engines_of_town.stop_own_engines()
    put_town_back(applied.instance, aside)
