"""A broker of three nodes: one may die at any moment, and families notice a second or two of it."""

import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from deploy.backups.databases.interface import BackupError
from deploy.engines.broker_topology import CLASSIC, QUORUM
from deploy.engines.rabbitmq_node import BrokerNode
from shared.bus.handling.drain_marks import Marks
from shared.contracts.errors import Refusal
from tests.faults.moments import LONG, frozen, moments_while_families_write, taking
from tests.faults.scene import ALPHA, BETA, EVENTS, Scene, fresh_name, scene_on
from tests.kit import contracts
from tests.kit.town import until

REQUESTS = f"in.{ALPHA}.rpc.portal"

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def running(
    request: pytest.FixtureRequest,
    nodes: tuple[BrokerNode, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """Give both services, each as two instances on one database."""
    folder = tmp_path_factory.mktemp("clustered")
    first, *others = nodes

    def postgres() -> Any:
        return request.getfixturevalue("cluster")

    with scene_on("postgresql", first, folder, postgres, tuple(others)) as scene:
        for principal in (ALPHA, BETA):
            scene.start(principal)
        yield scene


@pytest.fixture
def scene(running: Scene) -> Iterator[Scene]:
    """Give the services with all nodes up and two instances of each; nothing is parked."""
    yield running
    for node in running.town.nodes:
        node.start()
    for node in running.town.nodes:
        node.wait_ready()
    running.restore()
    for principal in (ALPHA, BETA):
        while len(running.running[principal]) < 2:
            running.start(principal)
    until(lambda: _reading(running) == {EVENTS: 2, REQUESTS: 2}, 40)
    until(running.is_quiet, 40)
    assert running.dead() == 0


def _reading(scene: Scene) -> dict[str, int]:
    consumers = scene.town.broker.count_consumers_by_queue()
    return {queue: consumers[queue] for queue in (EVENTS, REQUESTS)}


def leader(scene: Scene, queue: str) -> BrokerNode:
    """Return the node that leads a queue."""
    listed = scene.node.rabbitmqctl(
        "list_queues", "-p", scene.town.vhost, "name", "leader", "--no-table-headers"
    )
    found = dict(line.split("\t") for line in listed.splitlines() if "\t" in line)
    return next(node for node in scene.town.nodes if node.node_name == found[queue])


def answers(scene: Scene) -> bool:
    try:
        return scene.portal.ask(contracts.echo, contracts.Text("bonjour")).text == "bonjour"
    except Refusal:
        return False


def test_all_but_the_slots_lies_on_every_node_and_those_lie_on_each_in_turn(scene: Scene) -> None:
    rows = {row["name"]: row for row in scene.town.broker.queue_descriptions()}
    slots = [rows[f"in.portal.replies.{slot}"] for slot in range(6)]

    assert [row["node"] for row in slots] == [node.node_name for node in scene.town.nodes] * 2
    assert {row["type"] for row in slots} == {CLASSIC}
    for queue in (REQUESTS, EVENTS, f"dead.{BETA}"):
        assert rows[queue]["type"] == QUORUM
        assert len(rows[queue]["members"]) == len(scene.town.nodes)


@pytest.mark.parametrize("queue", [EVENTS, REQUESTS])
def test_the_node_that_leads_is_killed_and_nothing_told_is_lost_or_doubled(
    scene: Scene, queue: str
) -> None:
    name = fresh_name()

    with scene.telling(name) as told:
        until(lambda: scene.heard(name) > 0)
        killed = leader(scene, queue)
        killed.kill()
        heard_until_then = scene.heard(name)

    until(lambda: scene.heard(name) == told.result(), 60)
    assert heard_until_then < told.result()
    assert not killed.is_running()


@pytest.mark.parametrize("queue", [REQUESTS, "in.portal.replies"])
def test_whoever_asks_is_answered_again_within_seconds_of_a_nodes_death(
    scene: Scene, queue: str
) -> None:
    assert answers(scene)
    lost = queue if queue == REQUESTS else f"{queue}.{scene.portal.slot}"
    leader(scene, lost).kill()

    until(lambda: answers(scene), 15)


def test_a_request_that_writes_is_done_once_though_a_node_dies_under_it(scene: Scene) -> None:
    name = fresh_name()
    with ThreadPoolExecutor(4) as pool:
        counted = [pool.submit(scene.count, name) for _ in range(40)]
        until(lambda: scene.counted(name, ALPHA) > 2)
        leader(scene, REQUESTS).kill()
        totals = sorted(each.result() for each in counted)

    assert totals == list(range(1, 41))
    until(lambda: scene.counted(name) == 40, 60)


def test_of_two_instances_one_is_killed_and_the_other_answers_and_hears(scene: Scene) -> None:
    names = [fresh_name() for _ in range(3)]
    wanted = Counter({name: 20 for name in names})

    for principal in (ALPHA, BETA):
        scene.running[principal][0].send_signal(signal.SIGKILL)
    for name in wanted.elements():
        scene.count(name)

    until(lambda: {name: scene.counted(name) for name in names} == wanted, 60)
    assert [process.poll() for process in scene.running[ALPHA]][1:] == [None]


def test_a_copys_moment_is_whole_on_three_nodes_while_families_write(scene: Scene) -> None:
    with closing(_marks(scene)) as marks, taking(scene, marks) as moments:
        found = moments_while_families_write(scene, moments, 3)

    assert [heard for _, heard in found] == [told for told, _ in found]
    assert len({told for told, _ in found}) == len(found)


def test_no_moment_is_taken_on_three_nodes_while_who_hears_is_frozen(scene: Scene) -> None:
    name = fresh_name()
    with closing(_marks(scene)) as marks, taking(scene, marks) as moments:
        with frozen(*scene.running[BETA]):
            scene.count(name)
            until(lambda: scene.waiting() == 0)
            with pytest.raises(BackupError, match=EVENTS):
                moments.moments.take_moment(0.0, anyway=False)

        assert moments.moments.take_moment(LONG, anyway=False).is_proven_quiet
    assert scene.counted(name) == 1


def _marks(scene: Scene) -> Marks:
    return Marks(
        scene.town.settings("ops"), [ALPHA, BETA], scene.town.broker.consumer_tags_by_queue
    )
