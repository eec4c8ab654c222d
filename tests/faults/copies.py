"""Copies of beta that share out its queues, and what happens to them while children are told of."""

import random
import signal
from collections.abc import Callable

from tests.faults.scene import BETA, Scene
from tests.faults.steps import Steps

COUNT = 4
"""Queues of beta's events, and its copies where all run."""
NOTHING = {"lost": 0, "doubled": 0, "out of order": 0}

Disturb = Callable[[Scene, random.Random], None]


def start_copies(scene: Scene, count: int = COUNT) -> None:
    """Have so many processes of beta, each knowing which it is, and no other."""
    scene.end(BETA)
    for number in range(1, count + 1):
        start_copy(scene, number, count)


def start_copy(scene: Scene, number: int, of: int = COUNT) -> None:
    """Start one more process of beta."""
    scene.start(BETA, PREAU_COPY=str(number), PREAU_COPIES=str(of))


def tell_meanwhile(scene: Scene, steps: Steps, disturb: Disturb, *, rounds: int, seed: int) -> None:
    """Tell steps while something is disturbed at each round; nothing of them may be missing."""
    print("seed", seed)
    draw, parked = random.Random(seed), scene.dead()
    start_copies(scene)
    for _ in range(rounds):
        steps.tell(draw, draw.randrange(1, 120))
        disturb(scene, draw)
    alive = [process for process in scene.running[BETA] if process.poll() is None]
    if not alive:
        start_copy(scene, 1)

    steps.wait_until_heard(300)

    assert steps.faults() == NOTHING, f"seed {seed}"
    assert scene.dead() == parked


def disturb(scene: Scene, draw: random.Random) -> None:
    """Do to a process of beta, or to all their connections, what happens to such."""
    running = scene.running[BETA]
    what = draw.choice(["kill", "stop", "cut off", "start", "start", "nothing"])
    if what in ("kill", "stop") and running:
        process = running.pop(draw.randrange(len(running)))
        process.send_signal(signal.SIGKILL if what == "kill" else signal.SIGTERM)
        process.wait(30)
    elif what == "cut off":
        scene.town.broker.close_connections(BETA)
    elif what == "start" and len(running) < COUNT + 1:
        start_copy(scene, draw.randrange(1, COUNT + 1))
