"""Keeps what is done and seen in accompanied sessions, for the printed summary and the news."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, update

from services.portal_gateway.models import AccompaniedLine, AccompaniedVisit
from services.portal_gateway.models.sealed_value_bindings import (
    accompanied_line_binding,
    accompanied_session_binding,
)
from services.portal_gateway.store import seal_for_row, store
from shared.contracts.identity.accompanied_sessions import EnterAccompaniedAnswer
from shared.contracts.portal_gateway import portal_events
from shared.database import Write
from shared.runtime.ids import new_id
from shared.web.session.browser_secret import row_id


def begin_accompanied_session(
    answer: EnterAccompaniedAnswer, secret: str, moment: datetime
) -> None:
    """Note that a session began in this browser."""
    visit = AccompaniedVisit(
        id=answer.session_id,
        subject=answer.subject,
        actor=answer.actor,
        web_session=row_id(secret),
        content=seal_for_row(accompanied_session_binding(answer.session_id), {"name": answer.name}),
        opened_at=moment,
        ends_at=answer.ends_at,
    )
    with store.write() as write:
        write.add(visit)


def end_accompanied_session(secret: str, moment: datetime) -> None:
    """Note that it ended before its time; once it is over that changes nothing."""
    of_browser = AccompaniedVisit.web_session == row_id(secret)
    ended = update(AccompaniedVisit).where(of_browser, AccompaniedVisit.ends_at > moment)
    with store.write() as write:
        write.execute(ended.values(ends_at=moment))


def note_action(visit_id: str, what: str, done: Mapping[str, str], moment: datetime) -> None:
    """Keep that something was done."""
    with store.write() as write:
        _add_line(write, visit_id, {"what": what, **done}, moment)


def note_page_and_publish_read(
    visit_id: str, subject: str, actor: str, children: Iterable[str], part: str, moment: datetime
) -> None:
    """Keep that a page was seen, and publish it for the dossier's read log."""
    with store.write() as write:
        _add_line(write, visit_id, {"part": part}, moment)
        event = portal_events.PageSeen(subject, actor, sorted(children), part, moment)
        write.publish(portal_events.page_seen, event)


def delete_ended_sessions(write: Write, before: datetime) -> None:
    """Forget what ended before a moment."""
    write.execute(delete(AccompaniedVisit).where(AccompaniedVisit.ends_at < before))


def _add_line(write: Write, visit_id: str, content: dict[str, object], moment: datetime) -> None:
    line_id = new_id()
    sealed = seal_for_row(accompanied_line_binding(line_id), content)
    write.add(AccompaniedLine(id=line_id, visit_id=visit_id, at=moment, content=sealed))
