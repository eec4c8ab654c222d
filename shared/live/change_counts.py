"""Counts changes in the transaction that makes them, and reads the counts."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any, cast

from sqlalchemy import BigInteger, Executable, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.contracts.every_service import live_pushes
from shared.database import Write
from shared.database.chunks import chunks
from shared.database.prebuilt_statements import Build, list_parameter, store_rows


class ChangeColumns:
    """
    Number of changes of one kind for one audience; the columns of each service's table.

    A count and not a log: a page that reconnects compares counts, and misses nothing however long
    it was away. Transactions on one row wait for each other, hence none commits behind a reader.
    """

    audience: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


def count_change(
    write: Write, table: type[ChangeColumns], audiences: Iterable[str], kind: str
) -> None:
    """Count a change for these audiences; their open pages are notified after the commit."""
    fresh = sorted(set(audiences))  # sorted, to avoid deadlocks
    count = _make_counting_statement(cast(Any, table))
    for audience in fresh:
        store_rows(write, count, {"audience": audience, "kind": kind, "count": 1})
    pushed: set[str] = write.info.setdefault("pushed", set())
    if unpublished := [audience for audience in fresh if audience not in pushed]:
        pushed.update(unpublished)
        for part in chunks(unpublished, live_pushes.MOST):
            write.publish(live_pushes.changed, live_pushes.Changed(list(part)))


@cache
def _make_counting_statement(table: Any) -> Build:
    def add_one_change(write: Write) -> Executable:
        return write.upsert_into(table).on_conflict_do_update(
            index_elements=["audience", "kind"], set_={"count": table.count + 1}
        )

    return add_one_change


def counts_of_changes(
    read: Session, table: type[ChangeColumns], audiences: Collection[str]
) -> Mapping[tuple[str, str], int]:
    """Return the counts of changes for these audiences, by audience and kind."""
    of_audiences = table.audience.in_(list_parameter("audiences"))
    rows = read.connection().execute(
        select(table.audience, table.kind, table.count).where(of_audiences),
        {"audiences": list(audiences)},
    )
    return {(audience, kind): count for audience, kind, count in rows}
