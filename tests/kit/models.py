"""The tables of the two tiny services."""

from sqlalchemy import BigInteger, Column, String, Table

from shared.database import Store, declarative_base_for
from shared.person import subject_tables

Base = declarative_base_for("kit")

counter = Table(
    "counter",
    Base.metadata,
    Column("name", String(40), primary_key=True),
    Column("total", BigInteger, nullable=False),
)
heard = Table(
    "heard",
    Base.metadata,
    Column("message_id", String(80), primary_key=True),
    Column("text", String(200), nullable=False),
)
Subject, SubjectRight = subject_tables(Base)
store = Store("kit", Base.metadata)
