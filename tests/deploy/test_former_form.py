"""A town that a version before 0.2.0 made: each command that would change it says so (0058)."""

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from deploy.applied_town import Applied
from deploy.cli.main import preau
from deploy.instance.instance import Instance
from deploy.provisioning.apply import compile_register_in_force, prepare_secrets
from tests.ports import PORT_BASE


@pytest.fixture
def former(tmp_path: Path) -> Applied:
    """Give a town of which nothing runs, and whose dossier is of a former form."""
    applied = Applied(Instance(tmp_path / "var", PORT_BASE + 350))
    applied.instance.prepare_folders()
    register = compile_register_in_force(applied)
    prepare_secrets(applied, register)
    applied.instance.register_path.write_text(json.dumps(register), "utf-8")
    with sqlite3.connect(applied.instance.database_path("dossier")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0038')")
    connection.close()
    return applied


@pytest.mark.parametrize("command", [["plan"], ["apply"], ["up"], ["run", "--demo", "small"]])
def test_it_is_refused_in_one_sentence_before_anything_is_done(
    former: Applied, command: list[str]
) -> None:
    database = former.instance.database_path("dossier")
    registered = former.instance.register_path.read_bytes()

    done = CliRunner().invoke(preau, command, env=former.instance.environment)

    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert done.stderr == (
        "Error: The database of dossier has a form of before 0.2.0 (revision 0038), from which"
        " there is no way to this version; it was left as it is.\n"
    )
    with sqlite3.connect(database) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("alembic_version",)]
    assert former.instance.register_path.read_bytes() == registered
