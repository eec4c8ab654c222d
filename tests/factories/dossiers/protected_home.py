"""A child of two homes, of which the mother's is protected."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import safeguarding as protection
from shared.dates.clock import today
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town

SCHOOL = "École Jules-Ferry"


@dataclass(frozen=True)
class Family:
    """A child of two homes; the mother's is protected."""

    town: Town
    child: str
    mother: str
    father: str
    home: str

    def ask(self, who: str, method: Any, **more: Any) -> Any:
        return self.town.ask(method, subject=who, child_id=self.child, **more)

    def everything(self, who: str) -> str:
        """Return all that a guardian can read of the child, as text."""
        read = [
            self.town.ask(contracts.my_children, subject=who),
            self.ask(who, contracts.who_knows),
            self.ask(who, contracts.who_read),
            self.ask(who, activity_history_requests.history),
            *(
                self.ask(who, contracts.read_section, section=section)
                for section in ("identity", "contacts", "schooling", "pickup", "diet", "custody")
            ),
        ]
        return str(read)


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Family]:
    """Give the family before its move, linked to the sports club alone."""
    with make.opened(database, tmp_path / "register.json") as town:
        mother, father = make.guardian("Mère"), make.guardian("Père")
        told = make.child(
            [mother],
            links=["agg"],
            sections={
                "identity": make.identity(),
                "schooling": {"school": SCHOOL, "grade": "CE1"},
            },
        )
        hers = town.arrives(make.household(told, guardians=[mother], address=make.address()))
        his = town.arrives(
            make.household(
                {**told, "guardians": [father["reference"]], "sections": {}, "links": []},
                guardians=[father],
            )
        )
        yield Family(
            town,
            hers.children[told["reference"]],
            hers.guardians[mother["reference"]],
            his.guardians[father["reference"]],
            hers.household_id,
        )


def moves_away(family: Family) -> None:
    """Protect the mother's home; then the child changes school, service and town."""
    town = family.town
    town.at_desk(protection.protect_household, household_id=family.home, **make.paper())
    family.ask(family.mother, contracts.close_link, provider="agg")
    family.ask(family.mother, contracts.open_link, provider="ens")
    version = town.ask(contracts.my_household, subject=family.mother, household_id=family.home)
    town.ask(
        contracts.move_household,
        subject=family.mother,
        household_id=family.home,
        base_version=version.version,
        **{**make.address(), "commune": "Villecachée", "insee": "", "valid_from": today()},
    )
    town.read(family.child, projection="care_core", role="lead")
