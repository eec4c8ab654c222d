"""
The families' stream: `create_app()` of this module, under gunicorn with gevent.

A guardian's open page is notified about its own households and itself. They are read again at every
heartbeat, by the same rule as for the pages.
"""

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from services.portal_gateway.cards.live_kinds import KINDS, audiences_of_person
from services.portal_gateway.cards.queries.guardian_households import households_of_guardian
from services.portal_gateway.models import Change
from services.portal_gateway.session import sessions
from services.portal_gateway.store import store
from shared.live.app import StreamSource, create_live_app
from shared.live.stream import HEARTBEAT_SECONDS
from shared.settings import Settings


def create_app(settings: Settings | None = None, heartbeat: float = HEARTBEAT_SECONDS) -> Flask:
    """Return the stream for these settings, read from the environment where none are given."""
    settings = settings or Settings.from_env()
    store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)
    return create_live_app(
        settings,
        StreamSource(store, Change, KINDS, watched_audiences),
        settings.pages_url,
        heartbeat,
    )


def watched_audiences(read: Session, secret: str, moment: datetime) -> tuple[str, ...] | None:
    """Return the audiences of the browser with this secret; None if it is signed out."""
    subject = sessions.subject_of_secret(read, secret, moment)
    return (
        None
        if subject is None
        else audiences_of_person(subject, households_of_guardian(read, subject))
    )
