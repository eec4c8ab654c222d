"""
Browser sessions: opened at sign-in, closed by idleness, by their absolute end, or by identity.

Times are ASVS 7.3: 30 minutes without a page, 12 hours in all. A row outlives its session by a day,
so that a form that was being typed can come back to the same person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session as Read

from services.portal_gateway.cards.live_kinds import SESSION, note_change
from services.portal_gateway.models import WebSession
from services.portal_gateway.store import store
from shared.contracts.identity.accompanied_sessions import EnterAccompaniedAnswer
from shared.contracts.identity.sign_ins import IssuedToken, OpenedSession
from shared.database import Unreadable
from shared.web.session.browser_secret import new_secret, open_sealed, row_id, seal

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
KEPT_FOR_SAVED_FORM = timedelta(days=1)
SEEN_EVERY = timedelta(minutes=1)
RENEW_BEFORE = timedelta(seconds=60)


@dataclass(frozen=True)
class Identity:
    """The subject who is signed in, with identity's session and token."""

    subject: str
    name: str
    session: str
    token: str
    token_until: datetime

    def due(self, moment: datetime) -> bool:
        """Say whether the token should be renewed before it is used."""
        return self.token_until - moment < RENEW_BEFORE

    def spent(self, moment: datetime) -> bool:
        return self.token_until <= moment

    def renewed(self, issued: IssuedToken) -> "Identity":
        return replace(self, token=issued.token, token_until=issued.expires_at)


@dataclass(frozen=True)
class OpenVisit:
    """An open session at the front desk: the agent, and its absolute end."""

    actor: str
    visit_id: str
    ends_at: datetime


@dataclass(frozen=True)
class Session:
    """An open session as one request sees it; `visit` if an agent accompanies it."""

    secret: str
    identity: Identity
    opened_at: datetime
    children: dict[str, Any] | None
    visit: OpenVisit | None = None


_FOUND = select(WebSession.__table__).where(WebSession.__table__.c.id == bindparam("id"))
"""Made once: it runs on every page."""


def is_open(row: Any, moment: datetime) -> bool:
    """Say whether a session is open: not withdrawn, not idle, not at its end."""
    return row.ended_at is None and moment < row.ends_at and moment < row.seen_at + IDLE


def start(
    answer: OpenedSession | EnterAccompaniedAnswer, moment: datetime, former: str = ""
) -> str:
    """
    Open a session from identity's answer and return its secret, for the cookie.

    `former` is the secret that the browser came with: its row is deleted, and its saved form is
    taken over if it was the same person's.
    """
    secret = new_secret()
    visit = _open_visit(answer)
    identity = Identity(
        answer.subject, answer.name, answer.session, answer.token, answer.expires_at
    )
    with store.write() as write:
        saved = _inherited(write.get(WebSession, row_id(former)), former, answer.subject, secret)
        ids = [row_id(former)]
        write.execute(delete(WebSession).where(WebSession.id.in_(ids)))
        write.execute(delete(WebSession).where(WebSession.ends_at < moment - KEPT_FOR_SAVED_FORM))
        write.add(
            WebSession(
                id=row_id(secret),
                subject=answer.subject,
                identity=seal(secret, "identity", _identity_content(identity, visit)),
                draft=saved,
                opened_at=moment,
                seen_at=moment,
                ends_at=visit.ends_at if visit else moment + ABSOLUTE,
            )
        )
    return secret


def subject_of(read: Read, secret: str, moment: datetime) -> str | None:
    """Return who is signed in with a secret; notes nothing, opens nothing."""
    row = read.connection().execute(_FOUND, {"id": row_id(secret)}).one_or_none()
    return row.subject if row is not None and is_open(row, moment) else None


def find(secret: str, moment: datetime, *, seen: bool = True) -> Session | None:
    """
    Return the open session of a secret, and note that it was seen.

    What a page asks for by itself is not: a page that is left open ends like any other.
    """
    if not secret:
        return None
    with store.read() as read:
        row = read.connection().execute(_FOUND, {"id": row_id(secret)}).one_or_none()
    if row is None or not is_open(row, moment):
        return None
    if seen and moment - row.seen_at >= SEEN_EVERY:
        _set(secret, seen_at=moment)
    return _opened(secret, row)


def keep_identity(session: Session, identity: Identity) -> Session:
    """Store a renewed token."""
    content = _identity_content(identity, session.visit)
    _set(session.secret, identity=seal(session.secret, "identity", content))
    return replace(session, identity=identity)


def keep_children(session: Session, children: dict[str, Any]) -> None:
    """Store what the dossier said of the children, for the day on which it does not answer."""
    _set(session.secret, children=seal(session.secret, "children", children))


def keep_email(session: Session, email: str) -> None:
    """Store where PayFiP sends its ticket, until the browser signs out."""
    _set(session.secret, email=seal(session.secret, "email", email))


def email_of(session: Session) -> str:
    """Return the address that was last given to PayFiP in this session, "" before."""
    with store.read() as read:
        row = read.get(WebSession, row_id(session.secret))
    if row is None or row.email is None:
        return ""
    return str(open_sealed(session.secret, "email", row.email))


def end(secret: str) -> None:
    """Forget a session: the person signed out."""
    gone = delete(WebSession).where(WebSession.id == row_id(secret))
    with store.write() as write:
        subject = write.scalar(gone.returning(WebSession.subject))
        if subject is not None:
            note_change(write, SESSION, subject)


def withdraw(secret: str, moment: datetime) -> None:
    """Close a session that identity no longer knows; its saved form stays for the same person."""
    _set(secret, ended_at=moment)


def save_form(secret: str, path: str, values: Mapping[str, list[str]]) -> bool:
    """Save a submitted form in the row of a session, open or expired; False without a row."""
    saved = {"path": path, "typed": dict(values)}
    return _set(secret, draft=seal(secret, "draft", saved)) if secret else False


def saved_form_of(session: Session) -> tuple[str, dict[str, list[str]]] | None:
    """Return the address and the values of a saved form."""
    with store.read() as read:
        row = read.get(WebSession, row_id(session.secret))
    if row is None or row.draft is None:
        return None
    saved = open_sealed(session.secret, "draft", row.draft)
    return saved["path"], saved["typed"]


def drop_saved_form(session: Session) -> None:
    """Delete a saved form: it was sent, or the person prefers what is stored."""
    _set(session.secret, draft=None)


def _set(secret: str, **values: Any) -> bool:
    change = update(WebSession).where(WebSession.id == row_id(secret)).values(**values)
    with store.write() as write:
        return bool(write.execute(change).rowcount)  # type: ignore[attr-defined]


def _inherited(row: WebSession | None, former: str, subject: str, secret: str) -> bytes | None:
    """Seal a saved form anew for the same person; another person's is lost on purpose."""
    if row is None or row.draft is None or row.subject != subject:
        return None
    return seal(secret, "draft", open_sealed(former, "draft", row.draft))


def _open_visit(answer: OpenedSession | EnterAccompaniedAnswer) -> OpenVisit | None:
    if isinstance(answer, EnterAccompaniedAnswer):
        return OpenVisit(answer.actor, answer.session_id, answer.ends_at)
    return None


def _identity_content(identity: Identity, visit: OpenVisit | None) -> dict[str, str]:
    visit_content = {"actor": visit.actor, "visit": visit.visit_id} if visit else {}
    return visit_content | {
        "name": identity.name,
        "session": identity.session,
        "token": identity.token,
        "token_until": identity.token_until.isoformat(),
    }


def _opened(secret: str, row: Any) -> Session | None:
    try:
        content = open_sealed(secret, "identity", row.identity)
        children = open_sealed(secret, "children", row.children) if row.children else None
    except Unreadable:
        return None
    until = datetime.fromisoformat(content["token_until"])
    identity = Identity(row.subject, content["name"], content["session"], content["token"], until)
    visit = (
        OpenVisit(content["actor"], content["visit"], row.ends_at) if "actor" in content else None
    )
    return Session(secret, identity, row.opened_at, children, visit)
