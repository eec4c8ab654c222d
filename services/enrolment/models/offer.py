"""The offer: activities, their groups, the sessions that the calendar makes of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.contracts.enrolment.places.published_offer import ALLOCATIONS, BOOKINGS, RUNS_IN, TERM
from shared.database import Day, Id, Moment, one_of
from shared.register.calendar import KINDS

IMPORTED, ENTERED, REMOVED = "imported", "entered", "removed"
SOURCES = (
    IMPORTED,
    ENTERED,
    REMOVED,  # taken out by the administrator: the row stays, so that no import brings it back
)

DRAFT, OPEN, ENDED = "draft", "open", "ended"
STATES = (DRAFT, OPEN, ENDED)

PLANNED, CANCELLED = "planned", "cancelled"

SESSION_IS_ERASED = (
    "EXISTS (SELECT 1 FROM session WHERE session.id = OLD.session_id"
    " AND session.erased_on IS NOT NULL)"
)
"""Condition of triggers: what was noted of the session may be deleted (`append_only`)."""


class CalendarDay(Base):
    """A day that is not like others; imported (as the town file says) or entered, editable."""

    __tablename__ = "calendar_day"
    __table_args__ = (one_of("kind", KINDS), one_of("source", SOURCES))

    day: Mapped[date] = mapped_column(Day, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    label: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(10))


class Activity(Base):
    """
    One activity in one school year.

    `code` is the activity of the register (its regime and tags). `book_before` and `cancel_before`
    are cutoffs, "<working days before>@HH:MM" in Paris. `seed` is that of the draw, kept so that it
    can be replayed. `version` counts what was published to families, `published` is its digest.
    `conditions` are asked in each of its groups (shared/contracts/enrolment/place_conditions.py).
    """

    __tablename__ = "activity"
    __table_args__ = (
        one_of("booking", BOOKINGS),
        one_of("allocation", ALLOCATIONS),
        one_of("state", STATES),
        CheckConstraint("closes_at IS NULL OR closes_at > opens_at", name="window_in_order"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(60), unique=True)
    code: Mapped[str] = mapped_column(String(40), index=True)
    label: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(Text, default="")
    site: Mapped[str] = mapped_column(String(120))
    school_year: Mapped[str] = mapped_column(String(9))
    booking: Mapped[str] = mapped_column(String(10))
    allocation: Mapped[str] = mapped_column(String(10))
    opens_at: Mapped[datetime] = mapped_column(Moment)
    closes_at: Mapped[datetime | None] = mapped_column(Moment)
    book_before: Mapped[str] = mapped_column(String(12))
    cancel_before: Mapped[str] = mapped_column(String(12))
    answer_days: Mapped[int] = mapped_column(BigInteger, default=3)
    criteria: Mapped[list] = mapped_column(
        JSON, default=list, comment="[{code, label, points}], read where places are short"
    )
    conditions: Mapped[dict] = mapped_column(JSON, default=dict)
    seed: Mapped[str] = mapped_column(String(40), default="")
    state: Mapped[str] = mapped_column(String(10), default=DRAFT)
    version: Mapped[int] = mapped_column(BigInteger, default=0)
    published: Mapped[str] = mapped_column(String(64), default="")
    copied_from: Mapped[str | None] = mapped_column(Id)


class Group(Base):
    """
    A group of an activity: who may come (birth dates, both included; conditions), when, how many.

    `weekdays` are digits, "1" Monday to "7"; `starts` and `ends` are "HH:MM" in Paris. `places` is
    NULL where there is no limit. `site` is where it meets, "" where its activity is: one asks for
    it by `site_of_group` or, in a query, by `GROUP_SITE`. Writers of places lock this row.
    """

    __tablename__ = "activity_group"
    __table_args__ = (
        one_of("runs_in", RUNS_IN),
        CheckConstraint("places IS NULL OR places >= 0", name="places_counted"),
        CheckConstraint("last_day >= first_day", name="period_in_order"),
        Index("ix_activity_group_activity_id", "activity_id", "site"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    activity_id: Mapped[str] = mapped_column(ForeignKey("activity.id"))
    reference: Mapped[str | None] = mapped_column(String(60), unique=True)
    label: Mapped[str] = mapped_column(String(120))
    site: Mapped[str] = mapped_column(String(120), default="")
    places: Mapped[int | None] = mapped_column(BigInteger)
    born_from: Mapped[date | None] = mapped_column(Day)
    born_to: Mapped[date | None] = mapped_column(Day)
    conditions: Mapped[dict] = mapped_column(JSON, default=dict)
    weekdays: Mapped[str] = mapped_column(String(7))
    starts: Mapped[str] = mapped_column(String(5))
    ends: Mapped[str] = mapped_column(String(5))
    first_day: Mapped[date] = mapped_column(Day)
    last_day: Mapped[date] = mapped_column(Day)
    runs_in: Mapped[str] = mapped_column(String(10), default=TERM)


def make_group_site(site: ColumnElement[str] | InstrumentedAttribute[str]) -> ColumnElement[str]:
    """Return where groups of this `site` meet, in a query that has their activities."""
    return func.coalesce(func.nullif(site, literal_column("''")), Activity.site)


GROUP_SITE = make_group_site(Group.site)
"""The place of a group, in a query of groups with their activities; to group and sort by."""


def site_of_group(group: Group, activity: Activity) -> str:
    """Return where a group of this activity meets."""
    return group.site or activity.site


class FormerSite(Base):
    """A name that a site had, and its name now: a right given at the former one holds there."""

    __tablename__ = "former_site"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    site: Mapped[str] = mapped_column(String(120))


class Session(Base):
    """
    One meeting of a group, made from its timetable and the calendar.

    `book_until` and `cancel_until` are computed once, when it is made, its timetable or the
    calendar changes, or a closure is lifted, so that the deadline shown, enforced and mailed are
    one. `erased_on`: what children did there was erased that day, and nothing is noted there again.
    """

    __tablename__ = "session"
    __table_args__ = (
        one_of("state", (PLANNED, CANCELLED)),
        UniqueConstraint("group_id", "day", name="uq_session_group_day"),
        Index("ix_session_day", "day", "group_id"),
        Index(
            "ix_session_not_erased",
            "day",
            sqlite_where=text("erased_on IS NULL"),
            postgresql_where=text("erased_on IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    group_id: Mapped[str] = mapped_column(ForeignKey("activity_group.id"))
    day: Mapped[date] = mapped_column(Day)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    book_until: Mapped[datetime] = mapped_column(Moment)
    cancel_until: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10), default=PLANNED)
    reason: Mapped[str] = mapped_column(String(120), default="")
    erased_on: Mapped[date | None] = mapped_column(Day)
