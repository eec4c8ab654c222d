"""A lot's files, part by part: a message takes only so much."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from services.billing.treasury.rules import pes_check, pes_export
from services.billing.treasury.rules.lot_export import Batch, lot_as_csv, lot_as_json
from services.billing.treasury.rules.pes_check import UNUSABLE, Unfit
from shared.contracts.billing.regie.treasury import PesRefused
from shared.contracts.values import FilePart
from shared.documents.document_part_for_message import PART, file_part

KEPT_SECONDS, MOST_KEPT = 120.0, 2
"""Seconds for which files stay in memory while their parts are asked for, and the most files."""


class _Made(NamedTuple):
    until: float
    name: str
    content: bytes


_kept: dict[tuple[str, str], _Made] = {}


def part_of_lot_file(
    lot_id: str, batch: Callable[[], Batch], kind: str, part: int, schemas: str
) -> FilePart:
    """
    Return a part of a lot's file; raises PesRefused for a file that did not pass its check.

    A part that does not exist is empty. The same lot gives the same bytes each time. The first part
    makes and checks the file, the others are of that one: made for each of them a lot of 5,000
    bills would be made sixty times.
    """
    made = _kept.get((lot_id, kind)) if part else None
    if made is None or made.until < time.monotonic():
        made = _make_file(batch(), kind, schemas)
        _cache_file((lot_id, kind), made)
    return file_part(made.name, made.content, part)


def _make_file(batch: Batch, kind: str, schemas: str) -> _Made:
    name = pes_export.pes_file_name(batch) if kind == "pes" else f"lot-{batch.number}.{kind}"
    return _Made(time.monotonic() + KEPT_SECONDS, name, _file_content(batch, kind, schemas))


def _cache_file(key: tuple[str, str], made: _Made) -> None:
    """Keep a file that has more than one part, and drop expired ones."""
    late = [kept_key for kept_key, kept in _kept.items() if kept.until < time.monotonic()]
    for kept_key in [*late, key]:
        _kept.pop(kept_key, None)
    if len(made.content) > PART:
        _kept[key] = made
    while len(_kept) > MOST_KEPT:
        _kept.pop(next(iter(_kept)))


def pes_file_of_lot(batch: Batch, schemas: str) -> bytes:
    """Return the PES v2 file of a lot; raises PesRefused."""
    if not batch.pieces:
        raise PesRefused(why="empty")
    if pes_export.missing_settings(batch.regie.finance):
        raise PesRefused(why="incomplete")
    content = pes_export.lot_as_pes(batch)
    try:
        pes_check.check_pes_file(content, schemas)
    except Unfit as unfit:
        raise PesRefused(why=unfit.why) from None
    return content


def pes_check_state(batch_finance: Any, schemas: str) -> tuple[str, list[str]]:
    """Return how a régie's PES v2 files are checked, and the settings that they lack."""
    missing = pes_export.missing_settings(batch_finance)
    checked = pes_check.schema_in_use(schemas)
    state = checked if checked == UNUSABLE or not missing else "incomplete"
    return state, missing


def _file_content(batch: Batch, kind: str, schemas: str) -> bytes:
    if kind == "pes":
        return pes_file_of_lot(batch, schemas)
    return lot_as_csv(batch) if kind == "csv" else lot_as_json(batch)
