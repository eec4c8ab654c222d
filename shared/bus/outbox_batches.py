"""
Rows of the outbox as they leave: alone, or gathered with others of their kind into one message.

A gathered message has an id of its own, new at each attempt: after a crash its rows may leave again
in other company, and a receiver that knew the id would take none of them. Its items are whole
states, so that to receive one twice does no harm. The rows stay until the message is confirmed.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from shared.contracts.message import Gathers, gathers_of
from shared.json_values import as_json
from shared.runtime.ids import new_id

Rows = Sequence[Row[Any]]


@dataclass(frozen=True)
class Publication:
    """One message, and the rows that are done with once it is confirmed."""

    message_id: str
    body: bytes
    rows: Rows

    @property
    def oldest_row(self) -> Row[Any]:
        """Return the row that says key, type, version and trace: of gathered ones, the oldest."""
        return self.rows[0]


def publications_of(opened: Iterable[tuple[Row[Any], bytes]]) -> list[Publication]:
    """Return the messages that these rows, with their bodies, make, in the order of the rows."""
    alone: list[Publication] = []
    kinds: dict[tuple[str, ...], list[tuple[Row[Any], dict[str, Any]]]] = defaultdict(list)
    place: dict[str, int] = {}
    for row, body in opened:
        place[row.id] = len(place)
        gathers = gathers_of(row.type, row.version)
        if gathers is None or row.attempts:
            alone.append(Publication(row.id, body, [row]))
        else:
            content = json.loads(body)
            rest = {name: value for name, value in content.items() if name != gathers.field}
            kind = row.key, row.type, str(row.version), json.dumps(rest, sort_keys=True)
            kinds[kind].append((row, content))
    gathered = [each for some in kinds.values() for each in _gather_into_publications(some)]
    return sorted([*alone, *gathered], key=lambda publication: place[publication.oldest_row.id])


def _gather_into_publications(
    some: Sequence[tuple[Row[Any], dict[str, Any]]],
) -> Iterable[Publication]:
    gathers = gathers_of(some[0][0].type, some[0][0].version)
    assert gathers is not None
    rows: list[Row[Any]] = []
    items: list[Any] = []
    for row, content in some:
        new = [item for item in content[gathers.field] if gathers.wait or item not in items]
        if rows and len(items) + len(new) > gathers.most:
            yield _make_gathered_publication(gathers, some[0][1], rows, items)
            rows, items, new = [], [], content[gathers.field]
        rows.append(row)
        items += new
    yield _make_gathered_publication(gathers, some[0][1], rows, items)


def _make_gathered_publication(
    gathers: Gathers, content: dict[str, Any], rows: Rows, items: Sequence[Any]
) -> Publication:
    body = as_json({**content, gathers.field: items}).encode()
    return Publication(rows[0].id if len(rows) == 1 else new_id(), body, rows)
