"""Names that were folded before are folded again when a town takes the new program."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, text

from deploy.instance.instance import PROJECT
from shared.database.migrations import _config
from shared.database.store import for_writing, open_engine
from tests.databases import Database

pytestmark = pytest.mark.both_databases

BEFORE = "2019-03-02"
BILLING = "INSERT INTO household (id, version, payer, sought) VALUES ('h', 1, 'Anne Lebœuf', 'x')"
ENROLMENT = (
    "INSERT INTO child_card (child_id, first_name, last_name, birth_date, search)"
    f" VALUES ('c', 'Yann', 'Le Goff', '{BEFORE}', 'x')"
)


def migration(service: str) -> Any:
    folder = PROJECT / "services" / service / "migrations" / "versions"
    (found,) = folder.glob("*_folded_names.py")
    return import_module(f"services.{service}.migrations.versions.{Path(found).stem}")


def goes(connection: Connection, service: str, to: str) -> None:
    config = _config(service, connection)
    (command.upgrade if to == "head" else command.downgrade)(config, to)


@pytest.mark.parametrize(
    ("service", "row", "read", "folded"),
    [
        ("billing", BILLING, "SELECT sought FROM household", " anne leboeuf"),
        (
            "enrolment",
            ENROLMENT,
            "SELECT search FROM child_card",
            " yann le goff legoff 02 03 2019",
        ),
    ],
)
def test_names_that_were_folded_before_are_found_as_new_ones_are(
    database: Database, service: str, row: str, read: str, folded: str
) -> None:
    database.empty()
    engine = open_engine(database.owner_url)
    with for_writing(engine).begin() as connection:
        goes(connection, service, "head")
        goes(connection, service, migration(service).down_revision)
        connection.execute(text(row))
        goes(connection, service, "head")

        assert connection.scalar(text(read)) == folded
    engine.dispose()
