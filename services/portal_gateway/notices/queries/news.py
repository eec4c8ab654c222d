"""
News of a guardian: notices to its households, and what became of its own acts.

Read up to a moment, per guardian: nobody learns what the other parent has read or ordered.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from services.portal_gateway.models import FamilyAct, NewsRead, Notice
from services.portal_gateway.models.seals import of_act, of_notice
from services.portal_gateway.session.visits import queries as visits
from services.portal_gateway.session.visits.queries import Visit
from services.portal_gateway.store import opened

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 100
ON_ITS_WAY = timedelta(days=8)
"""An act older than this has run out at its provider; it is no longer said to be on its way."""


@dataclass(frozen=True)
class Told:
    """A notice to a household or to one guardian; its key ends with what it is about."""

    key: str
    provider: str
    heard_at: datetime
    kind: str
    child_ids: tuple[str, ...]
    detail: dict[str, Any]
    unread: bool = False

    @property
    def application_id(self) -> str:
        """Return the application that the notice is about, where it is about one."""
        return self.key.removeprefix(f"{self.kind}-")


@dataclass(frozen=True)
class Act:
    """An act of this guardian that had to wait, or that was answered and is not on a card yet."""

    act_id: str
    provider: str
    method: str
    child_id: str
    label: str
    asked_at: datetime
    settled_at: datetime | None = None
    code: str = ""
    answer: dict[str, Any] | None = None
    application_id: str = ""
    more: dict[str, Any] | None = None
    unread: bool = False
    at_counter: bool = False
    """Ordered at the front desk, by the family, an agent beside it."""

    @property
    def done(self) -> bool:
        return self.code == "done"


@dataclass(frozen=True)
class News:
    """Notices, acts and visits to the front desk, the newest first, and how many are unread."""

    notices: Sequence[Told] = ()
    acts: Sequence[Act] = ()
    visits: Sequence[Visit] = ()

    @property
    def unread(self) -> int:
        told = sum(notice.unread for notice in self.notices)
        done = sum(act.unread for act in self.acts)
        return told + done + sum(visit.unread for visit in self.visits)

    @property
    def waiting(self) -> list[Act]:
        return [act for act in self.acts if act.settled_at is None]

    @property
    def settled(self) -> list[Act]:
        return [act for act in self.acts if act.settled_at is not None]


def read_news(
    read: Session,
    subject: str,
    households: Sequence[str],
    children: Collection[str],
    moment: datetime,
    *,
    serving: Collection[str],
    whole: bool = False,
) -> News:
    """
    Return what concerns a guardian: notices to it and its households, its own acts, its children.

    Acts wait at providers that are `serving`: at one that has left nobody will answer them.
    What was read already comes with `whole` alone: opening it on every page would make pages the
    slower the longer a family is here.
    """
    until = _read_until(read, subject)
    since = NEVER if whole else until
    notices = _notices(read, [subject, *households], children, until, since)
    acts = _acts(read, subject, until, since, moment - ON_ITS_WAY, serving)
    return News(notices, acts, visits.past(read, subject, until, since, moment))


def count_unread(read: Session, subject: str, households: Sequence[str], moment: datetime) -> int:
    """Return how many news came since the guardian read them; opens none."""
    until = _read_until(read, subject)
    settled = select(func.count()).where(FamilyAct.subject == subject, FamilyAct.settled_at > until)
    mine = Notice.household_id.in_([subject, *households])
    told = select(func.count()).where(mine, Notice.heard_at > until)
    seen = visits.count_unread(read, subject, until, moment)
    return seen + (read.scalar(settled) or 0) + (read.scalar(told) or 0)


def act_of(read: Session, subject: str, act_id: str) -> Act | None:
    """Return one act of this guardian; None for another's, too."""
    row = read.get(FamilyAct, act_id)
    return _act(row, NEVER) if row is not None and row.subject == subject else None


# Made once: these run on every page.
_READ = select(NewsRead.__table__.c.until).where(
    NewsRead.__table__.c.subject == bindparam("subject")
)
_TOLD = (
    select(Notice.__table__)
    .where(
        Notice.__table__.c.household_id.in_(bindparam("whose", expanding=True)),
        Notice.__table__.c.heard_at > bindparam("since"),
    )
    .order_by(Notice.__table__.c.heard_at.desc())
    .limit(MOST)
)
_ACTS = (
    select(FamilyAct.__table__)
    .where(
        FamilyAct.__table__.c.subject == bindparam("subject"),
        or_(
            FamilyAct.__table__.c.settled_at.is_(None),
            FamilyAct.__table__.c.settled_at > bindparam("since"),
        ),
    )
    .order_by(FamilyAct.__table__.c.asked_at.desc())
    .limit(MOST)
)


def _read_until(read: Session, subject: str) -> datetime:
    return read.connection().scalar(_READ, {"subject": subject}) or NEVER


def _notices(
    read: Session,
    whose: Sequence[str],
    children: Collection[str],
    until: datetime,
    since: datetime,
) -> list[Told]:
    found: dict[tuple[str, str], Told] = {}
    given = {"whose": list(whose), "since": since}
    for row in read.connection().execute(_TOLD, given):
        content = opened(of_notice(row.household_id, row.provider, row.key), row.content)
        told = Told(
            row.key,
            row.provider,
            row.heard_at,
            content["kind"],
            tuple(each for each in content["child_ids"] if each in children),
            content["detail"],
            row.heard_at > until,
        )
        if told.child_ids or not content["child_ids"]:
            found.setdefault((row.provider, row.key), told)  # two households hear it twice
    return list(found.values())


def _acts(
    read: Session,
    subject: str,
    until: datetime,
    since: datetime,
    asked_since: datetime,
    serving: Collection[str],
) -> list[Act]:
    rows = read.connection().execute(_ACTS, {"subject": subject, "since": since})
    return [
        _act(row, until)
        for row in rows
        if row.settled_at is not None or (row.asked_at > asked_since and row.provider in serving)
    ]


def _act(row: Any, until: datetime) -> Act:
    content = opened(of_act(row.act_id, "content"), row.content)
    outcome = opened(of_act(row.act_id, "outcome"), row.outcome) if row.outcome else {}
    answer = outcome.get("answer", content.get("answer"))
    return Act(
        row.act_id,
        row.provider,
        content["method"],
        content["child_id"],
        content["label"],
        row.asked_at,
        row.settled_at,
        outcome.get("code", ""),
        answer,
        (answer or {}).get("application_id", content.get("application_id", "")),
        content.get("more"),
        row.settled_at is not None and row.settled_at > until,
        content.get("at_counter", False),
    )
