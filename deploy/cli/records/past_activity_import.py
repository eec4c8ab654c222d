"""`preau history`: past activities of children, imported from another software and taken back."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from deploy.applied_town import Applied
from deploy.processes.ops_requests import LONG_SECONDS, ops_client
from shared.contracts.dossier import activity_history_requests
from shared.contracts.message import ContractBroken
from shared.json_values import JsonMapping

AT_ONCE = 200
"""Lines in one request: a message has a size."""


@click.group()
def history() -> None:
    """Past years of children's activities from another software (docs/family-history.md)."""


@history.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def bring_in(applied: Applied, file: Path) -> None:
    """Send FILE to the dossier; safe to repeat. All of it is checked before anything is sent."""
    parts = list(checked_requests_of_file(json.loads(file.read_text("utf-8"))))
    with ops_client(applied) as client:
        unknown = sum(
            client.ask(
                activity_history_requests.import_history, part, deadline=LONG_SECONDS
            ).unknown
            for part in parts
        )
    click.echo(f"{sum(len(part.lines) for part in parts)} lines, {unknown} of no known child")


@history.command("undo")
@click.argument("batch")
@click.pass_obj
def take_back(applied: Applied, batch: str) -> None:
    """Take all that BATCH brought back."""
    with ops_client(applied) as client:
        request = activity_history_requests.UndoHistoryRequest(batch)
        answer = client.ask(activity_history_requests.undo_history, request, deadline=LONG_SECONDS)
    click.echo(f"{answer.removed} months taken back")


def checked_requests_of_file(
    content: JsonMapping,
) -> Iterator[activity_history_requests.ImportHistoryRequest]:
    """Yield a file's requests; raises ClickException where one breaks its contract."""
    lines = content.get("lines", [])
    for start in range(0, max(1, len(lines)), AT_ONCE):
        part = {**content, "lines": lines[start : start + AT_ONCE]}
        try:
            yield activity_history_requests.import_history.load_request(part)
        except ContractBroken as broken:
            raise click.ClickException(_errors_in_words(broken.errors, start)) from None


def _errors_in_words(errors: Mapping[str, object], start: int) -> str:
    """Name the lines that are wrong, counted from 1, and their fields; never what they hold."""
    wrong = errors.get("lines")
    if not isinstance(wrong, Mapping):
        return f"wrong: {', '.join(sorted(errors))}"
    return "\n".join(
        f"line {start + at + 1}: {', '.join(sorted(fields))}"
        for at, fields in sorted(wrong.items())
    )
