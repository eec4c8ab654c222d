"""Has letters printed: chosen as they were shown, each once, in files that the worker lays out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, insert, update

from services.billing.letters.queries.unprinted_letters import waiting_letters
from services.billing.letters.rules.envelopes import (
    Letter,
    letters_in_print_order,
    letters_with_file_numbers,
)
from services.billing.models import PrintedPiece, PrintPart, PrintRun
from shared.contracts.billing.regie.letters import PrintLettersRequest
from shared.contracts.errors import Outdated
from shared.database import Write
from shared.database.chunks import AT_ONCE, chunks
from shared.dates.clock import PARIS
from shared.runtime.ids import new_id

KEPT = timedelta(days=7)
"""Time for which a file stays at hand; later it is laid out again."""


def print_letters(
    write: Write, provider: str, wanted: PrintLettersRequest, *, by: str, at: datetime
) -> str:
    """
    Take what was shown out of the letters that wait; return the run that has them.

    Raises Outdated where something else waits by now: of two agents who press at once one prints.
    """
    write.lock_names(f"letters:{provider}")
    day = at.astimezone(PARIS).date()
    letters = waiting_letters(write, provider, day, wanted.round)
    shown = (wanted.letters, wanted.total_cents)
    if not letters or (len(letters), sum(letter.cents for letter in letters)) != shown:
        raise Outdated
    run = PrintRun(id=new_id(), provider=provider, printed_at=at, printed_by=by)
    write.add(run)
    write.flush()
    pieces = _piece_rows(run.id, letters_in_print_order(letters, wanted.order))
    for some in chunks(pieces, AT_ONCE):
        _claim_pieces(write, some)
    parts = sorted({row["part"] for row in pieces})
    write.execute(
        insert(PrintPart), [{"run_id": run.id, "number": part, "wanted": True} for part in parts]
    )
    return run.id


def lay_out_again(write: Write, run_id: str, stale: Sequence[int]) -> None:
    """Have the files of a run laid out again that are not at hand, and those of these numbers."""
    gone = PrintPart.content.is_(None) | PrintPart.number.in_(stale)
    write.execute(
        _make_update_of_print_parts(PrintPart.run_id == run_id, gone).values(
            wanted=True, content=None
        )
    )


def drop_old_files(write: Write, at: datetime) -> None:
    """Let go of files that were laid out long ago."""
    old = (PrintPart.wanted.is_(False), PrintPart.made_at < at - KEPT)
    write.execute(
        _make_update_of_print_parts(*old, PrintPart.content.is_not(None)).values(content=None)
    )


def _make_update_of_print_parts(*conditions: ColumnElement[bool]) -> Update:
    return update(PrintPart).where(*conditions)


def _claim_pieces(write: Write, rows: Sequence[dict[str, object]]) -> None:
    taken = write.upsert_into(PrintedPiece).values(rows).on_conflict_do_nothing()
    if len(write.execute(taken.returning(PrintedPiece.reference)).all()) != len(rows):
        raise Outdated


def _piece_rows(run_id: str, letters: Sequence[Letter]) -> list[dict[str, Any]]:
    return [
        {
            "kind": letter.kind,
            "reference": piece.reference,
            "level": piece.level,
            "run_id": run_id,
            "part": part,
            "position": position,
            "household_id": letter.household_id,
            "cents": piece.cents,
            "by_hand": letter.reason_not_to_post,
            "by_name": letter.protected,
        }
        for part, position, letter in letters_with_file_numbers(letters)
        for piece in letter.pieces
    ]
