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
followed = Table(
    "followed",
    Base.metadata,
    Column("child", String(40), primary_key=True),
    Column("number", BigInteger, nullable=False, comment="of the last step that was heard"),
    Column("steps", BigInteger, nullable=False, comment="how often one was heard"),
    Column("astray", BigInteger, nullable=False, comment="how often it was not the next one"),
)
Subject, SubjectRight = subject_tables(Base)
store = Store("kit", Base.metadata)
