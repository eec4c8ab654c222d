"""The treatment register knows whatever a service keeps or says of a person (GDPR, article 30)."""

import pytest

from deploy.services import SPECS, declarations_in_code, store_of_service
from tests.factories.register import demo_rows
from tests.treatment_coverage import (
    KIT,
    NOBODY,
    TREATMENT_OF_EVENT,
    TREATMENT_OF_TABLE,
)

OF_PERSONS = {"child_id", "household_id", "guardian_id", "subject", "kept_id", "other_id"}
"""Columns that name a person: a table with one cannot say that it has none."""
ASKED = (
    *("purpose", "legal_bases", "subjects", "categories", "retention", "source"),
    *("controller", "dpo", "security", "transfers", "dpia"),
)
"""Fields that article 30 asks of each entry, with the assessment of article 35."""


@pytest.mark.parametrize("service", SPECS)
def test_each_table_of_a_service_belongs_to_a_treatment(service: str) -> None:
    tables = set(store_of_service(service).metadata.tables)
    said = TREATMENT_OF_TABLE[service]

    assert tables - set(said) == set()
    assert set(said) - tables - set(KIT) == set()


@pytest.mark.parametrize("service", SPECS)
def test_no_table_that_names_a_person_is_said_to_have_none(service: str) -> None:
    said = TREATMENT_OF_TABLE[service]

    names_somebody = {
        name
        for name, table in store_of_service(service).metadata.tables.items()
        if OF_PERSONS & set(table.columns.keys())
    }

    assert {name for name in names_somebody if said[name] == NOBODY} == set()


def test_each_event_belongs_to_a_treatment() -> None:
    events = {each.event for each in declarations_in_code() if hasattr(each, "event")}

    assert set(TREATMENT_OF_EVENT) == events


def test_each_treatment_of_a_table_or_an_event_has_an_entry_in_the_demo_towns_register() -> None:
    entries = {row["treatment"] for row in demo_rows()["treatments"]}

    used = {code for tables in TREATMENT_OF_TABLE.values() for code in tables.values()}
    assert (used | set(TREATMENT_OF_EVENT.values())) - {NOBODY} == entries


def test_each_entry_says_all_that_article_30_asks() -> None:
    for row in demo_rows()["treatments"]:
        empty = [key for key in ASKED if not row[key]]
        assert empty == [], row["purpose"]


def test_what_is_sealed_is_not_said_of_places_and_amounts_that_are_in_clear() -> None:
    for row in demo_rows()["treatments"]:
        sealed = any("scellés" in measure for measure in row["security"])
        assert not (sealed and row["treatment"] in ("places", "attendance", "regie"))


def test_health_asks_for_an_assessment_and_browsers_alone_receive_something_outside() -> None:
    rows = demo_rows()["treatments"]

    allergies = next(row for row in rows if "allergies" in row["categories"])
    assert allergies["dpia"].startswith("nécessaire")
    outside = [row["treatment"] for row in rows if not row["transfers"][0].startswith("aucun")]
    assert outside == ["alerts"]
