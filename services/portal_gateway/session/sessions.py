"""
Browser sessions: opened at sign-in, closed by idleness, by their absolute end, or by identity.

A row outlives its session by a day, so that a form that was being typed can come back to the same
person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session as Read

from services.portal_gateway.cards.live_kinds import SESSION, note_change
from services.portal_gateway.models import WebSession
from services.portal_gateway.store import store
from shared.contracts.identity.accompanied_sessions import EnterAccompaniedAnswer
from shared.contracts.identity.sign_ins import OpenedSession, SignInAnswer
from shared.json_values import JsonObject
from shared.web.session.sealed_rows import Sessions, SignedIn

IDLE = timedelta(minutes=30)
"""Time unused after which a session is over, as identity counts it."""
KEPT_FOR_SAVED_FORM = timedelta(days=1)


@dataclass(frozen=True)
class Session(SignedIn):
    """
    A guardian's session; an agent, `actor`, may accompany it at the front desk until `ends_at`.

    `email` is what PayFiP was last given here; a saved form has its `path` and `values`. The person
    last proved itself at `proven_at`; None: not in this session.
    """

    opened_at: datetime
    proven_at: datetime | None
    ends_at: datetime
    children: JsonObject | None
    saved_form: JsonObject | None
    email: str | None
    actor: str
    visit_id: str


_sessions = Sessions(store, "web_session", IDLE, Session)
find, renew = _sessions.find, _sessions.renew


def start_session(
    answer: OpenedSession | EnterAccompaniedAnswer,
    moment: datetime,
    former: str = "",
    logout: str = "",
) -> str:
    """
    Open a session from identity's answer and return its secret, for the cookie.

    `former` is the secret that the browser came with: its row is deleted. What was saved there, and
    when its person proved itself, are taken over by the same person alone; another person's form is
    lost on purpose. `logout` is the page that ends the session elsewhere, which goes on too where
    the same person begins anew.
    """
    visit, own_end = {"actor": "", "visit_id": ""}, {}
    if isinstance(answer, EnterAccompaniedAnswer):
        visit = {"actor": answer.actor, "visit_id": answer.session_id}
        own_end = {"ends_at": answer.ends_at}
    with store.write() as write:
        past = _sessions.take_out(write, former) or {}
        kept = past if past.get("subject") == answer.subject else {}
        visit["logout"] = logout or kept.get("identity", {}).get("logout", "")
        proven = not isinstance(answer, SignInAnswer) or answer.proven
        write.execute(delete(WebSession).where(WebSession.ends_at < moment - KEPT_FOR_SAVED_FORM))
        return _sessions.begin(
            write,
            answer,
            moment,
            visit,
            saved_form=kept.get("saved_form"),
            opened_at=moment,
            proven_at=moment if proven else kept.get("proven_at"),
            **own_end,
        )


def subject_of_secret(read: Read, secret: str, moment: datetime) -> str | None:
    """Return who is signed in with a secret; notes nothing, opens nothing."""
    row = _sessions.find_open_row(read, secret, moment)
    return None if row is None else str(row.subject)


def note_proven(session: Session, moment: datetime) -> None:
    """Note that the person has just proved itself again."""
    _sessions.update(session.secret, proven_at=moment)


def keep_children_as_fallback(session: Session, children: JsonObject) -> None:
    """Store what the dossier said of the children, for the day on which it does not answer."""
    _sessions.update(session.secret, children=children)


def keep_ticket_email(session: Session, email: str) -> None:
    """Store where PayFiP sends its ticket, until the browser signs out."""
    _sessions.update(session.secret, email=email)


def end_session(secret: str) -> None:
    """Forget a session: the person signed out."""
    with store.write() as write:
        row = _sessions.take_out(write, secret)
        if row is not None:
            note_change(write, SESSION, row["subject"])


def close_withdrawn_session(secret: str, moment: datetime) -> None:
    """Close a session that identity no longer knows; its saved form stays for the same person."""
    _sessions.update(secret, ends_at=moment)


def save_form(secret: str, path: str, values: Mapping[str, list[str]], of: str = "") -> bool:
    """
    Save a submitted form in the row of a session, open or over; return False without a row.

    Where it is known `of` whom it is, the row of somebody else is none.
    """
    saved_form = {"path": path, "values": dict(values)}
    if not secret or (of and _sessions.subject_of_row(secret) != of):
        return False
    return _sessions.update(secret, saved_form=saved_form)


def save_form_without_session(
    subject: str, path: str, values: Mapping[str, list[str]], moment: datetime
) -> str:
    """
    Save a form whose session is gone, in a row that opens nothing; return the secret of it.

    Who typed it takes it over when signing in here within a day, and nobody else does.
    """
    identity = {"name": "", "identity_session": "", "actor": "", "visit_id": ""}
    times = dict.fromkeys(("token_until", "seen_at", "ends_at", "opened_at"), moment)
    saved_form = {"path": path, "values": dict(values)}
    with store.write() as write:
        return _sessions.add(
            write, subject=subject, identity=identity, token="", saved_form=saved_form, **times
        )


def drop_saved_form(session: Session) -> None:
    """Delete a saved form: it was sent, or the person prefers what is stored."""
    _sessions.update(session.secret, saved_form=None)
