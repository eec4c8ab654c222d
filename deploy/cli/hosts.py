"""Commands for hosts of the town's own (docs/cluster.md)."""

from pathlib import Path

import click

from deploy.applied import Applied
from deploy.cli.output import say
from deploy.instance.instance import replace_file
from deploy.processes import systemd_units
from deploy.processes.addresses import pages_of
from deploy.processes.hosts import copies_here, note_copy
from deploy.processes.nginx import server_blocks
from deploy.provisioning import passwords
from deploy.provisioning.keys import renew_keys


@click.command()
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
        raise click.UsageError("--keys is of the whole town, and stands alone.")
    if keys:
        for line in renew_keys(applied, say):
            click.echo(line)
        return
    if bool(principals) is everybody:
        raise click.UsageError("Give PRINCIPALS, or --all, or --keys.")
    whose = passwords.principals_with_passwords(applied) if everybody else principals
    if cuts:
        click.echo(f"{passwords.cut_old_connections(applied, whose)} connections ended")
        return
    for line in passwords.renew_and_restart(applied, whose, say):
        click.echo(line)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--user", default="preau", show_default=True, help="Whom the processes run as.")
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
    folder: Path,
    user: str,
    copy: int | None,
    nginx: Path | None,
    backup_into: Path | None,
    keep: int | None,
) -> None:
    """Write systemd's units of all processes to FOLDER, and what nginx is to include."""
    if applied.register_in_force() is None:
        raise click.ClickException("there is no register yet: run `preau apply`")
    engines = applied.engines
    if copy is not None and (engines.own or not 1 <= copy <= engines.copies):
        raise click.UsageError(f"--copy is for a host of several: the town has {engines.copies}.")
    if nginx is not None and engines.front is None:
        raise click.UsageError("--nginx needs addresses: `front` in engines.yaml.")
    note_copy(applied, copy)
    if backup_into is not None:
        backup_into = backup_into.resolve()  # systemd lets a unit write to what is there alone
        backup_into.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in systemd_units.unit_files(
        applied, systemd_units.Host(user, copy, backup_into, keep or engines.backup.nights)
    ).items():
        replace_file(folder / name, text, mode=0o644)
        click.echo(folder / name)
    if nginx is not None:
        here = copies_here(applied)
        pages = pages_of(engines, applied.register_in_force() or {}).values()
        text = server_blocks(engines, [page.of_copies(here) for page in pages])
        replace_file(nginx, text, mode=0o644)
        click.echo(nginx)
