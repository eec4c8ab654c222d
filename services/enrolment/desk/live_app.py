"""
The desk's stream: `services.enrolment.desk.live_app:create_app()`, under gunicorn with gevent.

An agent's open page hears of what its roles work on; rights are read again at every heartbeat, and
at once when identity publishes them.
"""

from datetime import datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.enrolment.live import KINDS, audiences_of_page
from services.enrolment.models import Change, DeskSession
from services.enrolment.store import store
from shared.dates.clock import today
from shared.live.app import Place, live_app
from shared.live.stream import HEARTBEAT_SECONDS
from shared.person import account_status_of, roles_on
from shared.settings import Settings
from shared.web.agents.sessions import ABSOLUTE, IDLE
from shared.web.session.browser_secret import row_id

_session = DeskSession.__table__


def create_app(settings: Settings | None = None, heartbeat: float = HEARTBEAT_SECONDS) -> Flask:
    """Return the stream for these settings, read from the environment where none are given."""
    settings = settings or Settings.from_env()
    store.connect(settings.database_url, settings.register, key=settings.key_encryption_key)

    def watched(read: Session, secret: str, moment: datetime) -> tuple[str, ...] | None:
        subject = _signed_in(read, secret, moment)
        return (
            None if subject is None else audiences_of_page(subject, _acts(read, subject, settings))
        )

    return live_app(settings, Place(store, Change, KINDS, watched), settings.pages_url, heartbeat)


def _signed_in(read: Session, secret: str, moment: datetime) -> str | None:
    """Return the agent of an open session whose token identity has not cut off."""
    row = read.execute(select(_session).where(_session.c.id == row_id(secret))).one_or_none()
    if row is None or moment >= row.opened_at + ABSOLUTE or moment >= row.used_at + IDLE:
        return None
    account_status = account_status_of(read, row.subject)
    if account_status is not None and (
        not account_status.active or row.token_at < account_status.not_before
    ):
        return None
    return str(row.subject)


def _acts(read: Session, subject: str, settings: Settings) -> frozenset[str]:
    provider = settings.register.provider_of(settings.principal)
    held = roles_on(read, subject, today())
    roles = provider.roles if provider else ()
    return frozenset(
        permission for role in roles if role.code in held for permission in role.permissions
    )
