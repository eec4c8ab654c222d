"""Output of `preau import`: how a file was read, what is wrong with it, what became of it."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from deploy.cli.output import screen
from deploy.importing.requests.sending import UNKNOWN, Sent
from deploy.importing.requests.sending_this_year import ARRIVAL_SECONDS, NO_FILE
from deploy.importing.requests.undoing import Undone
from deploy.importing.rows.contested_numbers import lines_in_words
from deploy.importing.table_files.problems import Problem
from deploy.importing.whole_file import Read
from shared.contracts.billing import debits
from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.enrolment.places import imports as place_imports

MOST_SHOWN = 200
"""Rows of a table on the screen; the count says how many there are."""

CHANGED = "changed something"

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

WHY_PLACE_STAYS: Mapping[str, str] = {
    place_imports.CHANGED: "changed here since",
    place_imports.COUNTED: "a day of it is counted",
}

WHY_REFUSED: Mapping[str, str] = {
    NO_FILE: f"the provider has no file of this child after {ARRIVAL_SECONDS:.0f} s: link it there",
    place_imports.FULL: "the group is full: the provider gives it more places first",
    place_imports.ASKED_HERE: "the family has asked for it here: its desk decides",
    place_imports.NO_GUARDIAN: "nobody answers for the child",
    place_imports.ENDED: "its last day is before the group begins",
    debits.NOT_OFFERED: "no régie of the provider collects by debit (town file)",
    debits.OTHER_MANDATE: "the household has another mandate there",
    debits.RUM_TAKEN: "that reference is another mandate's, or was withdrawn here",
    debits.UNKNOWN_PAYER: "billing does not know this adult as a payer of the household",
    debits.WRONG_ACCOUNT: "IBAN, BIC or holder",
    debits.VOID: "not used for 36 months: the family gives another",
}
"""Reasons why a row was refused, by the codes of the contracts."""


def print_file(read: Read) -> None:
    """Print how a file was read."""
    table = read.table
    separator = "tab" if table.separator == "\t" else table.separator
    how = (
        f"sheet « {table.sheet} »" if table.sheet else f"{table.encoding}, separated by {separator}"
    )
    click.echo(
        f"{len(table.rows)} rows ({how}): "
        f"{len(read.payloads)} {read.reading.of} of batch {read.reading.batch}"
    )
    if table.above:
        click.echo(f"{lines_in_words(table.above)} above the columns left out")


def print_months(sent: Sent) -> None:
    """Print what became of past months."""
    click.echo(
        f"{sent.outcomes['changed']} months changed, "
        f"{sent.outcomes[UNKNOWN]} lines of no known child"
    )


def print_problems(read: Read) -> None:
    """Print what is wrong or doubtful, of many the first."""
    if not read.problems:
        click.echo("no row is wrong or doubtful")
        return
    table = Table("line", "field", "column", "what", "")
    for each in read.problems[:MOST_SHOWN]:
        column = read.reading.columns_in_words(each.field)
        table.add_row(str(each.line), each.field, column, each.text, _severity_in_words(each))
    screen.print(table)
    if len(read.problems) > MOST_SHOWN:
        click.echo(
            f"the first {MOST_SHOWN} of {len(read.problems)}: `check --problems FILE` has all"
        )
    doubtful = len(read.problems) - len(read.wrong_problems)
    click.echo(f"{len(read.wrong_problems)} wrong, {doubtful} doubtful")


def write_problems(read: Read, file: Path) -> None:
    """Write all that is wrong or doubtful as CSV, for who corrects it in the former software."""
    with file.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(("line", "field", "what", "severity", "column"))
        for each in read.problems:
            column = read.reading.columns_in_words(each.field)
            writer.writerow((each.line, each.field, each.text, _severity_in_words(each), column))


def _severity_in_words(problem: Problem) -> str:
    return "doubtful" if problem.doubtful else "wrong"


def print_families(sent: Sent, did: str = CHANGED) -> None:
    """Print what became of families, with those that wait or were refused."""
    print_outcomes(sent, did)
    if not sent.families:
        return
    table = Table("household", "outcome", "child or adult", "likeness", "could be", "why")
    for each in sent.families[:MOST_SHOWN]:
        for member, why in _refusals_by_member(each["errors"]) or [("", "")]:
            for doubt in each["doubts"] or [{}]:
                table.add_row(
                    each["reference"],
                    each["outcome"],
                    doubt.get("child", member),
                    str(doubt.get("score", "")),
                    doubt.get("known_reference") or doubt.get("known", ""),
                    f"{each['why']} {why}".strip(),
                )
    screen.print(table)
    if len(sent.families) > MOST_SHOWN:
        click.echo(f"the first {MOST_SHOWN} of {len(sent.families)}")


def _refusals_by_member(errors: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return of which child or adult something was refused, "" for the home, and what it is."""
    found: list[tuple[str, str]] = []
    for members in errors.values():
        if isinstance(members, Mapping):
            found += [(number, _refusal_in_words(said)) for number, said in members.items()]
        else:
            found.append(("", _refusal_in_words(members)))
    return found


def _refusal_in_words(said: Any) -> str:
    if isinstance(said, Mapping):
        return "; ".join(f"{name}: {_refusal_in_words(each)}" for name, each in said.items())
    return " ".join(said) if isinstance(said, list) else str(said)


def print_undone(undone: Undone, batch: str) -> None:
    """Print what was taken back, and what stays with its reason."""
    if undone.is_nothing:
        click.echo(f"nothing is here of a batch {batch}")
        return
    for what, many in undone.taken.items():
        if many:
            click.echo(f"{many} {what}")
    for what, many in undone.stays.items():
        if many:
            click.echo(f"{many} {what} stay")
    if undone.kept_places:
        _print_kept_places(undone.kept_places)
    if undone.kept:
        _print_kept_families(undone.kept)


def _print_kept_places(kept: Sequence[place_imports.KeptPlace]) -> None:
    click.echo(f"{len(kept)} places kept:")
    for each in kept[:MOST_SHOWN]:
        click.echo(f"child {each['child_id']}, {each['group']}: {WHY_PLACE_STAYS[each['why']]}")


def _print_kept_families(kept: Sequence[family_imports.KeptFamily]) -> None:
    click.echo(f"{len(kept)} families kept:")
    for each in kept[:MOST_SHOWN]:
        click.echo(f"{each['reference']}: {WHY_KEPT[each['why']]} ({each['why']})")


def print_outcomes(sent: Sent, did: str = CHANGED) -> None:
    """Print how many rows changed something, and the count of each outcome."""
    many = {outcome: each for outcome, each in sorted(sent.outcomes.items()) if each}
    click.echo(
        f"{sent.count_changed_rows} {did}"
        + "".join(f", {each} {outcome}" for outcome, each in many.items())
    )


def print_refused(sent: Sent) -> None:
    """Print which rows were refused, and why."""
    if not sent.refused:
        return
    table = Table("number", "why")
    for number, why in sent.refused[:MOST_SHOWN]:
        table.add_row(number, WHY_REFUSED.get(why, why))
    screen.print(table)
