"""
The towns of demonstration: which files and which families each is made of.

The small one is written down to the last family: tests and benches stand on it. The large one has
those families too, besides them one for each hard case (its reference says which), and as many
drawn from a seed as make 900 households.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.demo.invented.account_holders import AGENTS, DemoAgent, read_agents
from deploy.demo.invented.drawn_families import draw_families
from deploy.demo.invented.families import FILE, Families, Line, families_of_lines, numbered_lines
from deploy.demo.invented.offer import FILE as OFFER
from deploy.demo.invented.tariffs import TARIFFS, read_households

TOWNS = Path(__file__).resolve().parents[1] / "towns"
STREETS = TOWNS / "demo-addresses.csv"
"""Streets of both in the form of the Base Adresse Nationale: all of it is invented."""
SMALL, LARGE = "small", "large"
SIZES = (SMALL, LARGE)
SEED = 2026
"""Default seed of the families."""
HOUSEHOLDS_OF_LARGE = 900


@dataclass(frozen=True)
class People:
    """A town's families as they are sent, and where each household lives with which quotient."""

    families: Families
    homes: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class DemoTown:
    """Files and options of one town of demonstration."""

    size: str
    town: Path
    agents_file: Path
    offer: Path
    tariffs: Path
    lived: bool
    """True where places began with the school year, and all months that are over are billed."""

    def read_demo_agents(self) -> list[DemoAgent]:
        """Return who works in it."""
        return read_agents(self.agents_file)

    def make_families(self, seed: int, year: int, slice_of: int | None = None) -> People:
        """
        Return its families; `year` is that in which the school year begins.

        `slice_of` so many households of the large town: those of the small one are left out.
        """
        if self.size == SMALL:
            return People(families_of_lines(_numbered_lines_of_file(FILE)), read_households())
        written = [CASES] if slice_of else [FILE, CASES]
        homes: dict[str, Mapping[str, str]] = dict(read_households(CASES_HOMES))
        homes |= {} if slice_of else read_households()
        drawn = draw_families(seed, (slice_of or HOUSEHOLDS_OF_LARGE) - len(homes), year)
        homes |= {line["foyer"]: line for line in drawn.households}
        lines_of_files = [line for path in written for line in _numbered_lines_of_file(path)]
        numbered = [*lines_of_files, *enumerate(drawn.families, start=1)]
        return People(families_of_lines(numbered), homes)


CASES, CASES_HOMES = TOWNS / "demo-large-families.csv", TOWNS / "demo-large-households.csv"

DEMO_TOWNS: Mapping[str, DemoTown] = {
    SMALL: DemoTown(SMALL, TOWNS / "demo.yaml", AGENTS, OFFER, TARIFFS, lived=False),
    LARGE: DemoTown(
        LARGE,
        TOWNS / "demo-large.yaml",
        TOWNS / "demo-large-agents.csv",
        TOWNS / "demo-large-offer.yaml",
        TOWNS / "demo-large-tariffs.yaml",
        lived=True,
    ),
}


def _numbered_lines_of_file(path: Path) -> Iterator[tuple[int, Line]]:
    return numbered_lines(path.read_text("utf-8"))
