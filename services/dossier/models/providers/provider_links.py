"""Links of children to providers, delivery of projections, guardian grants, erasure receipts."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.dossier.models.base import Base
from shared.database import Day, Id, Moment, append_only, one_of
from shared.database.comparison.sums import bucket_column, keep_sums_of

GUARDIAN_REQUEST, SCHOOL_LIST, IMPORTED = "guardian_request", "school_list", "imported"
OPERATOR_CHANGE = "operator_change"
ORIGINS = (
    GUARDIAN_REQUEST,
    SCHOOL_LIST,
    IMPORTED,
    OPERATOR_CHANGE,  # the town has given the service to another operator
)


class Link(Base):
    """
    A provider has, or had, a child; at most one link of a pair is open.

    `version` counts openings and closings of the pair. `erased_at` and `receipt` are set once the
    provider has given receipts for all that it held. `end_asked_by` is the guardian of one of two
    homes who wants the open link to end, from `end_asked_at` on, until the other home does too.
    """

    __tablename__ = "link"
    __table_args__ = (
        one_of("origin", ORIGINS),
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="period_in_order"),
        CheckConstraint(
            "(end_asked_by IS NULL) = (end_asked_at IS NULL)", name="end_asked_by_whom"
        ),
        UniqueConstraint("child_id", "provider", "version", name="uq_link_version"),
        Index(
            "uq_link_one_open",
            "child_id",
            "provider",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_link_provider", "provider", "child_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"))
    provider: Mapped[str] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(BigInteger)
    origin: Mapped[str] = mapped_column(String(20))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    receipt: Mapped[int | None] = mapped_column(ForeignKey("erasure_receipt.number"))
    end_asked_by: Mapped[str | None] = mapped_column(Id)
    end_asked_at: Mapped[datetime | None] = mapped_column(Moment)


class GuardianGrant(Base):
    """
    A guardian has one projection of a child sent to one more provider, up to a day (rule R4).

    `ended_at` is NULL while it is active. `ended_by` is the guardian who withdrew it, NULL if its
    last day, `until`, had passed or the link ended. At most one is active for each child, provider
    and projection.
    """

    __tablename__ = "guardian_grant"
    __table_args__ = (
        CheckConstraint("ended_at IS NOT NULL OR ended_by IS NULL", name="ended_by_whom"),
        Index(
            "uq_guardian_grant_one_active",
            "child_id",
            "provider",
            "projection",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), index=True)
    provider: Mapped[str] = mapped_column(String(40))
    projection: Mapped[str] = mapped_column(String(20))
    given_by: Mapped[str] = mapped_column(Id)
    given_at: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[date] = mapped_column(Day, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[str | None] = mapped_column(Id)


class ActivitiesTaken(Base):
    """
    Activities of a child at a provider, as last published: some projections depend on them (R2).

    `version` is the provider's; only a greater one replaces the row.
    """

    __tablename__ = "activities_taken"

    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True, index=True)
    version: Mapped[int] = mapped_column(BigInteger)
    activities: Mapped[list] = mapped_column(JSON, comment="codes, sorted")


class Projection(Base):
    """
    Delivery of one projection of one child to one provider; its content is never stored.

    `version` counts what was sent and never restarts. `shown_version`, sent at `sent_at`, is the
    last one that a family is shown: what a ruling changes moves `version` alone (rule R7).
    `digest` is keyed; NULL says that the last version is a tombstone, to be erased after
    `erase_after`. Received and seen are what the provider reported (rule R5).
    """

    __tablename__ = "projection"
    __table_args__ = (
        CheckConstraint("shown_version BETWEEN 1 AND version", name="shown_was_sent"),
        CheckConstraint("received_version <= version", name="received_was_sent"),
        CheckConstraint("seen_version <= received_version", name="seen_was_received"),
        CheckConstraint("(digest IS NULL) = (erase_after IS NOT NULL)", name="live_or_tombstone"),
        CheckConstraint("(erased_at IS NULL) = (receipt IS NULL)", name="erased_with_receipt"),
        Index("ix_projection_provider", "provider", "child_id"),
    )

    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"), primary_key=True)
    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    projection: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    shown_version: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str | None] = mapped_column(String(64))
    sent_at: Mapped[datetime] = mapped_column(Moment)
    received_version: Mapped[int] = mapped_column(BigInteger, default=0)
    received_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_version: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    seen_by: Mapped[str] = mapped_column(String(40), default="")
    erase_after: Mapped[datetime | None] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    receipt: Mapped[int | None] = mapped_column(ForeignKey("erasure_receipt.number"))


PROJECTION_SUMS = keep_sums_of(
    Projection,
    by=("provider", "projection"),
    subject="child_id",
    version="version",
    index=False,
)
"""
Projections that each provider should hold, by bucket
(shared/contracts/every_service/bucket_sums.py).
"""
Index(
    "ix_projection_bucket",
    Projection.provider,
    bucket_column(Projection.__table__.c.child_id),
    Projection.projection,
    Projection.child_id,
)


class ErasureReceipt(Base):
    """A provider's proof that it erased a projection; numbers run from 1 without gaps."""

    __tablename__ = "erasure_receipt"
    __table_args__ = (
        UniqueConstraint(
            "child_id", "provider", "projection", "version", name="uq_erasure_receipt_version"
        ),
    )

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    child_id: Mapped[str] = mapped_column(ForeignKey("child.id"))
    provider: Mapped[str] = mapped_column(String(40))
    projection: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(BigInteger)
    erased_at: Mapped[datetime] = mapped_column(Moment)


append_only(ErasureReceipt.__table__)  # type: ignore[arg-type]
