"""Number of statements that an application takes; those built once see what waits."""

import pytest
from sqlalchemy import bindparam, select

from services.enrolment.models import Application
from services.enrolment.store import store
from shared.database.prebuilt_statements import execute
from tests.factories import enrolment as make
from tests.factories import places as family
from tests.factories.enrolment import Provider, item
from tests.factories.places import Family
from tests.plans import counted

pytestmark = pytest.mark.both_databases

_STATE = select(Application.state).where(Application.id == bindparam("application_id"))

MOST = {"sqlite": (29, 6, 69, 14), "postgresql": (34, 9, 73, 10)}
"""Statements of an application with its file and without, of the file, and of what comes later."""
MOST_OF_FULL = {"sqlite": 11, "postgresql": 15}
"""PostgreSQL has locks to ask for; SQLite is told of each event that one is being taken in."""


def test_an_application_and_a_file_that_arrives_take_few_statements(ens: Provider) -> None:
    group = family.a_group(places=100)
    (known,) = family.arrived(ens, 1)
    expected, parts = Family(), {"diet": make.diet(), "allergies": make.allergies("lait")}

    with counted(store) as at_once:
        assert family.asks(known, group)["state"] == "accepted"
    with counted(store) as en_route:
        assert family.asks(expected, group)["state"] == "en_route"
    with counted(store) as of_file:
        family.arrives(ens, expected)
    with counted(store) as of_diet:
        for projection, content in parts.items():
            ens.receives(projection, item(expected.child.id, 1, content))

    counts = [len(each) for each in (at_once, en_route, of_file, of_diet)]
    most = MOST[store.engine.dialect.name]
    assert all(count <= each for count, each in zip(counts, most, strict=True)), counts


def test_who_finds_a_group_full_takes_fewer(ens: Provider) -> None:
    group = family.a_group(places=1)
    first, second, third = family.arrived(ens, 3)
    family.asks(first, group)
    family.asks(second, group)

    with counted(store) as statements:
        answer = family.asks(third, group)

    assert (answer["state"], answer["rank"]) == ("waiting", 2)
    assert len(statements) <= MOST_OF_FULL[store.engine.dialect.name], len(statements)


def test_a_statement_built_once_sees_what_waits_to_be_written(ens: Provider) -> None:
    group, (known,) = family.a_group(), family.arrived(ens, 1)
    application_id = family.asks(known, group)["application_id"]

    with store.write() as write:
        write.get_one(Application, application_id).state = "withdrawn"
        found = execute(write, _STATE, application_id=application_id).scalar_one()

    assert found == "withdrawn"
