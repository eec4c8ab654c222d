"""Tables of the kit in every service's database: outbox, sent, inbox, answered, lease …"""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.orm import DeclarativeBase

from shared.database.tables.types import NAMING, Id, Moment

ORDERED = "in which its child's events stay in order (shared/contracts/event_lanes.py)"
IS_DERIVED = "preau_derived"
"""Mark of a table that is made from others: it is never copied, and no backup compares it."""

TAKING_IN = "preau.taking_in"
"""Setting of a transaction on PostgreSQL that handles events; on SQLite a row of `taking_in`."""

TRACED = "id of the click or task that caused it (shared/runtime/trace.py)"


def add_kit_tables(metadata: MetaData) -> None:
    """Declare the kit's tables in a service's metadata."""
    _add_outbox(metadata)
    _add_inbox(metadata)
    _add_lease(metadata)
    _add_taking_in_and_compared(metadata)


def _add_outbox(metadata: MetaData) -> None:
    Table(
        "outbox",
        metadata,
        Column("id", Id, primary_key=True, comment="message id, the same at every attempt"),
        Column("key", String(200), nullable=False, comment="routing key on the service's exchange"),
        Column("type", String(100), nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("body", LargeBinary, nullable=False, comment="JSON; the row goes once confirmed"),
        Column("published_at", Moment, nullable=False),
        Column("attempts", BigInteger, nullable=False, default=0),
        Column("next_at", Moment, nullable=False),
        Column("trace", Id, comment=TRACED),
        Column("lane", BigInteger, nullable=False, comment=ORDERED),
        Index("ix_outbox_next_at", "next_at"),
    )
    Table(
        "returned",
        metadata,
        Column("id", Id, primary_key=True),
        Column("key", String(200), nullable=False),
        Column("returned_at", Moment, nullable=False),
        comment="publications that no binding took: mistakes, counted, without their bodies",
    )
    Table(
        "sent",
        metadata,
        Column("id", Id, primary_key=True),
        Column("key", String(200), nullable=False),
        Column("sent_at", Moment, nullable=False, index=True),
        comment="ids of events that left the outbox lately, so that a restore can prove each heard",
    )


def _add_inbox(metadata: MetaData) -> None:
    Table(
        "inbox",
        metadata,
        Column("id", String(80), primary_key=True, comment="message id as its sender gave it"),
        Column("received_at", Moment, nullable=False, index=True),
        Column("trace", Id, comment=TRACED),
        comment="what was handled; unique, so that a second delivery has no effect; 30 days",
    )
    Table(
        "answered",
        metadata,
        Column("caller", String(60), primary_key=True),
        Column("request_id", String(80), primary_key=True),
        Column("method", String(80), nullable=False),
        Column("answer", Text, nullable=False, comment="JSON: ids and versions only; one day"),
        Column("answered_at", Moment, nullable=False, index=True),
        Column("trace", Id, comment=TRACED),
    )


def _add_lease(metadata: MetaData) -> None:
    Table(
        "lease",
        metadata,
        Column("name", String(40), primary_key=True),
        Column("holder", Id, nullable=False),
        Column("until", Moment, nullable=False),
    )


def _add_taking_in_and_compared(metadata: MetaData) -> None:
    Table(
        "taking_in",
        metadata,
        Column("events", BigInteger, primary_key=True, autoincrement=False),
        comment="one row while a transaction handles events, and none that is ever committed",
        info={IS_DERIVED: True},
    )
    Table(
        "compared",
        metadata,
        Column("event", String(80), primary_key=True),
        Column("source", String(60), primary_key=True),
        Column("bucket", String(2), primary_key=True),
        Column("touched", BigInteger, nullable=False),
        Column("mine", String(16), nullable=False),
        Column("theirs", String(60), nullable=False),
        comment="what the sums of both sides said of a bucket when its facts were found equal",
        info={IS_DERIVED: True},
    )


def kit_table(metadata: MetaData, name: str) -> Any:
    """Return one of the kit's tables of this service."""
    return metadata.tables[name]


def declarative_base_for(service: str) -> type[DeclarativeBase]:
    """Return the declarative base of one service, with the kit's own tables in its metadata."""
    metadata = MetaData(naming_convention=NAMING, info={"service": service})
    add_kit_tables(metadata)
    return type("Base", (DeclarativeBase,), {"metadata": metadata, "__module__": __name__})
