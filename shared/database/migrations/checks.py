"""Changes of a CHECK constraint, for migrations."""

from collections.abc import Mapping

from alembic import op
from sqlalchemy import text


def replace_check(table: str, name: str, former: str, present: str) -> None:
    """
    Change a CHECK constraint of a table, in a migration.

    On SQLite the stored SQL text of the table is rewritten in place, which is allowed as no stored
    row changes (sqlite.org/lang_altertable.html, section 7); Alembic's copy of the table would lose
    its other CHECKs.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, present)
        return
    connection = op.get_bind()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        text(
            "UPDATE sqlite_master SET sql = replace(sql, :former, :present)"
            " WHERE type = 'table' AND name = :table"
        ),
        {"former": former, "present": present, "table": table},
    )
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")


def widen_checks(known: Mapping[tuple[str, str], tuple[str, str]], back: bool = False) -> None:
    """
    Allow more codes in columns, in a migration.

    `known` maps (table, column) to the former codes and the additional ones, each as SQL written by
    `one_of`. With `back` the additional ones are removed again.
    """
    for (table, column), (former, more) in known.items():
        narrow, wide = f"{column} IN ({former})", f"{column} IN ({former}, {more})"
        name = op.f(f"ck_{table}_{column}_known")
        replace_check(table, name, *((wide, narrow) if back else (narrow, wide)))
