"""
The desk's stream: `services.enrolment.desk.live_app:create_app()`, under gunicorn with gevent.

An agent's open page is notified of what its roles work on; rights are read again at every
heartbeat, and at once when identity publishes them.
"""

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from services.enrolment.live_changes import KINDS, audiences_of_page
from services.enrolment.models import Change
from services.enrolment.store import sessions, store
from shared.dates.clock import today
from shared.live.app import StreamSource, create_live_app
from shared.live.stream import HEARTBEAT_SECONDS
from shared.person import LIFETIME, account_status_of, roles_on
from shared.settings import Settings


def create_app(settings: Settings | None = None, heartbeat: float = HEARTBEAT_SECONDS) -> Flask:
    """Return the stream for these settings, read from the environment where none are given."""
    settings = settings or Settings.from_env()
    store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)

    def changes_watched_by_session(
        read: Session, secret: str, moment: datetime
    ) -> tuple[str, ...] | None:
        subject = _agent_of_open_session(read, secret, moment)
        return (
            None
            if subject is None
            else audiences_of_page(subject, _permissions_of_agent(read, subject, settings))
        )

    return create_live_app(
        settings,
        StreamSource(store, Change, KINDS, changes_watched_by_session),
        settings.pages_url,
        heartbeat,
    )


def _agent_of_open_session(read: Session, secret: str, moment: datetime) -> str | None:
    """Return the agent of an open session whose token identity has not cut off."""
    row = sessions.find_open_row(read, secret, moment)
    if row is None:
        return None
    account_status = account_status_of(read, row.subject)
    if account_status is not None and (
        not account_status.active or row.token_until - LIFETIME < account_status.not_before
    ):
        return None
    return str(row.subject)


def _permissions_of_agent(read: Session, subject: str, settings: Settings) -> frozenset[str]:
    provider = settings.register.provider_of(settings.principal)
    held = roles_on(read, subject, today())
    roles = provider.roles if provider else ()
    return frozenset(
        permission for role in roles if role.code in held for permission in role.permissions
    )
