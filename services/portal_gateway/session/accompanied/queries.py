"""Accompanied sessions with what was done and seen, for the printed summary and the news."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.portal_gateway.models import AccompaniedLine, AccompaniedVisit
from services.portal_gateway.models.sealed_value_bindings import (
    accompanied_line_binding,
    accompanied_session_binding,
)
from services.portal_gateway.store import open_sealed, store
from shared.web.session.browser_secret import row_id

SUMMARY_FOR = timedelta(minutes=10)
"""Time after its end for which the browser at the counter shows the summary."""


@dataclass(frozen=True)
class VisitAction:
    """Something that was done: its page, the child and the label that later pages need."""

    at: datetime
    what: str
    label: str = ""
    child_id: str = ""
    outcome: str = "done"


@dataclass(frozen=True)
class Visit:
    """
    One accompanied session with its actions in order, and the number of views of each kind of page.
    """

    id: str
    subject: str
    name: str
    opened_at: datetime
    ends_at: datetime
    actions: Sequence[VisitAction] = ()
    pages: Mapping[str, int] | None = None
    unread: bool = False

    @property
    def received_at(self) -> datetime:
        return self.ends_at

    def is_over(self, moment: datetime) -> bool:
        return moment >= self.ends_at


def session_of_browser(secret: str, moment: datetime) -> Visit | None:
    """Return the session of this browser, open or ended a moment ago."""
    if not secret:
        return None
    with store.read() as read:
        row = read.scalar(
            select(AccompaniedVisit).where(AccompaniedVisit.web_session == row_id(secret))
        )
        if row is None or moment >= row.ends_at + SUMMARY_FOR:
            return None
        return _session_with_lines(read, row)


def past_sessions_of_guardian(
    read: Session, subject: str, until: datetime, since: datetime, moment: datetime
) -> list[Visit]:
    """Return a guardian's sessions that ended after `since`, newest first; read up to `until`."""
    over = (
        AccompaniedVisit.subject == subject,
        AccompaniedVisit.ends_at <= moment,
        AccompaniedVisit.ends_at > since,
    )
    rows = select(AccompaniedVisit).where(*over).order_by(AccompaniedVisit.ends_at.desc())
    return [_session_with_lines(read, row, until) for row in read.scalars(rows)]


def count_unread_sessions(read: Session, subject: str, until: datetime, moment: datetime) -> int:
    """Return how many of them ended since the guardian read the news."""
    new = (
        AccompaniedVisit.subject == subject,
        AccompaniedVisit.ends_at <= moment,
        AccompaniedVisit.ends_at > until,
    )
    return read.scalar(select(func.count()).select_from(AccompaniedVisit).where(*new)) or 0


def _session_with_lines(
    read: Session, row: AccompaniedVisit, until: datetime | None = None
) -> Visit:
    lines = read.scalars(
        select(AccompaniedLine)
        .where(AccompaniedLine.visit_id == row.id)
        .order_by(AccompaniedLine.at, AccompaniedLine.id)
    )
    contents = [
        (line.at, open_sealed(accompanied_line_binding(line.id), line.content)) for line in lines
    ]
    return Visit(
        row.id,
        row.subject,
        open_sealed(accompanied_session_binding(row.id), row.content)["name"],
        row.opened_at,
        row.ends_at,
        [VisitAction(at, **content) for at, content in contents if "what" in content],
        Counter(content["part"] for _, content in contents if "part" in content),
        until is not None and row.ends_at > until,
    )
