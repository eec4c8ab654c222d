"""`preau run`, `demo` and `reckon`: a town of demonstration started, loaded and checked."""

import signal
import sys
import time

import click
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from deploy.applied import Applied
from deploy.cli.lifecycle import wait
from deploy.cli.output import say, screen
from deploy.cli.up import start_engines
from deploy.demo.invented.people import PASSWORD
from deploy.demo.journal import choose, journal_of
from deploy.demo.life.acting import Pages
from deploy.demo.loading import loading
from deploy.demo.loading.comparing import compared
from deploy.demo.plan import Plan
from deploy.demo.towns import LARGE, SIZES
from deploy.engines.engines_file import make_own_cluster
from deploy.processes import supervisor
from deploy.processes.wanted import ASKED
from deploy.provisioning.apply import apply


@click.command()
@click.option(
    "--demo",
    "size",
    type=click.Choice(SIZES),
    default=LARGE,
    show_default=True,
    help="900 families at four providers, or 60 at two.",
)
@click.option("--seed", type=int, help="Which families the large town has (2026).")
@click.option("--cluster", is_flag=True, help="On a cluster of this machine; it stays one.")
@click.pass_obj
def run(applied: Applied, size: str, seed: int | None, cluster: bool) -> None:
    """Start all of a demo town, load its families, say where to sign in; Ctrl-C stops it."""
    if cluster:
        make_own_cluster(applied.instance)
    _heed_signals()
    chosen = choose(applied.instance, size, seed)
    say(f"the {chosen.town.size} town of demonstration, families of seed {chosen.seed}")
    try:
        start_engines(applied)
        apply(applied, say)
        say("services")
        supervisor.detach(applied.instance, ASKED, with_parent=True)
        wait(applied)
        load_demo(applied)
        print_sign_ins(applied)
        while supervisor.running_pid(applied.instance):  # `preau down` ends it from elsewhere
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        screen.print("\nstopping …")
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        supervisor.stop(applied.instance)
        applied.engines.stop()


@click.command()
@click.pass_obj
def demo(applied: Applied) -> None:
    """Load the demo town's families and accounts; safe to repeat."""
    load_demo(applied)
    print_sign_ins(applied)


@click.command()
@click.pass_obj
def reckon(applied: Applied) -> None:
    """Hold what billing says of the demo's months against its files; fails where they differ."""
    table = Table("provider", "month", "bills", "billed", "paid", "owed", "the files say")
    plan = Plan(applied, journal_of(applied.instance))
    with Pages(applied) as pages:
        rows = list(compared(plan, pages))
    for row in rows:
        euros = [f"{cents / 100:,.2f}" for cents in (row.billed, row.paid, row.owed)]
        apart = f"{row.bills_apart} bills, {row.reckoned} billed, {row.planned} paid"
        said = "the same" if row.agrees else apart
        table.add_row(row.provider, row.month, str(row.bills), *euros, said)
    screen.print(table)
    sys.exit(0 if rows and all(row.agrees for row in rows) else 1)


def load_demo(applied: Applied) -> None:
    """Load what is not loaded yet, and show how far it is."""
    if screen.is_terminal:
        _load_with_bars(applied)
    else:
        loading.load(applied, _say_when_done)


def _load_with_bars(applied: Applied) -> None:
    columns = (
        TextColumn("  · {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen) as progress:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        loading.load(applied, show)


def _say_when_done(what: str, done: int, total: int) -> None:
    if done == total and total:
        say(f"{what}: {total}")


def print_sign_ins(applied: Applied) -> None:
    """Print where to sign in as whom."""
    table = Table("address", "sign in as", "who")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for address, who, login in loading.sign_ins(applied):
        table.add_row(address, login, who)
    screen.print(table)
    screen.print(f"Everybody's password: [bold]{PASSWORD}[/bold]")
    screen.print("Agents also need a one-time code: `make code` prints those of this half minute.")


def _heed_signals() -> None:
    """Let Ctrl-C and SIGTERM end `run`, where the shell had them ignored too."""

    def told(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, told)
    signal.signal(signal.SIGTERM, told)
