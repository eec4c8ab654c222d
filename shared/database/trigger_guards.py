"""
Guards: triggers by which the database refuses changed history, overlapping periods, and entries
that do not balance; for SQLite and PostgreSQL.

Declared on tables by `append_only`, `no_overlap` and `balanced_postings`. They are derived from the
models, and created anew after each migration.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, MetaData, Table, text

from shared.database.comparison.sum_triggers import install_sums

_GUARDS = "preau_guards"


def append_only(table: Table, *, erasable_where: str = "1 = 0") -> None:
    """
    Let the database refuse UPDATE and DELETE on this table (on PostgreSQL TRUNCATE too).

    A row OLD for which `erasable_where` holds may be deleted: a recorded act allows it.
    """
    table.info.setdefault(_GUARDS, []).append(("append_only", (erasable_where,)))


def no_overlap(table: Table, *, same: tuple[str, ...], start: str, end: str) -> None:
    """
    Let the database refuse two rows with equal columns `same` whose periods overlap.

    Periods are [start, end], days or moments; an end of NULL is open.
    """
    table.info.setdefault(_GUARDS, []).append(("no_overlap", (same, start, end)))


def balanced_postings(entry: Table, posting: Table, *, amount: str) -> None:
    """
    Let the database refuse an entry whose postings do not sum to zero, and later postings to it.

    `posting` has a deferred foreign key `entry_id` to `entry`: postings are inserted first, and the
    entry closes them. An entry needs at least two postings.
    """
    entry.info.setdefault(_GUARDS, []).append(("balanced", (posting.name, amount)))
    posting.info.setdefault(_GUARDS, []).append(("closed_by", (entry.name,)))


def install_guards(connection: Connection, metadata: MetaData) -> None:
    """Create all declared guards anew, and the triggers that keep sums; idempotent."""
    install_sums(connection, metadata)
    for table in metadata.tables.values():
        for kind, options in table.info.get(_GUARDS, []):
            for statement in _guard_statements(connection.dialect.name, table.name, kind, options):
                connection.execute(text(statement))


def _guard_statements(dialect: str, table: str, kind: str, options: tuple) -> Iterator[str]:
    if kind == "append_only":
        (erasable,) = options
        for verb, refused in (("UPDATE", "1 = 1"), ("DELETE", f"NOT ({erasable})")):
            yield from _row_trigger(dialect, table, f"no_{verb.lower()}", verb, refused)
        if dialect == "postgresql":
            yield from refusing_truncate_trigger(
                f"guard_{table}_no_truncate", table, f"{table}: no_truncate"
            )
        return
    if kind in ("balanced", "closed_by"):
        yield from _double_entry_triggers(dialect, table, kind, options)
        return
    same, start, end = options
    alike = " AND ".join(f"other.{column} = NEW.{column}" for column in same)
    late = "'9999-12-31'"
    clash = (
        f"EXISTS (SELECT 1 FROM {table} other WHERE {alike} AND other.id <> NEW.id "
        f"AND other.{start} <= COALESCE(NEW.{end}, {late}) "
        f"AND NEW.{start} <= COALESCE(other.{end}, {late}))"
    )
    for verb in ("INSERT", "UPDATE"):
        yield from _row_trigger(
            dialect, table, f"no_overlap_{verb.lower()}", verb, clash, _advisory_lock(table, same)
        )


def _double_entry_triggers(dialect: str, table: str, kind: str, options: tuple) -> Iterator[str]:
    """Yield triggers of double entry; on PostgreSQL per statement: bills come by the thousand."""
    if kind == "balanced":
        posting, amount = options
        sums = (
            f"SELECT COUNT(*) AS n, COALESCE(SUM({amount}), 0) AS s FROM {posting} WHERE entry_id"
        )
        if dialect == "sqlite":
            unequal = f"(SELECT n < 2 OR s <> 0 FROM ({sums} = NEW.id))"
            yield from _row_trigger(dialect, table, kind, "INSERT", unequal)
            return
        clash = f"(SELECT n < 2 OR s <> 0 FROM ({sums} = fresh.id) AS sums)"
    else:
        (entry,) = options
        if dialect == "sqlite":
            closed = f"EXISTS (SELECT 1 FROM {entry} WHERE id = NEW.entry_id)"
            yield from _row_trigger(dialect, table, kind, "INSERT", closed)
            return
        clash = f"EXISTS (SELECT 1 FROM {entry} WHERE id = fresh.entry_id)"
    yield from _statement_trigger(table, kind, f"EXISTS (SELECT 1 FROM fresh WHERE {clash})")


def _statement_trigger(table: str, name: str, clash: str) -> Iterator[str]:
    yield from _postgresql_trigger(
        f"guard_{table}_{name}",
        table,
        f"AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT",
        f"IF {clash} THEN {_raise(f'{table}: {name}')} END IF; RETURN NULL;",
    )


def _advisory_lock(table: str, same: tuple[str, ...]) -> str:
    """
    Return SQL that locks the values of `same` until the commit; PostgreSQL only.

    Without it, two concurrent transactions would not see each other's overlapping period, and both
    commit. SQLite has one writer.
    """
    key = ", ".join(f"NEW.{column}" for column in same)
    return f"PERFORM pg_advisory_xact_lock(hashtext('{table}'), hashtext(concat_ws('|', {key})));"


def _row_trigger(
    dialect: str, table: str, name: str, verb: str, clash: str, first: str = ""
) -> Iterator[str]:
    return refusing_row_trigger(
        dialect, f"guard_{table}_{name}", table, verb, clash, f"{table}: {name}", first
    )


def refusing_row_trigger(
    dialect: str, trigger: str, table: str, verb: str, clash: str, message: str, first: str = ""
) -> Iterator[str]:
    """Yield SQL that makes a trigger anew: where `clash` holds for a row, `verb` is refused."""
    if dialect == "sqlite":
        yield f"DROP TRIGGER IF EXISTS {trigger}"
        yield (
            f"CREATE TRIGGER {trigger} BEFORE {verb} ON {table} WHEN {clash} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        return
    row = "OLD" if verb == "DELETE" else "NEW"
    yield from _postgresql_trigger(
        trigger,
        table,
        f"BEFORE {verb} ON {table} FOR EACH ROW",
        f"{first} IF {clash} THEN {_raise(message)} END IF; RETURN {row};",
    )


def refusing_truncate_trigger(trigger: str, table: str, message: str) -> Iterator[str]:
    """Yield SQL that makes a trigger anew by which a table is never emptied; PostgreSQL only."""
    yield from _postgresql_trigger(
        trigger, table, f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", _raise(message)
    )


def _postgresql_trigger(trigger: str, table: str, when: str, body: str) -> Iterator[str]:
    yield (
        f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{body} END $$"
    )
    yield f"DROP TRIGGER IF EXISTS {trigger} ON {table}"
    yield f"CREATE TRIGGER {trigger} {when} EXECUTE FUNCTION {trigger}()"


def _raise(message: str) -> str:
    return f"RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation';"
