"""`migrate`: the schema that it makes, and the databases that it refuses (decision 0058)."""

import json
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Column, Engine, MetaData, Table, insert, inspect, text
from sqlalchemy.exc import DBAPIError

from deploy.instance.instance import PROJECT
from deploy.services import SPECS, folder_of_service
from shared.database.engines import engine_for_writing, open_engine
from shared.database.migrations.checks import widen_checks
from shared.database.migrations.migrate import SchemaRefused, migrate, schema_differences
from shared.database.tables.types import NAMING, Id, one_of
from shared.database.trigger_guards import install_guards
from tests.databases import Database

FOLDERS = sorted(folder_of_service(service) for service in SPECS)
FORMER = [
    ("identity", "0035"),
    ("dossier", "0038"),
    ("dossier", "0001"),
    ("enrolment", "0043"),
    ("billing", "0032"),
    ("portal_gateway", "0030"),
    ("portal_gateway/front_desk", "0030"),
]
PET = """

class Pet(Base):
    __tablename__ = "pet"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    born_at: Mapped[datetime] = mapped_column(Moment, index=True)
"""
MIGRATE = "from shared.database.migrations.migrate import migrate; migrate('identity', 'sqlite:///of.sqlite')"
TRIGGERS = {
    "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, pg_get_triggerdef(t.oid) || pg_get_functiondef(tgfoid)"
    " FROM pg_trigger t WHERE NOT tgisinternal",
}


def _described(engine: Engine) -> dict[str, str]:
    """Return all that a database holds by name: columns, keys, checks, indexes and triggers."""
    inspector = inspect(engine)
    parts = {
        "column": inspector.get_multi_columns(),
        "foreign key": inspector.get_multi_foreign_keys(),
        "unique": inspector.get_multi_unique_constraints(),
        "check": inspector.get_multi_check_constraints(),
        "index": inspector.get_multi_indexes(),
    }
    found = {
        f"{kind} {table}.{item['name']}": json.dumps(item, default=str, sort_keys=True)
        for kind, tables in parts.items()
        for (_schema, table), items in tables.items()
        for item in items
    }
    for (_schema, table), key in inspector.get_multi_pk_constraint().items():
        found[f"key {table}"] = str(key)
    with engine.connect() as connection:
        rows = connection.execute(text(TRIGGERS[engine.dialect.name]))
        return found | {f"trigger {name}": sql for name, sql in rows}


def _only_here(key: str) -> bool:
    """
    Return whether a migration alone makes it: Alembic's own table, or the length of a foreign key.

    A model gives no type to a foreign key, so its table does not know the length (types.py).
    """
    return "alembic_version" in key or (key.startswith("check ") and key.endswith("_length"))


@pytest.mark.parametrize("service", FOLDERS)
def test_an_empty_database_becomes_what_the_models_say(
    database: Database, another_database: Database, service: str
) -> None:
    metadata = import_module(f"services.{service.replace('/', '.')}.models").Base.metadata
    another_database.empty()
    models = open_engine(another_database.owner_url)
    with engine_for_writing(models).begin() as connection:
        metadata.create_all(connection)
        install_guards(connection, metadata)

    database.empty()
    migrate(service, database.owner_url)

    engine = open_engine(database.owner_url)
    made = _described(engine)
    assert schema_differences(service, engine) == []
    wanted = _described(models)
    assert {key: made[key] for key in made if key in wanted or not _only_here(key)} == wanted
    migrate(service, database.owner_url)
    assert _described(engine) == made
    engine.dispose()
    models.dispose()


def _is_at(database: Database, revision: str) -> Engine:
    """Return a database that another version of the program made, with a row in it."""
    database.empty()
    engine = open_engine(database.owner_url)
    with engine_for_writing(engine).begin() as connection:
        for statement in (
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)",
            f"INSERT INTO alembic_version VALUES ('{revision}')",
            "CREATE TABLE child (id VARCHAR(36) NOT NULL)",
            "INSERT INTO child VALUES ('manon')",
        ):
            connection.execute(text(statement))
    return engine


def _rows(engine: Engine) -> tuple[Any, Any]:
    with engine.connect() as connection:
        return (
            connection.execute(text("SELECT * FROM alembic_version")).all(),
            connection.execute(text("SELECT * FROM child")).all(),
        )


@pytest.mark.parametrize(("service", "revision"), FORMER)
def test_a_database_of_before_0_2_0_is_refused_and_left_as_it_is(
    database: Database, service: str, revision: str
) -> None:
    engine = _is_at(database, revision)
    before = _described(engine), _rows(engine)

    with pytest.raises(SchemaRefused) as refused:
        migrate(service, database.owner_url)

    assert str(refused.value) == (
        f"The database of {service} has a form of before 0.2.0 (revision {revision}), from which"
        " there is no way to this version; it was left as it is."
    )
    assert (_described(engine), _rows(engine)) == before
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused_too(database: Database) -> None:
    engine = _is_at(database, "9001")
    before = _described(engine), _rows(engine)

    with pytest.raises(SchemaRefused, match=r"\(revision 9001\): a newer one made it"):
        migrate("dossier", database.owner_url)

    assert (_described(engine), _rows(engine)) == before
    engine.dispose()


def test_the_next_migration_is_written_from_the_models_and_runs(tmp_path: Path) -> None:
    for folder in ("shared", "services/identity"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    shutil.copy(PROJECT / "services/__init__.py", tmp_path / "services")
    with (tmp_path / "services/identity/models.py").open("a", encoding="utf-8") as models:
        models.write(PET)

    new = ["-m", "shared.database.migrations", "new", "identity", "a pet more"]
    for words in (new, ["-c", MIGRATE]):
        subprocess.run([sys.executable, *words], cwd=tmp_path, check=True, capture_output=True)

    made = _described(open_engine(f"sqlite:///{tmp_path}/of.sqlite"))
    assert {"column pet.born_at", "index pet.ix_pet_born_at"} <= made.keys()
    assert (tmp_path / "services/identity/migrations/versions/1002_a_pet_more.py").exists()


def test_a_migration_lets_a_column_hold_one_code_more_and_no_other(database: Database) -> None:
    metadata = MetaData(naming_convention=NAMING)
    pet = Table("pet", metadata, Column("kind", Id, nullable=False), one_of("kind", ["cat"]))
    more = {("pet", "kind"): ("'cat'", "'dog'")}
    database.empty()
    engine = open_engine(database.owner_url)

    def takes(kind: str) -> bool:
        try:
            with engine_for_writing(engine).begin() as connection:
                connection.execute(insert(pet).values(kind=kind))
                connection.rollback()
        except DBAPIError:
            return False
        return True

    def taken() -> set[str]:
        return {kind for kind in ("cat", "dog", "bird", "x" * 40) if takes(kind)}

    with engine_for_writing(engine).begin() as connection:
        metadata.create_all(connection)
    assert taken() == {"cat"}

    for back, allowed in ((False, {"cat", "dog"}), (True, {"cat"})):
        with (
            engine_for_writing(engine).begin() as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            widen_checks(more, back=back)
        assert taken() == allowed
    engine.dispose()
