"""Statements of a service, counted, and the tables that SQLite says they would walk."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from shared.database import Store, Vault

WALK = re.compile(r"SCAN (?P<table>\w+)")


@contextmanager
def counted(of: Store | Vault) -> Iterator[list[str]]:
    """Give the statements that go to a service's database, or to its keys, meanwhile."""
    engine = of.engine if isinstance(of, Store) else of._connected_engine
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def planned(store: Store) -> Iterator[dict[str, list[str]]]:
    """Note the statements on SQLite, each with the steps that it would take."""
    said: list[tuple[str, Any]] = []
    found: dict[str, list[str]] = {}

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        said.append((statement, values))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    with store.read() as read:
        connection = read.connection()
        for statement, values in said:
            if statement.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                found[statement] = [step for *_numbers, step in plan]


@contextmanager
def walks(store: Store, tables: Collection[str]) -> Iterator[dict[str, str]]:
    """
    Note the statements on SQLite that walk one of these tables, by its name.

    An alias counts as its table: `booking_1`.
    """
    found: dict[str, str] = {}
    with planned(store) as plans:
        yield found
    for statement, steps in plans.items():
        for walk in filter(None, map(WALK.match, steps)):
            name = re.sub(r"_\d+$", "", walk["table"])
            if name in tables:
                found[name] = statement
