"""Triggers that keep the sums of a table, and the statements that count its rows anew."""

from collections.abc import Iterator

from sqlalchemy import Connection, MetaData, text

from shared.contracts.every_service.bucket_sums import (
    BUCKET_LENGTH,
    BUCKET_START,
    FACTOR,
    HALF,
    HEX,
    MONTHS,
    OFFSET,
    PLACES,
    PRIMES,
    SIZE,
)
from shared.database.comparison.sums import Declared, declared_sums
from shared.database.tables.kit_tables import TAKING_IN

_NO_EVENT = {
    "sqlite": "NOT EXISTS (SELECT 1 FROM taking_in)",
    "postgresql": f"coalesce(current_setting('{TAKING_IN}', true), '') = ''",
}
"""Condition of a change that no event made (`Write.claim_message`)."""


def install_sums(connection: Connection, metadata: MetaData) -> None:
    """Create the triggers of all declared sums anew, and count the rows there are; idempotent."""
    dialect = connection.dialect.name
    for table, declared in declared_sums(metadata):
        for statement in _trigger_statements(dialect, table.name, declared):
            connection.execute(text(statement))


def _trigger_statements(dialect: str, table: str, declared: Declared) -> Iterator[str]:
    """Yield what creates the triggers of one table's sums anew, then what counts its rows."""
    write = _sqlite_triggers if dialect == "sqlite" else _postgresql_triggers
    yield from write(table, declared)
    if declared.counts_touched:
        yield from _unpublished_change_triggers(dialect, table, declared.subject, declared)
        for beside, subject in declared.beside:
            yield from _unpublished_change_triggers(dialect, beside, subject, declared)
    yield from _statements_counting_rows(dialect, table, declared)


def _statements_counting_rows(dialect: str, table: str, declared: Declared) -> Iterator[str]:
    """Yield what counts all rows, in the transaction that holds the table by its new triggers."""
    sums, keys = declared.sums.name, ", ".join((*declared.by, "bucket"))
    numbered = (
        f"SELECT {', '.join((*declared.by, _bucket_in_sql('t', declared.subject)))} AS bucket,"
        f" {_row_number_in_sql(dialect, 't', declared)} AS number FROM {table} t"
        f" WHERE t.{declared.version} > 0"
    )
    total = f"((sum(number / {HALF}) % {HALF}) * {HALF} + sum(number % {HALF})) % {SIZE}"
    counted = f"SELECT {keys}, count(*), {total} FROM ({numbered}) AS numbered GROUP BY {keys}"
    if dialect != "sqlite":  # a fold that goes on would write again what is deleted here
        yield f"LOCK TABLE {sums} IN EXCLUSIVE MODE"
    if not declared.counts_touched:
        yield f"DELETE FROM {sums}"
        yield f"INSERT INTO {sums} ({keys}, entries, total) {counted}"
        return
    # rows that were there before their sums are looked at once: nobody saw how they came
    unseen = "CASE WHEN EXISTS (SELECT 1 FROM still_touched) THEN 0 ELSE 1 END"
    yield f"CREATE TEMPORARY TABLE still_touched AS SELECT {keys}, touched FROM {sums}"
    yield f"DELETE FROM {sums}"
    yield (
        f"INSERT INTO {sums} ({keys}, entries, total, touched)"
        f" SELECT {keys}, sum(entries), sum(total), sum(touched) FROM ("
        f" SELECT {keys}, count(*) AS entries, {total} AS total, {unseen} AS touched"
        f" FROM ({numbered}) AS numbered GROUP BY {keys}"
        f" UNION ALL SELECT {keys}, 0, 0, touched FROM still_touched"
        f") AS both_parts GROUP BY {keys}"
    )
    yield "DROP TABLE still_touched"


def _sqlite_triggers(table: str, declared: Declared) -> Iterator[str]:
    changes = {
        "insert": ("INSERT", "", [("NEW", "+")]),
        "delete": ("DELETE", "", [("OLD", "-")]),
        "update": (
            f"UPDATE OF {', '.join(declared.summed_columns)}",
            f"WHEN {_columns_changed_condition(declared.summed_columns, 'IS NOT')}",
            [("OLD", "-"), ("NEW", "+")],
        ),
    }
    for name, (verb, when, moves) in changes.items():
        body = " ".join(
            statement
            for row, sign in moves
            for statement in _sqlite_sum_change(declared, row, sign)
        )
        trigger = f"{_trigger_name(declared)}_{name}"
        yield f"DROP TRIGGER IF EXISTS {trigger}"
        yield f"CREATE TRIGGER {trigger} AFTER {verb} ON {table} {when} BEGIN {body} END"


def _sqlite_sum_change(declared: Declared, row: str, sign: str) -> Iterator[str]:
    number = _row_number_in_sql("sqlite", row, declared)
    yield _sqlite_bucket_row(declared, row, declared.subject)
    yield (
        f"UPDATE {declared.sums.name} SET entries = entries {sign} 1,"
        f" total = (total {sign} ({number})) & {SIZE - 1}"
        f" WHERE {_bucket_rule(declared, row, declared.subject)} AND {row}.{declared.version} > 0;"
    )


def _sqlite_bucket_row(declared: Declared, row: str, subject: str) -> str:
    """Return what makes the row of a bucket, where there is none yet."""
    values = [*(f"{row}.{each}" for each in declared.by), _bucket_in_sql(row, subject), "0", "0"]
    if declared.counts_touched:
        values.append("0")
    return (
        f"INSERT INTO {declared.sums.name} SELECT {', '.join(values)} WHERE NOT EXISTS"
        f" (SELECT 1 FROM {declared.sums.name} WHERE {_bucket_rule(declared, row, subject)});"
    )


def _bucket_rule(declared: Declared, row: str, subject: str) -> str:
    keys = [f"{each} = {row}.{each}" for each in declared.by]
    return " AND ".join([*keys, f"bucket = {_bucket_in_sql(row, subject)}"])


def _postgresql_triggers(table: str, declared: Declared) -> Iterator[str]:
    trigger, columns = (
        _trigger_name(declared),
        ", ".join((*declared.by, "bucket", "entries", "total")),
    )
    touched = (", touched", ", 0") if declared.counts_touched else ("", "")
    moves = {
        row: f"IF TG_OP <> '{unless}' THEN IF {row}.{declared.version} > 0 THEN"
        f" INSERT INTO {declared.sums.name} ({columns}{touched[0]}) VALUES ("
        + ", ".join(
            (*(f"{row}.{each}" for each in declared.by), _bucket_in_sql(row, declared.subject))
        )
        + f", {sign}1, {sign}({_row_number_in_sql('postgresql', row, declared)}){touched[1]});"
        " END IF; END IF;"
        for row, sign, unless in (("OLD", "-", "INSERT"), ("NEW", "+", "DELETE"))
    }
    yield _trigger_function(trigger, f"{moves['OLD']} {moves['NEW']}")
    for name, verb, when in (
        ("row", "INSERT OR DELETE", ""),
        (
            "update",
            f"UPDATE OF {', '.join(declared.summed_columns)}",
            f"WHEN ({_columns_changed_condition(declared.summed_columns, 'IS DISTINCT FROM')})",
        ),
    ):
        yield from _row_trigger(f"{trigger}_{name}", trigger, verb, table, when)
    gone = f"DELETE FROM {declared.sums.name}"
    if declared.counts_touched:
        gone = f"UPDATE {declared.sums.name} SET entries = 0, total = 0, touched = touched + 1"
    yield from _truncate_trigger(f"{trigger}_truncate", table, f"{gone};")


def _unpublished_change_triggers(
    dialect: str, table: str, subject: str, declared: Declared
) -> Iterator[str]:
    """Yield triggers that count a change of a table as touched, where no event made it."""
    trigger = f"{_trigger_name(declared)}_touched_{table}"
    own = table == declared.of
    for name, verb, rows, condition in (
        ("insert", "INSERT", ("NEW",), ""),
        ("update", *_content_changed(dialect, declared, own)),
        ("delete", "DELETE", ("OLD",), ""),
    ):
        when = f"WHEN ({condition}{_NO_EVENT[dialect]})"
        if dialect == "sqlite":
            counted = " ".join(_sqlite_count_of_touched(declared, row, subject) for row in rows)
            yield f"DROP TRIGGER IF EXISTS {trigger}_{name}"
            yield (
                f"CREATE TRIGGER {trigger}_{name} AFTER {verb} ON {table} {when}"
                f" BEGIN {counted} END"
            )
        else:
            counted = " ".join(_postgresql_count_of_touched(declared, row, subject) for row in rows)
            yield _trigger_function(f"{trigger}_{name}", counted)
            yield from _row_trigger(f"{trigger}_{name}", f"{trigger}_{name}", verb, table, when)
    if dialect != "sqlite" and not own:
        everywhere = f"UPDATE {declared.sums.name} SET touched = touched + 1;"
        yield from _truncate_trigger(f"{trigger}_truncate", table, everywhere)


def _sqlite_count_of_touched(declared: Declared, row: str, subject: str) -> str:
    return (
        f"{_sqlite_bucket_row(declared, row, subject)}"
        f" UPDATE {declared.sums.name} SET touched = touched + 1"
        f" WHERE {_bucket_rule(declared, row, subject)};"
    )


def _postgresql_count_of_touched(declared: Declared, row: str, subject: str) -> str:
    values = (*(f"{row}.{each}" for each in declared.by), _bucket_in_sql(row, subject), "0, 0, 1")
    columns = ", ".join((*declared.by, "bucket", "entries", "total", "touched"))
    return f"INSERT INTO {declared.sums.name} ({columns}) VALUES ({', '.join(values)});"


def _content_changed(
    dialect: str, declared: Declared, own: bool
) -> tuple[str, tuple[str, ...], str]:
    """
    Return the verb, the rows and the condition of an update that changes what events said.

    A row of another table may move from one subject to another: both have then changed.
    """
    if not own:
        return "UPDATE", ("OLD", "NEW"), ""
    differs = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    columns = ", ".join(name for name, _ in declared.content) or declared.version
    moved = " OR ".join(
        f"{written.format('OLD')} {differs} {written.format('NEW')}"
        for _, written in declared.content
    )
    return f"UPDATE OF {columns}", ("NEW",), f"({moved or '1 = 0'}) AND "


def _trigger_function(name: str, body: str) -> str:
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"{body} RETURN NULL; END $$"
    )


def _row_trigger(trigger: str, function: str, verb: str, table: str, when: str) -> Iterator[str]:
    yield f"DROP TRIGGER IF EXISTS {trigger} ON {table}"
    yield (
        f"CREATE TRIGGER {trigger} AFTER {verb} ON {table} "
        f"FOR EACH ROW {when} EXECUTE FUNCTION {function}()"
    )


def _truncate_trigger(trigger: str, table: str, body: str) -> Iterator[str]:
    yield f"DROP TRIGGER IF EXISTS {trigger} ON {table}"
    yield _trigger_function(trigger, body)
    yield (
        f"CREATE TRIGGER {trigger} AFTER TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {trigger}()"
    )


def _trigger_name(declared: Declared) -> str:
    return f"sum_{declared.sums.name.removesuffix('_sum')}"


def _columns_changed_condition(columns: tuple[str, ...], differs: str) -> str:
    return " OR ".join(f"OLD.{each} {differs} NEW.{each}" for each in columns)


def _bucket_in_sql(row: str, subject: str) -> str:
    return f"substr({row}.{subject}, {BUCKET_START}, {BUCKET_LENGTH})"


def _row_number_in_sql(dialect: str, row: str, declared: Declared) -> str:
    """Return `bucket_sums.number_of_row` in SQL."""
    find, big = ("instr", "") if dialect == "sqlite" else ("strpos", "::bigint")
    mixed = (
        f"(({_version_in_sql(row, declared)} % {PRIMES[0]} * {FACTOR} + {OFFSET}) % {PRIMES[0]})"
    )
    halves = []
    for places, prime in zip(PLACES, PRIMES, strict=True):
        id_part = " + ".join(
            f"{find}('{HEX}', substr({row}.{declared.subject}, {place}, 1)){big} * {16**at}"
            for at, place in enumerate(places)
        )
        halves.append(f"(({id_part}) * {mixed} % {prime})")
    return f"{halves[0]} * {HALF} + {halves[1]}"


def _version_in_sql(row: str, declared: Declared) -> str:
    """Return a row's version; where its key has a month too ("2026-11"), both mixed into one."""
    if not declared.month:
        return f"{row}.{declared.version}"
    year, month = (
        f"CAST(substr({row}.{declared.month}, {start}, {length}) AS INTEGER)"
        for start, length in ((1, 4), (6, 2))
    )
    return f"({row}.{declared.version} % {PRIMES[0]} * {MONTHS} + {year} * 12 + {month})"
