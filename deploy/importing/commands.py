"""`preau import`: check a file, bring it in, decide what is in doubt, take a batch back."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click
from rich.table import Table

from deploy.applied_town import Applied
from deploy.cli.output import screen
from deploy.importing import sending
from deploy.importing.ban_streets import write_streets
from deploy.importing.csv_files.mapping import BILLS, FAMILIES, HISTORY, PAYMENTS
from deploy.importing.csv_files.problems import Problem
from deploy.importing.schools import read_schools
from deploy.importing.sending import Sent
from deploy.importing.whole_file import Read, read_file
from deploy.processes.ops_requests import LONG_SECONDS, ops_client
from shared.bus.client import Client
from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.enrolment.school_year.schools import import_schools, school_names
from shared.contracts.errors import NoAnswer
from shared.contracts.message import all_rows
from shared.contracts.sections.care.town_diets import USUAL_DIETS, TownDiets
from shared.dates.clock import today
from shared.register.entitlement import SCHOOL

MOST_SHOWN = 200
"""Rows of a table on the screen; the count says how many there are."""

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
MAPPING = click.option(
    "--mapping",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How the file reads (docs/import.md).",
)
WHY_KEPT = {
    "edited": "a guardian has filled in something since",
    "linked": "a child was linked to a provider otherwise",
    "read": "an agent of a provider has read a child's file",
    "counted": "a provider has counted a child's months",
    "checked": "the front desk has checked it, or holds a file",
    "account": "an adult has chosen a password; letters to the others stay good",
    "other_batch": "another batch, or a family outside of it, shares a child or an adult",
}
"""Reasons why an imported family stays, by `IN_USE` of the contract."""

BATCH = click.option("--batch", default="", help="Instead of the mapping's.")
LEAVE = click.option("--leave-wrong", is_flag=True, help="Send what is right of the file.")


@click.group("import")
def importing() -> None:
    """Families, past years, bills and payments from CSV of other software (docs/import.md)."""


@importing.command()
@FILE
@MAPPING
@BATCH
@click.option("--offline", is_flag=True, help="Look at the file alone.")
@click.pass_obj
def check(applied: Applied, file: Path, mapping: Path, batch: str, offline: bool) -> None:
    """
    Report row by row what is wrong or doubtful; nothing is written.

    Fails where a row is wrong, or where a family would be refused.
    """
    schools = () if offline else _schools_of_town(applied)
    read = _read_or_fail(file, mapping, batch, schools=schools, diets=_diets_of_town(applied))
    _print_file(read)
    _print_problems(read)
    refused = 0
    if read.reading.of == FAMILIES and read.payloads and not offline:
        with ops_client(applied) as client:
            found = sending.send_families(client, read, check=True)
        _print_families(found)
        refused = found.outcomes[family_imports.REFUSED]
    raise SystemExit(1 if read.wrong_problems or refused else 0)


@importing.command(FAMILIES)
@FILE
@MAPPING
@BATCH
@LEAVE
@click.pass_obj
def bring_families(
    applied: Applied, file: Path, mapping: Path, batch: str, leave_wrong: bool
) -> None:
    """Bring families in; who could be known already waits until somebody decides."""
    schools = _schools_of_town(applied)
    diets = _diets_of_town(applied)
    read = _read_or_fail(file, mapping, batch, FAMILIES, schools=schools, diets=diets)
    sent = _read_and_send(applied, sending.send_families, read, leave_wrong)
    _print_families(sent)


@importing.command(HISTORY)
@FILE
@MAPPING
@BATCH
@LEAVE
@click.pass_obj
def bring_history(
    applied: Applied, file: Path, mapping: Path, batch: str, leave_wrong: bool
) -> None:
    """Bring in how often children came in past years; nothing of it is ever billed."""
    read = _read_or_fail(file, mapping, batch, HISTORY)
    sent = _read_and_send(applied, sending.send_past_years, read, leave_wrong)
    click.echo(
        f"{sent.outcomes['changed']} months changed, "
        f"{sent.outcomes[sending.UNKNOWN]} lines of no known child"
    )


@importing.command(BILLS)
@FILE
@MAPPING
@BATCH
@LEAVE
@click.pass_obj
def bring_bills(applied: Applied, file: Path, mapping: Path, batch: str, leave_wrong: bool) -> None:
    """Bring in past bills, or past payments, as the mapping says; nothing of them is owed here."""
    read = _read_or_fail(file, mapping, batch, BILLS, PAYMENTS)
    sent = _read_and_send(applied, sending.send_bills_or_payments, read, leave_wrong)
    _print_outcomes(sent)
    if sent.refused:
        _print_refused(sent)


@importing.command("schools")
@FILE
@click.option("--provider", required=True, metavar="CODE", help="Who enrols children at them.")
@click.option("--year", required=True, help="The school year of the classes: 2026-2027.")
@click.pass_obj
def bring_schools(applied: Applied, file: Path, provider: str, year: str) -> None:
    """Bring in schools and their classes, what the provider has not got yet."""
    request = read_schools(file, year)
    with ops_client(applied) as client:
        answer = client.ask(
            import_schools, request, to=f"enrolment_{provider}", deadline=LONG_SECONDS
        )
    click.echo(f"{answer.schools} schools and {answer.classes} classes added")


@importing.command("addresses")
@FILE
@click.pass_obj
def bring_addresses(applied: Applied, file: Path) -> None:
    """Take the streets that complete addresses from the Base Adresse Nationale, all anew."""
    register = applied.register_in_force()
    if register is None:
        raise click.ClickException("there is no register yet: run `preau apply`")
    communes = frozenset(row["insee"] for row in register["communes"])
    streets = write_streets(applied.instance, file, communes)
    many = sum(len(area["streets"]) for area in streets.values())
    click.echo(f"{many} streets under {len(streets)} postcodes")


@importing.command()
@click.argument("batch")
@click.pass_obj
def doubts(applied: Applied, batch: str) -> None:
    """List whom children of BATCH that wait could be, the likeliest first."""
    with ops_client(applied) as client:
        request = family_imports.WaitingFamiliesRequest(batch)
        found = client.ask(family_imports.waiting_families, request, deadline=LONG_SECONDS).doubts
    table = Table("household", "child", "likeness", "could be", "its number there")
    for each in found:
        table.add_row(
            each["reference"],
            each["child"],
            str(each["score"]),
            each["known"],
            each["known_reference"] or "-",
        )
    screen.print(table if found else "nothing waits")


@importing.command()
@click.argument("child")
@click.option("--same-as", metavar="ID", help="It is this child of the dossier.")
@click.option("--another", is_flag=True, help="It is another than all that were proposed.")
@click.option("--by", "decided_by", required=True, help="The agent who has looked.")
@click.pass_obj
def decide(
    applied: Applied, child: str, same_as: str | None, another: bool, decided_by: str
) -> None:
    """Say of CHILD which one it is, as an agent has seen; then bring the file in again."""
    if bool(same_as) == another:
        raise click.UsageError("either --same-as ID or --another")
    with ops_client(applied) as client:
        request = family_imports.DecideArrivalRequest(child, decided_by, same_as)
        client.ask(family_imports.decide_arrival, request, deadline=LONG_SECONDS)
    click.echo("noted; it arrives when its file is brought in again")


@importing.command()
@click.argument("batch")
@click.pass_obj
def undo(applied: Applied, batch: str) -> None:
    """Take BATCH back: bills, payments, past years; families on which nothing was built."""
    with ops_client(applied) as client:
        undone = sending.undo_batch(client, batch)
    for what, many in undone.taken.items():
        click.echo(f"{many} {what}")
    if undone.kept:
        _print_kept_families(undone.kept)


def _read_or_fail(
    file: Path,
    mapping: Path,
    batch: str,
    *wanted: str,
    schools: Sequence[str] = (),
    diets: TownDiets = USUAL_DIETS,
) -> Read:
    read = read_file(file, mapping, today(), batch, schools, diets)
    if wanted and read.reading.of not in wanted:
        raise click.ClickException(f"the mapping is of {read.reading.of}")
    return read


def _diets_of_town(applied: Applied) -> TownDiets:
    return TownDiets(applied.read_town_file().diets)


def _schools_of_town(applied: Applied) -> list[str]:
    """Return the names of the schools of all providers; fails where one of them does not answer."""
    names: list[str] = []
    with ops_client(applied) as client:
        for provider in applied.read_town_file().providers:
            if not any(activity.regime == SCHOOL for activity in provider.activities):
                continue
            try:
                ask = partial(client.ask, to=provider.principal)
                names += [
                    each["name"] for each in all_rows(ask, school_names, lambda page: page.schools)
                ]
            except NoAnswer:
                raise click.ClickException(
                    f"{provider.code} does not answer: its schools are needed to check the file"
                ) from None
    return names


def _read_and_send(
    applied: Applied, send: Callable[[Client, Read], Sent], read: Read, leave_wrong: bool
) -> Sent:
    if read.wrong_problems and not leave_wrong:
        _print_problems(read)
        raise click.ClickException("nothing was sent: correct the rows, or use --leave-wrong")
    if read.left_out:
        click.echo(f"{read.left_out} rows left out")
    with ops_client(applied) as client:
        return send(client, read)


def _print_file(read: Read) -> None:
    separator = "tab" if read.table.separator == "\t" else read.table.separator
    click.echo(
        f"{len(read.table.rows)} rows ({read.table.encoding}, separated by {separator}): "
        f"{len(read.payloads)} {read.reading.of} of batch {read.reading.batch}"
    )


def _print_problems(read: Read) -> None:
    if not read.problems:
        click.echo("no row is wrong or doubtful")
        return
    table = Table("line", "field", "what", "")
    for each in read.problems[:MOST_SHOWN]:
        table.add_row(str(each.line), each.field, each.text, _severity_in_words(each))
    screen.print(table)
    doubtful = len(read.problems) - len(read.wrong_problems)
    click.echo(f"{len(read.wrong_problems)} wrong, {doubtful} doubtful")


def _severity_in_words(problem: Problem) -> str:
    return "doubtful" if problem.doubtful else "wrong"


def _print_families(sent: Sent) -> None:
    _print_outcomes(sent)
    if not sent.families:
        return
    table = Table("household", "outcome", "child", "likeness", "could be", "why")
    for each in sent.families[:MOST_SHOWN]:
        why = each["why"] and f"{each['why']} {each['errors'] or ''}".strip()
        for doubt in each["doubts"] or [{}]:
            table.add_row(
                each["reference"],
                each["outcome"],
                doubt.get("child", ""),
                str(doubt.get("score", "")),
                doubt.get("known_reference") or doubt.get("known", ""),
                why,
            )
    screen.print(table)


def _print_kept_families(kept: Sequence[family_imports.KeptFamily]) -> None:
    click.echo(f"{len(kept)} families kept:")
    for each in kept[:MOST_SHOWN]:
        click.echo(f"{each['reference']}: {WHY_KEPT[each['why']]} ({each['why']})")


def _print_outcomes(sent: Sent) -> None:
    many = {outcome: each for outcome, each in sorted(sent.outcomes.items()) if each}
    click.echo(
        f"{sent.count_changed_rows} changed something"
        + "".join(f", {each} {outcome}" for outcome, each in many.items())
    )


def _print_refused(sent: Sent) -> None:
    table = Table("number", "why")
    for number, why in sent.refused[:MOST_SHOWN]:
        table.add_row(number, why)
    screen.print(table)
