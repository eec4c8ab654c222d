"""`preau dead`, `resync`, `post`: what did not arrive, on the bus and by e-mail."""

from collections.abc import Iterator
from datetime import datetime

import click
from rich.table import Table

from deploy.applied_town import Applied
from deploy.cli.output import screen
from deploy.processes import ops_requests as operations
from shared.contracts.every_service.comparison import difference_in_words, differs
from shared.contracts.identity.email_counts import PostStateAnswer
from shared.dates.clock import PARIS


@click.group()
def dead() -> None:
    """The dead letters of every service, which their owners alone may handle again."""


@dead.command("list")
@click.pass_obj
def dead_list(applied: Applied) -> None:
    """List dead letters without their bodies."""
    table = Table("owner", "since", "type", "from", "reason", "bytes", "message", "trace")
    for owner, letters in operations.list_dead_letters(applied).items():
        for letter in letters:
            table.add_row(
                owner,
                died_at_in_words(letter["died_at"]),
                letter["type"],
                letter["source"],
                letter["reason"],
                str(letter["size"]),
                letter["message_id"],
                letter["trace"],
            )
    screen.print(table if table.row_count else "no dead letters")


def died_at_in_words(died_at: datetime | None) -> str:
    """Return when a letter died, by the town's clock; nothing where the broker did not say."""
    return f"{died_at.astimezone(PARIS):%Y-%m-%d %H:%M}" if died_at else "-"


@dead.command("replay")
@click.argument("principal")
@click.pass_obj
def dead_replay(applied: Applied, principal: str) -> None:
    """Have PRINCIPAL handle its dead letters again."""
    _require_answering(applied, principal)
    answer = operations.replay_dead_letters(applied, principal)
    click.echo(f"{answer['replayed']} handled, {answer['kept']} kept")


def _require_answering(applied: Applied, *names: str) -> None:
    """Refuse a name that nothing has which answers: else nothing would be done, without a word."""
    answering = operations.service_principals(applied)
    if not set(names) & set(answering):
        raise click.ClickException(f"{names[0]!r} is none of {', '.join(answering)}.")


def _principals_of_code(applied: Applied, code: str) -> list[str]:
    rows = (applied.register_in_force() or {"providers": []})["providers"]
    return [row["principal"] for row in rows if row["code"] == code]


@click.command()
@click.argument("code", required=False)
@click.pass_obj
def resync(applied: Applied, code: str | None) -> None:
    """
    Compare what a provider or service, or each, stores of others' events, and mend what differs.

    Missing, outdated and altered rows come again; rows that their publisher does not know go.
    """
    if code is not None:
        _require_answering(applied, code, *_principals_of_code(applied, code))
    for name, rows in operations.compare_states(applied, code, mend=True).items():
        differing = [row for row in rows if differs(row)]
        click.echo(f"{name}: {sum(row['equal'] for row in rows)} facts are equal")
        for row in differing:
            click.echo(f"    {difference_in_words(row)}")


@click.command()
@click.option("--again", is_flag=True, help="Send again those that perhaps did not arrive.")
@click.pass_obj
def post(applied: Applied, again: bool) -> None:
    """Count the emails that wait, left, were refused or given up, or perhaps did not arrive."""
    if again:
        again_due = operations.send_uncertain_emails_again(applied)
        click.echo(f"put back among those that wait: {again_due}")
    state = operations.state_of_emails(applied)
    table = Table("email", "state", "how many")
    for row in state.letters:
        table.add_row(row["template"], row["state"], str(row["count"]))
    screen.print(table if table.row_count else "no emails")
    for line in oldest_email_in_words(state):
        click.echo(line)


def oldest_email_in_words(state: PostStateAnswer) -> Iterator[str]:
    """Yield since when the oldest email waits, and why; nothing where none waits."""
    if state.oldest_waiting:
        yield f"the oldest waits since {state.oldest_waiting:%Y-%m-%d %H:%M} UTC"
        if why := _why_email_waits_in_words(state.why_oldest_waits):
            yield f"the last time, {why}"


def _why_email_waits_in_words(reason: str) -> str:
    """Return what was met at the last attempt, "" where there was none."""
    if reason.isdecimal():
        return f"the mail server answered {reason} for its address alone"
    server, _, code = reason.partition(" ")
    if server.isdecimal():
        return (
            f"the mail server answered {server} {code} once it knew for whom it is or what it"
            " says: the town may not send so, there or anywhere"
        )
    if code:
        wants = ": it wants a name and password, or others" if code in ("530", "535", "538") else ""
        return f"the mail server answered {code} to the town, whoever it writes to{wants}"
    return {
        "no_server": "the mail server did not answer, or its certificate is not good",
        "connection": "the mail server broke off",
        "not_offered": "the mail server offers no encryption, or no way to sign in by password",
    }.get(server, "")
