"""A bench's families, imported many in one transaction: as if each had come by a message."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from bench import families
from services.dossier.models import Base, Child, Guardian, Household
from services.dossier.store import store
from tests.factories.dossier import Sent, Town

CHILDREN = 40

ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SERIES, DIGEST = re.compile("one:|all:"), re.compile("[0-9a-f]{64}")

Names = Mapping[str, str]
"""References by id, without the name of their series."""


def names_of_series(series: str) -> dict[str, str]:
    with store.read() as read:
        return {
            each.id: each.reference.removeprefix(series)
            for model in (Household, Guardian, Child)
            for each in read.execute(select(model.id, model.reference))
            if each.reference.startswith(series)
        }


def said_without_what_differs(value: Any, names: Names) -> Any:
    """Return a column's value; of an id, a moment, a digest and what is sealed, that it is one."""
    if isinstance(value, datetime | bytes):
        return type(value)
    known = ID.sub(lambda found: names.get(found[0], "an id"), repr(value))
    return DIGEST.sub("a digest", SERIES.sub("", known))


def rows_of_series(names: Names) -> Counter[tuple[Any, ...]]:
    """Return all rows that name a household, an adult or a child of this series."""
    with store.read() as read:
        return Counter(
            (table.name, *(said_without_what_differs(value, names) for value in row))
            for table in Base.metadata.sorted_tables
            for row in read.execute(select(table))
            if any(isinstance(value, str) and value in names for value in row)
        )


def sent_of_series(sent: list[Sent], names: Names) -> Counter[tuple[Any, ...]]:
    """Return what each provider was sent of the children of this series."""
    return Counter(
        tuple(said_without_what_differs(value, names) for value in astuple(each))
        for each in sent
        if each.child_id in names
    )


@pytest.mark.both_databases
def test_households_taken_in_together_leave_and_send_what_they_do_one_by_one(town: Town) -> None:
    for household in families.households(CHILDREN, "one:"):
        town.arrives(household)
    sent_one_by_one = town.sent()

    families.take_in(list(families.households(CHILDREN, "all:")))
    sent_together = town.sent()

    one_by_one, together = names_of_series("one:"), names_of_series("all:")
    rows = rows_of_series(one_by_one)
    assert rows_of_series(together) == rows
    assert {table for table, *_ in rows} >= {"link", "section", "projection", "child_name_word"}
    assert sent_of_series(sent_together, together) == sent_of_series(sent_one_by_one, one_by_one)
    assert len(sent_together) > CHILDREN
