"""The commands that let an administrator in: the first one, or one whom nobody else can help."""

from typing import Any

import click

from deploy import operations
from deploy.applied import Applied
from shared.contracts.identity import OthersCanHelp


@click.command()
@click.argument("office")
@click.option("--again", "login", help="An administrator who lost telephone or password.")
@click.option("--name", help="With --again, who asks; it stands in the record.")
@click.option("--reason", help="With --again, why; it stands in the record.")
@click.option("--despite-others", is_flag=True, help="Though others administer that office.")
@click.pass_obj
def invite(
    applied: Applied,
    office: str,
    login: str | None,
    name: str | None,
    reason: str | None,
    despite_others: bool,
) -> None:
    """
    Print an invitation for an administrator of OFFICE, once, to hand over.

    OFFICE is a provider's code, or `front_desk`. Without --again it is for the first administrator,
    who never came. With it an access that was lost ends, and the DPO is told.
    """
    if office not in _offices(applied):
        raise click.ClickException(f"the town file has no provider {office!r}")
    if login is not None:
        name = name or click.prompt("asked by")
        reason = reason or click.prompt("because")
        _invite_again(applied, office, login, name, reason, despite_others=despite_others)
        return
    invitation = operations.invite(applied, office)
    if not invitation["code"]:
        raise click.ClickException(f"{invitation['login']} uses an account already")
    click.echo(f"{invitation['login']}: {invitation['code']} (until {invitation['expires_at']})")


@click.command()
@click.pass_obj
def invited(applied: Applied) -> None:
    """Say for which administrators `invite --again` made a code, who asked, and why."""
    codes = operations.codes_by_town(applied)
    for each in codes:
        click.echo(f"{each['at']:%Y-%m-%d %H:%M} UTC  {each['office']}  {_in_words(each)}")
    if not codes:
        click.echo("no code was given")


def _in_words(each: dict[str, Any]) -> str:
    forced = f", though {each['others']} could have given it" if each["others"] else ""
    return (
        f"{each['name']} ({each['login']}), asked by {each['asked_by']}: {each['reason']}{forced}"
    )


def _invite_again(
    applied: Applied, office: str, login: str, name: str, reason: str, *, despite_others: bool
) -> None:
    try:
        given = operations.invite_again(
            applied, office, login, name=name, reason=reason, despite_others=despite_others
        )
    except OthersCanHelp as refusal:
        names = ", ".join(refusal.detail["administrators"])
        raise click.ClickException(
            f"{names} can give the code, at the desk of {office} under « Agents et droits »; "
            "where they cannot, --despite-others"
        ) from None
    click.echo(f"{given['name']}: {given['code']} (until {given['expires_at']})")
    click.echo("the old access is closed; to be handed over in person, it is not shown again")
    click.echo(f"a letter leaves for {', '.join(given['told']) or 'nobody: tell the DPO yourself'}")


def _offices(applied: Applied) -> set[str]:
    town = applied.town()
    desk = [town.front_desk.code] if town.front_desk else []
    return {*desk, *(entry.code for entry in town.providers)}
