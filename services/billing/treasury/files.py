"""A lot's files, part by part: a message takes only so much."""

from collections.abc import Mapping
from typing import Any

from services.billing.parts import part_of
from services.billing.treasury import ormc, pes_check
from services.billing.treasury.batch import Batch, as_csv, as_json
from services.billing.treasury.pes_check import UNUSABLE, Unfit
from shared.contracts.treasury import PesRefused


def lot_part(batch: Batch, kind: str, part: int, schemas: str) -> Mapping[str, Any]:
    """
    Return a part of a lot's file; raises PesRefused for a file that did not pass its check.

    A part that does not exist is empty. The same lot gives the same bytes each time.
    """
    name = ormc.file_name(batch) if kind == "pes" else f"lot-{batch.number}.{kind}"
    return part_of(name, _content(batch, kind, schemas), part)


def pes_of(batch: Batch, schemas: str) -> bytes:
    """Return the PES v2 file of a lot; raises PesRefused."""
    if not batch.pieces:
        raise PesRefused(why="empty")
    if ormc.missing_settings(batch.regie.finance):
        raise PesRefused(why="incomplete")
    content = ormc.as_pes(batch)
    try:
        pes_check.check(content, schemas)
    except Unfit as unfit:
        raise PesRefused(why=unfit.why) from None
    return content


def pes_state(batch_finance: Any, schemas: str) -> Mapping[str, Any]:
    """Return how a régie's PES v2 files are checked, and which settings they lack."""
    missing = ormc.missing_settings(batch_finance)
    checked = pes_check.how_checked(schemas)
    state = checked if checked == UNUSABLE or not missing else "incomplete"
    return {"pes": state, "pes_missing": missing}


def _content(batch: Batch, kind: str, schemas: str) -> bytes:
    if kind == "pes":
        return pes_of(batch, schemas)
    return as_csv(batch) if kind == "csv" else as_json(batch)
