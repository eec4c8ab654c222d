"""A copy of a person's data leaves out no table without saying why (GDPR, article 15)."""

import re
from collections import defaultdict

import pytest
from sqlalchemy import CheckConstraint, Table

from deploy.services import SPECS, service_class, store_of_service
from shared.database import Id
from shared.database.person_data.held_data import KIT_TABLES, SECRET, HeldData, is_withheld
from tests.treatment_coverage import NOBODY, TREATMENT_OF_TABLE

WITH_PERSONS = sorted(set(SPECS) - {"front_desk"})
"""The front desk keeps what somebody could not use, without who it was, and no family."""


def held_by(service: str) -> HeldData:
    held = service_class(service).held
    assert isinstance(held, HeldData)
    return held


@pytest.mark.parametrize("service", WITH_PERSONS)
def test_each_table_of_persons_is_given_or_left_out_with_a_reason(service: str) -> None:
    held = held_by(service)
    given = {table.name for table in held.given_tables()}

    of_persons = {
        name
        for name in store_of_service(service).metadata.tables
        if TREATMENT_OF_TABLE[service][name] != NOBODY and name not in KIT_TABLES
    }

    assert of_persons - given - set(held.left_out) == set()
    assert all(held.left_out.values())


@pytest.mark.parametrize("service", WITH_PERSONS)
def test_no_table_is_left_out_that_is_not_there(service: str) -> None:
    held, tables = held_by(service), store_of_service(service).metadata.tables

    said = [held.left_out, held.children, held.households, held.adults, held.agents]
    assert {name for names in said for name in names} - set(tables) == set()
    assert set(held.pupils) <= {table.name for table in held.given_tables()}
    assert all(name in tables[table].columns for table, own in held.agents.items() for name in own)
    for place in [*held.hidden, *held.opens]:
        table, _, column = place.partition(".")
        assert column in tables[table].columns, place


@pytest.mark.parametrize("service", WITH_PERSONS)
def test_what_names_a_person_is_a_column_of_its_table(service: str) -> None:
    held = held_by(service)
    for table in held.tables:
        for name in (
            *held.child_columns(table),
            *held.household_columns(table),
            *held.adult_columns(table),
        ):
            assert name in table.columns, f"{table.name}.{name}"


NOT_OF_SOMEBODY = {
    *("home", "carer_in", "same_as", "decision_id"),
    *("place_id", "invoice_id", "payment_id", "school_days", "holidays"),
}
"""Columns with an id, or as long as one, of a thing or of a home and child that the row is of."""


@pytest.mark.parametrize("service", WITH_PERSONS)
def test_an_id_that_may_be_an_agents_is_withheld_where_it_is_not_the_persons_own(
    service: str,
) -> None:
    held = held_by(service)
    given = {
        f"{table.name}.{column.name}"
        for table in held.given_tables()
        for column in table.columns
        if getattr(column.type, "length", None) == Id.length
        and not (column.primary_key or column.foreign_keys)
        and column.name not in SECRET | NOT_OF_SOMEBODY
        and column.name not in held.child_columns(table)
        and column.name not in held.household_columns(table)
        and column.name not in held.adult_columns(table)
        and not is_withheld(column, "somebody", known=())
    }

    assert given - held.hidden == set()


def codes_by_column(table: Table) -> dict[str, set[str]]:
    """Return the codes that each column of a table may hold."""
    codes: dict[str, set[str]] = defaultdict(set)
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) and (
            said := re.fullmatch(r"(\w+) IN \((.*)\)", str(constraint.sqltext))
        ):
            codes[said[1]] |= set(re.findall(r"'([^']*)'", said[2])) - {""}
    return codes


SAYING_SO_WITHOUT_CHECK = {"printed_piece.by_name", "lot_piece.why"}
"""Columns from which a protection can be read, and whose name and constraints do not say so."""


@pytest.mark.parametrize("service", WITH_PERSONS)
def test_no_copy_says_that_a_home_is_protected(service: str) -> None:
    """Protections are shown at the desk alone (rule R9): a copy lies on a table at home."""
    held = held_by(service)
    given = {
        place
        for table in held.given_tables()
        for column in table.columns
        if "protected" in (place := f"{table.name}.{column.name}")
        or "protected" in codes_by_column(table).get(column.name, ())
        or place in SAYING_SO_WITHOUT_CHECK
    }

    assert given <= held.hidden


def test_what_says_so_without_a_check_is_there() -> None:
    tables = store_of_service("billing").metadata.tables

    for place in SAYING_SO_WITHOUT_CHECK:
        table, _, column = place.partition(".")
        assert column in tables[table].columns, place
