"""`preau import`: check a file, bring it in, decide what is in doubt, take a batch back."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich.table import Column, Table

from deploy.applied_town import Applied
from deploy.cli.output import screen
from deploy.importing import printing
from deploy.importing.ban_streets import write_streets
from deploy.importing.requests import sending
from deploy.importing.requests.identified_rows import identify_rows
from deploy.importing.requests.sending import Sent
from deploy.importing.requests.sending_this_year import send_mandates, send_places, send_quotients
from deploy.importing.requests.undoing import undo_batch
from deploy.importing.rows.places import Groups, Offer
from deploy.importing.schools import read_schools
from deploy.importing.table_files.mapping import (
    BILLS,
    FAMILIES,
    HISTORY,
    MANDATES,
    PAYMENTS,
    PLACES,
    QUOTIENTS,
    read_mapping,
)
from deploy.importing.whole_file import Read, read_file
from deploy.processes.ops_requests import LONG_SECONDS, ops_client, service_principals
from deploy.register.town_file.providers import ProviderEntry
from shared.bus.client import Client
from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.enrolment.places.imports import placeable_groups
from shared.contracts.enrolment.school_year.schools import import_schools, school_names
from shared.contracts.errors import NoAnswer, NotFound
from shared.contracts.message import Method, P, R, all_rows
from shared.contracts.sections.care.town_diets import TownDiets
from shared.dates.clock import today
from shared.register.entitlement import SCHOOL

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
MAPPING = click.option(
    "--mapping",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How the file reads (docs/import.md).",
)

BATCH = click.option("--batch", default="", help="Instead of the mapping's.")
SINCE = click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="First day that counts here, if it is not today: no place begins before.",
)
LEAVE = click.option("--leave-wrong", is_flag=True, help="Send what is right of the file.")


@click.group("import")
def importing() -> None:
    """Families, past years and this one, past bills, from other software (docs/import.md)."""


@importing.command()
@FILE
@MAPPING
@BATCH
@SINCE
@click.option("--offline", is_flag=True, help="Look at the file alone.")
@click.option("--problems", type=click.Path(dir_okay=False, path_type=Path), help="CSV of all.")
@click.pass_obj
def check(
    applied: Applied,
    file: Path,
    mapping: Path,
    batch: str,
    since: datetime | None,
    offline: bool,
    problems: Path | None,
) -> None:
    """
    Report row by row what is wrong or doubtful; nothing is written.

    Fails where a row is wrong, or where a family would be refused.
    """
    read = _read_or_fail(applied, file, mapping, batch, since=since, offline=offline)
    printing.print_file(read)
    printing.print_problems(read)
    if problems:
        printing.write_problems(read, problems)
    refused = 0
    if read.reading.of == FAMILIES and read.payloads and not offline:
        with ops_client(applied) as client:
            found = sending.send_families(client, read, check=True)
        printing.print_families(found, "would change something")
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
    read = _read_or_fail(applied, file, mapping, batch, FAMILIES)
    _send_and_print(applied, sending.send_families, read, leave_wrong, printing.print_families)


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
    read = _read_or_fail(applied, file, mapping, batch, HISTORY)
    _send_and_print(applied, sending.send_past_years, read, leave_wrong, printing.print_months)


@importing.command(BILLS)
@FILE
@MAPPING
@BATCH
@LEAVE
@click.pass_obj
def bring_bills(applied: Applied, file: Path, mapping: Path, batch: str, leave_wrong: bool) -> None:
    """Bring in past bills, or past payments, as the mapping says; nothing of them is owed here."""
    read = _read_or_fail(applied, file, mapping, batch, BILLS, PAYMENTS)
    _send_and_print(applied, sending.send_bills_or_payments, read, leave_wrong)


@importing.command(PLACES)
@FILE
@MAPPING
@BATCH
@LEAVE
@SINCE
@click.pass_obj
def bring_places(
    applied: Applied,
    file: Path,
    mapping: Path,
    batch: str,
    leave_wrong: bool,
    since: datetime | None,
) -> None:
    """Bring in who has a place this year, or waits for one; no notice leaves."""
    read = _read_or_fail(applied, file, mapping, batch, PLACES, since=since)
    _send_and_print(applied, send_places, read, leave_wrong)


@importing.command(QUOTIENTS)
@FILE
@MAPPING
@BATCH
@LEAVE
@click.pass_obj
def bring_quotients(
    applied: Applied, file: Path, mapping: Path, batch: str, leave_wrong: bool
) -> None:
    """Bring in quotients; what a family or an agent has said here stays."""
    read = _read_or_fail(applied, file, mapping, batch, QUOTIENTS)
    _send_and_print(applied, send_quotients, read, leave_wrong)


@importing.command(MANDATES)
@FILE
@MAPPING
@BATCH
@LEAVE
@click.pass_obj
def bring_mandates(
    applied: Applied, file: Path, mapping: Path, batch: str, leave_wrong: bool
) -> None:
    """Let mandates of direct debit go on under their old references."""
    read = _read_or_fail(applied, file, mapping, batch, MANDATES)
    _send_and_print(applied, send_mandates, read, leave_wrong)


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
    table = Table(
        Column("child", no_wrap=True),
        "likeness",
        Column("could be", no_wrap=True),  # whole: `decide` is given both
        "its number there",
    )
    for each in found:
        table.add_row(
            each["child"],
            str(each["score"]),
            each["known"],
            each["known_reference"] or "-",
        )
    screen.print(table if found else "nothing waits")


@importing.command()
@click.argument("child")
@click.option(
    "--same-as", type=click.UUID, metavar="ID", help="It is this child, by the id of `doubts`."
)
@click.option("--another", is_flag=True, help="It is another than all that were proposed.")
@click.option("--by", "decided_by", required=True, help="The agent who has looked.")
@click.pass_obj
def decide(
    applied: Applied, child: str, same_as: UUID | None, another: bool, decided_by: str
) -> None:
    """Say of CHILD which one it is, as an agent has seen; then bring the file in again."""
    if bool(same_as) == another:
        raise click.UsageError("either --same-as ID or --another")
    with ops_client(applied) as client:
        request = family_imports.DecideArrivalRequest(
            child, decided_by, str(same_as) if same_as else None
        )
        try:
            client.ask(family_imports.decide_arrival, request, deadline=LONG_SECONDS)
        except NotFound:
            raise click.ClickException(
                f"{child} does not wait, or not for that child: see `preau import doubts BATCH`"
            ) from None
    click.echo("noted; it arrives when its file is brought in again")


@importing.command()
@click.argument("batch")
@click.pass_obj
def undo(applied: Applied, batch: str) -> None:
    """Take BATCH back: what came with it, but for that on which something was built."""
    with ops_client(applied) as client:
        principals = [provider.principal for provider in _answering_providers(applied)]
        undone = undo_batch(client, batch, principals)
    printing.print_undone(undone, batch)


def _read_or_fail(
    applied: Applied,
    file: Path,
    mapping: Path,
    batch: str,
    *wanted: str,
    since: datetime | None = None,
    offline: bool = False,
) -> Read:
    """Return a file that was compared with the town, as far as its kind asks for it."""
    day = today()
    of = read_mapping(mapping.read_text("utf-8"), batch).of
    if wanted and of not in wanted:
        raise click.ClickException(f"the mapping is of {of}")
    diets = TownDiets(applied.read_town_file().diets)
    if offline:
        return read_file(file, mapping, day, batch, diets=diets)
    schools = _schools_of_town(applied) if of == FAMILIES else {}
    groups = _groups_of_town(applied) if of == PLACES else None
    offer = Offer(groups, since.date() if since else day)
    read = read_file(file, mapping, day, batch, schools, diets, offer)
    with ops_client(applied) as client:
        return identify_rows(client, read)


def _schools_of_town(applied: Applied) -> dict[str, list[str]]:
    """
    Return the former names of all providers' schools by name.

    Fails where one of the providers does not answer.
    """
    providers = [
        provider
        for provider in applied.read_town_file().providers
        if any(activity.regime == SCHOOL for activity in provider.activities)
    ]
    found = _rows_of_providers(applied, providers, school_names, lambda page: page.schools)
    return {
        school["name"]: school["former_names"] for schools in found.values() for school in schools
    }


def _groups_of_town(applied: Applied) -> Groups:
    """Return the open groups of each provider; fails where one of them does not answer."""
    providers = _answering_providers(applied)
    return _rows_of_providers(applied, providers, placeable_groups, lambda page: page.groups)


def _answering_providers(applied: Applied) -> list[ProviderEntry]:
    """Return the providers without those that are suspended or leave: these answer nothing."""
    answering = set(service_principals(applied))
    return [
        provider
        for provider in applied.read_town_file().providers
        if provider.principal in answering
    ]


def _rows_of_providers(
    applied: Applied,
    providers: Iterable[ProviderEntry],
    method: Method[Any, P],
    rows_of: Callable[[P], Iterable[R]],
) -> dict[str, list[R]]:
    """Return by provider what each answers, in pages."""
    found: dict[str, list[R]] = {}
    with ops_client(applied) as client:
        for provider in providers:
            ask = partial(client.ask, to=provider.principal)
            try:
                found[provider.code] = list(all_rows(ask, method, rows_of))
            except NoAnswer:
                raise click.ClickException(
                    f"{provider.code} does not answer: it is needed to check the file"
                ) from None
    return found


def _print_sent(sent: Sent) -> None:
    printing.print_outcomes(sent)
    printing.print_refused(sent)


def _send_and_print(
    applied: Applied,
    send: Callable[[Client, Read], Sent],
    read: Read,
    leave_wrong: bool,
    print_sent: Callable[[Sent], None] = _print_sent,
) -> None:
    """Send what was read, print what became of it, and last what is to be asked again."""
    if read.wrong_problems and not leave_wrong:
        printing.print_problems(read)
        raise click.ClickException("nothing was sent: correct the rows, or use --leave-wrong")
    if read.left_out:
        click.echo(f"{read.left_out} rows left out")
    with ops_client(applied) as client:
        sent = send(client, read)
    print_sent(sent)
    if read.problems:
        printing.print_problems(read)
