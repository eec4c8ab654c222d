"""People of a grown town: households with their adults and children, alike in every service."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from deploy.demo.invented.names import CHILDREN, FAMILIES, FATHERS, MOTHERS
from shared.dates.clock import today
from shared.runtime.ids import new_id

HOUSEHOLDS = 9_000
"""Ten times those of the large town of demonstration; 15,000 children."""
SIZES = (1, 2, 2)
"""Children of one household after another."""


@dataclass(frozen=True)
class Child:
    """A child of the town."""

    id: str
    first_name: str
    last_name: str
    birth_date: date


@dataclass(frozen=True)
class Home:
    """A household: the ids and names of its two adults, and its children."""

    id: str
    adults: Sequence[tuple[str, str]]
    children: Sequence[Child]
    place: int
    """Its place among all of them, from 0."""


def homes(count: int = HOUSEHOLDS, seed: int = 2026) -> list[Home]:
    """Return so many households; ids are new each time."""
    return list(_homes(count, random.Random(seed)))


def _homes(count: int, chance: random.Random) -> Iterator[Home]:
    first_of_all = today() - timedelta(days=365 * 11)
    for place in range(count):
        surname = f"{chance.choice(FAMILIES)}-{chance.choice(FAMILIES)}"
        children = [
            Child(
                new_id(),
                chance.choice(CHILDREN),
                surname,
                first_of_all + timedelta(days=chance.randrange(365 * 8)),
            )
            for _ in range(SIZES[place % len(SIZES)])
        ]
        adults = [(new_id(), f"{chance.choice(of)} {surname}") for of in (MOTHERS, FATHERS)]
        yield Home(new_id(), adults, children, place)
