"""
A town moves from files to PostgreSQL: `preau move`, while none of its processes runs.

    <home>/move/secrets/   the addresses that databases will have: those named here were made by us
    <home>/move/copied     every table of every database was copied, and compared
    <home>/before-move/    the files, afterwards

Until `copied` is there nothing of the town has changed, and a second start begins anew with empty
databases. From then on a second start goes on: each step may be repeated. No process starts before.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData

from deploy.applied_town import Applied
from deploy.instance.instance import PRIVATE, Instance, replace_file
from deploy.instance.secrets import Secrets
from deploy.instance.user_error import UserError
from deploy.provisioning.databases import (
    DATA,
    KEYS,
    Databases,
    files_left_from_move,
    is_move_begun,
    is_move_copied,
    move_folder,
    move_note,
    principals_on_files,
    secrets_name_of_owner,
)
from deploy.provisioning.key_renewal import require_stopped
from deploy.services import SPECS, folder_of_service
from shared.database.copying import Contents, contents_of_tables, copy_rows
from shared.database.engines import engine_for_reading, engine_for_writing, open_engine
from shared.database.keys.vault import key_metadata
from shared.database.migrations.migrate import (
    migrate,
    models_metadata,
    newest_revision,
    revision_of,
)

Say = Callable[[str], None]


class MoveRefused(UserError):
    """A town cannot be moved, or was not; the message says why."""


def move_to_postgresql(applied: Applied, say: Say) -> str:
    """
    Move all databases of a stopped town to Préau's own server; return what was done, in words.

    Raises MoveRefused, and where nothing was switched yet, leaves the town as it was. Repeatable.
    """
    _require_own_server(applied)
    if not is_move_begun(applied.instance) and not principals_on_files(applied.secrets):
        return "this town’s databases are on PostgreSQL: there is nothing to move"
    with applied.secrets.hold_keys_unchanged(change=True):
        require_stopped(applied)
        with applied.engines_of_town.database_running():
            if not is_move_copied(applied.instance):
                _copy_and_compare(applied, say)
                replace_file(move_note(applied.instance), "all tables are equal\n")
            _switch_to_new_databases(applied, say)
    return f"moved; the files of before lie in {files_left_from_move(applied.instance)}"


def delete_files_left_from_move(applied: Applied) -> str:
    """Delete the files of before a move; return what was done, in words."""
    folder = files_left_from_move(applied.instance)
    if is_move_begun(applied.instance) or not folder.exists():
        raise MoveRefused("There are no files of before a move that nobody needs.")
    shutil.rmtree(folder)
    return f"deleted {folder}"


def _require_own_server(applied: Applied) -> None:
    engines = applied.engines_of_town
    if engines.database_engine is None:
        raise MoveRefused("Say first where to: `own: postgresql` in engines.yaml.")
    if not engines.own:
        raise MoveRefused(
            "From files the way to engines of the town's own leads over Préau's: move to"
            " `own: postgresql`, then `preau backup`, and `preau restore` in a home that names"
            " yours."
        )


def _copy_and_compare(applied: Applied, say: Say) -> None:
    services = {
        row["name"]: row["service"]
        for row in applied.principals_in_force()
        if row["service"] in SPECS
    }
    for principal, service in services.items():
        _require_present_form(applied, principal, service)
    databases = Databases(applied.engines_of_town, _staged_secrets(applied))
    _make_empty_databases(applied, databases, list(services))
    for principal, service in services.items():
        say(f"database of {principal}")
        for key, metadata in _metadata_of(service).items():
            _copy_database(applied, principal, service, key, metadata)
            say(f"{principal}: {_compare_databases(applied, principal, key, metadata)} rows, equal")


def _make_empty_databases(applied: Applied, databases: Databases, principals: list[str]) -> None:
    """Make a database for each; those that an earlier start made are made anew."""
    server = applied.engines_of_town.postgres_server()
    assert server is not None
    staged = _staged_secrets(applied)
    for principal in principals:
        ours = bool(staged.read_values(principal))
        for name in databases.database_names_of_principal(principal):
            if ours:
                server.drop_database(name)
            elif server.has_database(name):
                raise MoveRefused(f"The server has {name} already: a move goes over nothing.")
        databases.prepare_addresses(principal)
        databases.make_empty_databases(principal)


def _copy_database(
    applied: Applied, principal: str, service: str, key: str, metadata: MetaData
) -> None:
    """Copy one database: tables, rows and guards in one transaction, as their owner."""
    target = _staged_secrets(applied).read_values(secrets_name_of_owner(principal))[key]
    with _reading_files(applied, principal, key) as source:

        def copy_rows_into(connection: Connection) -> None:
            if source is not None:
                copy_rows(source, connection, metadata)

        if key == DATA:
            migrate(folder_of_service(service), target, fill=copy_rows_into)
            return
        with _opened_engine(target) as engine, engine_for_writing(engine).begin() as connection:
            metadata.create_all(connection)
            copy_rows_into(connection)


def _compare_databases(applied: Applied, principal: str, key: str, metadata: MetaData) -> int:
    """Return how many rows there are, the same ones in both; raises MoveRefused."""
    target = _staged_secrets(applied).read_values(principal)[key]
    with (
        _reading_files(applied, principal, key) as source,
        _opened_engine(target) as engine,
        engine_for_reading(engine).connect() as connection,
    ):
        nothing = dict.fromkeys(metadata.tables, Contents(0, f"{0:064x}"))
        before = contents_of_tables(source, metadata) if source is not None else nothing
        after = contents_of_tables(connection, metadata)
    unlike = sorted(name for name in before if before[name] != after[name])
    if unlike:
        raise MoveRefused(
            f"The tables {', '.join(unlike)} of {principal} are not equal: nothing was switched."
        )
    return sum(contents.rows for contents in after.values())


def _switch_to_new_databases(applied: Applied, say: Say) -> None:
    """Let the town's secrets name the new databases, and lay the files aside."""
    instance, staged = applied.instance, _staged_secrets(applied)
    for name in staged.principals_with_secrets():
        applied.secrets.update_values(name, **staged.read_values(name))
        say(f"{name} is led to PostgreSQL")
    folder = files_left_from_move(instance)
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    for path in sorted(instance.data_dir.glob("*.sqlite*")):
        path.rename(folder / path.name)
    say(f"files laid aside in {folder}")
    # In one step: begun again without its note, it would make anew what has the town's only rows.
    over = move_folder(instance).rename(folder / "move")
    shutil.rmtree(over)


def _require_present_form(applied: Applied, principal: str, service: str) -> None:
    url = applied.secrets.read_values(principal)[DATA]
    if revision_of(url) != newest_revision(folder_of_service(service)):
        raise MoveRefused(
            f"The database of {principal} has not the code's form: let engines.yaml say"
            " `own: files` again, start the town once with `preau up`, stop it, then move."
        )


def _metadata_of(service: str) -> dict[str, MetaData]:
    return {DATA: models_metadata(folder_of_service(service)), KEYS: key_metadata}


@contextmanager
def _reading_files(applied: Applied, principal: str, key: str) -> Iterator[Connection | None]:
    """Give a connection to a principal's file, None where it has none: not all have keys."""
    url = applied.secrets.read_values(principal).get(key, "")
    if not Path(url.removeprefix("sqlite:///")).is_file():
        yield None
        return
    with _opened_engine(url) as engine, engine_for_reading(engine).connect() as connection:
        yield connection


@contextmanager
def _opened_engine(url: str) -> Iterator[Engine]:
    """Give an engine, and end its connections."""
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def _staged_secrets(applied: Applied) -> Secrets:
    """Return the secrets that name the databases of after the move."""
    folder = move_folder(applied.instance)
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    return Secrets(Instance(folder, applied.instance.port_base))
