"""Another town is another file: a rural intercommunality is brought up, and no code is touched."""

import json
import shutil
import sqlite3
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from deploy.instance.instance import PROJECT
from deploy.processes.ops_requests import ops_client
from deploy.register.cached_declarations import cached_declarations
from deploy.register.compiler import compile_register
from deploy.register.town_file.town import read_town
from shared.contracts.dossier.families import imported_households
from shared.register import Register
from tests.databases import Database
from tests.factories import dossier as make
from tests.journeys.bus import until
from tests.journeys.town import DemoTown
from tests.ports import PORT_BASE

FILE = PROJECT / "deploy" / "towns" / "rural.yaml"
RURAL = read_town(FILE)


class RuralTown(DemoTown):
    """The same command, another file."""

    def preau(self, *arguments: str, **options: Any) -> Any:
        return super().preau(*arguments, **{"town_file": FILE, **options})


@pytest.fixture(scope="module")
def rural() -> Iterator[RuralTown]:
    """Give the running intercommunality."""
    home = Path(tempfile.mkdtemp(prefix="preau-rural-"))
    town = RuralTown(home / "var", PORT_BASE + 300)
    try:
        town.preau("up", "--detach")
        yield town
    finally:
        town.preau("down", ok=False)
        shutil.rmtree(home, ignore_errors=True)


def page(address: str) -> str:
    session = requests.Session()
    session.trust_env = False
    answer = session.get(address, timeout=20)
    assert answer.status_code == 200, answer.status_code
    return answer.text


def test_another_towns_file_alone_says_what_each_provider_is_told(
    database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "register.json"
    file.write_text(json.dumps(compile_register(RURAL, cached_declarations(), {})), "utf-8")
    told = defaultdict(set)

    with make.opened(database, file, Register(file)) as town:
        town.arrives(_family_of_every_provider())
        for sent in town.sent():
            told[sent.provider].add(sent.projection)

    assert told == {each.code: set(each.entitlements) for each in RURAL.providers}


def test_a_real_town_has_no_ready_accounts_and_tells_its_families_before_anything_widens() -> None:
    register = compile_register(RURAL, cached_declarations(), {})

    assert register["town"]["demo"] is False
    assert not [row for row in register["calls"] if row["method"] == "open_accounts"]
    assert RURAL.notice_days == 30


@pytest.mark.nightly
def test_another_towns_file_alone_makes_another_town(rural: RuralTown) -> None:
    assert rural.status()["ready"] is True
    assert rural.preau("plan").stdout == "nothing to change\n"
    assert rural.preau("register", "--json").returncode == 0

    assert RURAL.name in page(rural.portal)
    for provider in RURAL.providers:
        assert provider.label in page(f"{rural.desk(provider.code)}/connexion")

    _each_receives_what_the_file_says_and_no_more(rural)


def _each_receives_what_the_file_says_and_no_more(rural: RuralTown) -> None:
    with ops_client(rural.applied) as client:
        request = imported_households.ImportHouseholdRequest(**_family_of_every_provider())
        ids = client.ask(imported_households.import_household, request, deadline=60.0)
    (child_id,) = ids.children.values()
    for provider in RURAL.providers:
        wanted = set(provider.entitlements)
        database = rural.instance.database_path(provider.principal)
        until(lambda database=database, wanted=wanted: _held(database, child_id) == wanted, 60)


def _family_of_every_provider() -> dict[str, Any]:
    adult = make.guardian("Irma Valette")
    told = {"diet": make.diet(), "health": make.health("arachide")}
    codes = [provider.code for provider in RURAL.providers]
    return make.household(make.child([adult], links=codes, sections=told), guardians=[adult])


def _held(database: Path, child_id: str) -> set[str]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        rows = connection.execute(
            "SELECT projection FROM held_projection WHERE child_id = ?", (child_id,)
        )
        return {projection for (projection,) in rows}
