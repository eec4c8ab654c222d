"""Sends what holds this year: places and ranks, quotients, mandates; refused rows by their line."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from deploy.importing.requests.progress import Progress
from deploy.importing.requests.sending import Sent, split_rows
from deploy.importing.whole_file import Read
from deploy.processes.ops_requests import LONG_SECONDS
from shared.bus.client import Client
from shared.contracts.billing import debits
from shared.contracts.billing.prices.quotients import ImportQuotientsRequest, import_quotients
from shared.contracts.enrolment.places import imports
from shared.json_values import JsonMapping

PLACES_AT_ONCE, QUOTIENTS_AT_ONCE = 50, 400
ARRIVAL_SECONDS = 20.0
"""Timeout until a provider, or billing, has received who was just imported."""
NO_FILE = "no_file"
"""A child whose file has not come to the provider: nothing links it there."""


def send_places(client: Client, read: Read) -> Sent:
    """Send places, then ranks in their order, each provider's own."""
    sent, progress = Sent(), Progress("places", len(read.payloads))
    for provider, rows in _rows_by_provider(read.payloads):
        waiting: list[JsonMapping] = []
        for some in split_rows(sorted(rows, key=_place_before_rank), PLACES_AT_ONCE):
            waiting += _send_some_places(client, sent, read.reading.batch, provider, some)
            progress.add(len(some))
        end = time.monotonic() + ARRIVAL_SECONDS
        while waiting and time.monotonic() < end:
            time.sleep(0.5)
            waiting = [
                row
                for some in split_rows(waiting, PLACES_AT_ONCE)
                for row in _send_some_places(client, sent, read.reading.batch, provider, some)
            ]
        sent.refused += [(f"line {row['line']}", NO_FILE) for row in waiting]
    return _with_refused_counted(sent)


def send_quotients(client: Client, read: Read) -> Sent:
    """Send quotients; what a family or an agent has said here stays."""
    sent, progress = Sent(), Progress("quotients", len(read.payloads))
    for some in split_rows(read.payloads, QUOTIENTS_AT_ONCE):
        rows: list[Any] = [_fields(row, "line", "guardian_id") for row in some]
        answer = client.ask(import_quotients, ImportQuotientsRequest(rows), deadline=LONG_SECONDS)
        sent.outcomes["new"] += answer.recorded
        sent.outcomes["same"] += answer.same
        sent.outcomes["said here already"] += answer.kept
        progress.add(len(some))
    return sent


def send_mandates(client: Client, read: Read) -> Sent:
    """Send mandates, each provider's own; retry those whose payer billing has not received yet."""
    sent, progress = Sent(), Progress("mandates", len(read.payloads))
    for provider, rows in _rows_by_provider(read.payloads):
        for some in split_rows(rows, debits.MANDATES_AT_ONCE):
            _send_some_mandates(client, sent, read.reading.batch, provider, some)
            progress.add(len(some))
    return _with_refused_counted(sent)


def _send_some_places(
    client: Client, sent: Sent, batch: str, provider: str, some: Sequence[JsonMapping]
) -> Sequence[JsonMapping]:
    """Send places; return those of children whose file has not come."""
    rows: list[Any] = [_fields(row, "line", "provider") for row in some]
    answer = client.ask(
        imports.import_places,
        imports.ImportPlacesRequest(rows, batch),
        to=f"enrolment_{provider}",
        deadline=LONG_SECONDS,
    )
    sent.outcomes["new"] += answer.new
    sent.outcomes["same"] += answer.same
    lines = {(row["child_id"], row["group"]): row["line"] for row in some}
    sent.refused += [
        (f"line {lines[each['child_id'], each['group']]}", each["why"]) for each in answer.refused
    ]
    waiting = set(answer.waiting)
    return [row for row in some if row["child_id"] in waiting]


def _send_some_mandates(
    client: Client, sent: Sent, batch: str, provider: str, some: Sequence[JsonMapping]
) -> None:
    end = time.monotonic() + ARRIVAL_SECONDS
    left = list(some)
    while left:
        rows: list[Any] = [
            {**_fields(row, "line", "provider", "guardian_id"), "given_by": row["guardian_id"]}
            for row in left
        ]
        request = debits.ImportMandatesRequest(batch, provider, rows)
        answer = client.ask(debits.import_mandates, request, deadline=LONG_SECONDS)
        sent.outcomes["new"] += answer.new
        sent.outcomes["same"] += answer.same
        whys = {each["rum"]: each["why"] for each in answer.refused}
        early = {rum for rum, why in whys.items() if why == debits.UNKNOWN_PAYER}
        if time.monotonic() >= end:
            early = set()
        sent.refused += [
            (f"line {row['line']}", whys[row["rum"]])
            for row in left
            if row["rum"] in whys and row["rum"] not in early
        ]
        left = [row for row in left if row["rum"] in early]
        if left:
            time.sleep(0.5)


def _rows_by_provider(rows: Sequence[JsonMapping]) -> Iterator[tuple[str, list[JsonMapping]]]:
    by_provider: dict[str, list[JsonMapping]] = defaultdict(list)
    for row in rows:
        by_provider[row["provider"]].append(row)
    yield from sorted(by_provider.items())


def _place_before_rank(row: JsonMapping) -> tuple[bool, Any, int]:
    """Return the order in which places come: who waits after who has a place, the oldest first."""
    return row["waits_since"] is not None, row["waits_since"] or row["valid_from"], row["line"]


def _with_refused_counted(sent: Sent) -> Sent:
    sent.outcomes["refused"] = len(sent.refused)
    return sent


def _fields(row: JsonMapping, *left_out: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in left_out}
