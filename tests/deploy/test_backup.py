"""
The town's IT department loses a machine: a copy, another home, and the town goes on. With databases
that are files, and with a PostgreSQL server's.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from deploy.backups.databases.interface import BackupError
from deploy.backups.making import digest_of_file
from deploy.backups.restoring import restore_town
from deploy.doctor.host import BACKED_UP
from deploy.engines.town_engines import FILES, POSTGRESQL
from deploy.instance.instance import ENGINES_FILE
from deploy.provisioning.databases import secrets_name_of_owner
from services.billing.models.ledger import Entry, Posting
from shared.database import Unreadable
from shared.database.engines import open_engine
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.deploy.one_family import COPIED_IN_CLEAR, LOGIN, SCHOOL, settle, stops, tells, told
from tests.journeys import replica
from tests.journeys.bus import held_still, until
from tests.journeys.databases import database
from tests.journeys.people import child_id
from tests.journeys.town import DemoTown
from tests.ports import PORT_BASE

QUEUE = f"in.{SCHOOL}.events"
VEGETARIAN = {"menu": "vegetarian", "without": []}
NO_PORK = {"menu": "no_pork", "without": []}

pytestmark = pytest.mark.timeout(600)

CATALOGUES = (
    "SELECT relname, relkind, pg_get_userbyid(relowner), array(SELECT unnest(relacl)::text"
    " ORDER BY 1) FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "SELECT tgname, pg_get_triggerdef(oid), pg_get_functiondef(tgfoid) FROM pg_trigger"
    " WHERE NOT tgisinternal",
    # A check is spelled otherwise once it has been read again, and means the same.
    "SELECT conrelid::regclass, conname, convalidated, CASE contype WHEN 'c' THEN ''"
    " ELSE pg_get_constraintdef(oid) END FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "SELECT pg_get_userbyid(nspowner), array(SELECT unnest(nspacl)::text ORDER BY 1)"
    " FROM pg_namespace WHERE nspname = 'public'",
    "SELECT pg_get_userbyid(datdba), array(SELECT unnest(datacl)::text ORDER BY 1)"
    " FROM pg_database WHERE datname = current_database()",
    "SELECT pg_get_userbyid(defaclrole), defaclobjtype, array(SELECT unnest(defaclacl)::text"
    " ORDER BY 1) FROM pg_default_acl",
)
"""Return owners, privileges and constraints of PostgreSQL."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="preau-copies-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Copies:
    """
    The copies of a town: `first`, and `second`, made after more was told.

    In between, the child's key at one provider was destroyed. `catalogues` are PostgreSQL's.
    """

    kind: str
    folder: Path
    child: str
    catalogues: set[str]

    def at(self, name: str) -> Path:
        return self.folder / name

    @contextmanager
    def home(self, name: str) -> Iterator[DemoTown]:
        """Give an empty home, on other ports than those of the town that is copied."""
        town = DemoTown(self.folder / name, PORT_BASE + 400)
        try:
            yield town
        finally:
            stops(town)

    @contextmanager
    def restored(self, name: str, *how: str) -> Iterator[DemoTown]:
        """Give a home into which the first copy was restored, its databases at hand."""
        with self.home(name) as town:
            town.preau("restore", str(self.at("first")), *how)
            if self.kind == POSTGRESQL:
                town.applied.engines_of_town.own_database_server.start()
            yield town


@pytest.fixture(scope="module", params=[FILES, pytest.param(POSTGRESQL, marks=pytest.mark.nightly)])
def copies(request: pytest.FixtureRequest, folder: Path) -> Iterator[Copies]:
    """Copy a town that goes on, and one on PostgreSQL that is then lost."""
    kind = request.param
    if kind == FILES:
        town = request.getfixturevalue("small_town")
        yield _copied(town, Copies(kind, folder / kind, child_id(town, LOGIN, "Manon"), set()))
        return
    town = DemoTown(folder / "old", PORT_BASE + 300)
    town.instance.home.mkdir()
    (town.instance.home / ENGINES_FILE).write_text(f"own: {kind}\n{COPIED_IN_CLEAR}", "utf-8")
    try:
        town.preau("up", "--detach")
        made = Copies(kind, folder / kind, settle(town), set())
        _writes_into_the_ledger(town)
        _copied(town, made)
        made.catalogues.update(catalogues(town))
    finally:
        stops(town)
    shutil.rmtree(folder / "old")
    yield made


def _copied(town: DemoTown, made: Copies) -> Copies:
    tells(town, made.child, VEGETARIAN)
    until(lambda: holds(town, made.child, VEGETARIAN))
    town.preau("backup", str(made.at("first")))
    if made.kind == POSTGRESQL:
        _is_not_copied_while_something_is_on_its_way(town, made)
    else:
        tells(town, made.child, NO_PORK)
    until(lambda: holds(town, made.child, NO_PORK))
    with replica.shredded(town, SCHOOL, made.child):
        if made.kind == POSTGRESQL:
            _is_copied_every_night_and_old_copies_of_it_go(town, made)
        else:
            town.preau("backup", str(made.at("second")))
    return made


def _is_not_copied_while_something_is_on_its_way(town: DemoTown, made: Copies) -> None:
    last = town.instance.home / BACKED_UP
    last.unlink()
    with held_still(town, SCHOOL):
        tells(town, made.child, NO_PORK)
        waits = town.preau("backup", str(made.at("less")), "--wait", "0", ok=False)
        assert waits.returncode == 1
        assert QUEUE in waits.stderr
        assert not made.at("less").exists()

        how = ["--wait", "0", "--anyway"]
        anyway = town.preau("backup", str(made.at("less")), *how, ok=False)
        assert anyway.returncode == 1
        assert "not of one moment" in anyway.stderr
        said = json.loads((made.at("less") / "backup.json").read_text("utf-8"))
        assert (said["one_moment"], set(said["on_the_way"])) == (False, {QUEUE})
    assert not last.exists()  # who watches is told of whole copies alone


def _is_copied_every_night_and_old_copies_of_it_go(town: DemoTown, made: Copies) -> None:
    nightly = made.at("nightly")
    for name in ("2026-11-01-03h20", "2026-11-02-03h20", "by-hand"):
        shutil.copytree(made.at("first"), nightly / name)
    (nightly / "2026-10-01-03h20").mkdir()  # somebody else's

    town.preau("backup", "--into", str(nightly), "--keep", "2")

    old, kept, new, by_hand = sorted(nightly.iterdir())
    assert (old.name, kept.name, by_hand.name) == (
        "2026-10-01-03h20",
        "2026-11-02-03h20",
        "by-hand",
    )
    made.at("second").symlink_to(new)


def test_a_town_that_is_lost_goes_on_from_its_copy_in_another_home(copies: Copies) -> None:
    child = copies.child
    with copies.restored("new") as town:
        assert catalogues(town) ^ copies.catalogues == set()
        _refuses_to_change_its_ledger(town, copies)

        town.preau("up", "--detach")

        assert town.preau("register", "--json").returncode == 0
        said = town.preau("resync").stdout.splitlines()
        assert said and all(line.endswith(" facts are equal") for line in said)
        assert told(town, child) == VEGETARIAN
        assert holds(town, child, VEGETARIAN)

        tells(town, child, NO_PORK)
        until(lambda: holds(town, child, NO_PORK))
        with pytest.raises(BackupError, match="holds a town"):
            restore_town(town.applied, copies.at("first"))


def test_what_was_erased_after_a_copy_stays_unreadable_with_the_keys_of_a_later_one(
    copies: Copies,
) -> None:
    with (
        copies.restored("later-keys", "--keys", str(copies.at("second"))) as town,
        pytest.raises(Unreadable),
    ):
        holds(town, copies.child, VEGETARIAN)


def test_a_copy_that_is_not_what_was_copied_is_not_used(copies: Copies) -> None:
    damaged = copies.at("damaged")
    shutil.copytree(copies.at("first"), damaged)
    file = next((damaged / "data").glob("dossier.*"))
    first, *rest = file.read_bytes()
    file.write_bytes(bytes([first ^ 1, *rest]))

    with copies.home("nothing") as town:
        said = town.preau("restore", str(damaged), ok=False)
        assert f"data/{file.name} is not what was copied" in said.stderr
        with pytest.raises(BackupError, match="is older than"):
            restore_town(town.applied, copies.at("second"), copies.at("first"))
        assert not town.instance.register_path.exists()


def test_a_restore_that_fails_halfway_leaves_nothing_behind(copies: Copies) -> None:
    """The last principal's database is a file of no kind, and its digest agrees."""
    if copies.kind == FILES:
        pytest.skip("a file is not read before the town starts")
    broken = copies.at("broken")
    shutil.copytree(copies.at("first"), broken)
    file = max((broken / "data").glob("portal.*"))
    file.write_bytes(b"nothing that a database reads")
    said = json.loads((broken / "backup.json").read_text("utf-8"))
    said["files"][f"data/{file.name}"] = digest_of_file(file)
    (broken / "backup.json").write_text(json.dumps(said), "utf-8")

    with copies.home("halfway") as town:
        assert town.preau("restore", str(broken), ok=False).returncode
        assert not town.instance.register_path.exists()
        town.preau("restore", str(copies.at("first")))


def test_a_copy_is_not_restored_into_databases_of_the_other_kind(copies: Copies) -> None:
    """As where PREAU_ENGINES named the server of the town that is lost, and nothing does now."""
    copy = copies.at("without-engines")
    shutil.copytree(copies.at("first"), copy)
    said = json.loads((copy / "backup.json").read_text("utf-8"))
    said["files"].pop(f"home/{ENGINES_FILE}", None)
    (copy / "backup.json").write_text(json.dumps(said), "utf-8")
    (copy / "home" / ENGINES_FILE).unlink(missing_ok=True)

    with copies.home("other") as town:
        if copies.kind == FILES:
            town.instance.home.mkdir()
            (town.instance.home / ENGINES_FILE).write_text(f"own: {POSTGRESQL}\n", "utf-8")
        with pytest.raises(BackupError, match="PostgreSQL"):
            restore_town(town.applied, copy)

        assert not town.instance.register_path.exists()
        assert town.applied.secrets.principals_with_secrets() == []


def _writes_into_the_ledger(town: DemoTown) -> None:
    entry, regie = new_id(), "ens"
    sides = [
        {"entry_id": entry, "seq": seq, "regie": regie, "account": "suspense", "cents": cents}
        for seq, cents in enumerate((100, -100))
    ]
    says = {"kind": "payment", "source": entry, "day": today(), "at": now()}
    with database(town, "billing") as connection:
        connection.execute(insert(Posting), sides)
        connection.execute(insert(Entry), [{"id": entry, "regie": regie, **says}])
        connection.commit()


def _refuses_to_change_its_ledger(town: DemoTown, copies: Copies) -> None:
    if copies.kind == FILES:  # which the guards of files came with as they are
        return
    acts = {
        "UPDATE posting SET cents = 0": "no_update",
        "DELETE FROM entry": "no_delete",
        "TRUNCATE posting": "permission denied",
        "DROP TABLE posting": "must be owner",
    }
    for act, refused in acts.items():
        with database(town, "billing") as connection, pytest.raises(DBAPIError, match=refused):
            connection.execute(text(act))


def catalogues(town: DemoTown) -> set[str]:
    """Return each row of PostgreSQL's catalogues with the database it is of; nothing of files."""
    found = set()
    for file in town.applied.secrets.principals_with_secrets():
        urls = (
            town.applied.secrets.read_values(file)
            if file.endswith(secrets_name_of_owner(""))
            else {}
        )
        for url in urls.values():
            engine = open_engine(url)
            with engine.connect() as connection:
                rows = [row for each in CATALOGUES for row in connection.execute(text(each))]
            engine.dispose()
            found |= {f"{engine.url.database}: {row}" for row in rows}
    return found


def holds(town: DemoTown, child: str, diet: dict[str, Any]) -> bool:
    """Say whether the school service has this diet on its disk; raises Unreadable."""
    return bool(replica.contents(town, SCHOOL, child)["diet"]["menu"] == diet["menu"])
