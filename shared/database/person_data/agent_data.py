"""
Data of an agent in a service, and the pages of any person's data (GDPR, article 15).

What an agent did for families is of the families: of it only how often is given, by table and by
what was done. The rows of the agent itself are those of the tables that a service names.
"""

from collections.abc import Iterator

from sqlalchemy import Column, ColumnElement, String, Table, and_, false, func, or_, select
from sqlalchemy.orm import Session

from shared.contracts.every_service.held_data import (
    AGENT,
    HeldOfPersonAnswer,
    HeldOfPersonRequest,
    HeldRow,
)
from shared.database.person_data.held_data import (
    KIT_TABLES,
    OF_OTHERS,
    HeldData,
    content_of_row,
    given_row,
    held_rows,
    page_of_rows,
)

ACTS = "acts"
"""The table under which a copy says how often an agent is named, where rows are of families."""


def page_of_held_data(
    session: Session, held: HeldData | None, asked: HeldOfPersonRequest
) -> HeldOfPersonAnswer:
    """Return the rows that follow those of the pages before; `after` counts them."""
    if held is None:
        return page_of_rows((), asked.after)
    rows = rows_of_agent if asked.whose == AGENT else held_rows
    return page_of_rows(rows(session, held, asked), asked.after)


def rows_of_agent(
    session: Session, held: HeldData, asked: HeldOfPersonRequest
) -> Iterator[HeldRow]:
    """Yield the agent's own rows, then by table and column how often it is named in others."""
    for table in held.tables:
        if not held.agents.get(table.name):
            continue
        query = (
            select(table)
            .where(_row_of_agent_condition(held, table, asked))
            .order_by(*table.primary_key)
        )
        for found in session.execute(query).mappings():
            row = dict(found)
            yield given_row(table, row, content_of_row(held, table, row, asked))
    for table in held.tables:
        if held.agents.get(table.name) == () or table.name in KIT_TABLES:
            continue
        of_others = ~_row_of_agent_condition(held, table, asked)
        for column in table.columns:
            if may_name_acting_agent(column):
                yield from _times_named(session, column, asked.subject, of_others)


def may_name_acting_agent(column: Column[str]) -> bool:
    """Say whether a column may hold the id of an agent who did something."""
    named = column.name.endswith("_by") or column.name in OF_OTHERS
    return named and isinstance(column.type, String)


def _row_of_agent_condition(
    held: HeldData, table: Table, asked: HeldOfPersonRequest
) -> ColumnElement[bool]:
    own = (table.c[name] for name in held.agents.get(table.name, ()))
    return or_(false(), *(and_(each.is_not(None), each == asked.subject) for each in own))


def _times_named(
    session: Session, column: Column[str], subject: str, of_others: ColumnElement[bool]
) -> Iterator[HeldRow]:
    table = column.table
    named = select(func.count()).select_from(table).where(column == subject, of_others)
    times = session.scalar(named)
    if times:
        content = f'{{"in": "{table.name}", "as": "{column.name}", "times": {times}}}'
        yield HeldRow(table=ACTS, key=f"{table.name}.{column.name}", content=content)
