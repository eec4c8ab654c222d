"""Sends parsed rows to the services in batches, and counts their answers."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from deploy.importing.requests.progress import Progress
from deploy.importing.table_files.mapping import BILLS, PAYMENTS
from deploy.importing.whole_file import Read
from deploy.processes.ops_requests import LONG_SECONDS
from shared.bus.client import Client
from shared.contracts.billing import past_bills
from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.message import MOST_BYTES
from shared.json_values import JsonMapping

T = TypeVar("T")

HISTORY_AT_ONCE = 200
HOUSEHOLD_SECONDS = 20.0
"""Timeout until billing has received a household that was just imported."""
UNKNOWN = "unknown"


@dataclass
class Sent:
    """Counts by outcome; the families that wait or were refused; refused rows with reasons."""

    outcomes: Counter[str] = field(default_factory=Counter)
    families: list[JsonMapping] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    @property
    def count_changed_rows(self) -> int:
        """Return how many rows changed anything."""
        return sum(self.outcomes[each] for each in ("new", "changed", "linked"))


def send_families(client: Client, read: Read, *, check: bool = False) -> Sent:
    """Bring families in, or, where `check`, only ask what would become of them."""
    method = family_imports.check_families if check else family_imports.bring_families
    sent, progress = Sent(), Progress("families", len(read.payloads))
    for some in split_rows(read.payloads, family_imports.AT_ONCE):
        request = family_imports.FamiliesRequest(read.reading.batch, list(some))
        answer = client.ask(method, request, deadline=LONG_SECONDS)
        for each in answer.families:
            sent.outcomes[each["outcome"]] += 1
            if each["outcome"] in (family_imports.WAITING, family_imports.REFUSED):
                sent.families.append(each)
        progress.add(len(some))
    return sent


def send_past_years(client: Client, read: Read) -> Sent:
    """Send past years: how many months changed anything, how many lines are of no known child."""
    sent, progress = Sent(), Progress("lines of past years", len(read.payloads))
    for part in split_rows(read.payloads, HISTORY_AT_ONCE):
        lines: list[Any] = list(part)
        request = activity_history_requests.ImportHistoryRequest(
            read.reading.batch, lines, list(read.providers)
        )
        answer = client.ask(
            activity_history_requests.import_history, request, deadline=LONG_SECONDS
        )
        sent.outcomes["changed"] += answer.changed
        sent.outcomes[UNKNOWN] += answer.unknown
        progress.add(len(part))
    return sent


def send_bills_or_payments(client: Client, read: Read) -> Sent:
    """Send past bills or payments, each provider's own; what is of no known household is named."""
    sent, kind = Sent(), BILLS if read.reading.of == BILLS else PAYMENTS
    homes = _household_ids(client, read.payloads)
    by_provider: dict[str, list[JsonMapping]] = defaultdict(list)
    for row in read.payloads:
        home = homes.get(row["household"])
        if home is None:
            number = row["number"] if kind == BILLS else row["reference"]
            sent.refused.append((number, past_bills.UNKNOWN_HOUSEHOLD))
            continue
        fields = {name: row[name] for name in row if name not in ("household", "provider")}
        by_provider[row["provider"]].append({**fields, "household_id": home})
    progress = Progress(kind, len(read.payloads))
    for provider, rows in sorted(by_provider.items()):
        for some in parts_that_fit_in_messages(rows):
            _send_until_known(client, sent, read.reading.batch, provider, kind, some)
            progress.add(len(some))
    sent.outcomes["refused"] = len(sent.refused)
    return sent


def _send_until_known(
    client: Client, sent: Sent, batch: str, provider: str, kind: str, rows: Sequence[Any]
) -> None:
    """Send rows; retry those whose household billing has not received yet."""
    end = time.monotonic() + HOUSEHOLD_SECONDS
    key = "number" if kind == BILLS else "reference"
    while rows:
        request = past_bills.ImportPastBillsRequest(
            batch,
            provider,
            bills=list(rows) if kind == BILLS else [],
            payments=list(rows) if kind == PAYMENTS else [],
        )
        answer = client.ask(past_bills.import_past_bills, request, deadline=LONG_SECONDS)
        for outcome in ("new", "changed", "same"):
            sent.outcomes[outcome] += getattr(answer, outcome)
        early = [each for each in answer.refused if each["why"] == past_bills.UNKNOWN_HOUSEHOLD]
        waits = time.monotonic() < end
        final = [each for each in answer.refused if each not in early or not waits]
        sent.refused += [(each["number"], each["why"]) for each in final]
        again = {each["number"] for each in early} if waits else set()
        rows = [row for row in rows if row[key] in again]
        if rows:
            time.sleep(0.5)


def _household_ids(client: Client, rows: Sequence[JsonMapping]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in split_rows(sorted({row["household"] for row in rows}), 500):
        request = family_imports.ArrivedRequest(family_imports.HOUSEHOLDS, list(some))
        found |= client.ask(family_imports.arrived, request, deadline=LONG_SECONDS).ids
    return found


def split_rows(rows: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """Yield rows in their order, so many at once."""
    for start in range(0, len(rows), most):
        yield rows[start : start + most]


def parts_that_fit_in_messages(rows: Sequence[JsonMapping]) -> Iterator[Sequence[JsonMapping]]:
    """Give rows in parts that fit into a message, whatever their lines."""
    part: list[JsonMapping] = []
    size = 0
    for row in rows:
        length = len(json.dumps(row, default=str, ensure_ascii=False).encode())
        if part and (len(part) >= past_bills.AT_ONCE or size + length > MOST_BYTES // 2):
            yield part
            part, size = [], 0
        part.append(row)
        size += length
    if part:
        yield part
