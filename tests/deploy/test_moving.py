"""
A town moves from files to PostgreSQL: every row arrives, and what breaks off is begun again.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from deploy.applied_town import Applied
from deploy.backups.making import make_backup
from deploy.doctor.examine import examine_town
from deploy.instance.instance import ENGINES_FILE, PROJECT, Instance, replace_file
from deploy.instance.secrets import new_encryption_key
from deploy.instance.user_error import UserError
from deploy.processes import supervisor
from deploy.provisioning.apply import require_known_schemas
from deploy.provisioning.databases import (
    DATA,
    KEYS,
    files_left_from_move,
    is_move_begun,
    move_folder,
    move_note,
    principals_on_files,
    require_one_kind,
)
from deploy.provisioning.move_to_postgres import (
    MoveRefused,
    delete_files_left_from_move,
    move_to_postgresql,
)
from deploy.services import SPECS, folder_of_service
from services.billing.models.ledger import Entry, Posting
from shared.contracts.billing import bills
from shared.contracts.dossier import guardians
from shared.database.copying import Contents, contents_of_tables
from shared.database.engines import engine_for_reading, engine_for_writing, open_engine
from shared.database.keys.vault import Vault
from shared.database.migrations.migrate import models_metadata
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.settings import Settings
from tests.databases import sqlite_in
from tests.deploy.supervised import SLEEP, Supervised
from tests.factories.register import demo_rows
from tests.forked import killed_at_change, run_preau
from tests.journeys.bus import guardian, until
from tests.journeys.databases import found
from tests.journeys.town import DemoTown
from tests.night import ALL
from tests.ports import PORT_BASE

PRINCIPALS = {"identity": "identity", "billing": "billing"}
CLAIRE = "claire.lefevre@example.org"
POSTGRESQL = "own: postgresql\n"
TARIFF = "INSERT INTO tariff_version VALUES (?, ?, ?, ?, ?)"
SPELLED = (None, "null", '{"b" :  1.50, "a": "\u00e9\\u00e9"}')
"""Withdrawn, and JSON that nothing of ours would spell so."""

STEPS_OF_COPYING = 3 * len(PRINCIPALS)
FIRST_STEP = 1 if ALL else STEPS_OF_COPYING
"""
The first step at which it breaks off: at night the first of all, by day the one where all is copied
and nothing is noted. That leaves most to be made anew, those before it a part of that; those after
it, where some are led to the new databases and others are not, copy nothing and cost little.
"""

pytestmark = pytest.mark.timeout(900)


class BrokenOff(Exception):
    """An end by Ctrl-C, or by a loss of power."""


@dataclass(frozen=True)
class OnFiles:
    """Two principals of a stopped town whose databases are files; a person's sealed value."""

    home: Path
    subject: str
    sealed: bytes

    @property
    def applied(self) -> Applied:
        """Return the town as a new command reads it."""
        return Applied(Instance(self.home, PORT_BASE + 330))

    def contents(self) -> dict[str, Contents]:
        """Return what each table of each database holds, wherever the town has it now."""
        found = {}
        for name, folder in PRINCIPALS.items():
            engine = open_engine(self.applied.secrets.read_values(name)[DATA])
            with engine_for_reading(engine).connect() as connection:
                for table, held in contents_of_tables(connection, models_metadata(folder)).items():
                    found[f"{name} {table}"] = held
            engine.dispose()
        return found

    def opens(self) -> object:
        settings = Settings.from_env(self.applied.environment_of_principal("identity"))
        vault = Vault(settings.keys_url, settings.key_encryption_key)
        return vault.open(self.subject, "kit.value", self.sealed)


@pytest.fixture
def on_files() -> Iterator[OnFiles]:
    folder = Path(tempfile.mkdtemp(prefix="preau-moving-"))
    folder.chmod(0o711)
    applied = Applied(Instance(folder / "home", PORT_BASE + 330))
    applied.instance.prepare_folders()
    rows = demo_rows()
    rows["principals"] = [row for row in rows["principals"] if row["name"] in PRINCIPALS]
    replace_file(applied.instance.register_path, json.dumps(rows))
    for name, service_folder in PRINCIPALS.items():
        database = sqlite_in(applied.instance.data_dir, name, f"{name}-keys")
        database.migrated(service_folder)
        urls = {DATA: database.url, KEYS: database.keys_url}
        applied.secrets.ensure_values(
            name, SECRET_KEY=new_encryption_key, AMQP_URI="amqp://nobody", **urls
        )
    applied.secrets.ensure_encryption_keys(PRINCIPALS)
    applied.secrets.ensure_token_keys(PRINCIPALS)
    yield _with_rows(applied)
    Applied(applied.instance).engines_of_town.remove_own_engines()
    shutil.rmtree(folder, ignore_errors=True)


def _with_rows(applied: Applied) -> OnFiles:
    """Write what the two kinds spell otherwise, or guard: JSON, moments, an entry that balances."""
    entry = new_id()
    sides = [
        {"entry_id": entry, "seq": seq, "regie": "ens", "account": "suspense", "cents": cents}
        for seq, cents in enumerate((100, -100))
    ]
    says = {"kind": "payment", "source": entry, "day": today(), "at": now()}
    engine = open_engine(applied.secrets.read_values("billing")[DATA])
    with engine_for_writing(engine).begin() as connection:
        connection.execute(insert(Posting), sides)
        connection.execute(insert(Entry), [{"id": entry, "regie": "ens", **says}])
        for number, content in enumerate(SPELLED):
            connection.exec_driver_sql(
                TARIFF, ("ens", "t", number, content, "2026-11-28 01:02:03.4")
            )
    engine.dispose()
    settings = Settings.from_env(applied.environment_of_principal("identity"))
    vault, subject = Vault(settings.keys_url, settings.key_encryption_key), new_id()
    return OnFiles(applied.instance.home, subject, vault.seal(subject, "kit.value", "a secret"))


def quiet(_line: str) -> None:
    """Say nothing."""


def say_postgresql(town: OnFiles) -> None:
    (town.home / ENGINES_FILE).write_text(POSTGRESQL, "utf-8")


def breaking_at(step: int) -> Callable[[str], None]:
    """Return what is told how far a move is, and breaks it off at one step."""
    said = []

    def say(line: str) -> None:
        said.append(line)
        if len(said) == step:
            raise BrokenOff

    return say


def breaking_when_said(beginning: str) -> Callable[[str], None]:
    """Return what is told how far a move is, and breaks it off at a line that begins so."""

    def say(line: str) -> None:
        if line.startswith(beginning):
            raise BrokenOff

    return say


def test_every_row_is_in_postgresql_and_the_files_are_kept_until_otherwise_said(
    on_files: OnFiles,
) -> None:
    before = on_files.contents()
    say_postgresql(on_files)

    said = move_to_postgresql(on_files.applied, quiet)

    applied = on_files.applied
    assert str(files_left_from_move(applied.instance)) in said
    assert {path.name for path in files_left_from_move(applied.instance).iterdir()} >= {
        "billing.sqlite",
        "identity.sqlite",
        "identity-keys.sqlite",
    }
    assert list(applied.instance.data_dir.iterdir()) == []
    require_one_kind(applied.engines_of_town, applied.secrets)
    applied.engines_of_town.own_database_server.start()
    assert on_files.contents() == before
    assert any(held.rows for held in before.values())
    assert on_files.opens() == "a secret"
    with pytest.raises(DBAPIError, match="no_update"):
        _changes_its_ledger(applied)
    assert "nothing to move" in move_to_postgresql(applied, quiet)

    delete_files_left_from_move(applied)
    assert not files_left_from_move(applied.instance).exists()
    with pytest.raises(MoveRefused, match="no files of before"):
        delete_files_left_from_move(applied)


def test_a_move_that_breaks_off_anywhere_leaves_nothing_half_and_ends_when_begun_again(
    on_files: OnFiles,
) -> None:
    before = on_files.contents()
    say_postgresql(on_files)
    # It stays, so that each start is quick.
    on_files.applied.engines_of_town.own_database_server.start()

    broken_off, over = Counter({False: FIRST_STEP - 1}), False
    while not over:
        # Once all is copied a start says nothing of that any more.
        step = broken_off[move_note(on_files.applied.instance).exists()] + 1
        try:
            move_to_postgresql(on_files.applied, breaking_at(step))
            over = True
        except BrokenOff:
            applied = on_files.applied
            assert is_move_begun(applied.instance), step
            with pytest.raises(UserError, match="preau move"):
                require_known_schemas(applied)
            broken_off[is_copied := move_note(applied.instance).exists()] += 1
            if not is_copied:
                assert on_files.contents() == before, step
                assert principals_on_files(applied.secrets) == sorted(PRINCIPALS)
                (on_files.home / ENGINES_FILE).unlink()
                require_known_schemas(on_files.applied)  # who thinks better of it goes on
                say_postgresql(on_files)

    assert broken_off[False] == STEPS_OF_COPYING
    assert broken_off[True] > len(PRINCIPALS)
    assert on_files.contents() == before
    assert on_files.opens() == "a secret"


def test_a_move_killed_while_it_clears_up_does_not_copy_again_what_is_there_no_more(
    on_files: OnFiles,
) -> None:
    """A second start would make the databases anew, though the files are laid aside."""
    before = on_files.contents()
    say_postgresql(on_files)
    on_files.applied.engines_of_town.own_database_server.start()
    with pytest.raises(BrokenOff):
        move_to_postgresql(on_files.applied, breaking_when_said("files laid aside"))
    folder, kept = move_folder(on_files.applied.instance), on_files.home.parent / "kept"
    shutil.copytree(folder, kept)

    changes, is_killed = 0, True
    while is_killed:
        for path in (folder, files_left_from_move(on_files.applied.instance) / folder.name):
            shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(kept, folder)
        is_killed = killed_at_change(changes, lambda: move_to_postgresql(on_files.applied, quiet))
        move_to_postgresql(on_files.applied, quiet)
        assert on_files.contents() == before, f"killed at change {changes}"
        changes += 1

    assert changes > len(PRINCIPALS)
    assert not folder.exists()


def test_a_home_with_files_does_not_start_on_postgresql_and_says_how_to_get_there(
    on_files: OnFiles,
) -> None:
    say_postgresql(on_files)

    for command in ("up", "apply", "plan"):
        done = preau(on_files, command)
        assert done.returncode == 1, command
        assert "`preau move` takes them there" in done.stderr
    with pytest.raises(UserError, match="preau move"):
        make_backup(on_files.applied, on_files.home.parent / "copy", 0)
    [finding] = [each for each in examine_town(on_files.applied) if "lie in files" in each.what]
    assert "preau move" in finding.mend
    assert not on_files.applied.instance.postgres_dir.exists()


def test_a_town_that_has_moved_does_not_start_on_files_again(on_files: OnFiles) -> None:
    say_postgresql(on_files)
    move_to_postgresql(on_files.applied, quiet)

    (on_files.home / ENGINES_FILE).write_text("own: files\n", "utf-8")
    with pytest.raises(UserError, match="The way back to files is to restore a copy"):
        require_known_schemas(on_files.applied)
    say_postgresql(on_files)  # whose server is then removed


def test_a_town_that_runs_or_has_nowhere_to_go_is_not_moved(on_files: OnFiles) -> None:
    with pytest.raises(MoveRefused, match="Say first where to"):
        move_to_postgresql(on_files.applied, quiet)

    say_postgresql(on_files)
    running = Supervised(on_files.home.parent)
    running.want(desk=SLEEP)
    running.launch()
    running.pid_once_running("desk")
    try:
        with pytest.raises(UserError, match="The town runs"):
            move_to_postgresql(on_files.applied, quiet)
    finally:
        running.finish()
    assert not is_move_begun(on_files.applied.instance)


def test_a_move_goes_over_no_database_that_it_did_not_make(on_files: OnFiles) -> None:
    say_postgresql(on_files)
    cluster = on_files.applied.engines_of_town.own_database_server
    cluster.start()
    cluster.create_database("preau_billing")

    with pytest.raises(MoveRefused, match="preau_billing already"):
        move_to_postgresql(on_files.applied, quiet)

    assert cluster.administrator_of_server.has_database("preau_billing")


def test_a_digest_tells_a_difference_from_another_order(on_files: OnFiles) -> None:
    lease = "INSERT INTO lease VALUES (?, ?, '2026-11-28 01:02:03')"
    seen = []
    engine = open_engine(on_files.applied.secrets.read_values("billing")[DATA])
    for rows in ([("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")], [("a", "2"), ("b", "1")]):
        with engine_for_writing(engine).begin() as connection:
            connection.exec_driver_sql("DELETE FROM lease")
            connection.exec_driver_sql(lease, rows)
        seen.append(on_files.contents())
    engine.dispose()

    first, otherwise_ordered, different = seen
    assert first == otherwise_ordered
    assert {name for name in first if first[name] != different[name]} == {"billing lease"}
    assert first["billing lease"].rows == different["billing lease"].rows == 2


def test_no_table_is_numbered_by_its_database() -> None:
    """There is then no sequence that would have to go on where files had left off."""
    numbered = {
        f"{name} {table.name}"
        for name in SPECS
        for table in models_metadata(folder_of_service(name)).sorted_tables
        if table.autoincrement_column is not None
    }

    assert numbered == set()


def _changes_its_ledger(applied: Applied) -> None:
    engine = open_engine(applied.secrets.read_values("billing")[DATA])
    try:
        with engine.begin() as connection:
            connection.execute(text("UPDATE posting SET cents = 0"))
    finally:
        engine.dispose()


def preau(town: OnFiles, *arguments: str) -> "subprocess.CompletedProcess[str]":
    plain = {key: value for key, value in os.environ.items() if not key.startswith("PREAU_")}
    return run_preau(arguments, {**plain, **town.applied.instance.environment}, seconds=120)


@pytest.mark.nightly
def test_the_demonstration_moves_though_it_is_killed_and_a_family_finds_all_that_it_had() -> None:
    home = Path(tempfile.mkdtemp(prefix="preau-moved-"))
    home.chmod(0o711)
    town = DemoTown(home / "var", PORT_BASE + 300)
    try:
        town.preau("up", "--detach")
        town.preau("demo", "--quiet")
        bill = until(lambda: printed_bill(town), 120)
        town.preau("down")
        (town.instance.home / ENGINES_FILE).write_text(POSTGRESQL, "utf-8")

        _is_killed_when_it_copies_billing(town)
        assert "preau move" in town.preau("up", "--detach", ok=False).stderr
        town.preau("move")

        town = DemoTown(town.instance.home, town.instance.port_base)  # as a new command reads it
        town.preau("up", "--detach")
        assert until(lambda: printed_bill(town), 120) == bill
        said = town.preau("resync").stdout.splitlines()
        assert said
        assert all(line.endswith(" facts are equal") for line in said)
        until(lambda: "nothing is wrong" in town.preau("doctor", ok=False).stdout, 120)
    finally:
        supervisor.stop_supervisor(town.instance)
        DemoTown(
            town.instance.home, town.instance.port_base
        ).applied.engines_of_town.remove_own_engines()
        shutil.rmtree(home, ignore_errors=True)


def printed_bill(town: DemoTown) -> str:
    """Return the digest of a family's first bill as it is printed, once somebody signs in."""
    with guardian(town, CLAIRE) as ask:
        [home] = ask(guardians.my_children).households
        query = "SELECT id FROM invoice WHERE household_id = :home ORDER BY id"
        invoice = found(town, "billing", query, home=home)[0][0]
        return str(ask(bills.bill_pdf, invoice_id=invoice).sha256)


def _is_killed_when_it_copies_billing(town: DemoTown) -> None:
    plain = {key: value for key, value in os.environ.items() if not key.startswith("PREAU_")}
    moving = subprocess.Popen(
        [sys.executable, "-m", "deploy", "move"],
        cwd=PROJECT,
        env={**plain, **town.instance.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until((town.instance.home / "move" / "secrets" / "billing.env").exists, 120)
    moving.kill()
    moving.wait()
    assert is_move_begun(town.instance)
