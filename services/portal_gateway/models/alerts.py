"""Devices and numbers for guardians' alerts, and the alerts on their way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.portal_gateway.models.base import Base
from shared.database import Id, Moment


class PushSubscription(Base):
    """
    One browser that shows one guardian's alerts; `id` is a digest of its address.

    `device` is a digest of a secret in the browser's own cookie: signing out there ends it.
    """

    __tablename__ = "push_subscription"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    subject: Mapped[str] = mapped_column(Id, index=True)
    device: Mapped[str] = mapped_column(String(64), index=True)
    language: Mapped[str] = mapped_column(String(2))
    key_mark: Mapped[str] = mapped_column(String(16))
    """Mark of the town's key under which the browser subscribed: no other one reaches it."""
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: the address at the browser's push service, its key and its secret."""
    made_at: Mapped[datetime] = mapped_column(Moment)


class AlertChoice(Base):
    """A category of which a guardian wants alerts by a channel; none without a row."""

    __tablename__ = "alert_choice"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    category: Mapped[str] = mapped_column(String(20), primary_key=True)


class AlertMobile(Base):
    """The mobile that a guardian gave for SMS, and when it agreed to be written to."""

    __tablename__ = "alert_mobile"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: the number, as it is dialled from abroad."""
    agreed_at: Mapped[datetime] = mapped_column(Moment)


class MobileCheck(Base):
    """
    A mobile that its person has still to prove, by the code that was sent to it last.

    The row stays for a day: so many codes and no more leave by one account.
    """

    __tablename__ = "mobile_check"

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    language: Mapped[str] = mapped_column(String(2))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed: the number, as it is dialled from abroad."""
    digest: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(Moment)
    sent: Mapped[int]
    since: Mapped[datetime] = mapped_column(Moment, index=True)


class OutgoingAlert(Base):
    """
    One alert to one device or one mobile; `id` is a digest of both, so that it leaves once.

    Its words go when it has ended; the row stays as long as a notice may come again.
    """

    __tablename__ = "outgoing_alert"
    __table_args__ = (Index("ix_outgoing_alert_due", "state", "next_at"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    channel: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(Id, index=True)
    target: Mapped[str] = mapped_column(String(64))
    """The subscription; "" for the guardian's mobile."""
    category: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: its key, its words by language, and the page that it leads to."""
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]
    posted_at: Mapped[datetime] = mapped_column(Moment)
    next_at: Mapped[datetime] = mapped_column(Moment)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(String(40))
