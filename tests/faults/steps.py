"""Children of whom many things are told, one after the other, and what a subscriber made of it."""

import random
from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Row, select

from shared.database import Store
from shared.database.engines import open_engine
from tests.faults.scene import BETA, Scene
from tests.kit import contracts, models
from tests.kit.town import until


@dataclass
class Steps:
    """Tells steps of some children in the order of their numbers, by alpha's outbox."""

    scene: Scene
    store: Store
    children: list[str]
    told: Counter[str] = field(default_factory=Counter)

    def tell(self, draw: random.Random, times: int) -> None:
        """Tell the next step of children drawn at random, all in one transaction."""
        with self.store.write() as write:
            for child in draw.choices(self.children, k=times):
                write.publish(contracts.stepped, contracts.Step(child, self.told[child]))
                self.told[child] += 1

    def heard(self) -> dict[str, Row[tuple[str, int, int, int]]]:
        """Return beta's row of each of these children."""
        followed = models.followed
        mine = select(followed).where(followed.c.child.in_(self.children))
        engine = open_engine(self.scene.databases[BETA].owner_url)
        try:
            with engine.connect() as connection:
                return {row.child: row for row in connection.execute(mine)}
        finally:
            engine.dispose()

    def wait_until_heard(self, seconds: float = 120.0) -> None:
        """Return when the last step of each child was heard: whatever is missing never comes."""

        def all_heard() -> bool:
            last = {child: row.number + 1 for child, row in self.heard().items()}
            return last == self.told

        until(all_heard, seconds)

    def faults(self) -> dict[str, int]:
        """Return how many steps were lost, doubled, or heard before an earlier one."""
        rows = self.heard()
        missing = {child: self.told[child] - rows[child].steps for child in self.told}
        return {
            "lost": sum(max(0, count) for count in missing.values()),
            "doubled": sum(max(0, -count) for count in missing.values()),
            "out of order": sum(row.astray for row in rows.values()),
        }
