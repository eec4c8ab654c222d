"""
Tables that only grow, but for what a recorded act allows to be deleted.

`append_only` of the kit refuses every deletion. The read log ends after twelve months, a section's
history and what was done about a request at the end of their retention: there the database asks for
the purge line, or for the proof of erasure, that was written before. Called by the migrations, once
the tables stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, text

from shared.database.trigger_guards import refusing_row_trigger, refusing_truncate_trigger


@dataclass(frozen=True)
class Erasable:
    """A table whose row OLD may be deleted where `allowed` holds, and never changed."""

    table: str
    allowed: str


ERASABLE = (
    Erasable(
        "read_log",
        "EXISTS (SELECT 1 FROM read_log AS purge WHERE purge.kind = 'purge'"
        " AND purge.through >= OLD.sequence AND purge.sequence > OLD.sequence)",
    ),
    Erasable(
        "section_history",
        "EXISTS (SELECT 1 FROM section_erasure AS proof WHERE proof.child_id = OLD.child_id"
        " AND proof.section = OLD.section AND proof.through_version >= OLD.version)",
    ),
    Erasable(
        "person_request_act",
        "EXISTS (SELECT 1 FROM person_request_erasure AS proof"
        " WHERE proof.person_request_id = OLD.person_request_id)",
    ),
)


def install_triggers(connection: Connection, *tables: str) -> None:
    """Make the triggers of these tables anew; safe to repeat."""
    for erasable in (each for each in ERASABLE if each.table in tables):
        for statement in _trigger_statements(connection.dialect.name, erasable):
            connection.execute(text(statement))


def _trigger_statements(dialect: str, erasable: Erasable) -> Iterator[str]:
    table = erasable.table
    for verb, refused in (("UPDATE", "1 = 1"), ("DELETE", f"NOT {erasable.allowed}")):
        yield from refusing_row_trigger(
            dialect, _trigger_name(table, verb), table, verb, refused, _message(table, verb)
        )
    if dialect == "postgresql":
        yield from refusing_truncate_trigger(
            _trigger_name(table, "TRUNCATE"), table, _message(table, "TRUNCATE")
        )


def _trigger_name(table: str, verb: str) -> str:
    return f"erasable_{table}_{verb.lower()}"


def _message(table: str, verb: str) -> str:
    return f"{table}: {verb} is not recorded"
