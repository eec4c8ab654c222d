"""
A PostgreSQL server as an administrator sees it: Préau's own, or one that the town has.

Each database has two roles: `<name>_owner` owns the tables and runs the migrations, `<name>` is
what a service connects as. The second may not truncate, alter or drop what the first made.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import quote

import psycopg2

from deploy.instance.user_error import UserError

# An administrator who is no superuser has to belong to a role to give it something.
ROLE = "CREATE ROLE {role} LOGIN PASSWORD '{password}'"
MEMBER = "GRANT {name}_owner TO CURRENT_USER"
PASSWORD = "ALTER ROLE {role} PASSWORD '{password}'"
DATABASE = "CREATE DATABASE {name} OWNER {name}_owner TEMPLATE template0"
ENTRANCE = """\
REVOKE ALL ON DATABASE {name} FROM PUBLIC
GRANT CONNECT ON DATABASE {name} TO {name}
ALTER DATABASE {name} SET random_page_cost = 1.1
"""
# By its default a page read by an index costs four of a table read through: as on turning disks.
# Some hundred people looked for by their ids then have the tables of the whole town read.
PRIVILEGES = """\
ALTER SCHEMA public OWNER TO {name}_owner
REVOKE ALL ON SCHEMA public FROM PUBLIC
GRANT USAGE ON SCHEMA public TO {name}
ALTER DEFAULT PRIVILEGES FOR ROLE {name}_owner GRANT {rights} ON TABLES TO {name}
ALTER DEFAULT PRIVILEGES FOR ROLE {name}_owner GRANT USAGE, SELECT ON SEQUENCES TO {name}
"""
RUNTIME_RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
REMOVAL = """\
DROP DATABASE IF EXISTS {name} WITH (FORCE)
DROP ROLE IF EXISTS {name}
DROP ROLE IF EXISTS {name}_owner
"""
MAINTENANCE = "postgres"
SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")


class PostgresError(UserError):
    """
    The server cannot do what was asked; the message says why, without a secret.
    """


class PostgresServer:
    """
    Makes databases and their roles; `place` is host:port, `authority` the file of who vouches.

    With `tls` the server's name is verified. The administrator needs CREATEDB and CREATEROLE.
    """

    def __init__(
        self, place: str, user: str, password: str, *, tls: bool = False, authority: str = ""
    ) -> None:
        self._place, self._user, self._password = place, user, password
        vouching = quote(authority or SYSTEM_AUTHORITIES, safe="/")
        sslmode = f"?sslmode=verify-full&sslrootcert={vouching}"
        self._options = sslmode if tls else ""

    def url(self, role: str, password: str, database: str) -> str:
        """
        The address of a database for one of its roles.
        """
        return f"postgresql+psycopg2://{role}:{password}@{self._place}/{database}{self._options}"

    def ensure_database(self, name: str, owner_password: str, password: str) -> None:
        """
        Make an empty database with its two roles; safe to repeat, with other passwords too.
        """
        checked_name(name)
        for role, secret in ((f"{name}_owner", owner_password), (name, password)):
            known = self._has_row("SELECT 1 FROM pg_roles WHERE rolname = %(name)s", role)
            statement = PASSWORD if known else ROLE
            self._execute(MAINTENANCE, [statement.format(role=role, password=secret)])
        if not self.has_database(name):
            made = [MEMBER.format(name=name), DATABASE.format(name=name)]
            self._execute(MAINTENANCE, made)
        self._execute(MAINTENANCE, ENTRANCE.format(name=name).splitlines())
        self._execute(name, PRIVILEGES.format(name=name, rights=RUNTIME_RIGHTS).splitlines())

    def has_collation(self, name: str) -> bool:
        """
        Return whether words can be sorted in this order.
        """
        return self._has_row("SELECT 1 FROM pg_collation WHERE collname = %(name)s", name)

    def copy_database(self, source: str, name: str, owner: str) -> None:
        """
        Make a copy of a database that nobody uses.
        """
        copy = (
            f"CREATE DATABASE {checked_name(name)} OWNER {checked_name(owner)}"
            f" TEMPLATE {checked_name(source)}"
        )
        self._execute(MAINTENANCE, [f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", copy])

    def drop_database(self, name: str) -> None:
        """
        Remove a database and its roles, whoever is connected.
        """
        self._execute(MAINTENANCE, REMOVAL.format(name=checked_name(name)).splitlines())

    def has_database(self, name: str) -> bool:
        """
        Return whether a database of this name exists.
        """
        return self._has_row("SELECT 1 FROM pg_database WHERE datname = %(name)s", name)

    def major_version(self) -> int:
        """
        The major version, such as 17.
        """
        return int(self._first_value("SELECT current_setting('server_version_num')")) // 10000

    def time_of_server(self) -> datetime:
        """
        The time by the server's clock.
        """
        moment: datetime = self._first_value("SELECT clock_timestamp()")
        return moment

    @contextmanager
    def cursor(self, database: str) -> Iterator[Any]:
        """
        Give the administrator’s cursor, which commits each statement; raises PostgresError.
        """
        address = self.url(self._user, quote(self._password, safe=""), database)
        try:
            with closing(psycopg2.connect(address.replace("+psycopg2", "", 1))) as connection:
                connection.autocommit = True
                yield connection.cursor()
        except psycopg2.Error as error:
            raise _error_without_secret(database, error) from None

    def _has_row(self, query: str, name: str) -> bool:
        return self._first_value(query, name=name) is not None

    def _first_value(self, query: str, **values: str) -> Any:
        with self.cursor(MAINTENANCE) as cursor:
            cursor.execute(query, values)
            row = cursor.fetchone()
        return row[0] if row else None

    def _execute(self, database: str, statements: Iterable[str]) -> None:
        with self.cursor(database) as cursor:
            for statement in statements:
                cursor.execute(statement)


def checked_name(name: str) -> str:
    """
    Return a name that may stand in a statement as it is.
    """
    if not _NAME.fullmatch(name):
        raise PostgresError(f"{name!r} is not a database name: only a-z, 0-9 and _.")
    return name


def _error_without_secret(database: str, error: psycopg2.Error) -> PostgresError:
    """
    The error without its traceback, which holds the statement and so a password.
    """
    return PostgresError(f"{database}: {str(error).strip()}")
