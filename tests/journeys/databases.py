"""The databases of a running town, looked into as its services see them: files or PostgreSQL's."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from deploy.provisioning.databases import DATA
from deploy.services import SPECS
from shared.database.engines import open_engine
from shared.runtime.ids import new_id
from tests.journeys.town import DemoTown

BUSY_SECONDS = 20.0


@contextmanager
def database(town: DemoTown, principal: str, which: str = DATA) -> Iterator[Connection]:
    """Open a service's database; what is changed and committed in it stays."""
    engine = open_engine(town.applied.environment_of_principal(principal)[which])
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def found(town: DemoTown, principal: str, query: str, **values: Any) -> list[Any]:
    """Return the rows that a query finds now."""
    with database(town, principal) as connection:
        return list(connection.execute(text(query), values))


def one(town: DemoTown, principal: str, query: str, *values: str) -> str:
    """Return the first value that a query finds, each ? a value; a fresh id where it finds none."""
    for number in range(len(values)):
        query = query.replace("?", f":value_{number}", 1)
    named = {f"value_{number}": value for number, value in enumerate(values)}
    rows = found(town, principal, query, **named)
    return str(rows[0][0]) if rows else new_id()


def change(town: DemoTown, principal: str, statement: str, **values: Any) -> int:
    """Change rows of a service behind its back, once it does not write itself; return how many."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            with database(town, principal) as connection:
                changed = connection.execute(text(statement), values).rowcount
                connection.commit()
            return int(changed)
        except OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def stored(town: DemoTown, principal: str) -> bytes:
    """
    Return all that lies in a service's database: the files, or every row of every table.

    What was written last lies in a file beside the other one, until that is full.
    """
    if not town.clustered:
        path = town.instance.database_path(principal)
        beside = path.with_name(f"{path.name}-wal")
        return path.read_bytes() + (beside.read_bytes() if beside.exists() else b"")
    with database(town, principal) as connection:
        return b"\n".join(
            _plain(value)
            for table in inspect(connection).get_table_names()
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))
            for value in row
        )


def storing(town: DemoTown) -> list[str]:
    """Return the principals that have a database."""
    register = town.applied.register_in_force() or {"principals": []}
    return [row["name"] for row in register["principals"] if row["service"] in SPECS]


def _plain(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
