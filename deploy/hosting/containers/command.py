"""`preau containers`: the files from which a town on its own engines runs in containers."""

from pathlib import Path

import click

from deploy.applied_town import Applied
from deploy.hosting.containers.files import COMPOSE, WRITTEN, compose_file, quadlet_files
from deploy.hosting.containers.parts import containers_of_town, make_folders_of_containers
from deploy.instance.instance import replace_file
from deploy.instance.release import release_here
from deploy.instance.user_error import UserError
from deploy.processes.nginx import CONFIGURATION, own_configuration, ports_listened_to
from deploy.processes.public_addresses import pages_of_services

SHARED_FOLDERS = {Path(each) for each in ("/", "/run", "/var/run", "/tmp", "/var/tmp", "/var/lib")}
"""Folders of a host that are everybody's: sockets of its other services lie there."""


@click.command("containers")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--image", help="Another name of the image than `make image` gives it.")
@click.option(
    "--backup-into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Copy the town into this folder every night.",
)
@click.pass_obj
def containers_command(
    applied: Applied, folder: Path, image: str | None, backup_into: Path | None
) -> None:
    """Write into FOLDER a quadlet for each part of the town, and a compose file of all of them."""
    _require_separable_parts(applied)
    engines, home = applied.engines_of_town, applied.instance.home
    make_folders_of_containers(applied)
    pages = [*pages_of_services(engines, applied.register_in_force() or {}).values()]
    replace_file(applied.instance.web_server_dir / CONFIGURATION, own_configuration(engines, pages))
    containers = containers_of_town(applied, backup_into, engines.backup.nights)
    owner, image = home.stat(), image or f"localhost/preau:{release_here().version}"
    how = (image, f"{owner.st_uid}:{owner.st_gid}", ports_listened_to(engines, pages))
    files = {**quadlet_files(containers, *how), COMPOSE: compose_file(containers, *how)}
    folder.mkdir(parents=True, exist_ok=True)
    for path in _files_written_before(folder):
        if path.name not in files:
            path.unlink()
            click.echo(f"{path} is gone")
    for name, text in files.items():
        replace_file(folder / name, text, mode=0o644)
    click.echo(f"{len(containers)} containers in {folder}")


def _require_separable_parts(applied: Applied) -> None:
    """Raise UserError where there can be no containers, before anything is written."""
    engines = applied.engines_of_town
    if applied.register_in_force() is None:
        raise UserError("There is no register yet: run `preau apply`.")
    if engines.own:
        raise UserError(
            "Engines of Préau's own run in one container, with `preau up`: name yours in"
            " engines.yaml (docs/containers.md)."
        )
    if engines.front is None:
        raise UserError("Containers need addresses: `front` in engines.yaml.")
    place = Path(engines.antivirus.place if engines.antivirus else "")
    if place.is_absolute() and place.parent in SHARED_FOLDERS:
        raise UserError(
            f"{place} lies in no folder of its own, and all that lies beside it would be shown to"
            " each container: let clamd make its socket in one, as /run/clamav."
        )


def _files_written_before(folder: Path) -> list[Path]:
    files = [path for path in folder.glob("preau*") if path.is_file()]
    return [path for path in files if path.read_text("utf-8").startswith(WRITTEN)]
