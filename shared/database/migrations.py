"""
Alembic for every service: one way to migrate, one way to write the next migration.

    python -m shared.database.migrations new dossier "what changes"
"""

import sys
import tempfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic import command, context, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, Engine, MetaData, text

from shared.database.guards import install_guards
from shared.database.kit_tables import TRACED
from shared.database.store import for_writing, open_engine
from shared.database.types import Id

SERVICES = Path(__file__).resolve().parents[2] / "services"


def migrate(service: str, url: str) -> None:
    """Bring the database at `url` to the newest schema of `service`; safe to repeat."""
    engine = open_engine(url)
    try:
        with for_writing(engine).begin() as connection:  # its services may be writing
            command.upgrade(_config(service, connection), "head")
            install_guards(connection, _metadata(service))
    finally:
        engine.dispose()


def newest_schema(service: str) -> str | None:
    """Return the revision to which `migrate` brings a database of `service`."""
    config = Config()
    config.set_main_option("script_location", str(SERVICES / service / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


def schema_differences(service: str, engine: Engine) -> list[Any]:
    """Return what the models say and the database does not, and the other way round."""
    with engine.connect() as connection:
        migration = MigrationContext.configure(connection, opts={"compare_type": _same_type})
        return list(compare_metadata(migration, _metadata(service)))


def _same_type(_context: Any, _column: Any, _meta: Any, found: Any, wanted: Any) -> bool | None:
    """SQLite's STRICT tables name five types only: its affinity says enough."""
    return False if str(found) in ("TEXT", "INTEGER", "BLOB", "REAL") else None


def replace_check(table: str, name: str, former: str, present: str) -> None:
    """
    Change a CHECK constraint of a table, in a migration.

    SQLite keeps the table's text: where no stored row changes it may be rewritten in place
    (sqlite.org/lang_altertable.html, section 7); a copy of the table would lose its other CHECKs.
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
    Let columns hold more codes, in a migration: by table and column the former ones, and the more.

    Each side is SQL, as `one_of` writes it; `back` takes the more away again.
    """
    for (table, column), (former, more) in known.items():
        narrow, wide = f"{column} IN ({former})", f"{column} IN ({former}, {more})"
        name = op.f(f"ck_{table}_{column}_known")
        replace_check(table, name, *((wide, narrow) if back else (narrow, wide)))


TRACED_TABLES = ("outbox", "inbox", "answered")


def add_trace() -> None:
    """
    Give the kit's tables their column `trace`, in a migration; every service has them.

    SQLite takes a column's check with the column alone; a copy of the table would lose the others.
    """
    for table in TRACED_TABLES:
        if op.get_bind().dialect.name == "sqlite":
            check = f"CONSTRAINT ck_{table}_trace_length CHECK (length(trace) <= 36)"
            op.execute(f"ALTER TABLE {table} ADD COLUMN trace TEXT {check}")
        else:
            op.add_column(table, Column("trace", Id, comment=TRACED))


def drop_trace() -> None:
    """Take it away again."""
    for table in TRACED_TABLES:
        op.drop_column(table, "trace")


def run() -> None:
    """Run the migrations of the service whose `env.py` calls this."""
    service = str(context.config.get_main_option("service"))
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=_metadata(service),
        render_as_batch=True,
        compare_type=_same_type,
        user_module_prefix="types.",
        render_item=_render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


def _render_item(kind: str, item: Any, autogen: Any) -> Any:
    if kind == "type" and type(item).__name__ == "Moment":
        autogen.imports.add("from shared.database import types")
        return "types.Moment()"
    return False


def _metadata(service: str) -> MetaData:
    models = import_module(f"services.{service.replace('/', '.')}.models")
    return models.Base.metadata


def _config(service: str, connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SERVICES / service / "migrations"))
    config.set_main_option("service", service)
    config.attributes["connection"] = connection
    return config


def new(service: str, message: str) -> None:
    """Write the next migration of `service` from the difference between models and migrations."""
    written = list((SERVICES / service / "migrations" / "versions").glob("[0-9]*.py"))
    number = f"{len(written) + 1:04}"
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/schema.sqlite")
        with for_writing(engine).begin() as connection:  # its services may be writing
            command.upgrade(_config(service, connection), "head")
            command.revision(
                _config(service, connection), message, autogenerate=True, rev_id=number
            )


if __name__ == "__main__":
    new(sys.argv[2], sys.argv[3])
