"""Four queues of one service's events on three nodes, of which one is dead at any moment."""

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.engines.rabbitmq_node import BrokerNode
from tests.faults.copies import COUNT, disturb, tell_meanwhile
from tests.faults.scene import Scene, fresh_name, scene_on
from tests.faults.steps import Steps

pytestmark = pytest.mark.nightly

ROUNDS = 12
LONGEST_DEATH_SECONDS = 6.0


@pytest.fixture(params=["sqlite", "postgresql"])
def scene(
    request: pytest.FixtureRequest,
    nodes: tuple[BrokerNode, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Scene]:
    """Give alpha, and beta whose events are shared out to four queues, each on all nodes."""
    first, *others = nodes
    folder = tmp_path_factory.mktemp("lanes")

    def cluster() -> Any:
        return request.getfixturevalue("cluster")

    with scene_on(request.param, first, folder, cluster, tuple(others), COUNT) as scene:
        yield scene


def disturb_all(scene: Scene, draw: random.Random) -> None:
    """Let a node die, or return for the next one to die, beside what happens to processes."""
    disturb(scene, draw)
    dead = [node for node in scene.town.nodes if not node.is_running()]
    for node in dead:
        node.start()
        node.wait_ready()
    if not dead:
        draw.choice(scene.town.nodes).kill()
        time.sleep(draw.uniform(0, LONGEST_DEATH_SECONDS))


def test_each_childs_events_stay_in_order_while_nodes_and_processes_die(scene: Scene) -> None:
    with scene.store() as store:
        steps = Steps(scene, store, [fresh_name() for _ in range(30)])
        tell_meanwhile(scene, steps, disturb_all, rounds=ROUNDS, seed=random.randrange(10**6))
