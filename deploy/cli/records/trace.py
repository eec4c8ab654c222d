"""`preau trace`: one click followed through the logs of all processes of an instance or host."""

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click

from deploy.applied_town import Applied
from deploy.processes.hosts import process_of_unit
from shared.runtime.trace import HEADER

FIRST = ("timestamp", "principal", "event")
"""Fields at the start of each line; the others follow."""


JOURNAL = [
    *("journalctl", "--quiet", "--no-pager", "--output=json"),
    *("--output-fields=MESSAGE,_SYSTEMD_UNIT", "--unit=preau-*"),
]
"""Command that prints the journal of this host, if systemd runs the processes."""


@click.command()
@click.argument("trace_id")
@click.pass_obj
def trace(applied: Applied, trace_id: str) -> None:
    """Print what all processes logged of one click: its id, or the reference of an error page."""
    found = trace_lines(log_lines(applied, trace_id.strip().lower()), trace_id)
    if not found:
        elsewhere = "" if applied.engines_of_town.own else NOT_HERE
        raise click.ClickException(f"no log has {trace_id}{elsewhere}")
    for line in found:
        click.echo(line)


NOT_HERE = " on this host; to read its journal takes the group systemd-journal"

Lines = Iterable[tuple[str, str]]
"""Log lines, each with the process that wrote it."""


def log_lines(applied: Applied, text: str) -> Lines:
    """Return the lines of all logs here; those of systemd's journal only where they hold a text."""
    if applied.engines_of_town.supervised:
        return lines_of_files(applied.instance.log_dir)
    return lines_of_journal(_read_journal(text))


def trace_lines(lines: Lines, trace_id: str) -> list[str]:
    """
    Return what was logged under a trace, oldest first, each with the process that said it.

    `trace_id` is the id, or the end of it that an error page shows as its reference.
    """
    end = trace_id.strip().lower()
    found = [
        (fields, process)
        for process, fields in structured_lines(lines, f'"{HEADER}"')
        if str(fields.get(HEADER, "")).endswith(end)
    ]
    found.sort(key=lambda each: str(each[0].get("timestamp", "")))
    return [line_in_words(fields, process) for fields, process in found]


def lines_of_files(log_dir: Path) -> Lines:
    """Yield the lines of every log, of rotated ones too."""
    for path in sorted(log_dir.glob("*.log*")):
        for line in path.read_text("utf-8", errors="replace").splitlines():
            yield path.name.split(".")[0], line


def lines_of_journal(printed: str) -> Lines:
    """Yield the lines of systemd's journal, as `journalctl --output=json` prints them."""
    for entry in map(json.loads, printed.splitlines()):
        if isinstance(entry.get("MESSAGE"), str):  # what is no text comes as a list of bytes
            yield process_of_unit(entry["_SYSTEMD_UNIT"]), entry["MESSAGE"]


def _read_journal(text: str) -> str:
    grep = f"--grep={re.escape(text)}"
    return subprocess.run([*JOURNAL, grep], capture_output=True, text=True).stdout


def structured_lines(lines: Lines, text: str) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield each structured line that holds a text; what libraries print is none."""
    for process, line in lines:
        if line.startswith("{") and text in line:
            try:
                yield process, json.loads(line)
            except ValueError:  # a line that was being written, or cut by the rotation
                continue


def line_in_words(fields: Mapping[str, object], process: str) -> str:
    parts = [str(fields.get(name, "")) for name in FIRST]
    more = [
        f"{name}={value}" for name, value in fields.items() if name not in (*FIRST, "level", HEADER)
    ]
    return " ".join([parts[0], process, *parts[1:], *more])
