"""`preau run`, `demo` and `reckon`: a town of demonstration started, loaded and checked."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.applied_town import Applied
from deploy.cli.changing_command import say_to_operator
from deploy.cli.lifecycle import wait_for_processes
from deploy.cli.output import say_progress, screen
from deploy.cli.town import start_own_engines
from deploy.demo.invented.account_holders import PASSWORD
from deploy.demo.journal import choose_demonstration, journal_of_instance
from deploy.demo.life.load_steps import Report
from deploy.demo.life.signed_in_people import Pages
from deploy.demo.loading import loading
from deploy.demo.loading.billed_sums_check import compare_months
from deploy.demo.plan import Plan
from deploy.demo.running_until_stopped import replace_by_waiting_process
from deploy.demo.stop_signals import end_loader, stop_on_signals
from deploy.demo.towns import LARGE, SIZES
from deploy.engines.engines_file import write_own_cluster_file
from deploy.instance import noted_job_progress
from deploy.instance.instance import PROJECT
from deploy.instance.one_change_at_a_time import hold_town_for_change
from deploy.instance.release import require_changeable_home
from deploy.processes import process_plan, supervisor
from deploy.processes.forks.subreaper import make_death_signal_setter
from deploy.provisioning.apply import apply_town_file

JOB = "loading of the demonstration"
COMING = (
    "Claire's family, the agents and all that is offered are there: look around. Other families, "
    "days gone by and bills (Claire's September among them) come within minutes; the last line "
    "and `preau status` say how far that is. Ctrl-C stops all of it, and the next start goes on."
)


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
    require_changeable_home(applied.instance)
    supervisor.require_none_running(applied.instance)  # ending here would end that one
    if cluster:
        write_own_cluster_file(applied.instance)
    stop_on_signals()
    chosen = choose_demonstration(applied.instance, size, seed)
    say_progress(
        f"the {chosen.demo_town.size} town of demonstration, families of seed {chosen.seed}"
    )
    loader: subprocess.Popen[bytes] | None = None
    try:
        with hold_town_for_change(applied.instance, "preau run", say_to_operator):
            start_own_engines(applied)
            apply_town_file(applied, say_progress)
            say_progress("services")
            supervisor.start_detached(applied.instance, process_plan.ASKED, with_parent=True)
        wait_for_processes(applied)
        say_progress("the first families")
        loader = _start_loader(applied, "--first")
        if code := loader.wait():
            sys.exit(code)
        loader = None
        if not chosen.is_step_done(loading.ALL):
            screen.print(COMING)
            loader = _start_loader(applied, "--quiet", "--restart")
        replace_by_waiting_process(applied.instance, loader)
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if loader is not None and loader.poll() is None:
            end_loader(loader.pid)
        screen.print("\nstopping …")
        supervisor.stop_supervisor(applied.instance)
        applied.engines_of_town.stop_own_engines()


@click.command()
@click.option("--quiet", is_flag=True, help="Print no table of sign-ins at the end.")
@click.option("--first", is_flag=True, help="Load whom a visitor meets first, and nobody else.")
@click.option("--restart", is_flag=True, help="Start services anew afterwards, to free memory.")
@click.pass_obj
def demo(applied: Applied, quiet: bool, first: bool, restart: bool) -> None:
    """Load the demo town's families and accounts; safe to repeat."""
    if first:
        with _progress_display() as shown:
            loading.load_first_visited(applied, shown)
    else:
        with (
            noted_job_progress.report_job(applied.instance, JOB) as kept,
            _progress_display() as shown,
        ):
            loading.load_whole_demo(applied, Both(kept, shown))
    if restart:
        _restart_services(applied)
    if not quiet:
        print_sign_ins(applied)


@click.command()
@click.pass_obj
def reckon(applied: Applied) -> None:
    """Hold what billing says of the demo's months against its files; fails where they differ."""
    table = Table("provider", "month", "bills", "billed", "paid", "owed", "the files say")
    plan = Plan(applied, journal_of_instance(applied.instance))
    with Pages(applied) as pages:
        rows = list(compare_months(plan, pages))
    for row in rows:
        euros = [f"{cents / 100:,.2f}" for cents in (row.billed, row.paid, row.owed)]
        apart = f"{row.bills_apart} bills, {row.reckoned} billed, {row.planned} paid"
        verdict = "the same" if row.agrees_to_the_cent else apart
        table.add_row(row.provider, row.month, str(row.bills), *euros, verdict)
    screen.print(table)
    sys.exit(0 if rows and all(row.agrees_to_the_cent for row in rows) else 1)


@dataclass(frozen=True)
class Both:
    """Reports to one and to the other."""

    one: Report
    other: Report

    def begin_stage(self, name: str, at: int, of: int) -> None:
        self.one.begin_stage(name, at, of)
        self.other.begin_stage(name, at, of)

    def show_step(self, name: str, done: int, total: int) -> None:
        self.one.show_step(name, done, total)
        self.other.show_step(name, done, total)


class Lines:
    """Says each stage in a line: what a file or a pipe gets."""

    def begin_stage(self, name: str, at: int, of: int) -> None:
        say_progress(f"loading {at} of {of}: {name}")

    def show_step(self, name: str, done: int, total: int) -> None:
        pass


class Bar:
    """One line of a terminal that says where the load is."""

    def __init__(self, bars: Progress) -> None:
        self._bars, self._stage = bars, ""
        self._task = bars.add_task("loading", total=None)

    def begin_stage(self, name: str, at: int, of: int) -> None:
        self._stage = f"{at} of {of}, {name}: "

    def show_step(self, name: str, done: int, total: int) -> None:
        label = f"loading {self._stage}{name}"
        self._bars.update(self._task, description=label, completed=done, total=total)


@contextmanager
def _progress_display() -> Iterator[Report]:
    if not screen.is_terminal:
        yield Lines()
        return
    columns = (TextColumn("  · {task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True) as bars:
        yield Bar(bars)


def _start_loader(applied: Applied, *options: str) -> subprocess.Popen[bytes]:
    """
    Load in a process of its own, which ends with this one.

    Ctrl-C does not reach it: it is ended from here, and goes on from the journal another time.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "deploy", "demo", *options],
        cwd=PROJECT,
        env=os.environ | applied.instance.environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=make_death_signal_setter(os.getpid(), signal.SIGTERM),
    )


def _restart_services(applied: Applied) -> None:
    """
    End one service after another, its workers and those of pages; they are forked again at once.

    What a load leaves behind in a process is scattered, and no allocator gives it back.
    """
    with suppress(supervisor.SupervisorError):  # the town was stopped meanwhile
        for process in process_plan.service_processes(applied):
            supervisor.restart_process(applied.instance, process.name)
        for process in process_plan.page_processes(applied):
            supervisor.renew_page_workers(applied.instance, process.name)


def print_sign_ins(applied: Applied) -> None:
    """Print where to sign in as whom."""
    table = Table("address", "sign in as", "who")
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    for address, who, login in loading.sign_ins(applied):
        table.add_row(address, login, who)
    screen.print(table)
    screen.print(f"Everybody's password: [bold]{PASSWORD}[/bold]")
    screen.print("Agents also need a one-time code: `make code` prints those of this half minute.")
