"""Runs the mail server of a town of demonstration on this machine alone, until it is ended."""

import signal
from pathlib import Path

import click

from deploy.demo.mail_stub.receiver import Receiver


@click.command()
@click.option("--port", type=int, required=True)
@click.option("--folder", type=click.Path(path_type=Path), required=True)
def main(port: int, folder: Path) -> None:
    """Keep what identity sends as files in FOLDER, and send nothing anywhere."""
    receiver = Receiver(folder, port)
    receiver.start_receiving()
    click.echo(f"emails are kept in {folder}")
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    receiver.stop_receiving()


if __name__ == "__main__":
    main()
