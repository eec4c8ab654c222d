"""
Sums of a table's rows by bucket, moved along by triggers as rows change (SQLite and PostgreSQL).

Declared by `summed`, which returns the table of sums. Triggers and not the code that writes: a row
that is lost, altered or added behind its back changes the sums as well. On SQLite a bucket is one
row. On PostgreSQL each change is a row of its own, as two writers would otherwise wait for each
other, or die of it; `fold_sums` adds them up from time to time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    MetaData,
    String,
    Table,
    func,
    select,
    text,
)
from sqlalchemy.orm import Session

from shared.contracts.bucket_sums import (
    BUCKET_LENGTH,
    BUCKET_START,
    FACTOR,
    HALF,
    HEX,
    OFFSET,
    PLACES,
    PRIMES,
    SIZE,
    Sum,
)

_SUMMED = "preau_summed"
IS_DERIVED = "preau_derived"
"""Mark of a table that triggers fill: it is never copied, and no backup has to compare it."""

FOLDED_FROM = 2_000
"""Rows beyond one for each bucket, from which `fold_sums` adds them up."""


@dataclass(frozen=True)
class _Declared:
    sums: Table
    by: tuple[str, ...]
    subject: str
    version: str

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.by, self.subject, self.version)


def summed(table: Table, *, by: tuple[str, ...], subject: str, version: str) -> Table:
    """Let the database keep sums of this table's rows, for each value of `by` and each bucket."""
    name = f"{table.name}_sum"
    sums = Table(
        name,
        table.metadata,
        *(Column(each, table.c[each].type, nullable=False) for each in by),
        Column("bucket", String(BUCKET_LENGTH), nullable=False, comment="end of the subject's id"),
        Column("entries", BigInteger, nullable=False),
        Column("total", BigInteger, nullable=False, comment="sum of the rows' numbers"),
        Index(f"ix_{name}", *by, "bucket"),
        info={IS_DERIVED: True},
    )
    table.info[_SUMMED] = _Declared(sums, by, subject, version)
    return sums


def bucket_column(subject: ColumnElement[str]) -> ColumnElement[str]:
    """Return the bucket of a row in SQL, as the index of its table has it."""
    return func.substr(subject, text(str(BUCKET_START)), text(str(BUCKET_LENGTH)))


def read_sums(session: Session, sums: Table, kind: str, *where: ColumnElement[bool]) -> list[Sum]:
    """Return the sums of these rows by `kind`, one of the columns, and bucket."""
    rows = session.execute(
        select(sums.c[kind], sums.c.bucket, func.sum(sums.c.entries), func.sum(sums.c.total))
        .where(*where)
        .group_by(sums.c[kind], sums.c.bucket)
    )
    return [
        Sum(name, bucket, int(entries), int(total) % SIZE) for name, bucket, entries, total in rows
    ]


def fold_sums(session: Session, sums: Table) -> None:
    """Make one row of each bucket again, where there are many more; SQLite has no others."""
    if session.get_bind().dialect.name == "sqlite":
        return
    keys = ", ".join(column.name for column in sums.columns[:-2])
    buckets = f"SELECT count(DISTINCT ({keys})) FROM {sums.name}"
    beyond = text(f"SELECT count(*) - ({buckets}) FROM {sums.name}")
    if (session.scalar(beyond) or 0) < FOLDED_FROM:
        return
    session.execute(
        text(
            f"WITH gone AS (DELETE FROM {sums.name} RETURNING *) INSERT INTO {sums.name}"
            f" ({keys}, entries, total)"
            f" SELECT {keys}, sum(entries), mod(sum(total), {SIZE}) FROM gone"
            f" GROUP BY {keys} HAVING sum(entries) <> 0"
        )
    )


def install_sums(connection: Connection, metadata: MetaData) -> None:
    """Create the triggers of all declared sums anew, and count the rows there are; idempotent."""
    for table in list(metadata.tables.values()):
        declared = table.info.get(_SUMMED)
        if declared is None:
            continue
        write = _on_sqlite if connection.dialect.name == "sqlite" else _on_postgresql
        dialect = connection.dialect.name
        for statement in (*write(table.name, declared), *_recount(dialect, table.name, declared)):
            connection.execute(text(statement))


def _recount(dialect: str, table: str, declared: _Declared) -> Iterator[str]:
    """Yield what counts all rows, in the transaction that holds the table by its new triggers."""
    keys = ", ".join((*declared.by, "bucket"))
    numbered = (
        f"SELECT {', '.join(declared.by)}, {_bucket('t', declared)} AS bucket,"
        f" {_number(dialect, 't', declared)} AS number FROM {table} t"
    )
    total = f"((sum(number / {HALF}) % {HALF}) * {HALF} + sum(number % {HALF})) % {SIZE}"
    if dialect != "sqlite":  # a fold that goes on would write again what is deleted here
        yield f"LOCK TABLE {declared.sums.name} IN EXCLUSIVE MODE"
    yield f"DELETE FROM {declared.sums.name}"
    yield (
        f"INSERT INTO {declared.sums.name} ({keys}, entries, total)"
        f" SELECT {keys}, count(*), {total} FROM ({numbered}) AS numbered GROUP BY {keys}"
    )


def _on_sqlite(table: str, declared: _Declared) -> Iterator[str]:
    changes = {
        "insert": ("INSERT", "", [("NEW", "+")]),
        "delete": ("DELETE", "", [("OLD", "-")]),
        "update": (
            f"UPDATE OF {', '.join(declared.columns)}",
            f"WHEN {_moved(declared, 'IS NOT')}",
            [("OLD", "-"), ("NEW", "+")],
        ),
    }
    for name, (verb, when, moves) in changes.items():
        body = " ".join(
            statement for row, sign in moves for statement in _moved_on_sqlite(declared, row, sign)
        )
        trigger = f"sum_{table}_{name}"
        yield f"DROP TRIGGER IF EXISTS {trigger}"
        yield f"CREATE TRIGGER {trigger} AFTER {verb} ON {table} {when} BEGIN {body} END"


def _moved_on_sqlite(declared: _Declared, row: str, sign: str) -> Iterator[str]:
    sums, bucket = declared.sums.name, _bucket(row, declared)
    this = " AND ".join([*(f"{each} = {row}.{each}" for each in declared.by), f"bucket = {bucket}"])
    values = ", ".join(f"{row}.{each}" for each in declared.by)
    yield (
        f"INSERT INTO {sums} SELECT {values}, {bucket}, 0, 0"
        f" WHERE NOT EXISTS (SELECT 1 FROM {sums} WHERE {this});"
    )
    yield (
        f"UPDATE {sums} SET entries = entries {sign} 1,"
        f" total = (total {sign} ({_number('sqlite', row, declared)})) & {SIZE - 1} WHERE {this};"
    )


def _on_postgresql(table: str, declared: _Declared) -> Iterator[str]:
    trigger = f"sum_{table}"
    moves = {
        row: f"IF TG_OP <> '{unless}' THEN INSERT INTO {declared.sums.name} VALUES ("
        + ", ".join(f"{row}.{each}" for each in declared.by)
        + f", {_bucket(row, declared)}, {sign}1, {sign}({_number('postgresql', row, declared)}));"
        " END IF;"
        for row, sign, unless in (("OLD", "-", "INSERT"), ("NEW", "+", "DELETE"))
    }
    yield (
        f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{moves['OLD']} {moves['NEW']} RETURN NULL; END $$"
    )
    for name, verb, when in (
        ("row", "INSERT OR DELETE", ""),
        (
            "update",
            f"UPDATE OF {', '.join(declared.columns)}",
            f"WHEN ({_moved(declared, 'IS DISTINCT FROM')})",
        ),
    ):
        yield f"DROP TRIGGER IF EXISTS {trigger}_{name} ON {table}"
        yield (
            f"CREATE TRIGGER {trigger}_{name} AFTER {verb} ON {table} "
            f"FOR EACH ROW {when} EXECUTE FUNCTION {trigger}()"
        )
    yield f"DROP TRIGGER IF EXISTS {trigger}_truncate ON {table}"
    yield (
        f"CREATE OR REPLACE FUNCTION {trigger}_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN DELETE FROM {declared.sums.name}; RETURN NULL; END $$"
    )
    yield (
        f"CREATE TRIGGER {trigger}_truncate AFTER TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {trigger}_truncate()"
    )


def _moved(declared: _Declared, differs: str) -> str:
    return " OR ".join(f"OLD.{each} {differs} NEW.{each}" for each in declared.columns)


def _bucket(row: str, declared: _Declared) -> str:
    return f"substr({row}.{declared.subject}, {BUCKET_START}, {BUCKET_LENGTH})"


def _number(dialect: str, row: str, declared: _Declared) -> str:
    """Return `bucket_sums.number_of` in SQL."""
    find, big = ("instr", "") if dialect == "sqlite" else ("strpos", "::bigint")
    version = f"{row}.{declared.version}"
    mixed = f"(({version} % {PRIMES[0]} * {FACTOR} + {OFFSET}) % {PRIMES[0]})"
    halves = []
    for places, prime in zip(PLACES, PRIMES, strict=True):
        id_part = " + ".join(
            f"{find}('{HEX}', substr({row}.{declared.subject}, {place}, 1)){big} * {16**at}"
            for at, place in enumerate(places)
        )
        halves.append(f"(({id_part}) * {mixed} % {prime})")
    return f"{halves[0]} * {HALF} + {halves[1]}"


def copied_tables(metadata: MetaData) -> list[Table]:
    """Return the tables whose rows are written by services, in an order that keeps foreign keys."""
    return [table for table in metadata.sorted_tables if not table.info.get(IS_DERIVED)]
