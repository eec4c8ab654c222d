"""
News of a guardian: notices to its households, and outcomes of its own orders.

Read marks are a moment for each guardian: no guardian learns what the other has read or ordered.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from services.portal_gateway.models import FamilyOrder, NewsRead, Notice
from services.portal_gateway.models.sealed_value_bindings import notice_binding, order_binding
from services.portal_gateway.session.accompanied import queries as visits
from services.portal_gateway.session.accompanied.queries import Visit
from services.portal_gateway.store import open_sealed
from shared.json_values import JsonObject

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 100
ON_ITS_WAY = timedelta(days=8)
"""An older order has expired at its provider, and is no longer shown as on its way."""


@dataclass(frozen=True)
class ReceivedNotice:
    """A notice to a household or to one guardian; its key ends with what it is about."""

    key: str
    provider: str
    received_at: datetime
    kind: str
    child_ids: tuple[str, ...]
    detail: JsonObject
    unread: bool = False

    @property
    def application_id(self) -> str:
        """Return the application that the notice is about, where it is about one."""
        return self.key.removeprefix(f"{self.kind}-")


@dataclass(frozen=True)
class StoredOrder:
    """An order of this guardian that had to wait, or whose answer is not on a card yet."""

    order_id: str
    provider: str
    method: str
    child_id: str
    label: str
    asked_at: datetime
    outcome_at: datetime | None = None
    code: str = ""
    answer: JsonObject | None = None
    application_id: str = ""
    more: JsonObject | None = None
    unread: bool = False
    at_counter: bool = False
    """Ordered at the front desk, by the family, an agent beside it."""

    @property
    def done(self) -> bool:
        return self.code == "done"


@dataclass(frozen=True)
class News:
    """Notices, orders and visits to the front desk, the newest first, with the unread count."""

    notices: Sequence[ReceivedNotice] = ()
    orders: Sequence[StoredOrder] = ()
    visits: Sequence[Visit] = ()

    @property
    def count_unread(self) -> int:
        notices = sum(notice.unread for notice in self.notices)
        done = sum(order.unread for order in self.orders)
        return notices + done + sum(visit.unread for visit in self.visits)

    @property
    def orders_waiting(self) -> list[StoredOrder]:
        return [order for order in self.orders if order.outcome_at is None]

    @property
    def orders_answered(self) -> list[StoredOrder]:
        return [order for order in self.orders if order.outcome_at is not None]


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
    Return a guardian's news: notices to it and its households about its children, and its own
    orders.

    Orders wait at providers that are `serving`: one that left the town will not answer. Items
    already read are returned with `whole` alone: opening them on every page would slow pages down
    with the age of a family.
    """
    until = _read_mark(read, subject)
    since = NEVER if whole else until
    notices = _read_notices(read, [subject, *households], children, until, since)
    orders = _read_orders(read, subject, until, since, moment - ON_ITS_WAY, serving)
    return News(
        notices, orders, visits.past_sessions_of_guardian(read, subject, until, since, moment)
    )


def count_unread_news(
    read: Session, subject: str, households: Sequence[str], moment: datetime
) -> int:
    """Return how many news came since the guardian read them; opens none."""
    until = _read_mark(read, subject)
    answered = select(func.count()).where(
        FamilyOrder.subject == subject, FamilyOrder.outcome_at > until
    )
    own = Notice.household_id.in_([subject, *households])
    notices = select(func.count()).where(own, Notice.received_at > until)
    seen = visits.count_unread_sessions(read, subject, until, moment)
    return seen + (read.scalar(answered) or 0) + (read.scalar(notices) or 0)


def find_order(read: Session, subject: str, order_id: str) -> StoredOrder | None:
    """Return one order of this guardian; None for another's, too."""
    row = read.get(FamilyOrder, order_id)
    return _unsealed_order(row, NEVER) if row is not None and row.subject == subject else None


# Made once: these run on every page.
_READ = select(NewsRead.__table__.c.until).where(
    NewsRead.__table__.c.subject == bindparam("subject")
)
_NOTICES = (
    select(Notice.__table__)
    .where(
        Notice.__table__.c.household_id.in_(bindparam("whose", expanding=True)),
        Notice.__table__.c.received_at > bindparam("since"),
    )
    .order_by(Notice.__table__.c.received_at.desc())
    .limit(MOST)
)
_ORDERS = (
    select(FamilyOrder.__table__)
    .where(
        FamilyOrder.__table__.c.subject == bindparam("subject"),
        or_(
            FamilyOrder.__table__.c.outcome_at.is_(None),
            FamilyOrder.__table__.c.outcome_at > bindparam("since"),
        ),
    )
    .order_by(FamilyOrder.__table__.c.asked_at.desc())
    .limit(MOST)
)


def _read_mark(read: Session, subject: str) -> datetime:
    return read.connection().scalar(_READ, {"subject": subject}) or NEVER


def _read_notices(
    read: Session,
    whose: Sequence[str],
    children: Collection[str],
    until: datetime,
    since: datetime,
) -> list[ReceivedNotice]:
    by_key: dict[tuple[str, str], ReceivedNotice] = {}
    given = {"whose": list(whose), "since": since}
    for row in read.connection().execute(_NOTICES, given):
        content = open_sealed(notice_binding(row.household_id, row.provider, row.key), row.content)
        notice = ReceivedNotice(
            row.key,
            row.provider,
            row.received_at,
            content["kind"],
            tuple(child_id for child_id in content["child_ids"] if child_id in children),
            content["detail"],
            row.received_at > until,
        )
        if notice.child_ids or not content["child_ids"]:
            by_key.setdefault((row.provider, row.key), notice)  # two households receive it twice
    return list(by_key.values())


def _read_orders(
    read: Session,
    subject: str,
    until: datetime,
    since: datetime,
    asked_since: datetime,
    serving: Collection[str],
) -> list[StoredOrder]:
    rows = read.connection().execute(_ORDERS, {"subject": subject, "since": since})
    return [
        _unsealed_order(row, until)
        for row in rows
        if row.outcome_at is not None or (row.asked_at > asked_since and row.provider in serving)
    ]


def _unsealed_order(row: Any, until: datetime) -> StoredOrder:
    content = open_sealed(order_binding(row.act_id, "content"), row.content)
    outcome = open_sealed(order_binding(row.act_id, "outcome"), row.outcome) if row.outcome else {}
    answer = outcome.get("answer", content.get("answer"))
    return StoredOrder(
        row.act_id,
        row.provider,
        content["method"],
        content["child_id"],
        content["label"],
        row.asked_at,
        row.outcome_at,
        outcome.get("code", ""),
        answer,
        (answer or {}).get("application_id", content.get("application_id", "")),
        content.get("more"),
        row.outcome_at is not None and row.outcome_at > until,
        content.get("at_counter", False),
    )
