"""Migrates a database to its service's newest schema, compares both, and writes the next step."""

import tempfile
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations.ops import CreateTableOp
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData

from shared.database.engines import engine_for_writing, open_engine
from shared.database.trigger_guards import install_guards

SERVICES = Path(__file__).resolve().parents[3] / "services"
ENVIRONMENT = Path(__file__).with_name("alembic")
"""Folder of what Alembic runs for each service, and of the form of a new migration."""

FIRST = 1001
"""The first revision of each service; lower numbers are revisions before 0.2.0."""


class SchemaRefused(Exception):
    """No migration leads from the database's revision to the newest; the message says so."""


def migrate(service: str, url: str, fill: Callable[[Connection], None] | None = None) -> None:
    """
    Migrate the database at `url` to the newest schema of `service`; idempotent.

    Rows that were guarded elsewhere come by `fill`, before the guards and in the same transaction.
    Raises SchemaRefused, and then leaves the database unchanged.
    """
    engine = open_engine(url)
    try:
        with engine_for_writing(engine).begin() as connection:  # waits for the service's writes
            _require_known_schema(connection, service, service)
            command.upgrade(_alembic_config(service, connection), "head")
            if fill is not None:
                fill(connection)
            install_guards(connection, models_metadata(service))
    finally:
        engine.dispose()


def revision_of(url: str) -> str | None:
    """Return the revision of the database at `url`."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def require_known_schema(service: str, url: str, principal: str) -> None:
    """Raise SchemaRefused if `migrate` would refuse the database of a principal."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            _require_known_schema(connection, service, principal)
    finally:
        engine.dispose()


def _require_known_schema(connection: Connection, service: str, owner: str) -> None:
    why = why_no_way_from(service, MigrationContext.configure(connection).get_current_revision())
    if why is not None:
        raise SchemaRefused(f"The database of {owner} {why}; it was left as it is.")


def why_no_way_from(service: str, revision: str | None) -> str | None:
    """Return the reason why no migration of `service` starts from a revision; None if one does."""
    known = {script.revision for script in _migration_scripts(service).walk_revisions()}
    if revision is None or revision in known:
        return None
    if revision.isdigit() and int(revision) < FIRST:
        return (
            f"has a form of before 0.2.0 (revision {revision}), "
            "from which there is no way to this version"
        )
    return f"has a form that this version does not know (revision {revision}): a newer one made it"


def newest_revision(service: str) -> str | None:
    """Return the revision to which `migrate` brings a database of `service`."""
    return _migration_scripts(service).get_current_head()


@cache
def _migration_scripts(service: str) -> ScriptDirectory:
    return ScriptDirectory.from_config(_alembic_config(service))


def schema_differences(service: str, engine: Engine) -> list[object]:
    """Return the differences between the models of `service` and its database."""
    with engine.connect() as connection:
        migration = MigrationContext.configure(connection, opts={"compare_type": _compare_types})
        return list(compare_metadata(migration, models_metadata(service)))


def _compare_types(
    _context: object, _column: object, _meta: object, database_type: object, model_type: object
) -> bool | None:
    """Treat SQLite's types as equal: its STRICT tables have only five."""
    return False if str(database_type) in ("TEXT", "INTEGER", "BLOB", "REAL") else None


def run_migrations() -> None:
    """Run the migrations of the service that the configuration names."""
    service = str(context.config.get_main_option("service"))
    context.configure(
        connection=context.config.attributes["connection"],
        target_metadata=models_metadata(service),
        render_as_batch=True,
        compare_type=_compare_types,
        user_module_prefix="types.",
        render_item=_render_item,
        process_revision_directives=_without_guards,
    )
    with context.begin_transaction():
        context.run_migrations()


def _render_item(kind: str, item: Any, autogen: Any) -> Any:
    if kind == "check" and str(item.name).endswith("_length"):
        return None  # `shared.database.tables.types` adds it to every table, a migration's too
    if kind == "type" and type(item).__name__ == "Moment":
        autogen.imports.add("from shared.database.tables import types")
        return "types.Moment()"
    return False


def _without_guards(_context: Any, _revision: Any, directives: Any) -> None:
    """Leave guards out of a new migration: each `migrate` creates them anew."""
    for change in directives[0].upgrade_ops.ops:
        if isinstance(change, CreateTableOp):
            change.info = {}


def models_metadata(service: str) -> MetaData:
    """Return the tables of `service`, those of the kit too."""
    models = import_module(f"services.{service.replace('/', '.')}.models")
    return models.Base.metadata


def _alembic_config(service: str, connection: Connection | None = None) -> Config:
    config = Config()
    for name, value in (
        ("script_location", ENVIRONMENT),
        ("version_locations", SERVICES / service / "migrations" / "versions"),
        ("path_separator", "newline"),
        ("service", service),
    ):
        config.set_main_option(name, str(value).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def write_next_migration(service: str, message: str) -> None:
    """Write the next migration of `service` from the difference between models and migrations."""
    newest = newest_revision(service)
    number = str(int(newest) + 1 if newest else FIRST)
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/schema.sqlite")
        with engine_for_writing(engine).begin() as connection:  # waits for the service's writes
            command.upgrade(_alembic_config(service, connection), "head")
            command.revision(
                _alembic_config(service, connection), message, autogenerate=True, rev_id=number
            )
