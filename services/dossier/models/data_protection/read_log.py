"""The chained read log, and the dossier's own keys and counters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Id, Moment, append_only, one_of

READ, PURGE = "read", "purge"


class ReadLog(Base):
    """
    One line for each access at a desk, or for a purge of old lines; chained by `mac`
    (read_log/rules/chain.py).

    `subject` is for the DPO alone. A purge line says through which sequence lines were deleted and
    which `mac` the last of them had. Never changed; deleted only where a purge line covers it.
    """

    __tablename__ = "read_log"
    __table_args__ = (
        one_of("kind", (READ, PURGE)),
        CheckConstraint(
            "(kind = 'purge') = (through IS NOT NULL) AND (kind = 'purge') = (child_id IS NULL)",
            name="read_or_purge",
        ),
        Index("ix_read_log_child", "child_id", "at"),
        Index("ix_read_log_unusual", "unusual", "at"),
    )

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    message_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    at: Mapped[datetime] = mapped_column(Moment)
    child_id: Mapped[str | None] = mapped_column(Id)
    provider: Mapped[str] = mapped_column(String(40), default="")
    role: Mapped[str] = mapped_column(String(40), default="")
    projection: Mapped[str] = mapped_column(String(20), default="")
    purpose: Mapped[str] = mapped_column(String(40), default="")
    subject: Mapped[str | None] = mapped_column(Id)
    unusual: Mapped[bool] = mapped_column(default=False)
    through: Mapped[int | None] = mapped_column(BigInteger)
    through_mac: Mapped[str | None] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))


class ChainHead(Base):
    """The last line of the read log, so that appending locks one row and truncation shows."""

    __tablename__ = "chain_head"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    mac: Mapped[str] = mapped_column(String(64))


class Counter(Base):
    """A number that is taken under the row's lock, so that none is missing and none is doubled."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class Secret(Base):
    """A key of the dossier's own, sealed by the vault: what it signs cannot be forged from here."""

    __tablename__ = "secret"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


append_only(
    ReadLog.__table__,  # type: ignore[arg-type]
    erasable_where="EXISTS (SELECT 1 FROM read_log AS purge WHERE purge.kind = 'purge'"
    " AND purge.through >= OLD.sequence AND purge.sequence > OLD.sequence)",
)
