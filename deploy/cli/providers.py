"""The commands about providers: they come, are tried, go live, are suspended, leave, follow."""

from datetime import datetime
from pathlib import Path

import click

from deploy.applied_town import Applied
from deploy.cli.changing_command import ChangingCommand
from deploy.cli.lifecycle import wait_for_processes
from deploy.cli.output import say_progress
from deploy.processes import supervisor
from deploy.provisioning.apply import apply_town_file
from deploy.provisioning.providers import offboarding, succession, trial
from deploy.provisioning.providers.adding import add_provider
from shared.register import ENDING_TRIAL, LEAVING, REVOKED, RUNNING, SUSPENDED, TRIAL

RECEIPT_SECONDS = 30.0


@click.group()
def provider() -> None:
    """Bring in, try, suspend, revoke or replace a provider, while the others go on."""


@provider.command("add", cls=ChangingCommand)
@click.argument("fragment", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--trial", "on_trial", is_flag=True, help="On ten invented children, at first.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which ten.")
@click.pass_obj
def provider_add(applied: Applied, fragment: Path, on_trial: bool, seed: int) -> None:
    """Append the provider described in FRAGMENT to the town file, and apply."""
    if on_trial:
        codes, changes = trial.begin_trial(applied, fragment, seed, say_progress)
    else:
        codes = add_provider(applied, fragment)
        changes = apply_town_file(applied, say_progress)
    _echo_lines(changes)
    if on_trial:
        click.echo(f"on trial with ten invented children, seed {seed}")
    for code in codes:
        _wait_for_provider(applied, code)


@provider.command("go-live", cls=ChangingCommand)
@click.argument("code")
@click.pass_obj
def provider_go_live(applied: Applied, code: str) -> None:
    """Delete the trial of a provider, keep its offer and grids, and let families come."""
    done = trial.begin_live_operation(applied, _require_known(applied, code), say_progress)
    click.echo(f"{done['children']} invented children and {done['rows']} rows are deleted")
    click.echo(f"{done['activities']} activities and {done['tariffs']} grids are published")
    _wait_for_provider(applied, code)


@provider.command("suspend", cls=ChangingCommand)
@click.argument("code")
@click.pass_obj
def provider_suspend(applied: Applied, code: str) -> None:
    """Leave a provider the care core of its children alone (R6)."""
    state = applied.unusual_provider_states().get(_require_known(applied, code), RUNNING)
    if state in (LEAVING, REVOKED):
        raise click.ClickException(
            f"{code} is {state}: suspended, it would hear of children again. Nothing was done."
        )
    _set_provider_state(applied, code, SUSPENDED)


@provider.command("resume", cls=ChangingCommand)
@click.argument("code")
@click.pass_obj
def provider_resume(applied: Applied, code: str) -> None:
    """Let a suspended or revoked provider run again; links that ended stay ended."""
    _set_provider_state(applied, code, RUNNING)
    _wait_for_provider(applied, code)


@provider.command("revoke", cls=ChangingCommand)
@click.argument("code")
@click.option("--at-once", is_flag=True, help="Off the broker now, without receipts.")
@click.option("--wait", type=float, default=RECEIPT_SECONDS, help="Seconds to wait for receipts.")
@click.option("--unsettled", is_flag=True, help="Though bills, cash or credits are open there.")
@click.pass_obj
def provider_revoke(
    applied: Applied, code: str, at_once: bool, wait: float, unsettled: bool
) -> None:
    """End a provider's links and have it erase, with receipts; then take it off the broker."""
    _require_known(applied, code)
    if at_once:
        _echo_lines(offboarding.cut_off_provider(applied, code, say_progress))
        return
    if not unsettled and (left := offboarding.unsettled_in_words(applied, code)):
        _echo_lines([f"open at the régies of {code}:", *(f"  {line}" for line in left)])
        raise click.ClickException(
            f"The desk of {code} goes with it, and with the desk whoever bills, collects and pays"
            " back: families can still pay online, where its régies are, and nobody else takes"
            " anything. Nothing was done. Let its régisseur settle this, or agree with the public"
            " accountant who does, then call it with --unsettled."
        )
    _echo_lines(offboarding.revoke_provider(applied, code, say_progress, wait))


@provider.command("receipts")
@click.argument("code")
@click.pass_obj
def provider_receipts(applied: Applied, code: str) -> None:
    """Say what a provider has proven to have erased: which sections, when, of how many."""
    _echo_lines(offboarding.receipts_in_words(applied, code))


@provider.command("replace", cls=ChangingCommand)
@click.argument("old")
@click.argument("new")
@click.option("--on", "on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day.")
@click.pass_obj
def provider_replace(applied: Applied, old: str, new: str, on: datetime) -> None:
    """Let NEW take over from OLD after a day: places, ranks and PAIs move, arrears stay."""
    _echo_lines(succession.replace_operator(applied, old, new, on.date(), say_progress))


def _set_provider_state(applied: Applied, code: str, state: str) -> None:
    if applied.unusual_provider_states().get(_require_known(applied, code)) in (
        TRIAL,
        ENDING_TRIAL,
    ):
        raise click.ClickException(f"{code} is on trial: `provider go-live` or `provider revoke`")
    applied.set_provider_state(code, state)
    _echo_lines(apply_town_file(applied, say_progress))


def _wait_for_provider(applied: Applied, code: str) -> None:
    """Return once a provider's service and desk answer; those of units start after the command."""
    if supervisor.running_pid(applied.instance) is not None:
        wait_for_processes(applied, only=[trial.principal_of_provider(code), f"desk_{code}"])


def _require_known(applied: Applied, code: str) -> str:
    if code not in {entry.code for entry in applied.read_town_file().providers}:
        raise click.ClickException(f"the town file has no provider {code!r}")
    return code


def _echo_lines(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)
