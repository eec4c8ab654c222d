"""Acts of agents on the days of children: the trace of each, and who asked for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from services.enrolment.models.offer import SESSION_IS_ERASED
from shared.contracts.enrolment.front_desk import REASONS
from shared.contracts.enrolment.places.states import ASKED_BY
from shared.database import Id, Moment, append_only, one_of

BOOK, CANCEL, EXCUSE, CAME, MISSED = "book", "cancel", "excuse", "came", "missed"
REOPEN, CLOSE, MISTAKE = "reopen", "close", "mistake"
ACTS = (
    BOOK,
    CANCEL,
    EXCUSE,
    CAME,  # was there, booked or not
    MISSED,  # was not there
    REOPEN,  # the whole group, to be called again
    CLOSE,
    MISTAKE,  # a name typed at the group's roll call was taken off the list again
)


class AgentAct(Base):
    """
    One act of an agent on one child in one session, or (`child_id` NULL) on the group's roll call.

    `before` and `after` are states of the booking or of the mark, "" for none; `household_id` is
    whose day it was. Never changed: an act that takes it back is another act.
    """

    __tablename__ = "agent_act"
    __table_args__ = (
        one_of("act", ACTS),
        one_of("asked_by", ASKED_BY),
        one_of("reason", ("", *REASONS)),
        Index("ix_agent_act_session", "session_id", "child_id", "at"),
        Index("ix_agent_act_child", "child_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("session.id"))
    child_id: Mapped[str | None] = mapped_column(Id)
    household_id: Mapped[str | None] = mapped_column(Id)
    act: Mapped[str] = mapped_column(String(10))
    asked_by: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(20))
    before: Mapped[str] = mapped_column(String(10))
    after: Mapped[str] = mapped_column(String(10))
    over_capacity: Mapped[bool] = mapped_column(Boolean)
    subject: Mapped[str] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(Moment)


append_only(AgentAct.__table__, erasable_where=SESSION_IS_ERASED)  # type: ignore[arg-type]
