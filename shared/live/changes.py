"""Noting that something changed, in the transaction that changes it; reading how far that came."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import BigInteger, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from shared.contracts import live
from shared.database import Write
from shared.database.chunks import chunks


class ChangeColumns:
    """
    How often something of one kind changed for one audience; the columns of each service's table.

    One row and not a log: who comes back compares counts, and misses nothing however long it was
    away. Two transactions on one row wait for each other, hence none commits behind a reader.
    """

    audience: Mapped[str] = mapped_column(String(60), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)


def note(write: Write, table: type[ChangeColumns], audiences: Iterable[str], kind: str) -> None:
    """Note a change for these audiences; their open pages hear of it once this commits."""
    fresh = sorted(set(audiences))  # in one order, or two transactions would wait crosswise
    for audience in fresh:
        row = write.upsert(table).values(audience=audience, kind=kind, count=1)
        write.execute(
            row.on_conflict_do_update(
                index_elements=["audience", "kind"], set_={"count": table.count + 1}
            )
        )
    pushed: set[str] = write.info.setdefault("pushed", set())
    if untold := [audience for audience in fresh if audience not in pushed]:
        pushed.update(untold)
        for part in chunks(untold, live.MOST):
            write.publish(live.changed, live.Changed(list(part)))


def counts_of(
    read: Session, table: type[ChangeColumns], audiences: Collection[str]
) -> Mapping[tuple[str, str], int]:
    """Return how often what changed for these audiences, by audience and kind."""
    wanted = table.audience.in_(bindparam("audiences", expanding=True))
    rows = read.connection().execute(
        select(table.audience, table.kind, table.count).where(wanted),
        {"audiences": list(audiences)},
    )
    return {(audience, kind): count for audience, kind, count in rows}
