"""
Attendance state of each child of a session, resolved from the marks received so far.

The rule is attendance/marks/rules/mark_resolution.py.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, true
from sqlalchemy.orm import Session as Database

from services.enrolment.attendance.marks.rules.mark_resolution import (
    MarkEntry,
    State,
    resolve_marks,
)
from services.enrolment.models import Mark, UnknownChild
from shared.database import Vault
from shared.database.chunks import chunks

NAME_OF_UNKNOWN = "unknown_child.name"
"""Place in the vault to which the typed name of an unknown child is bound, under its own key."""

AT_ONCE = 500
"""Most sessions named in one statement."""


def resolved_outcomes(
    read: Database, session_ids: Collection[str]
) -> dict[tuple[str, str], tuple[str, datetime]]:
    """Return (session, child) to the outcome in force (present, absent, left) and its moment."""
    return {
        key: (state.kind, state.made_at)
        for key, state in resolved_states(read, session_ids).items()
        if state.kind is not None and state.made_at is not None
    }


def resolved_states(
    read: Database, session_ids: Collection[str], child_ids: Collection[str] | None = None
) -> dict[tuple[str, str], State]:
    """Return (session, child) to its state, for every child with a mark, or of these alone."""
    few = child_ids is not None and len(child_ids) <= AT_ONCE
    entries: dict[tuple[str, str], list[MarkEntry]] = defaultdict(list)
    for chunk in chunks(sorted(session_ids), AT_ONCE):
        for session_id, child_id, entry in _mark_entries(read, chunk, child_ids if few else None):
            entries[session_id, child_id].append(entry)
    return {key: resolve_marks(marks) for key, marks in entries.items()}


def _mark_entries(
    read: Database, session_ids: Collection[str], child_ids: Collection[str] | None
) -> list[tuple[str, str, MarkEntry]]:
    of_mark = (Mark.id, Mark.kind, Mark.made_at, Mark.after, Mark.collected_by)
    wanted = true() if child_ids is None else Mark.child_id.in_(child_ids)
    columns = (Mark.session_id, Mark.child_id, *of_mark)
    rows = read.execute(select(*columns).where(Mark.session_id.in_(session_ids), wanted))
    return [
        (session_id, child_id, MarkEntry(mark_id, kind, made_at, tuple(after), collected_by))
        for session_id, child_id, mark_id, kind, made_at, after, collected_by in rows
    ]


def name_of_unknown_child(vault: Vault, unknown: UnknownChild) -> str:
    """Return the name as it was typed; "" once it is forgotten. Raises Unreadable."""
    if unknown.name is None:
        return ""
    return str(vault.open(unknown.id, NAME_OF_UNKNOWN, unknown.name))
