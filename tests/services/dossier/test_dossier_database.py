"""Constraints of the dossier's database, and the columns in clear."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import MetaData, text, update
from sqlalchemy.exc import DatabaseError

from services.dossier.models import (
    Child,
    Guardianship,
    Link,
    Projection,
)
from services.dossier.store import store
from shared.database.engines import open_engine
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize(
    "statement",
    [
        update(Projection).values(digest=None),
        update(Projection).values(received_version=Projection.version + 1),
        update(Projection).values(projection="quotient"),
        update(Link).values(closed_at=text("'1999-01-01 00:00:00'")),
        update(Child).values(first_name=None),
        update(Guardianship).values(child_id="nobody"),
    ],
)
def test_the_database_refuses_what_cannot_be(town: Town, manon: str, statement: Any) -> None:
    with pytest.raises(DatabaseError), store.write() as write:
        write.execute(statement)


def test_two_periods_of_one_guardian_do_not_overlap(town: Town, claire: str, manon: str) -> None:
    with pytest.raises(DatabaseError), store.write() as write:
        write.add(
            Guardianship(
                id=new_id(),
                child_id=manon,
                guardian_id=claire,
                authority=True,
                valid_from=date(2020, 1, 1),
            )
        )


def test_what_families_tell_stands_in_clear_nowhere_but_names_and_birth_dates(
    town: Town, database: Database
) -> None:
    canary = "Kanari"
    one = make.guardian("Zélie Nom")
    sections = {
        "contacts": make.contacts(f"{canary} Un", f"{canary} Deux"),
        "custody": make.ruling(f"{canary} Trois", "2026-01-06"),
        "pickup": {"people": [{"name": f"{canary} Quatre", "relation": "voisine"}]},
        "schooling": {"school": f"École {canary}", "grade": "CP"},
    }
    ids = town.arrives(make.household(make.child([one], sections=sections), guardians=[one]))
    zelie = ids.guardians[one["reference"]]
    (child_id,) = ids.children.values()
    town.tells(zelie, child_id, "diet", make.diet("vegetarian", "gluten"))
    town.tells(
        zelie,
        child_id,
        "health",
        make.health(f"{canary} allergie", care_plan=make.care_plan(f"{canary} conduite")),
    )
    town.read(child_id)
    sent = town.sent()
    town.cards()

    everything = _dump(database)

    assert canary in str(sent)
    for word in (canary, "vegetarian", "gluten", "ordonnance", "trousse", "06 39 98"):
        assert word.encode() not in everything
    for word in ("Manon", "Lefèvre", "2019-03-02", "Zélie Nom"):
        assert word.encode() in everything


def _dump(database: Database) -> bytes:
    """Return every value of every table, of the data and of the keys, as bytes."""
    values: list[bytes] = []
    for url in (database.owner_url, database.keys_url):
        engine = open_engine(url)
        metadata = MetaData()
        metadata.reflect(engine)
        with engine.connect() as connection:
            for table in metadata.tables.values():
                names = ", ".join(f'"{column.name}"' for column in table.columns)
                for row in connection.execute(text(f'SELECT {names} FROM "{table.name}"')):
                    values += [_as_bytes(value) for value in row]
        engine.dispose()
    return b"\n".join(values)


def _as_bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
