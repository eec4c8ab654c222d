"""Commands for hosts of the town's own (docs/cluster.md)."""

import os
from collections.abc import Iterator
from pathlib import Path

import click

from deploy.applied_town import Applied
from deploy.cli.changing_command import ChangingCommand
from deploy.cli.output import say_progress
from deploy.hosting.systemd.installing import install_host, require_separable_users
from deploy.hosting.systemd.units import Host, unit_files
from deploy.hosting.systemd.users import OPERATOR, sysusers_file
from deploy.instance.instance import PRIVATE, replace_file
from deploy.processes import supervisor
from deploy.processes.hosts import copies_here, note_copy_of_host
from deploy.processes.nginx import server_blocks
from deploy.processes.public_addresses import pages_of_services
from deploy.provisioning import password_renewal
from deploy.provisioning.key_renewal import renew_keys


@click.command(cls=ChangingCommand)
@click.argument("principals", nargs=-1)
@click.option("--all", "everybody", is_flag=True, help="Of every principal of the register.")
@click.option("--cut", "cuts", is_flag=True, help="Only end what still has the former ones.")
@click.option("--keys", is_flag=True, help="What seals and signs, of a town that is stopped.")
@click.pass_obj
def renew(
    applied: Applied, principals: tuple[str, ...], everybody: bool, cuts: bool, keys: bool
) -> None:
    """Give PRINCIPALS new passwords on the broker and at their databases, or all new keys."""
    if keys and (principals or everybody or cuts):
        raise click.UsageError("--keys is of the whole town, and excludes a provider.")
    if keys:
        for line in renew_keys(applied, say_progress):
            click.echo(line)
        return
    if bool(principals) is everybody:
        raise click.UsageError("Give PRINCIPALS, or --all, or --keys.")
    whose = password_renewal.principals_with_passwords(applied) if everybody else principals
    if cuts:
        click.echo(f"{password_renewal.cut_old_connections(applied, whose)} connections ended")
        return
    for line in password_renewal.renew_and_restart(applied, whose, say_progress):
        click.echo(line)


@click.command(cls=ChangingCommand)
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--user", default=OPERATOR, show_default=True, help="Who owns the town's secrets.")
@click.option("--copy", type=int, help="Only this one of the copies: for one host of several.")
@click.option(
    "--nginx", type=click.Path(dir_okay=False, path_type=Path), help="What nginx is to include."
)
@click.option(
    "--backup-into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Copy the town into this folder every night.",
)
@click.option("--keep", type=int, help="How many stay, if not as many as engines.yaml says.")
@click.pass_obj
def units(
    applied: Applied,
    folder: Path | None,
    user: str,
    copy: int | None,
    nginx: Path | None,
    backup_into: Path | None,
    keep: int | None,
) -> None:
    """
    Make users and units of all processes, as root, and start them; with FOLDER only write them.

    Repeat it after a provider has come or gone.
    """
    _require_systemd_units(applied, copy, nginx)
    if folder is None:
        require_separable_users(applied, user)
    note_copy_of_host(applied, copy)
    applied = Applied(applied.instance)  # from now on systemd's
    if backup_into is not None:
        backup_into = _make_folder_of_copies(applied, backup_into)
    if nginx is not None:
        nginx = nginx.resolve()
    host = Host(user, copy, backup_into, keep or applied.engines_of_town.backup.nights, nginx)
    for line in (
        install_host(applied, host)
        if folder is None
        else _write_planned_files(applied, host, folder)
    ):
        click.echo(line)
    if nginx is not None:
        here = copies_here(applied)
        pages = pages_of_services(
            applied.engines_of_town, applied.register_in_force() or {}
        ).values()
        text = server_blocks(
            applied.engines_of_town, [page.page_with_these_copies(here) for page in pages]
        )
        replace_file(nginx, text, mode=0o644)
        click.echo(nginx)


def _require_systemd_units(applied: Applied, copy: int | None, nginx: Path | None) -> None:
    """Raise what says why there can be no units, before anything is changed."""
    engines = applied.engines_of_town
    if applied.register_in_force() is None:
        raise click.ClickException("there is no register yet: run `preau apply`")
    if supervisor.running_pid(applied.instance) is not None:
        raise click.ClickException("`preau up` runs the town: `preau down` first")
    if engines.own and engines.broker_engine.is_cluster:
        raise click.ClickException("`own: cluster` is several of everything on one machine, to try")
    if copy is not None and (engines.own or not 1 <= copy <= engines.copies):
        raise click.UsageError(f"--copy is for a host of several: the town has {engines.copies}.")
    if nginx is not None and engines.front is None:
        raise click.UsageError("--nginx needs addresses: `front` in engines.yaml.")


def _make_folder_of_copies(applied: Applied, folder: Path) -> Path:
    """Make the folder of nightly copies, of the operator: a unit writes to what is there alone."""
    folder = folder.resolve()
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    owner = applied.instance.home.stat()
    os.chown(folder, owner.st_uid, owner.st_gid)
    return folder


def _write_planned_files(applied: Applied, host: Host, folder: Path) -> Iterator[str]:
    """Write what `install_host` would, into a folder, and change nothing of this machine."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {**unit_files(applied, host), "preau-users.conf": sysusers_file(applied, host.user)}
    for name, text in files.items():
        replace_file(folder / name, text, mode=0o644)
        yield str(folder / name)
