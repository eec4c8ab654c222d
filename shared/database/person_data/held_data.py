"""
Data of one person in a service, found by walking its own tables (GDPR, article 15).

A service declares which columns name a child, a household or an adult, and which tables are left
out and why; the walk does the rest. A row that names another adult or household is not given, ids
of others and agents in it neither, and no secret. What is of a household and not shown to each of
its adults a service judges itself. Rows that name nobody belong to the row to which
they refer: a message to its conversation. Of a former pupil and of an agent a service names the
tables that are walked: all else is of families (agent_data.py).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, and_, false, or_, select, tuple_
from sqlalchemy.orm import Session

from shared.contracts.every_service.held_data import (
    FAMILY,
    MOST_ROWS,
    MOST_SIGNS,
    PUPIL,
    HeldOfPersonAnswer,
    HeldOfPersonRequest,
    HeldRow,
)
from shared.database.chunks import chunks
from shared.database.keys.sealing import Unreadable
from shared.json_values import as_json

Row = Mapping[str, Any]
Columns = Mapping[str, tuple[str, ...]]
Keys = set[tuple[Any, ...]]
IsShown = Callable[[Session, Row, HeldOfPersonRequest], bool]

KIT_TABLES = frozenset(
    {
        *("answered", "inbox", "outbox", "sent", "returned", "lease", "live_change"),
        *("desk_door", "desk_session", "taking_in", "compared"),
    }
)
"""Messages on their way, and who is signed in at a desk: sealed, and gone within days."""
SECRET = frozenset(
    {
        *(
            "digest",
            "key_digest",
            "stop_digest",
            "passing_digest",
            "login_digest",
            "address_digest",
        ),
        *(
            "contact_digest",
            "letter_digest",
            "password_hash",
            "totp_step",
            "key",
            "key_mark",
            "mac",
        ),
        *("public_key", "credential", "search", "previous", "key_id", "hash", "web_session"),
    }
)
"""Columns of any table that prove who somebody is, or only serve a search."""
OF_OTHERS = frozenset(
    {"subject", "seen_subject", "agent", "actor", "author", "by", "session", "azp", "device_id"}
)
"""Columns that name somebody, as those that end in `_by` do; given where it is the person."""
CONTEXT_COLUMNS = (
    "label",
    "name",
    "activity",
    "day",
    "starts_at",
    "ends_at",
    "first_day",
    "last_day",
    "month",
    "title",
)
"""Columns given of a row that names nobody and to which another refers: its session, group."""


@dataclass(frozen=True)
class HeldData:
    """
    Personal data of a service, beyond what the names of its columns say.

    `left_out` are tables with the reason; `opens` gives a sealed column's content by the row.
    """

    tables: Sequence[Table]
    left_out: Mapping[str, str]
    children: Columns = field(default_factory=dict)
    households: Columns = field(default_factory=dict)
    adults: Columns = field(default_factory=dict)
    subjects_are_adults: bool = False
    """True where a column `subject` names an adult of a family, and not an agent."""
    hidden: frozenset[str] = frozenset()
    """Columns (table.column) that are not given."""
    opens: Mapping[str, Callable[[Row], Any]] = field(default_factory=dict)
    shown: Mapping[str, IsShown] = field(default_factory=dict)
    """Tests by table whether this person of the household that a row names is shown it."""
    pupils: Collection[str] = ()
    """Tables that say something of a child alone, for itself once it is of age."""
    agents: Columns = field(default_factory=dict)
    """Columns that name an agent, in tables of agents; none where another service gives it."""

    def child_columns(self, table: Table) -> tuple[str, ...]:
        return _columns_naming(table, self.children, "child_id")

    def household_columns(self, table: Table) -> tuple[str, ...]:
        return _columns_naming(table, self.households, "household_id")

    def adult_columns(self, table: Table) -> tuple[str, ...]:
        usual = ("guardian_id", "subject") if self.subjects_are_adults else ("guardian_id",)
        return _columns_naming(table, self.adults, *usual)

    def has_column_naming_somebody(self, table: Table) -> bool:
        """Say whether a table has a column that names a child, a household or an adult."""
        return bool(
            self.child_columns(table) or self.household_columns(table) or self.adult_columns(table)
        )

    def given_tables(self, whose: str = FAMILY) -> Iterator[Table]:
        """Yield the tables that are walked, those first to which others refer."""
        reached: set[str] = set()
        for table in self.tables:
            if table.name in self.left_out or table.name in KIT_TABLES:
                continue
            if whose == PUPIL and table.name not in self.pupils:
                continue
            if self.has_column_naming_somebody(table) or _references_to_walked(table, reached):
                reached.add(table.name)
                yield table


def page_of_rows(given: Iterable[HeldRow], after: str) -> HeldOfPersonAnswer:
    """Return the rows that fit in a message, from the one on that `after` counts."""
    first = int(after or 0)
    rows: list[HeldRow] = []
    signs = 0
    for number, row in enumerate(given):
        if number < first:
            continue
        signs += len(row["content"])
        if rows and (len(rows) >= MOST_ROWS or signs > MOST_SIGNS):
            return HeldOfPersonAnswer(rows=rows, next=str(number))
        rows.append(row)
    return HeldOfPersonAnswer(rows=rows, next="")


def held_rows(session: Session, held: HeldData, asked: HeldOfPersonRequest) -> Iterator[HeldRow]:
    """Yield each row that is given, table by table, in the order of their keys."""
    walked: dict[str, tuple[Table, list[Row]]] = {}
    for table in held.given_tables(asked.whose):
        rows = list(_rows_of_table(session, held, table, asked, walked))
        walked[table.name] = table, rows
        for row in rows:
            context = _what_row_refers_to(session, held, table, row)
            yield given_row(table, row, {**content_of_row(held, table, row, asked), **context})


def given_row(table: Table, row: Row, content: Mapping[str, Any]) -> HeldRow:
    """Return a row as it leaves the service, under its own key."""
    return HeldRow(
        table=table.name,
        key="|".join(str(row[column.name]) for column in table.primary_key),
        content=as_json(content),
    )


def _rows_of_table(
    session: Session,
    held: HeldData,
    table: Table,
    asked: HeldOfPersonRequest,
    walked: Mapping[str, tuple[Table, list[Row]]],
) -> Iterable[Row]:
    order = tuple(table.primary_key)
    if held.has_column_naming_somebody(table):
        query = select(table).where(_row_of_person_condition(held, table, asked)).order_by(*order)
        rows = [dict(row) for row in session.execute(query).mappings()]
        is_shown = held.shown.get(table.name)
        return [row for row in rows if is_shown is None or is_shown(session, row, asked)]
    found: dict[Any, Row] = {}
    for columns, parent in _references_to_walked(table, walked):
        keys = _keys_of(walked[parent][1], [element.column.name for element in columns])
        mine = tuple_(*(element.parent for element in columns))
        for batch in chunks(sorted(keys, key=str)):
            query = select(table).where(mine.in_(batch)).order_by(*order)
            for row in session.execute(query).mappings():
                found[tuple(row[column.name] for column in order)] = dict(row)
    return [found[key] for key in sorted(found, key=str)]


def _row_of_person_condition(
    held: HeldData, table: Table, asked: HeldOfPersonRequest
) -> ColumnElement[bool]:
    """Return the condition of a row that names this person and nobody else's home."""
    own = [
        *((table.c[name], [asked.subject]) for name in held.adult_columns(table)),
        *((table.c[name], asked.households) for name in held.household_columns(table)),
    ]
    children = [table.c[name] for name in held.child_columns(table)]
    of_nobody_else = [or_(column.is_(None), column.in_(ids)) for column, ids in own]
    of_nobody_else += [or_(column.is_(None), column.in_(asked.children)) for column in children]
    named = [column.in_(ids) for column, ids in own]
    of_child = [column.in_(asked.about) for column in children]
    if asked.whose == PUPIL:
        return or_(false(), *(column.in_([asked.subject]) for column, _ in own), *of_child)
    if asked.about:
        wanted = [*of_child]
        apart = [or_(false(), *named)] if asked.apart else []
        return and_(or_(false(), *wanted), *apart, *of_nobody_else)
    return and_(or_(false(), *named), *of_nobody_else)


def _references_to_walked(table: Table, known: Collection[str]) -> list[tuple[list[Any], str]]:
    """Return the references of a table to tables that are walked, with their columns."""
    return [
        (list(key.elements), key.referred_table.name)
        for key in sorted(table.foreign_key_constraints, key=lambda key: str(key.name))
        if key.referred_table.name in known and key.referred_table is not table
    ]


def _keys_of(rows: Iterable[Row], columns: Sequence[str]) -> Keys:
    return {tuple(row[name] for name in columns) for row in rows}


def content_of_row(
    held: HeldData, table: Table, row: Row, asked: HeldOfPersonRequest
) -> dict[str, Any]:
    """Return the fields of a row that are given: no secret, nobody else's id."""
    content: dict[str, Any] = {}
    of_others: tuple[str, ...] = ()
    if asked.whose == PUPIL:
        of_others = (*held.household_columns(table), *held.adult_columns(table))
    known = {asked.subject, *asked.households, *asked.children}
    for column in table.columns:
        name, value = column.name, row[column.name]
        place = f"{table.name}.{name}"
        if value is None or name in SECRET or place in held.hidden:
            continue
        if name in of_others and value not in known:
            continue
        if place in held.opens:
            content[name] = _opened_or_dash(held.opens[place], row)
        elif not is_withheld(column, value, known):
            content[name] = _value_as_json(value)
    return content


def is_of_own_children(child_ids: Collection[str], asked: HeldOfPersonRequest) -> bool:
    """Say whether what is said of some children, or of none, is of this guardian's."""
    return not child_ids or not set(child_ids).isdisjoint(asked.children)


def is_withheld(column: Column[Any], value: Any, known: Collection[str]) -> bool:
    """Say whether a value is sealed for others, or names an agent or another person."""
    names_somebody = column.name.endswith("_by") or column.name in OF_OTHERS
    return isinstance(column.type, LargeBinary) or (names_somebody and value not in known)


def _opened_or_dash(opens: Callable[[Row], Any], row: Row) -> Any:
    try:
        return opens(row)
    except Unreadable:
        return "–"


def _what_row_refers_to(session: Session, held: HeldData, table: Table, row: Row) -> dict[str, Any]:
    """Return what a row refers to that names nobody: the session, its group and activity."""
    context: dict[str, Any] = {}
    for key in table.foreign_key_constraints:
        referred = key.referred_table
        if (
            held.has_column_naming_somebody(referred)
            or referred.name in held.left_out
            or referred is table
        ):
            continue
        pairs = [(element.column, row[element.parent.name]) for element in key.elements]
        if any(value is None for _, value in pairs):
            continue
        found = session.execute(
            select(referred).where(*(column == value for column, value in pairs))
        )
        other = found.mappings().first()
        if other is not None:
            context |= {
                f"{referred.name}.{name}": _value_as_json(other[name])
                for name in CONTEXT_COLUMNS
                if name in other and other[name] not in (None, "")
            }
            context |= _what_row_refers_to(session, held, referred, dict(other))
    return context


def _columns_naming(table: Table, declared: Columns, *usual: str) -> tuple[str, ...]:
    return declared.get(table.name, tuple(name for name in usual if name in table.columns))


def _value_as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime | time) else value
