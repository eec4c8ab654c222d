"""Going on next year: campaigns, which activities go on into which, and a line for each place."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.contracts.enrolment.school_year.renewals import CONFIRMED, DECLINED, WHY
from shared.database import Id, Moment, one_of

DRAFT, OPEN, CLOSED = "draft", "open", "closed"
CAMPAIGN_STATES = (
    DRAFT,  # no family knows of it
    OPEN,  # asks from `opens_at` until `closes_at`
    CLOSED,
)
UNANSWERED = ""
ANSWERS = (UNANSWERED, CONFIRMED, DECLINED)


class RenewalCampaign(Base):
    """
    A campaign of renewal: families with a place answer until a deadline if they go on next year.

    `keeps`: a place of next year is kept for each until then, as far as there is room.
    `remind_days` before it, families without an answer are reminded; 0: no reminder.
    """

    __tablename__ = "renewal_campaign"
    __table_args__ = (
        one_of("state", CAMPAIGN_STATES),
        CheckConstraint("closes_at > opens_at", name="window_in_order"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    from_year: Mapped[str] = mapped_column(String(9))
    to_year: Mapped[str] = mapped_column(String(9))
    opens_at: Mapped[datetime] = mapped_column(Moment)
    closes_at: Mapped[datetime] = mapped_column(Moment)
    keeps: Mapped[bool] = mapped_column(Boolean)
    remind_days: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), default=DRAFT)
    opened_by: Mapped[str | None] = mapped_column(Id, comment="the agent; never shown to families")
    reminded_at: Mapped[datetime | None] = mapped_column(Moment)


class RenewalRoute(Base):
    """An activity of the running year and the one into which it goes on: in one campaign only."""

    __tablename__ = "renewal_route"

    activity_id: Mapped[str] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    campaign_id: Mapped[str] = mapped_column(
        ForeignKey("renewal_campaign.id", ondelete="CASCADE"), index=True
    )
    next_activity_id: Mapped[str] = mapped_column(ForeignKey("activity.id"))


class Renewal(Base):
    """
    One place that may go on: asked once. Its state is derived from the application.

    `group_id` is the group proposed for next year, NULL if there is none for the child's age.
    `household_id` has the place, NULL if every household of the child has it. `application_id` is
    the request of next year through which a place is kept or given; an answer locks the proposed
    group's row first.
    """

    __tablename__ = "renewal"
    __table_args__ = (one_of("answer", ANSWERS), one_of("why", WHY))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    campaign_id: Mapped[str] = mapped_column(ForeignKey("renewal_campaign.id"), index=True)
    place_id: Mapped[str] = mapped_column(Id, unique=True)
    child_id: Mapped[str] = mapped_column(Id, index=True)
    from_group_id: Mapped[str] = mapped_column(ForeignKey("activity_group.id"))
    group_id: Mapped[str | None] = mapped_column(ForeignKey("activity_group.id"))
    why: Mapped[str] = mapped_column(String(10))
    household_id: Mapped[str | None] = mapped_column(Id)
    application_id: Mapped[str | None] = mapped_column(ForeignKey("application.id"), index=True)
    answer: Mapped[str] = mapped_column(String(10), default=UNANSWERED)
    subject: Mapped[str | None] = mapped_column(Id, comment="the guardian who answered")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
