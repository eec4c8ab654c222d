"""
Préau's own broker and database server are killed under a family's hands, and come back by
themselves.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from deploy.doctor.examine import examine_town
from deploy.doctor.finding import Finding
from deploy.engines.own_postgres import PostgresCluster
from deploy.engines.rabbitmq_node import BrokerNode
from deploy.engines.town_engines import FILES, POSTGRESQL
from deploy.instance.instance import ENGINES_FILE, Instance
from deploy.processes import supervisor
from deploy.processes.engine_watch import (
    FIRST_DELAY,
    LONGEST_DELAY,
    STEADY_SECONDS,
    Watched,
    engine_states,
)
from shared.bus.client import Client
from shared.contracts.dossier import guardians
from shared.contracts.identity import sign_ins
from shared.contracts.message import Method
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.settings import Settings
from tests.deploy.one_family import LOGIN, SCHOOL, settle
from tests.journeys import replica
from tests.journeys.bus import until
from tests.journeys.databases import found
from tests.journeys.people import child_id
from tests.journeys.town import PASSWORD, DemoTown
from tests.ports import PORT_BASE

ACTS = 100
"""Acts of each of two hands."""
MENUS = ("vegetarian", "no_pork")

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(params=[FILES, pytest.param(POSTGRESQL, marks=pytest.mark.nightly)])
def town(request: pytest.FixtureRequest) -> Iterator[DemoTown]:
    """Give a town with one family: with a private broker, and with a database server too."""
    if request.param == FILES:
        yield request.getfixturevalue("small_town")
        return
    home = Path(tempfile.mkdtemp(prefix="preau-watched-"))
    home.chmod(0o711)
    town = DemoTown(home / "var", PORT_BASE + 300)
    town.instance.home.mkdir()
    (town.instance.home / ENGINES_FILE).write_text(f"own: {POSTGRESQL}\n", "utf-8")
    try:
        town.preau("up", "--detach")
        settle(town)
        yield town
    finally:
        supervisor.stop_supervisor(town.instance)
        town.applied.engines_of_town.remove_own_engines()
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Hand:
    """A guardian at the portal who asks until there is an answer, each thing under one id."""

    town: DemoTown
    token: str
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = Client(
            Settings.from_env(self.town.applied.environment_of_principal("portal"))
        )

    def asks(self, method: Method[Any, Any], **payload: Any) -> Any:
        """Return the answer, once there is one."""
        request_id = new_id()
        request = method.request(**payload)

        def answered() -> Any:
            return self.client.ask(
                method, request, token=self.token, request_id=request_id, deadline=2.0
            )

        return until(answered, 60)


@pytest.fixture
def hands(town: DemoTown) -> Iterator[list[Hand]]:
    """Give two hands of one guardian."""
    client = Client(Settings.from_env(town.applied.environment_of_principal("portal")))
    token = client.ask(sign_ins.sign_in, sign_ins.SignInRequest(LOGIN, PASSWORD)).token
    client.close()
    hands = [Hand(town, token) for _ in range(2)]
    yield hands
    for hand in hands:
        hand.client.close()


def engines_of(town: DemoTown) -> list[BrokerNode | PostgresCluster]:
    return town.applied.engines_of_town.own_engines_to_keep_running()


def pids(town: DemoTown) -> list[int | None]:
    return [engine.pid() for engine in engines_of(town)]


def strike(*engines: BrokerNode | PostgresCluster) -> None:
    """End engines as the kernel does for want of memory."""
    for engine in engines:
        pid = engine.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)


def _print_findings(town: DemoTown) -> list[Finding]:
    """Return what is wrong with a town, printed for a test that waits in vain."""
    findings = examine_town(town.applied)
    print(findings)
    return findings


def test_two_hundred_acts_while_engines_are_killed_are_each_done_once(
    town: DemoTown, hands: list[Hand]
) -> None:
    child, [home] = child_id(town, LOGIN, "Manon"), hands[0].asks(guardians.my_children).households
    engines, before = engines_of(town), pids(town)
    blows: dict[int, Callable[[], None]] = {
        ACTS // 5 * number: lambda engine=engine: strike(engine)
        for number, engine in enumerate(engines, start=1)
    }

    def eats() -> list[int]:
        said = [hands[0].asks(guardians.read_section, child_id=child, section="diet").version]
        for number in range(ACTS):
            blows.get(number, lambda: None)()
            content = {"menu": MENUS[number % len(MENUS)], "without": []}
            at = {"child_id": child, "section": "diet", "base_version": said[-1]}
            said.append(hands[0].asks(guardians.write_section, **at, content=content).version)
        return said

    def moves() -> list[int]:
        said = [hands[1].asks(guardians.my_household, household_id=home).version]
        place = {"postcode": "28000", "insee": "", "commune": "Ailleurs", "valid_from": today()}
        for number in range(ACTS):
            at = {"household_id": home, "base_version": said[-1], "street": f"{number} rue Haute"}
            said.append(hands[1].asks(guardians.move_household, **at, **place).version)
        return said

    with ThreadPoolExecutor(2) as pool:
        for version in [each.result() for each in [pool.submit(eats), pool.submit(moves)]]:
            assert version == list(range(version[0], version[0] + ACTS + 1))

    section = hands[0].asks(guardians.read_section, child_id=child, section="diet")
    lives = hands[1].asks(guardians.my_household, household_id=home).addresses[0]["street"]
    assert lives == f"{ACTS - 1} rue Haute"
    until(lambda: replica.contents(town, SCHOOL, child)["diet"]["menu"] == section.content["menu"])
    until(lambda: not found(town, "dossier", "SELECT id FROM outbox"))
    said = town.preau("resync").stdout.splitlines()
    assert said
    assert all(line.endswith(" facts are equal") for line in said)
    assert set(before).isdisjoint(pids(town))
    until(lambda: not _print_findings(town), 90)


class Frail:
    """An engine that ends as soon as it has started, until it is mended."""

    name = "frail"

    def __init__(self) -> None:
        self.starts = 0
        self.mended = False
        self._runs = False

    def start(self) -> None:
        self.starts += 1
        self._runs = self.mended

    def is_running(self) -> bool:
        return self._runs


def test_an_engine_that_ends_again_and_again_is_started_ever_later_and_never_given_up() -> None:
    engine = Frail()
    watched = Watched(engine)

    moments = [0.1 * tenth for tenth in range(int(20 * LONGEST_DELAY / 0.1))]
    started = []
    for moment in moments:
        before = engine.starts
        watched.start_if_ended(moment)
        started += [moment] * (engine.starts - before)

    pauses = [later - earlier for earlier, later in pairwise(started)]
    assert [round(pause) for pause in pauses[:4]] == [FIRST_DELAY * 2**n for n in range(4)]
    assert {round(pause) for pause in pauses[8:]} == {LONGEST_DELAY}
    assert watched.state_of_engine["failures"] == engine.starts

    engine.mended = True
    last = moments[-1] + LONGEST_DELAY
    watched.start_if_ended(last)
    watched.start_if_ended(last + 0.1)
    assert (
        watched.state_of_engine["running"] and watched.state_of_engine["failures"] == engine.starts
    )
    watched.start_if_ended(last + STEADY_SECONDS + 1)
    assert watched.state_of_engine["failures"] == 0
    assert watched.state_of_engine["restarts"] == engine.starts


def test_a_private_database_whose_server_was_killed_starts_though_a_client_still_held_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    home = tmp_path_factory.mktemp("held")
    home.chmod(0o711)
    cluster = PostgresCluster(Instance(home / "var", PORT_BASE + 560))
    cluster.start()
    try:
        with cluster.administrator_of_server.cursor("postgres") as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            held = cursor.fetchone()[0]
            os.kill(held, signal.SIGSTOP)  # it does not notice that its server is gone
            strike(cluster)
            until(lambda: not cluster.is_running())

            cluster.start()

            assert cluster.is_running()
            assert not Path(f"/proc/{held}/cwd").exists()
    finally:
        cluster.remove()


def test_what_became_of_the_engines_is_written_down(small_town: DemoTown) -> None:
    node = BrokerNode(small_town.instance)
    before = engine_states(small_town.instance)[node.name]["restarts"]

    strike(node)

    until(lambda: engine_states(small_town.instance)[node.name]["restarts"] == before + 1)
    until(lambda: small_town.preau("status", ok=False).returncode == 0, 90)
