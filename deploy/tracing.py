"""`preau trace`: one click followed through the logs of all processes of an instance."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from deploy.applied import Applied
from shared.trace import HEADER

FIRST = ("timestamp", "principal", "event")
"""What each line begins with; then whatever it says besides."""


@click.command()
@click.argument("trace_id")
@click.pass_obj
def trace(applied: Applied, trace_id: str) -> None:
    """Print what all processes logged of one click: its id, or the reference of an error page."""
    found = lines_of(applied.instance.log_dir, trace_id)
    if not found:
        raise click.ClickException(f"no log has {trace_id}")
    for line in found:
        click.echo(line)


def lines_of(log_dir: Path, wanted: str) -> list[str]:
    """
    Return what was logged under a trace, oldest first, each with the process that said it.

    `wanted` is its id, or the end of it that an error page shows as its reference.
    """
    end = wanted.strip().lower()
    found = [
        (facts, process)
        for process, facts in _facts(log_dir)
        if str(facts.get(HEADER, "")).endswith(end)
    ]
    found.sort(key=lambda each: str(each[0].get("timestamp", "")))
    return [_in_words(facts, process) for facts, process in found]


def _facts(log_dir: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each structured line, of rotated logs too; what libraries print is none."""
    for path in sorted(log_dir.glob("*.log*")):
        for line in path.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("{") and f'"{HEADER}"' in line:
                try:
                    yield path.name.split(".")[0], json.loads(line)
                except ValueError:  # a line that was being written, or cut by the rotation
                    continue


def _in_words(facts: Mapping[str, Any], process: str) -> str:
    said = [str(facts.get(name, "")) for name in FIRST]
    more = [
        f"{name}={value}" for name, value in facts.items() if name not in (*FIRST, "level", HEADER)
    ]
    return " ".join([said[0], process, *said[1:], *more])
