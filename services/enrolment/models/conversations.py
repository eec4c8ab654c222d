"""
Conversations of families with this provider; texts, titles and files are sealed.

A thread has a key of its own in the vault, and so have each file and each bulletin: destroying the
key erases that one alone.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.enrolment.models.base import Base
from shared.contracts.enrolment.messages.bulletin_audience import TARGETS
from shared.contracts.enrolment.messages.conversations import ATTACHMENT_STATES, KINDS, SIDES
from shared.database import Day, Id, Moment, one_of


def _thread_key() -> Mapped[str]:
    return mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)


class Thread(Base):
    """
    One conversation with one household; its audience is fixed by `thread_reader`.

    `messages` is the number of the last message, `version` that of the last published card. Writers
    of a thread lock this row.
    """

    __tablename__ = "thread"
    __table_args__ = (
        one_of("kind", KINDS),
        one_of("last_side", SIDES),
        CheckConstraint("seen_to >= 0 AND seen_to <= messages", name="seen_what_came"),
        Index("ix_thread_last_at", "last_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    household_id: Mapped[str] = mapped_column(Id, index=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed by the thread's key")
    opened_at: Mapped[datetime] = mapped_column(Moment)
    last_at: Mapped[datetime] = mapped_column(Moment)
    last_side: Mapped[str] = mapped_column(String(8))
    messages: Mapped[int] = mapped_column(BigInteger)
    to_answer: Mapped[bool] = mapped_column(
        Boolean, comment="a family wrote last, and nobody said that it needs no answer"
    )
    taken_by: Mapped[str | None] = mapped_column(Id, comment="the agent who answered last")
    seen_to: Mapped[int] = mapped_column(BigInteger, comment="last message that an agent opened")
    seen_at: Mapped[datetime | None] = mapped_column(Moment)
    version: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None] = mapped_column(
        Moment, index=True, comment="no child of it is linked any more; retention runs from here"
    )


class ThreadChild(Base):
    """A child whom a thread concerns; a thread without any concerns the household."""

    __tablename__ = "thread_child"

    thread_id: Mapped[str] = _thread_key()
    child_id: Mapped[str] = mapped_column(Id, primary_key=True)


class ThreadReader(Base):
    """
    One guardian of a thread's audience, and how far that guardian has read.

    Unread are `messages - read_to - own_since`: two marks that only grow, no counter to go wrong.
    `reads` is false once the guardian answers for the children no more.
    """

    __tablename__ = "thread_reader"
    __table_args__ = (CheckConstraint("read_to >= 0 AND own_since >= 0", name="marks"),)

    thread_id: Mapped[str] = _thread_key()
    subject: Mapped[str] = mapped_column(Id, primary_key=True, index=True)
    read_to: Mapped[int] = mapped_column(BigInteger)
    own_since: Mapped[int] = mapped_column(BigInteger, comment="own messages after read_to")
    reads: Mapped[bool] = mapped_column(Boolean)


class Message(Base):
    """One message of a thread; `content` is its text and the name under which it was written."""

    __tablename__ = "message"
    __table_args__ = (one_of("side", SIDES),)

    thread_id: Mapped[str] = _thread_key()
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    side: Mapped[str] = mapped_column(String(8))
    author: Mapped[str] = mapped_column(Id, comment="a subject; of an agent never shown outside")
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed by the thread's key")
    at: Mapped[datetime] = mapped_column(Moment, comment="when it was written")


class Attachment(Base):
    """A file of a message; `content` has its name, type, size and digest."""

    __tablename__ = "attachment"
    __table_args__ = (one_of("state", ATTACHMENT_STATES), Index("ix_attachment_state", "state"))

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), index=True)
    number: Mapped[int] = mapped_column(BigInteger, comment="of its message")
    state: Mapped[str] = mapped_column(String(10))
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed by the thread's key")


class AttachmentPart(Base):
    """A part of a file, as the bus brought it: it may come before the message that names it."""

    __tablename__ = "attachment_part"

    attachment_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed by the file's own key")
    received_at: Mapped[datetime] = mapped_column(Moment, index=True)


class Bulletin(Base):
    """
    One text to many families, in one row.

    It concerns every child who has a place on `day`: in the activity or group of `target_id`, or in
    any. `households` is their number when it was sent.
    """

    __tablename__ = "bulletin"
    __table_args__ = (
        one_of("target", TARGETS),
        CheckConstraint("(target = 'all') = (target_id IS NULL)", name="target"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, unique=True)
    target: Mapped[str] = mapped_column(String(10))
    target_id: Mapped[str | None] = mapped_column(Id)
    day: Mapped[date] = mapped_column(Day)
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="sealed by the bulletin's own key")
    author: Mapped[str] = mapped_column(Id)
    households: Mapped[int] = mapped_column(BigInteger)
    sent_at: Mapped[datetime] = mapped_column(Moment, index=True)


class Away(Base):
    """Days on which this provider does not answer, with the sentence that families read."""

    __tablename__ = "away"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    first_day: Mapped[date] = mapped_column(Day)
    last_day: Mapped[date] = mapped_column(Day)
    sentence: Mapped[str] = mapped_column(String(200))


class ConversationCount(Base):
    """Counters of bulletins and of published absences, in one row."""

    __tablename__ = "conversation_count"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    bulletins: Mapped[int] = mapped_column(BigInteger)
    away: Mapped[int] = mapped_column(BigInteger)
