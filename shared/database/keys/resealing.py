"""
Key rotation: seals a service's values anew with another key, in one transaction per database.

No other process may seal meanwhile. If it is killed, all values still open with one of the two
keys. Idempotent: values that the new key opens already are left as they are.
"""

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, Table, bindparam, inspect, select, tuple_, update

from shared.database.chunks import chunks
from shared.database.engines import engine_for_writing, open_engine
from shared.database.keys.sealing import SealedColumn, Sealer, Unreadable

AT_ONCE = 500
"""Rows in one statement."""

_SQLITE = "sqlite:///"


class NeitherKey(Exception):
    """A value opens with neither key; the message names its table."""


def reseal_columns(url: str, columns: Iterable[SealedColumn], former: bytes, new: bytes) -> int:
    """
    Seal all values of `columns` with the new key; return the number of values changed.

    Raises NeitherKey, and then changes nothing. A missing database counts as empty.
    """
    if url.startswith(_SQLITE) and not Path(url.removeprefix(_SQLITE)).exists():
        return 0
    engine = open_engine(url)
    try:
        with engine_for_writing(engine).begin() as connection:
            known = set(inspect(connection).get_table_names())
            present = [each for each in columns if each.column.table.name in known]
            return sum(_reseal_column(connection, column, former, new) for column in present)
    finally:
        engine.dispose()


def _reseal_column(connection: Connection, sealed: SealedColumn, former: bytes, new: bytes) -> int:
    table: Table = sealed.column.table
    key = list(table.primary_key)
    rows = connection.execute(select(*key).where(sealed.column.is_not(None))).all()
    keys = sealed.sealer(former), sealed.sealer(new)
    where = [column == bindparam(f"key_{number}") for number, column in enumerate(key)]
    change = update(table).where(*where).values({sealed.column.name: bindparam("sealed")})
    changed = 0
    for batch in chunks(rows, AT_ONCE):
        of_batch = tuple_(*key).in_([tuple(row) for row in batch])
        sealed_rows = connection.execute(select(sealed.column, *key).where(of_batch)).all()
        values = [
            {"sealed": value, **{f"key_{number}": part for number, part in enumerate(row)}}
            for before, *row in sealed_rows
            if (value := _reseal_value(table, sealed.place(*row), before, *keys)) is not None
        ]
        if values:
            connection.execute(change, values)
        changed += len(values)
    return changed


def _reseal_value(
    table: Table, place: str, value: bytes, former: Sealer, new: Sealer
) -> bytes | None:
    """Return a value sealed with the new key, None if it already is."""
    try:
        return new.seal_bytes(place, former.open_bytes(place, value))
    except Unreadable:
        pass
    try:
        new.open_bytes(place, value)
    except Unreadable:
        raise NeitherKey(f"{table.name}: a value that neither key opens") from None
    return None
