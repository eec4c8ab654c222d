"""Schools, classes and pupils of a provider, for tests of what it decides of them."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from services.enrolment.models import School
from services.enrolment.school_year.schools.commands import school_changes, sending_pupil_moves
from services.enrolment.school_year.schools.commands.schools import (
    ClassFields,
    SchoolFields,
    add_class,
    save_school,
)
from services.enrolment.school_year.schools.queries.schools import all_schools
from services.enrolment.store import store
from shared.contracts.dossier.school_decisions import (
    APPLIED,
    DECISIONS_AT_ONCE,
    REVERTED,
    WAITS,
    WITHDRAWN,
    decide_schooling,
    rename_school,
    undo_schooling,
)
from shared.dates.clock import now, today
from tests.factories.enrolment import Child, Provider, item

WHOLE = ("PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2")


def a_school(name: str = "École Jules-Ferry", **more: Any) -> str:
    """Write a school of all levels; return its id."""
    usual: dict[str, Any] = {
        "uai": None,
        "street": "1 rue de l’École",
        "postcode": "28990",
        "insee": "28901",
        "commune": "Démonstration",
        "levels": WHOLE,
    }
    with store.write() as write:
        return save_school(write, None, SchoolFields(name=name, **usual | more))


def a_class(school_id: str, year: str, name: str, *levels: str, places: int | None = 26) -> str:
    """Write a class of a school year; return its id."""
    fields = ClassFields(name=name, teacher="Mme Aubin", places=places, levels=levels)
    with store.write() as write:
        return add_class(write, school_id, year, fields)


def schools() -> list[School]:
    with store.read() as read:
        return all_schools(read)


def pupil(
    provider: Provider,
    level: str = "CP",
    class_name: str = "CP, Mme Aubin",
    school: str = "École Jules-Ferry",
    version: int = 1,
    **child: Any,
) -> Child:
    """Let a child arrive that is in a class."""
    one = Child(**child)
    provider.receives_child(
        one, version, schooling={"school": school, "grade": level, "class_name": class_name}
    )
    return one


@dataclass
class DossierOfSchooling:
    """
    The dossier as its contract has it: decisions are kept once by their id, and can be undone.

    `told` is what each provider then receives; a decision with a later day waits.
    """

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)
    renamed: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)

    def decides(self) -> int:
        """Answer one request of the provider, as its job sends it; return for how many."""
        with store.write() as write:
            request = sending_pupil_moves.next_decisions(write, DECISIONS_AT_ONCE)
        if request is None:
            return 0
        rows = decide_schooling.dump_request(request)["decisions"]
        self.asked.append([row["decision_id"] for row in rows])
        outcomes = {}
        for row in json.loads(json.dumps(rows)):
            self.kept.setdefault(row["decision_id"], row)
            waits = row["holds_from"] > today().isoformat()
            outcomes[row["decision_id"]] = WAITS if waits else APPLIED
        with store.write() as write:
            sending_pupil_moves.store_outcomes_of_decisions(write, outcomes)
        return len(outcomes)

    def asked_without_answer(self) -> list[str]:
        """Take a request and let the provider die before the answer; return the decisions."""
        with store.write() as write:
            request = sending_pupil_moves.next_decisions(write, DECISIONS_AT_ONCE)
        assert request is not None
        rows = [dict(row) for row in request.decisions]
        for row in rows:
            self.kept.setdefault(row["decision_id"], row)
        return [row["decision_id"] for row in rows]

    def renames(self) -> int:
        """Answer one request to call a school otherwise; return for how many children."""
        with store.write() as write:
            asked = school_changes.next_pupils_to_rename(write, DECISIONS_AT_ONCE, now())
        if asked is None:
            return 0
        moves_id, request = asked
        assert rename_school.dump_request(request) == asdict(request)
        self.renamed.append((request.name, tuple(request.former_names), tuple(request.child_ids)))
        with store.write() as write:
            school_changes.store_outcomes_of_renaming(
                write, moves_id, dict.fromkeys(request.child_ids, APPLIED)
            )
        return len(request.child_ids)

    def undoes(self) -> int:
        """Answer one request to take decisions back; return for how many."""
        with store.write() as write:
            request = sending_pupil_moves.next_decisions_to_take_back(write, DECISIONS_AT_ONCE)
        if request is None:
            return 0
        assert undo_schooling.dump_request(request) == asdict(request)
        self.undone += request.decision_ids
        outcomes = {
            each: WITHDRAWN
            if str(self.kept[each]["holds_from"]) > today().isoformat()
            else REVERTED
            for each in request.decision_ids
        }
        with store.write() as write:
            sending_pupil_moves.store_outcomes_of_undoing(write, outcomes)
        return len(outcomes)

    def all_of_it(self) -> None:
        """Answer until nothing is left, as the job goes on."""
        while self.undoes() or self.decides() or self.renames():
            pass

    def standing(self) -> list[dict[str, Any]]:
        """Return the decisions that were not taken back."""
        return [row for key, row in self.kept.items() if key not in self.undone]


def arrives(provider: Provider, decisions: Iterable[dict[str, Any]], version: int) -> None:
    """Let the section come back in the stream, as the dossier publishes it on its day."""
    for row in decisions:
        content = {name: row[name] for name in ("school", "grade", "class_name")}
        provider.receives("schooling", item(row["child_id"], version, content))
