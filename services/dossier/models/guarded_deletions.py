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
    make = _sqlite_trigger if dialect == "sqlite" else _postgresql_trigger
    yield from make(table, "UPDATE", "1 = 1")
    yield from make(table, "DELETE", f"NOT {erasable.allowed}")
    if dialect == "postgresql":
        yield from _truncate_trigger(table)


def _sqlite_trigger(table: str, verb: str, refused: str) -> Iterator[str]:
    trigger = f"erasable_{table}_{verb.lower()}"
    yield f"DROP TRIGGER IF EXISTS {trigger}"
    yield (
        f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} WHEN {refused} "
        f"BEGIN SELECT RAISE(ABORT, '{table}: {verb} is not recorded'); END"
    )


def _postgresql_trigger(table: str, verb: str, refused: str) -> Iterator[str]:
    trigger = f"erasable_{table}_{verb.lower()}"
    row = "OLD" if verb == "DELETE" else "NEW"
    yield (
        f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {refused} THEN RAISE EXCEPTION '{table}: {verb} is not recorded' "
        f"USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $$"
    )
    yield f"DROP TRIGGER IF EXISTS {trigger} ON {table}"
    yield (
        f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {trigger}()"
    )


def _truncate_trigger(table: str) -> Iterator[str]:
    trigger = f"erasable_{table}_truncate"
    yield (
        f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{table}: TRUNCATE is not recorded' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    yield f"DROP TRIGGER IF EXISTS {trigger} ON {table}"
    yield (
        f"CREATE TRIGGER {trigger} BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {trigger}()"
    )
