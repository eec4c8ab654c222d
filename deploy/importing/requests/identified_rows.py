"""
Asks the dossier which children and homes rows mean, and completes the rows, or reports why not.

What the dossier is not sure of stays out: its line is wrong.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from deploy.importing.requests.progress import Progress
from deploy.importing.requests.sending import split_rows
from deploy.importing.table_files.mapping import MANDATES, PLACES, QUOTIENTS
from deploy.importing.table_files.problems import Problem
from deploy.importing.whole_file import Read
from deploy.processes.ops_requests import LONG_SECONDS
from shared.bus.client import Client
from shared.contracts.dossier.families.identification import (
    AT_ONCE,
    SEVERAL,
    TAKEN,
    UNKNOWN,
    IdentifyChildrenRequest,
    IdentifyHomesRequest,
    identify_children,
    identify_homes,
)
from shared.json_values import JsonMapping

WHY_NO_CHILD = {
    UNKNOWN: "no such child here: bring its family in first",
    TAKEN: "the number is another child's here: names or birth date differ",
    SEVERAL: "two children are called so: give the number of the one",
}
WHY_NO_HOME = {
    UNKNOWN: "no such household here: bring its family in first",
    TAKEN: "nobody of this name lives in the household of that number",
    SEVERAL: "two adults of the household are called so",
}


def identify_rows(client: Client, read: Read) -> Read:
    """Return a file of places, quotients or mandates with ids; others as they are."""
    if read.reading.of == PLACES:
        return _with_answers(read, _children_of_rows(client, read.payloads), "child", WHY_NO_CHILD)
    if read.reading.of in (QUOTIENTS, MANDATES):
        return _with_answers(read, _homes_of_rows(client, read.payloads), "household", WHY_NO_HOME)
    return read


def _with_answers(
    read: Read, answers: Iterator[JsonMapping], field: str, sentences: Mapping[str, str]
) -> Read:
    payloads, problems = [], list(read.problems)
    for row, answer in zip(read.payloads, answers, strict=True):
        why = answer["why"]
        if why:
            problems.append(Problem(row["line"], field, sentences[why]))
        else:
            kept = {name: value for name, value in row.items() if name != "named"}
            ids = {name: value for name, value in answer.items() if name != "why"}
            payloads.append({**kept, **ids})
    left_out = read.left_out + len(read.payloads) - len(payloads)
    problems.sort(key=lambda each: (each.line, each.doubtful, each.field))
    return replace(read, payloads=payloads, problems=problems, left_out=left_out)


def _children_of_rows(client: Client, rows: Sequence[JsonMapping]) -> Iterator[JsonMapping]:
    return _answers_in_order(
        rows,
        lambda some: (
            client.ask(
                identify_children, IdentifyChildrenRequest(some), deadline=LONG_SECONDS
            ).children
        ),
    )


def _homes_of_rows(client: Client, rows: Sequence[JsonMapping]) -> Iterator[JsonMapping]:
    return _answers_in_order(
        rows,
        lambda some: (
            client.ask(identify_homes, IdentifyHomesRequest(some), deadline=LONG_SECONDS).homes
        ),
    )


def _answers_in_order(
    rows: Sequence[JsonMapping], ask: Callable[[list[Any]], Sequence[Any]]
) -> Iterator[JsonMapping]:
    progress = Progress("rows compared with the dossier", len(rows))
    for some in split_rows(rows, AT_ONCE):
        yield from ask([row["named"] for row in some])
        progress.add(len(some))
