"""A copy that a person reads has words (GDPR, article 12): for each field, and for each code."""

import re
from collections import defaultdict
from typing import Any, get_type_hints

import pytest
from sqlalchemy import CheckConstraint, LargeBinary, Table

from services.dossier.activity_history.queries.history import HistoryLine
from services.portal_gateway.front_desk.pages.person_requests.copies import (
    code_labels,
    copy_labels,
)
from shared.contracts.dossier import corrections, guardians
from shared.contracts.dossier.papers import child_papers, household_papers
from shared.contracts.sections import SECTIONS
from shared.database import Id
from shared.database.person_data.held_data import CONTEXT_COLUMNS, SECRET
from tests.rules.test_held_data import WITH_PERSONS, held_by

MADE_BY_THE_DOSSIER = (
    *(guardians.Link, guardians.Holding, guardians.Readings, corrections.GuardianCorrection),
    *(child_papers.PaperOfChild, child_papers.ConsentOfChild, child_papers.SaidWord),
    *(household_papers.PaperOfHousehold, HistoryLine),
)
"""Rows that are read in another form than they are stored (guardian_copy.py)."""


def given_columns(service: str, table: Table) -> set[str]:
    """Return the columns of a table that have a value in a copy, ids aside."""
    held = held_by(service)
    return {
        column.name
        for column in table.columns
        if column.name not in SECRET
        and f"{table.name}.{column.name}" not in held.hidden
        and (
            not isinstance(column.type, LargeBinary) or f"{table.name}.{column.name}" in held.opens
        )
        and getattr(column.type, "length", None) != Id.length
    }


def codes_by_column(table: Table) -> dict[str, set[str]]:
    """Return the codes that each column of a table may hold."""
    codes: dict[str, set[str]] = defaultdict(set)
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) and (
            said := re.fullmatch(r"(\w+) IN \((.*)\)", str(constraint.sqltext))
        ):
            codes[said[1]] |= set(re.findall(r"'([^']*)'", said[2])) - {""}
    return codes


@pytest.mark.parametrize("service", WITH_PERSONS)
def test_each_field_of_a_copy_has_a_word_or_is_for_machines_alone(service: str) -> None:
    known = {*copy_labels.FIELDS, *copy_labels.OF_SECTIONS, *copy_labels.FOR_MACHINES}
    tables = list(held_by(service).given_tables())

    lacking = {
        f"{table.name}.{name}"
        for table in tables
        for name in given_columns(service, table)
        if name not in known
    }

    assert lacking == set()
    assert {table.name for table in tables} <= set(copy_labels.ROWS)


@pytest.mark.parametrize("service", WITH_PERSONS)
def test_each_code_of_a_copy_has_a_word(service: str) -> None:
    lacking = {
        f"{table.name}.{name}: {code}"
        for table in held_by(service).given_tables()
        for name, codes in codes_by_column(table).items()
        if name in given_columns(service, table) and name not in copy_labels.FOR_MACHINES
        for code in codes
        if code not in code_labels.CODES.get(name, {})
    }

    assert lacking == set()


@pytest.mark.parametrize("row", MADE_BY_THE_DOSSIER, ids=lambda row: row.__name__)
def test_each_field_of_a_row_that_the_dossier_makes_has_a_word(row: Any) -> None:
    known = {*copy_labels.FIELDS, *copy_labels.OF_SECTIONS, *copy_labels.FOR_MACHINES}

    assert {name for name in get_type_hints(row) if not name.endswith("_id")} <= known


def test_the_fields_of_a_dossiers_sections_have_a_word() -> None:
    parts = {part.name for section in SECTIONS.values() for part in section.form}
    known = {*copy_labels.FIELDS, *copy_labels.OF_SECTIONS}

    assert {*parts, *CONTEXT_COLUMNS} <= known
    assert set(copy_labels.FIELDS).isdisjoint(copy_labels.FOR_MACHINES)
