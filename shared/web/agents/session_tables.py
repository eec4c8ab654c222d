"""Sessions of agents, signed in or between password and code: two tables of each desk."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.web.session.sealed_rows import SealedColumns, SessionColumns


class DoorColumns(SealedColumns):
    """Columns of a sign-in that waits for its code."""

    credentials: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: login and password."""


def desk_tables(base: type[DeclarativeBase]) -> tuple[type[SessionColumns], type[DoorColumns]]:
    """Declare both tables in a desk's metadata; return their classes DeskSession, DeskDoor."""
    return (
        type("DeskSession", (SessionColumns, base), {"__tablename__": "desk_session"}),
        type("DeskDoor", (DoorColumns, base), {"__tablename__": "desk_door"}),
    )
