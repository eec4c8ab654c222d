"""Sessions of agents, signed in or between password and code: two tables of each desk."""

from typing import Any

from sqlalchemy import Column, LargeBinary, String, Table, column, table
from sqlalchemy.orm import DeclarativeBase

from shared.database import Id, Moment

desk_session = table(
    "desk_session",
    column("id", String(64)),
    column("subject", Id),
    column("name", String(120)),
    column("sealed", LargeBinary),
    column("token_at", Moment()),
    column("opened_at", Moment()),
    column("used_at", Moment()),
)
desk_door = table(
    "desk_door",
    column("id", String(64)),
    column("sealed", LargeBinary),
    column("opened_at", Moment()),
)


def desk_tables(base: type[DeclarativeBase]) -> tuple[type[Any], type[Any]]:
    """
    Declare both tables in a desk's metadata; return their classes DeskSession, DeskDoor.

    The browser alone has the secret: its digest names the row, and it opens `sealed`, in which are
    identity's session and token, or what was typed until the code comes.
    """
    session = Table(
        "desk_session",
        base.metadata,
        Column("id", String(64), primary_key=True, comment="digest of the secret"),
        Column("subject", Id, nullable=False, index=True),
        Column("name", String(120), nullable=False),
        Column("sealed", LargeBinary, nullable=False),
        Column("token_at", Moment(), nullable=False, comment="when its token was issued"),
        Column("opened_at", Moment(), nullable=False, index=True),
        Column("used_at", Moment(), nullable=False),
    )
    door = Table(
        "desk_door",
        base.metadata,
        Column("id", String(64), primary_key=True, comment="digest of the secret"),
        Column("sealed", LargeBinary, nullable=False),
        Column("opened_at", Moment(), nullable=False, index=True),
    )
    return (
        type("DeskSession", (base,), {"__table__": session}),
        type("DeskDoor", (base,), {"__table__": door}),
    )
