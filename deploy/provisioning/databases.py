"""
The databases of a town: for each principal that stores something, one for data and one for keys.

Files on this machine, or databases of a PostgreSQL server, where a service enters as one who may
read and write rows and as nothing else. The owners' passwords stand in files of their own, that no
service is given.
"""

from datetime import datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from deploy.engines.postgres_admin import PostgresServer
from deploy.engines.town_engines import Engines
from deploy.instance.instance import PRIVATE, Instance
from deploy.instance.secrets import Secrets, random_secret
from deploy.instance.user_error import UserError
from shared.database.engines import open_engine
from shared.database.keys.vault import create_key_store
from shared.database.tables.french_order import FRENCH

DATA, KEYS = "DATABASE_URL", "KEYS_URL"
SUFFIXES = {DATA: "", KEYS: "_keys"}
OWNER = "_owner"
SQLITE = "sqlite:///"
OLDER = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = current_user"
    " AND datname = current_database() AND backend_start < :before AND pid <> pg_backend_pid()"
)


class Databases:
    """Locations of each principal's databases, and their owner."""

    def __init__(self, engines: Engines, secrets: Secrets) -> None:
        self._engines = engines
        self._secrets = secrets

    def prepare_addresses(self, principal: str) -> None:
        """Give a principal the addresses of its databases, and passwords where they need any."""
        if self._server is None:
            instance = self._engines.instance
            files = {DATA: instance.sqlite_url(principal), KEYS: instance.keys_url(principal)}
            folder = instance.database_path(principal).parent
            folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            self._secrets.ensure_values(principal, **files)
            return
        self._secrets.update_values(principal, **self._addresses_of_databases(principal, principal))
        owner = secrets_name_of_owner(principal)
        self._secrets.update_values(owner, **self._addresses_of_databases(principal, owner, OWNER))

    def make_databases(self, principal: str) -> None:
        """Make the databases of a principal where a server has them; safe to repeat."""
        if self._server is None:
            return
        self.make_empty_databases(principal)
        create_key_store(self._secrets.read_values(secrets_name_of_owner(principal))[KEYS])

    def make_empty_databases(self, principal: str) -> None:
        """
        Make a principal's databases on the server with their roles, and nothing in them; safe to
        repeat.
        """
        assert self._server is not None
        require_french_order(self._server)
        own, owner = (
            self._secrets.read_values(principal),
            self._secrets.read_values(secrets_name_of_owner(principal)),
        )
        for key, suffix in SUFFIXES.items():
            self._server.ensure_database(
                self._name_on_server(principal, suffix),
                _password_in_address(owner[key]),
                _password_in_address(own[key]),
            )

    def database_names_of_principal(self, principal: str) -> list[str]:
        """Return how the databases of a principal are called on the server."""
        return [self._name_on_server(principal, suffix) for suffix in SUFFIXES.values()]

    def renew_passwords(self, principal: str) -> None:
        """
        Write other passwords for a principal's databases; `make_databases` sets them at the server.
        """
        if principal not in principals_with_server_databases(self._secrets):
            return
        for file, role in ((principal, ""), (secrets_name_of_owner(principal), OWNER)):
            places = {
                key: self._name_on_server(principal, suffix) for key, suffix in SUFFIXES.items()
            }
            self._secrets.update_values(
                file,
                **{key: self._address_of_database(name, role, "") for key, name in places.items()},
            )

    def close_connections(self, principal: str, before: datetime) -> int:
        """End what has been connected to a principal's databases since earlier; return how many."""
        if principal not in principals_with_server_databases(self._secrets):
            return 0
        files = [
            self._secrets.read_values(file)
            for file in (principal, secrets_name_of_owner(principal))
        ]
        return sum(
            _close_older_connections(values[key], before) for values in files for key in SUFFIXES
        )

    def owner_url(self, principal: str) -> str:
        """Return the address of a principal's data for who may change its tables."""
        return (
            self._secrets.read_values(secrets_name_of_owner(principal)).get(DATA)
            or self._secrets.read_values(principal)[DATA]
        )

    @cached_property
    def _server(self) -> PostgresServer | None:
        return self._engines.postgres_server()

    def _addresses_of_databases(self, principal: str, file: str, role: str = "") -> dict[str, str]:
        known = self._secrets.read_values(file)
        return {
            key: self._address_of_database(
                self._name_on_server(principal, suffix),
                role,
                _password_in_address(known.get(key, "")),
            )
            for key, suffix in SUFFIXES.items()
        }

    def _address_of_database(self, database: str, role: str, password: str) -> str:
        assert self._server is not None
        return self._server.url(f"{database}{role}", password or random_secret(), database)

    def _name_on_server(self, principal: str, suffix: str) -> str:
        engine = self._engines.database_engine
        assert engine is not None
        return f"{engine.prefix}{principal}{suffix}"


def require_french_order(server: PostgresServer) -> None:
    """Raise UserError where a server cannot sort lists as French people read them."""
    if not server.has_collation(FRENCH):
        raise UserError(
            f"The database server was built without ICU: it has no collation {FRENCH}, and lists"
            " could not be sorted in French. Take a PostgreSQL that was built with ICU, as"
            " Debian’s is."
        )


def require_one_kind(engines: Engines, secrets: Secrets) -> None:
    """Raise UserError where the town's databases lie elsewhere than engines.yaml says."""
    instance = engines.instance
    if is_move_copied(instance):
        raise UserError("A move to PostgreSQL was broken off half way: `preau move` ends it.")
    on_server = engines.database_engine is not None
    if on_server and (names := principals_on_files(secrets)):
        raise UserError(
            f"This town’s data lie in files ({len(names)} databases in {instance.data_dir}), and"
            " engines.yaml says PostgreSQL: `preau down`, then `preau move` takes them there."
        )
    if not on_server and principals_with_server_databases(secrets):
        raise UserError(
            "This town’s data lie on PostgreSQL, and engines.yaml says files: name the server"
            " again. The way back to files is to restore a copy that was made on files."
        )


def principals_on_files(secrets: Secrets) -> list[str]:
    """Return the principals whose data lie in a file that is there."""
    places = {
        name: secrets.read_values(name).get(DATA, "") for name in secrets.principals_with_secrets()
    }
    return [
        name
        for name, url in places.items()
        if url.startswith(SQLITE) and Path(url.removeprefix(SQLITE)).is_file()
    ]


def move_folder(instance: Instance) -> Path:
    """Return where a move from files to PostgreSQL keeps how far it is."""
    return instance.home / "move"


def move_note(instance: Instance) -> Path:
    """Return the file that says that all was copied, and is to be switched."""
    return move_folder(instance) / "copied"


def is_move_begun(instance: Instance) -> bool:
    """Return whether a move was begun and is not over."""
    return move_folder(instance).exists()


def is_move_copied(instance: Instance) -> bool:
    """Return whether a move was broken off when all was copied, and some may be switched."""
    return move_note(instance).exists()


def files_left_from_move(instance: Instance) -> Path:
    """Return where the files of before a move lie."""
    return instance.home / "before-move"


def secrets_name_of_owner(principal: str) -> str:
    """Return under which name the secrets of a database's owner are kept."""
    return f"{principal}{OWNER}"


def principals_with_server_databases(secrets: Secrets) -> list[str]:
    """Return the principals whose databases a server has."""
    return [
        name.removesuffix(OWNER)
        for name in secrets.principals_with_secrets()
        if name.endswith(OWNER)
    ]


def _close_older_connections(url: str, before: datetime) -> int:
    """End the older connections of a role to a database, in its own name: every role may."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return int(connection.scalar(text(OLDER), {"before": before}) or 0)
    finally:
        engine.dispose()


def _password_in_address(url: str) -> str:
    return urlsplit(url).password or ""
