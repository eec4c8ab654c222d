"""`preau demo`, `reckon` and `code`: a town of demonstration loaded, checked and signed in to."""

import sys

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

from deploy.apply import Applied
from deploy.demo import loading
from deploy.demo.acting import Pages
from deploy.demo.comparing import compared
from deploy.demo.journal import journal_of
from deploy.demo.people import PASSWORD
from deploy.demo.plan import Plan
from deploy.screen import say, screen


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


@click.command()
@click.pass_obj
def code(applied: Applied) -> None:
    """Print the one-time codes of the demo town's agents."""
    table = Table("agent", "code")
    agents = journal_of(applied.instance).town.agents()
    for login, one_time_code in {each.login: each.code for each in agents}.items():
        table.add_row(login, one_time_code)
    screen.print(table)


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
