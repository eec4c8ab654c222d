"""
Journal of the demonstration of an instance, and of the progress of its loading.

Kept on the disk after each step, so that a load that broke off goes on where it was, and one that
is done is not done again.
"""

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from threading import Lock

from deploy.demo.towns import DEMO_TOWNS, SEED, SMALL, DemoTown, People
from deploy.instance.instance import TOWN_FILE, Instance, InstanceError, replace_file
from shared.dates.clock import today
from shared.json_values import JsonObject

FILE = "demo.json"
IDS = ("guardians", "children", "homes", "groups")


class Journal:
    """The demonstration of one instance: its size and seed, the steps done, ids by reference."""

    def __init__(self, path: Path, content: JsonObject) -> None:
        self._path, self._content = path, content
        self._done = set(content["done"])
        self._lock = Lock()

    @property
    def demo_town(self) -> DemoTown:
        """Return which town it is."""
        return DEMO_TOWNS[self._content["size"]]

    @property
    def seed(self) -> int:
        """Return the seed of its families."""
        return int(self._content["seed"])

    @property
    def day(self) -> date:
        """Return the day on which its loading began: what was before has gone by."""
        return date.fromisoformat(self._content["day"])

    def make_families(self, year: int) -> People:
        """Return its families; `year` is that in which the school year begins."""
        return self.demo_town.make_families(self.seed, year, self._content["households"])

    def ids_by_reference(self, of: str) -> Mapping[str, str]:
        """Return the ids of guardians, children, homes or groups by their references."""
        return dict(self._content[of])

    def is_step_done(self, step: str) -> bool:
        """Return whether a step was noted."""
        return step in self._done

    def note_step_done(self, step: str, **ids: Mapping[str, str]) -> None:
        """Note that a step is done, with the ids that it led to."""
        with self._lock:
            self._done.add(step)
            for of, found in ids.items():
                self._content[of] |= found
            self._content["done"] = sorted(self._done)
            self._write()

    def begin_journal(self) -> None:
        """Write what the instance is to hold, before anything is loaded."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        replace_file(self._path, json.dumps(self._content), mode=0o600)


def journal_of_instance(instance: Instance) -> Journal:
    """Return what an instance holds; the small town where nothing says otherwise."""
    path = instance.home / FILE
    try:
        return Journal(path, json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return Journal(path, _new_journal(SMALL, SEED))


def choose_demonstration(
    instance: Instance, size: str, seed: int | None, households: int | None = None
) -> Journal:
    """
    Let an instance hold this demonstration from its first start; return its journal.

    `households` takes a slice of the large town, with all its hard cases. Raises InstanceError
    where the instance holds another one already: `make clean` begins anew.
    """
    known = journal_of_instance(instance)
    begun = (instance.home / FILE).exists() or (instance.home / TOWN_FILE).exists()
    if not begun:
        instance.prepare_folders()
        fresh = Journal(
            instance.home / FILE, _new_journal(size, SEED if seed is None else seed, households)
        )
        fresh.begin_journal()
        chosen_town = fresh.demo_town.town.read_text("utf-8")
        replace_file(instance.home / TOWN_FILE, chosen_town, mode=0o644)
        return fresh
    if known.demo_town.size != size or seed not in (None, known.seed):
        raise InstanceError(
            f"{instance.home} holds the {known.demo_town.size} demo of seed {known.seed}: "
            "`make clean` begins anew."
        )
    return known


def _new_journal(size: str, seed: int, households: int | None = None) -> dict[str, object]:
    chosen = {"size": size, "seed": seed, "households": households, "day": f"{today()}"}
    return {**chosen, "done": [], **{of: {} for of in IDS}}
