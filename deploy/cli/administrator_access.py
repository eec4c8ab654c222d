"""Commands that let an administrator in: the first one, or one whom no other can help."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click

from deploy.applied_town import Applied
from deploy.processes import ops_requests as operations
from deploy.processes.public_addresses import office_addresses, pages_of_services
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.identity import codes_issued_by_operations
from shared.dates.clock import PARIS


@click.command()
@click.argument("office")
@click.option("--again", "lost", metavar="LOGIN", help="Who lost telephone or password.")
@click.option("--in-place-of", "left", metavar="LOGIN", help="Who administered it and has left.")
@click.option(
    "--successor", nargs=2, metavar="LOGIN NAME", help="With --in-place-of, who takes over."
)
@click.option("--name", help="With these, who asks; kept in the record.")
@click.option("--reason", help="With these, why; kept in the record.")
@click.option("--despite-others", is_flag=True, help="Though others administer that office.")
@click.pass_obj
def invite(
    applied: Applied,
    office: str,
    lost: str | None,
    left: str | None,
    successor: tuple[str, str] | None,
    name: str | None,
    reason: str | None,
    despite_others: bool,
) -> None:
    """
    Print an invitation for an administrator of OFFICE, once, to hand over.

    OFFICE is a provider's code, or `front_desk`. By itself it is for the first administrator, who
    never came. With --again an access that was lost ends; with --in-place-of and --successor
    somebody takes over from who has left. The DPO is notified of both.
    """
    if office not in _offices_by_code(applied):
        raise click.ClickException(f"the town file has no provider {office!r}")
    if (left is None) is not (successor is None):
        raise click.UsageError("--in-place-of and --successor go together")
    if lost is not None and left is not None:
        raise click.UsageError("either --again or --in-place-of")
    if lost is None and left is None:
        _invite_first_administrator(applied, office)
        _print_where_code_is_used(applied, office)
        return
    asked_by = name or click.prompt("asked by")
    why = reason or click.prompt("because")
    with _refusals_as_cli_errors(office, lost or left or ""):
        if lost is not None:
            again = codes_issued_by_operations.InviteAdministratorAgainRequest(
                office, lost, asked_by, why, despite_others
            )
            _print_given_code(operations.invite_administrator_again(applied, again))
        elif left is not None and successor is not None:
            succeeding = codes_issued_by_operations.InviteSuccessorRequest(
                office, left, *successor, asked_by, why, despite_others
            )
            given = operations.invite_successor(applied, succeeding)
            _print_successor(office, successor[0], given)
            if not given.code:
                return
    _print_where_code_is_used(applied, office)


@click.command()
@click.pass_obj
def invited(applied: Applied) -> None:
    """Say for which administrators `invite` made a code of the town, who asked, and why."""
    codes = operations.codes_given_by_town(applied)
    for code in codes:
        click.echo(f"{code['at']:%Y-%m-%d %H:%M} UTC  {code['office']}  {_code_in_words(code)}")
    if not codes:
        click.echo("no code was given")


def _code_in_words(code: codes_issued_by_operations.TownCode) -> str:
    forced = f", though {code['others']} could have given it" if code["others"] else ""
    place = f" in place of {code['in_place_of']}" if code["in_place_of"] else ""
    asked = f"asked by {code['asked_by']}: {code['reason']}"
    return f"{code['name']} ({code['login']}){place}, {asked}{forced}"


def _invite_first_administrator(applied: Applied, office: str) -> None:
    invitation = operations.invite_administrator(applied, office)
    if not invitation.code:
        raise click.ClickException(f"{invitation.login} uses an account already")
    click.echo(f"{invitation.login}: {invitation.code} ({_until_in_words(invitation.expires_at)})")


def _print_given_code(given: codes_issued_by_operations.InviteAdministratorAgainAnswer) -> None:
    click.echo(f"{given.name}: {given.code} ({_until_in_words(given.expires_at)})")
    click.echo("the old access is closed; to be handed over in person, it is not shown again")
    _print_notified(given.notified)


def _until_in_words(end: datetime | None) -> str:
    return f"until {end.astimezone(PARIS):%Y-%m-%d %H:%M}" if end else ""


def _print_where_code_is_used(applied: Applied, office: str) -> None:
    pages = pages_of_services(applied.engines_of_town, applied.register_in_force() or {})
    click.echo(f"to be used at {office_addresses(pages)[office]}/activation")


def _print_successor(
    office: str, login: str, given: codes_issued_by_operations.InviteSuccessorAnswer
) -> None:
    if given.code:
        click.echo(f"{given.name}: {given.code} ({_until_in_words(given.expires_at)})")
        click.echo("to be handed over in person, it is not shown again")
    elif given.active:
        click.echo(f"{given.name} goes on with the account that {login} has")
    else:
        click.echo(f"{given.name} has an account that is closed: preau invite {office} --again")
    click.echo(f"{given.former} administers it no more, and has no right there")
    _print_notified(given.notified)


def _print_notified(dpos: list[str]) -> None:
    click.echo(f"an email leaves for {', '.join(dpos) or 'nobody: tell the DPO yourself'}")


@contextmanager
def _refusals_as_cli_errors(office: str, login: str) -> Iterator[None]:
    """Say in words why nothing was done."""
    try:
        yield
    except codes_issued_by_operations.OthersCanHelp as refusal:
        names = ", ".join(refusal.detail["administrators"])
        raise click.ClickException(
            f"{names} can do it, at the desk of {office} under « Agents et droits »; "
            "where they cannot, --despite-others"
        ) from None
    except NotFound:
        raise click.ClickException(f"{login} does not administer {office}") from None
    except BadRequest as refusal:
        sentences = [each for some in refusal.detail["errors"].values() for each in some]
        raise click.ClickException(" ".join(sentences)) from None


def _offices_by_code(applied: Applied) -> set[str]:
    town = applied.read_town_file()
    desk = [town.front_desk.code] if town.front_desk else []
    return {*desk, *(entry.code for entry in town.providers)}
