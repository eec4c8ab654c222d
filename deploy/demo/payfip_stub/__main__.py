"""Runs the stand-in on this machine alone, until it is ended."""

import click

from deploy.demo.payfip_stub.server import Stub


@click.command()
@click.option("--port", type=int, required=True)
def main(port: int) -> None:
    """Stand in for PayFiP on a port of this machine."""
    stub = Stub(port)
    click.echo(f"a stand-in for PayFiP listens on {stub.url}")
    stub.serve()


if __name__ == "__main__":
    main()
