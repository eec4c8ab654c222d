"""Applications, the places they lead to, and the bookings of single sessions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.contracts.enrolment.places.states import (
    APPLICATION_STATES,
    BOOKED,
    CANCELLED,
    CLOSED,
    DECIDING,
    EN_ROUTE,
    EXCEPTIONS,
    EXCUSED,
    OFFERED,
    REASONS,
    WAITING,
)
from shared.database import Day, Id, Moment, no_overlap, one_of

PORTAL, DESK, TELEPHONE, PAPER, IMPORT = "portal", "desk", "telephone", "paper", "import"
RENEWAL = "renewal"
CHANNELS = (PORTAL, DESK, TELEPHONE, PAPER, IMPORT, RENEWAL)
WITHOUT_REQUEST = (IMPORT, RENEWAL)
"""Channels of children who came with their places, or renew them: they were in no queue here."""
UNDECIDED = (EN_ROUTE, DECIDING, OFFERED, WAITING)

LATE = "late"
BOOKING_STATES = (
    BOOKED,
    CANCELLED,  # in time
    LATE,  # said too late: it counts
    EXCUSED,
    CLOSED,  # the provider cancelled
)
COUNTING = (BOOKED, LATE)
"""States in which a booking would be counted; a late cancellation is not billed for a strike."""
BY_FAMILY, BY_AGENT, BY_PLACE, BY_PROVIDER = "family", "agent", "place", "provider"
BY_CARER = "carer"

_LIVE = "state NOT IN ('refused', 'withdrawn', 'expired')"


class Application(Base):
    """
    An application of a family for a place in a group, or a provider's request to renew one.

    `subject` is the guardian (or, from a counter or in a campaign, the agent); `link_version` is
    what the dossier answered to `open_link`. Order of arrival is (submitted_at, id); a renewal
    counts from the day its place began. The rank on a waiting list is counted, never stored.
    `reason_detail` has numbers, a day or what the group asks, nothing of the family. `exception`
    says why the agent who entered it (`subject`) took a child that does not fulfil the conditions.
    `left_to_desk_until` is there where a rank came with others, of an import or a predecessor: the
    clock offers it nothing before. `batch` is that of an import that may be taken back, or "".
    """

    __tablename__ = "application"
    __table_args__ = (
        one_of("state", APPLICATION_STATES),
        one_of("channel", CHANNELS),
        one_of("reason", ("", *REASONS)),
        one_of("exception", ("", *EXCEPTIONS)),
        CheckConstraint("(state = 'offered') = (answer_until IS NOT NULL)", name="offer_has_end"),
        Index(
            "uq_application_one_live",
            "child_id",
            "group_id",
            unique=True,
            sqlite_where=text(_LIVE),
            postgresql_where=text(_LIVE),
        ),
        Index("ix_application_group_state", "group_id", "state", "submitted_at"),
        Index("ix_application_state", "state", "submitted_at"),
        Index("ix_application_child", "child_id"),
        Index("ix_application_submitted_at", "submitted_at"),
        Index("ix_application_batch", "batch", "id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(Id)
    group_id: Mapped[str] = mapped_column(ForeignKey("activity_group.id"))
    subject: Mapped[str] = mapped_column(Id)
    household_id: Mapped[str | None] = mapped_column(Id)
    channel: Mapped[str] = mapped_column(String(10))
    link_version: Mapped[int] = mapped_column(BigInteger)
    weekdays: Mapped[str] = mapped_column(String(7), default="")
    from_day: Mapped[date | None] = mapped_column(Day)
    criteria: Mapped[list] = mapped_column(JSON, default=list)
    points: Mapped[int] = mapped_column(BigInteger, default=0)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(20), default="")
    reason_detail: Mapped[dict] = mapped_column(JSON, default=dict)
    exception: Mapped[str] = mapped_column(String(20), default="")
    submitted_at: Mapped[datetime] = mapped_column(Moment)
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    answer_until: Mapped[datetime | None] = mapped_column(Moment)
    left_to_desk_until: Mapped[datetime | None] = mapped_column(Moment)
    batch: Mapped[str] = mapped_column(String(60), default="", server_default="")


class Place(Base):
    """
    A child has a place in a group, over a period, both days included; periods never overlap.

    `weekdays` is the weekly pattern of what is booked by the day, "" where every session is meant.
    """

    __tablename__ = "place"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        Index("ix_place_group", "group_id", "valid_from"),
        Index("ix_place_valid_to", "valid_to"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    child_id: Mapped[str] = mapped_column(Id, index=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("activity_group.id"))
    application_id: Mapped[str | None] = mapped_column(ForeignKey("application.id"))
    weekdays: Mapped[str] = mapped_column(String(7), default="")
    valid_from: Mapped[date] = mapped_column(Day)
    valid_to: Mapped[date | None] = mapped_column(Day)


class ActivitiesTaken(Base):
    """
    Activities of a child as last published to the dossier, where a projection depends on them.

    `version` counts publications. Without any left the row stays: versions never restart.
    """

    __tablename__ = "activities_taken"

    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    published: Mapped[list] = mapped_column(JSON, comment="codes of activities, sorted")


class WeekPattern(Base):
    """
    The weekdays that one household booked for its days at a place, from a day on.

    Until a household has entered any, those of the place apply to the household that applied.
    """

    __tablename__ = "week_pattern"

    place_id: Mapped[str] = mapped_column(
        ForeignKey("place.id", ondelete="CASCADE"), primary_key=True
    )
    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    valid_from: Mapped[date] = mapped_column(Day, primary_key=True)
    weekdays: Mapped[str] = mapped_column(String(7))


class Booking(Base):
    """A child is expected at a session, or was; it belongs to the household of that day."""

    __tablename__ = "booking"
    __table_args__ = (
        one_of("state", BOOKING_STATES),
        one_of("changed_by", (BY_FAMILY, BY_AGENT, BY_PLACE, BY_PROVIDER, BY_CARER)),
        Index("ix_booking_child", "child_id", "session_id"),
        Index("ix_booking_household", "household_id"),
    )

    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"), primary_key=True)
    child_id: Mapped[str] = mapped_column(Id, primary_key=True)
    household_id: Mapped[str] = mapped_column(Id)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(20), default="", comment="sick, other, or a code")
    changed_by: Mapped[str] = mapped_column(String(10))
    changed_at: Mapped[datetime] = mapped_column(Moment)


class CardVersion(Base):
    """
    Last published version of a household's card; published again only if its content changed.

    `first_day` is the day on which its window begins; writers of a card lock this row.
    """

    __tablename__ = "card_version"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(64))
    first_day: Mapped[date] = mapped_column(Day, index=True)


class NoticeSent(Base):
    """
    A notice sent to a household, under its key: sent once.

    `content` (kind, children, detail) stays as long as the portal shows it, to send it again where
    the portal has lost it; then it is NULL.
    """

    __tablename__ = "notice_sent"

    household_id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    sent_at: Mapped[datetime] = mapped_column(Moment)
    content: Mapped[dict | None] = mapped_column(JSON(none_as_null=True))


no_overlap(
    Place.__table__,  # type: ignore[arg-type]
    same=("child_id", "group_id"),
    start="valid_from",
    end="valid_to",
)


def is_family_application(application: Application) -> bool:
    """
    Return whether a guardian applied: at the portal or, with an agent, at the front desk.

    An application entered by an agent of the provider never waits for a link.
    """
    at_counter = application.channel == DESK and application.link_version > 0
    return application.channel == PORTAL or at_counter
