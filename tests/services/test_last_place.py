"""The last place, asked for by several processes at once, on both databases."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from services.enrolment.places.applications.commands import applications
from services.enrolment.places.applications.commands.new_application_refusals import NewApplication
from services.enrolment.store import store
from shared.dates.clock import now
from shared.register import Register
from tests.factories import places as family
from tests.factories.enrolment import Provider
from tests.forked import processes

pytestmark = pytest.mark.both_databases

PROCESSES, EACH = 3, 5
STARTED_SECONDS = 60.0

all_ready: Barrier
"""Barrier at which each process waits for the others before it asks."""


def begin(barrier: Barrier) -> None:
    """Be one of the processes."""
    global all_ready
    all_ready = barrier


def ask_for(url: str, home: Path, group_id: str, children: list[tuple[str, str]]) -> list[str]:
    """Ask for these children, one after the other: the work of one process."""
    store.connect(url, Register.load(home / "register.json"))
    all_ready.wait(STARTED_SECONDS)
    states = []
    for child_id, guardian in children:
        moment = now()
        with store.write() as write:
            asked = NewApplication(child_id, group_id, guardian, moment)
            states.append(applications.apply_for_place(write, asked, moment).state)
    store.close()
    return states


def test_of_many_who_ask_from_several_processes_as_many_get_a_place_as_there_are(
    ens: Provider,
) -> None:
    group = family.a_group(places=4)
    asking = [(one.child.id, one.guardian) for one in family.arrived(ens, PROCESSES * EACH)]
    parts = [asking[at::PROCESSES] for at in range(PROCESSES)]
    url, home = ens.settings.database_url, ens.settings.home
    barrier = processes.Barrier(PROCESSES)

    with ProcessPoolExecutor(
        PROCESSES, mp_context=processes, initializer=begin, initargs=(barrier,)
    ) as pool:
        work = [pool.submit(ask_for, url, home, group, part) for part in parts]
        told = [state for each in work for state in each.result()]

    assert sorted(told) == ["accepted"] * 4 + ["waiting"] * (PROCESSES * EACH - 4)
    assert len(family.places_in(group)) == 4
