"""
The provider's conversations as its agents see them: lists, search, and households to write to.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session as Database

from services.enrolment.children.queries.reach_of_right import EVERYWHERE, Reach
from services.enrolment.children.rules.distinct_names import Named, display_names
from services.enrolment.conversations.queries.messages import CONTENT
from services.enrolment.conversations.queries.thread_readers_and_title import (
    unsealed_title_of_thread,
)
from services.enrolment.families.queries.households import home_of_child
from services.enrolment.families.queries.muted_children import muted_children
from services.enrolment.models import (
    ChildCard,
    ChildGuardian,
    Message,
    Thread,
    ThreadChild,
)
from shared.contracts.enrolment.messages.conversations import FAMILY
from shared.database import Unreadable, Vault
from shared.database.tables.french_order import french_sort_column
from shared.dates.clock import today
from shared.dates.two_home_weeks import Weeks

TO_ANSWER, OWN, EVERY = "a-repondre", "mes-conversations", "toutes"
FILTERS = (TO_ANSWER, OWN, EVERY)
MOST = 50
EVEN, ODD = "even", "odd"


@dataclass(frozen=True)
class Line:
    """One conversation on the list; `children` are their names."""

    thread: Thread
    title: str
    children: Sequence[str]


@dataclass(frozen=True)
class Home:
    """A household to which an agent may write: only the names of earlier authors are known."""

    household_id: str
    guardians: int
    weeks: str
    names: Sequence[str]


def conversation_lines(
    read: Database,
    vault: Vault,
    which: str,
    subject: str,
    before: datetime | None,
    reach: Reach = EVERYWHERE,
) -> tuple[list[Line], bool]:
    """Return conversations, the latest first (to be answered: the oldest), and whether more."""
    within = reach.thread_within_condition(Thread.id)
    query = select(Thread).where(*_thread_conditions(which, subject), within)
    order = Thread.last_at if which == TO_ANSWER else Thread.last_at.desc()
    if before is not None:
        query = query.where(
            Thread.last_at > before if which == TO_ANSWER else Thread.last_at < before
        )
    rows = read.scalars(query.order_by(order, Thread.id).limit(MOST + 1)).all()
    shown = rows[:MOST]
    vault.prepare_keys([row.id for row in shown])
    names = children_names_by_thread(read, [row.id for row in shown])
    conversations = [
        Line(row, unsealed_title_of_thread(vault, row), names.get(row.id, ())) for row in shown
    ]
    return conversations, len(rows) > MOST


def count_to_answer(read: Database, reach: Reach = EVERYWHERE) -> int:
    """Return how many conversations within reach wait for an answer."""
    within = reach.thread_within_condition(Thread.id)
    return read.scalar(select(func.count()).where(Thread.to_answer.is_(True), within)) or 0


def children_names_by_thread(
    read: Database, thread_ids: Collection[str]
) -> Mapping[str, list[str]]:
    """Return by thread the names of its children, no two alike."""
    rows = read.execute(
        select(ThreadChild.thread_id, ChildCard)
        .join(ChildCard, ChildCard.child_id == ThreadChild.child_id)
        .where(ThreadChild.thread_id.in_(list(thread_ids)))
        .order_by(french_sort_column(ChildCard.first_name), ChildCard.child_id)
    ).all()
    names = display_names({_named_child(card) for _, card in rows})
    by_thread: dict[str, list[str]] = defaultdict(list)
    for thread_id, card in rows:
        by_thread[thread_id].append(names[card.child_id])
    return by_thread


def is_child_of_thread_muted(read: Database, thread_id: str) -> bool:
    """Say whether a thread names a child about whom nobody writes (rules' test 10)."""
    named = select(ThreadChild.child_id).where(ThreadChild.thread_id == thread_id)
    return bool(muted_children(read, read.scalars(named).all()))


def households_to_write_to(read: Database, vault: Vault, child_id: str) -> list[Home]:
    """Return the households of a child, each with what distinguishes it from the other."""
    counted = (
        select(ChildGuardian.household_id, func.count())
        .where(ChildGuardian.child_id == child_id)
        .group_by(ChildGuardian.household_id)
        .order_by(ChildGuardian.household_id)
    )
    weeks = home_of_child(read, child_id).weeks_on(today())
    return [
        Home(
            household,
            guardians,
            _even_or_odd_weeks_of_home(weeks, household),
            _names_of_authors(read, vault, household),
        )
        for household, guardians in read.execute(counted)
    ]


def _thread_conditions(which: str, subject: str) -> Iterable[ColumnElement[bool]]:
    if which == TO_ANSWER:
        return (Thread.to_answer.is_(True),)
    if which == OWN:
        written = select(Message.thread_id).where(Message.author == subject)
        return (or_(Thread.taken_by == subject, Thread.id.in_(written)),)
    return ()


def _even_or_odd_weeks_of_home(weeks: Weeks | None, household: str) -> str:
    if weeks is None or not weeks.has_two_homes:
        return ""
    return EVEN if weeks.even == household else ODD


def _names_of_authors(read: Database, vault: Vault, household_id: str) -> list[str]:
    """
    Return the members of a household who have written, by the names that the portal gave them.

    Of those who answer for a child there today: whoever died or left tells homes apart no more.
    """
    answering = select(ChildGuardian.subject).where(ChildGuardian.household_id == household_id)
    rows = read.scalars(
        select(Message)
        .join(Thread, Thread.id == Message.thread_id)
        .where(
            Thread.household_id == household_id,
            Message.side == FAMILY,
            Message.author.in_(answering),
        )
        .order_by(Message.at.desc())
        .limit(20)
    )
    by_author: dict[str, str] = {}
    for row in rows:
        try:
            by_author.setdefault(
                row.author, vault.open(row.thread_id, CONTENT, row.content)["name"]
            )
        except Unreadable:
            continue
    return sorted(by_author.values())


def _named_child(card: ChildCard) -> Named:
    return Named(card.child_id, card.first_name, card.last_name, card.birth_date)
