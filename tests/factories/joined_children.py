"""
One child in two files, for tests of the dossier.

Jean-Luc is at the agglomeration by his mother's file; his father's, without the hyphen, is at the
agglomeration too, and at the school service.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select

from services.dossier.models import Guardianship
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import duplicate_children as joined
from shared.contracts.dossier.families.duplicate_children import KEPT, OTHER
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town

BORN = "2019-03-02"
SCHOOL = {"school": "Jules-Ferry", "grade": "CP", "class_name": "CP A"}
PAPER = {"paper": "birth_certificate", "paper_date": date(2026, 1, 5), "reason": "mistake"}


@dataclass(frozen=True)
class Twofold:
    """One child in two files: `hers` at one service, `his` at two, and an agent who joins."""

    town: Town
    hers: str
    his: str
    mother: str
    father: str
    agent: str

    def joins(self, agent: str = "", **more: Any) -> str:
        usual = {"kept_id": self.hers, "other_id": self.his, "taken": self.choose(), **PAPER}
        answer = self.town.at_desk(joined.join_files, subject=agent or self.agent, **usual | more)
        return str(answer.join_id)

    def choose(self, **sides: str) -> list[dict[str, str]]:
        usual = {"identity": KEPT, "diet": OTHER}
        return [{"section": each, "side": side} for each, side in (usual | sides).items()]

    def parts(self, join_id: str, later: str = KEPT) -> str:
        asked = {"join_id": join_id, "later": later, **PAPER}
        return str(self.town.at_desk(joined.part_files, subject=self.agent, **asked).join_id)

    def compares(self, agent: str = "") -> Any:
        asked = {"kept_id": self.hers, "other_id": self.his}
        return self.town.at_desk(joined.compare_files, subject=agent or self.agent, **asked)

    def doubles(self, agent: str = "") -> list[Any]:
        answer = self.town.at_desk(joined.possible_doubles, subject=agent or self.agent)
        return list(answer.doubles)

    def children_of(self, guardian: str) -> list[Any]:
        return list(self.town.ask(contracts.my_children, subject=guardian).children)

    def reads(self, guardian: str, section: str, child: str = "") -> Any:
        asked = {"subject": guardian, "child_id": child or self.hers, "section": section}
        return self.town.ask(contracts.read_section, **asked)

    def stored(self) -> dict[str, Any]:
        """Return what each file says and who answers for it, versions and new ids left aside."""
        with store.read() as read:
            answering = sorted(
                (row.child_id, row.guardian_id, row.authority, row.valid_from, row.valid_to)
                for row in read.scalars(select(Guardianship))
            )
        reads = {
            (who, child, section): self.reads(who, section, child).content
            for who, child in ((self.mother, self.hers), (self.father, self.his))
            for section in ("identity", "diet", "schooling", "contacts")
        }
        homes = {who: self.town.ask(contracts.my_children, subject=who) for who in self.parents}
        return {"answering": answering, "reads": reads, "cards": homes}

    @property
    def parents(self) -> tuple[str, str]:
        return self.mother, self.father


@contextmanager
def child_in_two_files(database: Database, register_file: Path) -> Iterator[Twofold]:
    """Give a dossier that received the child from each parent, and told what it knows."""
    with make.opened(database, register_file) as town:
        mother, father = make.guardian("Nadia Petit"), make.guardian("Marc Petit")
        hers = make.child(
            [mother],
            sections={"identity": make.identity("Jean-Luc", "Petit", BORN)},
            links=["agg"],
        )
        his = make.child(
            [father],
            sections={
                "identity": make.identity("Jeanluc", "Petit", BORN),
                "schooling": SCHOOL,
            },
            links=["ens", "agg"],
        )
        at_hers = town.arrives(make.household(hers, guardians=[mother], address=make.address()))
        at_his = town.arrives(make.household(his, guardians=[father], address=make.address()))
        ids = {
            "hers": at_hers.children[hers["reference"]],
            "his": at_his.children[his["reference"]],
            "mother": at_hers.guardians[mother["reference"]],
            "father": at_his.guardians[father["reference"]],
        }
        town.tells(ids["mother"], ids["hers"], "diet", make.diet("no_pork"))
        town.tells(ids["father"], ids["his"], "diet", make.diet("vegetarian"))
        for each in town.sent():
            town.held(each.provider, each)
        town.cards(), town.homes()
        yield Twofold(town, **ids, agent=town.has_desk_agent("dossiers"))
