"""A walk through every service's tables for one person, made apart from what services declare."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from deploy.services import service_class, store_of_service
from shared.database.person_data.held_data import KIT_TABLES
from tests.journeys.databases import database
from tests.journeys.town import DemoTown
from tests.treatment_coverage import NOBODY, TREATMENT_OF_TABLE

Key = tuple[str, str, str]
Row = Mapping[str, Any]

LATER_HANDS = ("author", "agent", "actor")
"""Columns of who did something, as those that end in `_by`: a row may be one's own all the same."""

SERVICES = ("dossier", "billing", "identity", "portal", "enrolment_ens", "enrolment_agg")
AS_READ = {
    *("section", "section_history", "kept_paper", "household_paper", "consent", "consent_word"),
    *("link", "projection", "read_log", "course", "correction"),
}
"""Groups that the dossier gives as the portal shows them, and no table of it holds in that form."""


def service_of(principal: str) -> str:
    return "enrolment" if principal.startswith("enrolment_") else principal


def walked(
    town: DemoTown,
    principals: Collection[str],
    mine: Collection[str],
    others: Collection[str],
) -> set[Key]:
    """Return (principal, table, key) of each row that has one of `mine`, and none of `others`."""
    return {
        (principal, table, key)
        for principal in principals
        for table, key in _walk_service(town, principal, mine, others)
    }


def _walk_service(
    town: DemoTown, principal: str, mine: Collection[str], others: Collection[str]
) -> Iterator[tuple[str, str]]:
    service = service_of(principal)
    held = service_class(service).held
    tables = {
        table.name: table
        for table in store_of_service(service).metadata.sorted_tables
        if table.name not in KIT_TABLES
        and table.name not in held.left_out
        and TREATMENT_OF_TABLE[service][table.name] != NOBODY
    }
    with database(town, principal) as connection:
        rows = {
            name: [dict(row) for row in connection.execute(table.select()).mappings()]
            for name, table in tables.items()
        }
    named: dict[str, list[Row]] = {}
    for name, table in tables.items():
        found = [row for row in rows[name] if _has(row, mine) and not _names(row, others)]
        if not found and not held.has_column_naming_somebody(table):
            found = _referring(rows[name], named)
        named[name] = found
        for row in found:
            yield name, "|".join(str(row[column.name]) for column in table.primary_key)


def _has(row: Row, ids: Collection[str]) -> bool:
    return any(value in ids for value in row.values() if isinstance(value, str))


def _names(row: Row, ids: Collection[str]) -> bool:
    return any(
        value in ids
        for column, value in row.items()
        if isinstance(value, str) and not column.endswith("_by") and column not in LATER_HANDS
    )


def _referring(rows: list[Row], named: Mapping[str, list[Row]]) -> list[Row]:
    """Return rows that hold the id of a row already found: a message that of its conversation."""
    ids = {str(row["id"]) for found in named.values() for row in found if "id" in row}
    return [row for row in rows if _has(row, ids)]
