"""Makes the secret address of a guardian's feed, withdraws it, and notes that it was read."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update

from services.portal_gateway.models import CalendarFeed, Guardianship
from shared.database import Write

SECRET_BYTES = 32
NOTED_EVERY = timedelta(hours=1)


def digest_of_feed_secret(secret: str) -> str:
    """Return under what a feed is found; its secret cannot be found from it."""
    return hashlib.sha256(b"calendar feed|" + secret.encode()).hexdigest()


def make_feed(write: Write, subject: str, moment: datetime) -> str:
    """Give a guardian's feed a new address, and return its secret; one that it had before ends."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    values = {"digest": digest_of_feed_secret(secret), "made_at": moment, "read_at": None}
    row = write.upsert_into(CalendarFeed).values(subject=subject, **values)
    write.execute(row.on_conflict_do_update(index_elements=["subject"], set_=values))
    return secret


def withdraw_feed(write: Write, subject: str, before: datetime | None = None) -> None:
    """End a guardian's feed, or one made `before`: its address leads nowhere from now on."""
    own = delete(CalendarFeed).where(CalendarFeed.subject == subject)
    write.execute(own.where(CalendarFeed.made_at < before) if before else own)


def note_feed_was_read(write: Write, digest: str, moment: datetime) -> None:
    """Note that a program read a feed, once in an hour."""
    long_ago = or_(CalendarFeed.read_at.is_(None), CalendarFeed.read_at < moment - NOTED_EVERY)
    feed = update(CalendarFeed).where(CalendarFeed.digest == digest, long_ago)
    write.execute(feed.values(read_at=moment))


def withdraw_feeds_of_former_guardians(write: Write) -> None:
    """End the feeds of who is guardian of no household any more."""
    guardians = select(Guardianship.subject)
    write.execute(delete(CalendarFeed).where(CalendarFeed.subject.not_in(guardians)))
