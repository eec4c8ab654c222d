"""
Replica of accounts and dated rights in each callee, from the event `identity.subject_changed`.

A row is the whole state of one subject, replaced only by a newer version, so that order, gaps and
repetition of events do no harm. Days are days in France; rights start and end at midnight.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    String,
    Table,
    bindparam,
    column,
    delete,
    insert,
    select,
    table,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session

from shared.contracts.identity.accounts import (
    WHOLE_OFFICE,
    DatedRight,
    SubjectChanged,
    subject_changed,
)
from shared.database import Day, Id, Moment, Store, Write
from shared.database.comparison.compared_states import Stored, StoredState
from shared.database.prebuilt_statements import execute
from shared.database.tables.validity import not_ended_before_condition, valid_on_condition
from shared.dates.clock import today
from shared.json_values import JsonMapping, JsonObject
from shared.person.token_check import AccountStatus

_subject = table(
    "subject",
    column("subject", Id),
    column("kind", String(10)),
    column("name", String(120)),
    column("version", BigInteger),
    column("not_before", Moment()),
    column("active", Boolean),
    column("anew_from", Moment()),
)
_NULLABLE = {"anew_from"}
_rights = table(
    "subject_right",
    column("subject", Id),
    column("role", String(40)),
    column("place", String(130)),
    column("valid_from", Day),
    column("valid_to", Day),
)


if TYPE_CHECKING:

    class Subject(DeclarativeBase):
        """A row of `subject`, as callees query it."""

        subject: Mapped[str]
        kind: Mapped[str]
        name: Mapped[str]
        version: Mapped[int]
        not_before: Mapped[datetime]
        active: Mapped[bool]
        anew_from: Mapped[datetime | None]

    class SubjectRight(DeclarativeBase):
        """A row of `subject_right`."""

        subject: Mapped[str]
        role: Mapped[str]
        place: Mapped[str]
        valid_from: Mapped[date]
        valid_to: Mapped[date | None]


def subject_tables(
    base: type[DeclarativeBase],
) -> "tuple[type[Subject], type[SubjectRight]]":
    """Declare both tables in a callee's metadata; return their classes Subject, SubjectRight."""
    subject = Table(
        "subject",
        base.metadata,
        *(
            Column(c.name, c.type, primary_key=c.name == "subject", nullable=c.name in _NULLABLE)
            for c in _subject.c
        ),
    )
    right = Table(
        "subject_right",
        base.metadata,
        Column("subject", Id, ForeignKey("subject.subject", ondelete="CASCADE"), primary_key=True),
        Column("role", String(40), primary_key=True),
        Column("place", String(130), primary_key=True, default=WHOLE_OFFICE),
        Column("valid_from", Day, primary_key=True),
        Column("valid_to", Day, nullable=True, comment="last day; null: open"),
    )
    return (
        type("Subject", (base,), {"__table__": subject}),
        type("SubjectRight", (base,), {"__table__": right}),
    )


def apply_subject_changed(write: Write, event: SubjectChanged) -> bool:
    """Store the state if it is newer than the stored one; rights are replaced whole."""
    state = {
        name: getattr(event, name)
        for name in ("kind", "name", "version", "not_before", "active", "anew_from")
    }
    newer = (
        write.upsert_into(_subject)
        .values(subject=event.subject, **state)
        .on_conflict_do_update(
            index_elements=["subject"], set_=state, where=_subject.c.version < state["version"]
        )
        .returning(_subject.c.version)
    )
    if write.execute(newer).first() is None:
        return False
    write.execute(delete(_rights).where(_rights.c.subject == event.subject))
    if event.rights:
        write.execute(insert(_rights), [_right_row(event.subject, right) for right in event.rights])
    return True


def _right_row(subject: str, right: DatedRight) -> dict[str, object]:
    return {
        "subject": subject,
        "role": right["role"],
        "place": right["place"],
        "valid_from": right["valid_from"],
        "valid_to": right["valid_to"],
    }


def _stored_subjects(read: Session, _source: str) -> Iterator[StoredState]:
    rights: dict[str, list[JsonObject]] = defaultdict(list)
    in_force = not_ended_before_condition(_rights.c.valid_to, today())
    for row in read.execute(select(_rights).where(in_force)).mappings():
        rights[row["subject"]].append({name: row[name] for name in row if name != "subject"})
    for row in read.execute(select(_subject)).mappings():
        content = {name: row[name] for name in row if name != "version"}
        ordered_rights = sorted(rights[row["subject"]], key=sort_key_of_right)
        yield StoredState(row["subject"], row["version"], {**content, "rights": ordered_rights})


def sort_key_of_right(right: JsonMapping) -> tuple[str, str, date]:
    """Return by what the rights of a subject are ordered where they are compared."""
    return right["role"], right["place"], right["valid_from"]


def _delete_subjects(write: Write, _source: str, subjects: Collection[str]) -> None:
    for table_ in (_rights, _subject):
        write.execute(delete(table_).where(table_.c.subject.in_(subjects)))


SUBJECTS = Stored(subject_changed, _stored_subjects, _delete_subjects)
"""Accounts as every callee stores them, to be compared with identity's."""


_STATUS = select(_subject.c.kind, _subject.c.active, _subject.c.not_before).where(
    _subject.c.subject == bindparam("subject")
)


def account_status_of(read: Session, subject: str) -> AccountStatus | None:
    """Return a subject's account status; None if identity has published none."""
    row = execute(read, _STATUS, subject=subject).one_or_none()
    return AccountStatus(*row) if row else None


def account_status_lookup(store: Store) -> Callable[[str], AccountStatus | None]:
    """Return the look-up that a TokenCheck needs, in the callee's own database."""

    def account_status(subject: str) -> AccountStatus | None:
        with store.read() as read:
            return account_status_of(read, subject)

    return account_status


def name_of_subject(read: Session, subject: str) -> str:
    """Return how the person is called, "" for somebody unknown."""
    return read.scalar(select(_subject.c.name).where(_subject.c.subject == subject)) or ""


def rights_on(read: Session, subject: str, day: date) -> dict[str, frozenset[str]]:
    """Return the roles that the person holds on that day, each with its places here."""
    query = select(_rights.c.role, _rights.c.place).where(
        _rights.c.subject == subject,
        valid_on_condition(_rights.c, day),
    )
    places: dict[str, set[str]] = defaultdict(set)
    for role, place in read.execute(query):
        places[role].add(place)
    return {role: frozenset(here) for role, here in places.items()}


def roles_on(read: Session, subject: str, day: date) -> frozenset[str]:
    """Return the roles that the person holds at this provider on that day, wherever."""
    return frozenset(rights_on(read, subject, day))


def holds_role(read: Session, subject: str, role: str, day: date) -> bool:
    """Say whether the person holds this role at this provider on that day."""
    return role in roles_on(read, subject, day)
