"""`preau doctor`: what is wrong with an instance, each with the command that mends it."""

import sys

import click

from deploy.applied_town import Applied
from deploy.doctor.examine import examine_town
from deploy.doctor.host import BUSY_PROCESSOR, processor_load

ONE_USER = (
    "note: one user runs this whole town: who reads a file of one process reads the secrets of all."
    " systemd holds them apart (docs/cluster.md, « Install »)."
)


@click.command()
@click.option(
    "--deep", is_flag=True, help="Also compare every replica, and verify the log of reads."
)
@click.pass_obj
def doctor(applied: Applied, deep: bool) -> None:
    """Say what is wrong and the command that mends it; fails where anything is."""
    findings = examine_town(applied, deep=deep)
    for finding in findings:
        click.echo(f"{finding.what}\n    {finding.mend}")
    if not findings:
        click.echo("nothing is wrong")
    if applied.register_in_force() is not None and applied.engines_of_town.supervised:
        click.echo(ONE_USER)
    if (load := processor_load()) > BUSY_PROCESSOR:
        click.echo(
            f"note: for a quarter of an hour {load:.1f} processes have wanted each processor: pages"
            " are slow meanwhile (`top`)",
            err=True,
        )
    sys.exit(1 if findings else 0)
