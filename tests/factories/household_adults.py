"""A home whose adults change: two children, their parents, and an agent who corrects."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.dossier.corrections.commands import adult_changes
from services.dossier.corrections.queries import corrections as corrections_queries
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import store
from shared.contracts.dossier import corrections
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import household_adults
from shared.dates.clock import midnight, today
from shared.dates.instant import Instant
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town


def seen(**more: Any) -> dict[str, Any]:
    """Return what every change says: the paper seen, why, and since when it holds."""
    usual = {
        "paper": "judgment",
        "paper_date": date(2026, 1, 5),
        "reason": corrections.RULING,
        "holds_from": today(),
    }
    return usual | more


@dataclass(frozen=True)
class Family:
    """Manon and Hugo with their parents in one home, and an agent who corrects."""

    town: Town
    manon: str
    hugo: str
    mother: str
    father: str
    home: str
    agent: str

    def asks(self, method: Any, agent: str = "", home: str = "", **more: Any) -> Any:
        asked = {"household_id": home or self.home, **more}
        return self.town.at_desk(method, subject=agent or self.agent, **asked)

    def opened(self, home: str = "") -> Any:
        return self.asks(household_adults.household_adults, home=home)

    def adult(self, name: str) -> Any:
        return next(each for each in self.opened().adults if each["name"] == name)

    def renames(self, guardian: str, name: str, **more: Any) -> None:
        more = seen(paper="marriage_certificate", reason=corrections.CHANGE, **more)
        self.asks(household_adults.correct_guardian_name, guardian_id=guardian, name=name, **more)

    def adds(self, name: str, **more: Any) -> None:
        usual = {"authority": True, "lives_here": True, "children": [self.manon, self.hugo]}
        self.asks(household_adults.add_guardian, name=name, **usual | seen() | more)

    def ends(self, guardian: str, *children: str, still_answers: bool = False, **more: Any) -> None:
        self.asks(
            household_adults.end_guardianship,
            guardian_id=guardian,
            still_answers=still_answers,
            children=list(children),
            **seen(**more),
        )

    def buries(self, guardian: str, **more: Any) -> None:
        more = seen(paper="death_certificate", reason=corrections.CHANGE) | more
        self.asks(household_adults.note_death, guardian_id=guardian, **more)

    def children_of(self, who: str) -> list[str]:
        return [row["id"] for row in self.town.ask(contracts.my_children, subject=who).children]

    def reads(self, who: str, child: str = "") -> list[Any]:
        asked = {"subject": who, "child_id": child or self.manon}
        return list(self.town.ask(corrections.corrections_of, **asked).corrections)

    def to_identity(self) -> list[Any]:
        event = household_adults.guardian_corrected
        return [event.load(json.loads(row.body)) for row in self.town.taken(event)]

    def on(self, day: date) -> None:
        """Let that day come."""
        when = Instant(midnight(day), day)
        with store.read() as read:
            due = corrections_queries.adult_changes_due(read, when)
        for correction_id in due:
            with store.write() as write:
                policy = AccessPolicy.from_register(store.register)
                adult_changes.apply_due_adult_change(write, policy, correction_id, when)


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Family]:
    with make.opened(database, tmp_path / "register.json") as town:
        mother, father = make.guardian("Claire Lefèvre"), make.guardian("Karim Lefèvre")
        manon = make.child([mother, father])
        hugo = make.child(
            [mother, father], sections={"identity": make.identity("Hugo", birth_date="2021-06-01")}
        )
        payload = make.household(manon, hugo, guardians=[mother, father], address=make.address())
        ids = town.arrives(payload)
        town.sent(), town.cards(), town.homes()
        yield Family(
            town,
            ids.children[manon["reference"]],
            ids.children[hugo["reference"]],
            ids.guardians[mother["reference"]],
            ids.guardians[father["reference"]],
            ids.household_id,
            town.has_desk_agent("dossiers"),
        )
