"""The `preau` command: how the town's IT department installs, runs and changes a town."""

import json
import signal
import sys
import time
from datetime import datetime
from typing import Any

import click
from rich.table import Table

from deploy import operations, supervisor
from deploy.apply import Applied
from deploy.approvals import ApprovalsBroken
from deploy.backup_commands import backup_command, restore_command
from deploy.broker import BrokerRefused
from deploy.broker_node import BrokerError
from deploy.demo.commands import code, demo, load_demo, print_sign_ins, reckon
from deploy.demo.journal import choose
from deploy.demo.towns import LARGE, SIZES
from deploy.doctor.examine import examine
from deploy.engines_file import make_own_cluster
from deploy.history import history
from deploy.host_commands import units
from deploy.importing.commands import importing
from deploy.instance import Instance, InstanceError
from deploy.invite_commands import invite, invited
from deploy.postgres_server import PostgresError
from deploy.processes import ASKED
from deploy.provider_commands import provider
from deploy.register import rights_matrix
from deploy.replacing import CannotFollow
from deploy.screen import say, screen
from deploy.supervisor import Supervisor, SupervisorError
from deploy.town import TownRefused
from deploy.tracing import lines_of
from deploy.treatments import as_text
from deploy.trial import NotOnTrial
from shared.contracts.errors import Refusal

EXPECTED = (
    ApprovalsBroken,
    BrokerError,
    BrokerRefused,
    CannotFollow,
    InstanceError,
    NotOnTrial,
    PostgresError,
    SupervisorError,
    TimeoutError,
)


class Commands(click.Group):
    """Says what is wrong in a sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TownRefused as refused:
            for problem in refused.problems:
                click.echo(problem, err=True)
            raise SystemExit(1) from None
        except Refusal as refusal:
            detail = ", ".join(f"{key}={value}" for key, value in refusal.detail.items())
            raise click.ClickException(f"refused: {refusal.code} {detail}".rstrip()) from None
        except EXPECTED as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Commands)
@click.pass_context
def preau(context: click.Context) -> None:
    """Préau: one dossier per child, shared by every provider, each learning what it may."""
    context.obj = Applied(Instance.from_environment())


@preau.command()
@click.option("--detach", is_flag=True, help="Leave everything running in the background.")
@click.option("--cluster", is_flag=True, help="On a cluster of this machine; it stays one.")
@click.pass_obj
def up(applied: Applied, detach: bool, cluster: bool) -> None:
    """Start what Préau's own engines are, apply the town file, start every process."""
    if cluster:
        make_own_cluster(applied.instance)
    _start_engines(applied)
    applied.apply(say)
    if detach:
        if supervisor.running_pid(applied.instance) is None:  # else `apply` has told it
            supervisor.detach(applied.instance, ASKED)
        _wait(applied)
        return
    try:
        Supervisor(applied.instance, ASKED).run()
    finally:
        applied.engines.stop()


@preau.command()
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
        _start_engines(applied)
        applied.apply(say)
        say("services")
        supervisor.detach(applied.instance, ASKED, with_parent=True)
        _wait(applied)
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


@preau.command()
@click.option("--forget", is_flag=True, help="Delete what lies outside of the instance's home.")
@click.pass_obj
def down(applied: Applied, forget: bool) -> None:
    """Stop every process and Préau's own engines."""
    supervisor.stop(applied.instance)
    applied.engines.remove() if forget else applied.engines.stop()


@preau.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def status(applied: Applied, as_json: bool) -> None:
    """Say what runs and what answers; fails where something does not."""
    state = operations.status(applied)
    if as_json:
        click.echo(json.dumps(state, indent=1))
    else:
        _print_status(state)
    sys.exit(0 if state["ready"] else 1)


@preau.command()
@click.option("--deep", is_flag=True, help="Also compare every replica with the dossier.")
@click.pass_obj
def doctor(applied: Applied, deep: bool) -> None:
    """Say what is wrong and the command that mends it; fails where anything is."""
    findings = examine(applied, deep=deep)
    for finding in findings:
        click.echo(f"{finding.what}\n    {finding.mend}")
    if not findings:
        click.echo("nothing is wrong")
    sys.exit(1 if findings else 0)


@preau.command()
@click.argument("process")
@click.pass_obj
def restart(applied: Applied, process: str) -> None:
    """End PROCESS, as `status --json` names it, and have it started again."""
    supervisor.restart(applied.instance, process)
    _wait(applied)


@preau.command()
@click.pass_obj
def plan(applied: Applied) -> None:
    """Say what `apply` would change, and change nothing."""
    rows, steps = applied.plan()
    for line in [*rows, *steps]:
        click.echo(line)
    if not rows and not steps:
        click.echo("nothing to change")


@preau.command()
@click.pass_obj
def apply(applied: Applied) -> None:
    """Bring register, broker and databases to what the town file and the code say."""
    for line in applied.apply(say):
        click.echo(line)


@preau.command()
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def register(applied: Applied, as_json: bool) -> None:
    """Print rights matrix and treatment register; fails if the broker differs by one row."""
    current = applied.current()
    if current is None:
        raise click.ClickException("there is no register yet: run `preau apply`")
    differences = applied.broker_differences()
    if as_json:
        click.echo(json.dumps({**current, "broker_differences": differences}, ensure_ascii=False))
    else:
        click.echo(rights_matrix(current))
        click.echo(as_text(current["treatments"]))
    for line in differences:
        click.echo(f"the broker differs: {line}", err=True)
    sys.exit(1 if differences else 0)


preau.add_command(units)
preau.add_command(provider)
preau.add_command(backup_command)
preau.add_command(restore_command)


@preau.command()
@click.option("--name", help="Who approves: the data protection officer.")
@click.option("--reason", help="Why; it stands in the record.")
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="Not before.")
@click.pass_obj
def approve(
    applied: Applied, name: str | None, reason: str | None, valid_from: datetime | None
) -> None:
    """Show what the town file widens and write down that the DPO approves exactly that."""
    asked = applied.to_approve()
    if not asked:
        click.echo("nothing to approve")
        return
    for each in asked:
        click.echo(each.in_words())
    name = name or click.prompt("approved by")
    reason = reason or click.prompt("because")
    written = applied.approve(name, reason, valid_from.date() if valid_from else None)
    if written is not None:
        click.echo(f"approval {written.sequence} of {written.digest[:12]}, by {written.name}")
        click.echo(
            f"families read of it from the next `apply` on; in force from {written.valid_from}"
        )


preau.add_command(invite)
preau.add_command(invited)


@preau.command()
@click.argument("code", required=False)
@click.pass_obj
def resync(applied: Applied, code: str | None) -> None:
    """Compare the replica of one provider, or of all, with the dossier, and mend it."""
    for name, answer in operations.resync(applied, code).items():
        words = "equal" if answer["equal"] else f"{answer['asked_again']} asked for again"
        click.echo(f"{name}: {words}")


@preau.group()
def dead() -> None:
    """The dead letters of every service, which their owners alone may handle again."""


@dead.command("list")
@click.pass_obj
def dead_list(applied: Applied) -> None:
    """List dead letters without their bodies."""
    table = Table("owner", "type", "from", "reason", "bytes", "message", "trace")
    for owner, letters in operations.dead(applied).items():
        for letter in letters:
            table.add_row(
                owner,
                letter["type"],
                letter["source"],
                letter["reason"],
                str(letter["size"]),
                letter["message_id"],
                letter["trace"],
            )
    screen.print(table if table.row_count else "no dead letters")


@dead.command("replay")
@click.argument("principal")
@click.pass_obj
def dead_replay(applied: Applied, principal: str) -> None:
    """Have PRINCIPAL handle its dead letters again."""
    answer = operations.replay(applied, principal)
    click.echo(f"{answer['replayed']} handled, {answer['kept']} kept")


@preau.command()
@click.argument("trace_id")
@click.pass_obj
def trace(applied: Applied, trace_id: str) -> None:
    """Print what all processes logged of one click: its id, or the reference of an error page."""
    found = lines_of(applied.instance.log_dir, trace_id)
    if not found:
        raise click.ClickException(f"no log has {trace_id}")
    for line in found:
        click.echo(line)


preau.add_command(history)
preau.add_command(importing)
preau.add_command(demo)
preau.add_command(reckon)
preau.add_command(code)


@preau.command()
@click.pass_obj
def post(applied: Applied) -> None:
    """Count the letters by e-mail that wait, left, were refused or given up."""
    state = operations.post_state(applied)
    table = Table("letter", "state", "how many")
    for row in state["letters"]:
        table.add_row(row["template"], row["state"], str(row["count"]))
    screen.print(table if table.row_count else "no letters")
    if state["oldest_waiting"]:
        click.echo(f"the oldest waits since {state['oldest_waiting']:%Y-%m-%d %H:%M} UTC")


def _start_engines(applied: Applied) -> None:
    if applied.engines.own:
        say("broker (the first start takes some twenty seconds)")
    applied.engines.start()


def _wait(applied: Applied) -> None:
    with screen.status("waiting for every process to answer"):
        operations.wait_ready(applied)


def _print_status(state: dict[str, Any]) -> None:
    table = Table("what", "state")
    table.add_row("broker", "runs" if state["broker"] else "down")
    for name, answer in [*state["services"].items(), *state["pages"].items()]:
        table.add_row(name, "answers" if answer.get("ok") else "silent")
    screen.print(table)


def _heed_signals() -> None:
    """Let Ctrl-C and SIGTERM end `run`, where the shell had them ignored too."""

    def told(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, told)
    signal.signal(signal.SIGTERM, told)
