"""
Data of an agent in a service, and the pages of anybody's (GDPR, article 15).

What an agent did for families is of the families: of it only how often is given, by table and by
what was done. The rows of the agent itself are those of the tables that a service names.
"""

from collections.abc import Iterator

from sqlalchemy import Column, String, func, select
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
    page_of,
)

ACTS = "acts"
"""The table under which a copy says how often an agent is named, where rows are of families."""


def page_of_held(
    session: Session, held: HeldData | None, asked: HeldOfPersonRequest
) -> HeldOfPersonAnswer:
    """Return the rows that follow those of the pages before; `after` counts them."""
    if held is None:
        return page_of((), asked.after)
    rows = rows_of_agent if asked.whose == AGENT else held_rows
    return page_of(rows(session, held, asked), asked.after)


def rows_of_agent(
    session: Session, held: HeldData, asked: HeldOfPersonRequest
) -> Iterator[HeldRow]:
    """Yield the agent's own rows, then by table and column how often it is named elsewhere."""
    for table in held.tables:
        own = [table.c[name] == asked.subject for name in held.agents.get(table.name, ())]
        if not own:
            continue
        query = select(table).where(*own).order_by(*table.primary_key)
        for found in session.execute(query).mappings():
            row = dict(found)
            yield given_row(table, row, content_of_row(held, table, row, asked))
    for table in held.tables:
        own_columns = held.agents.get(table.name)
        if own_columns == () or table.name in KIT_TABLES:
            continue
        for column in table.columns:
            if names_who_did(column) and column.name not in (own_columns or ()):
                yield from _times_named(session, column, asked.subject)


def names_who_did(column: Column[str]) -> bool:
    """Say whether a column may hold the id of an agent who did something."""
    named = column.name.endswith("_by") or column.name in OF_OTHERS
    return named and isinstance(column.type, String)


def _times_named(session: Session, column: Column[str], subject: str) -> Iterator[HeldRow]:
    table = column.table
    times = session.scalar(select(func.count()).select_from(table).where(column == subject))
    if times:
        content = f'{{"in": "{table.name}", "as": "{column.name}", "times": {times}}}'
        yield HeldRow(table=ACTS, key=f"{table.name}.{column.name}", content=content)
