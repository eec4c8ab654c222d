"""
Schools and classes that a school service decides: a section like any other, from a day on.

The provider is the caller; each decision is made once, and can be taken back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.dossier.corrections.commands import due_corrections
from services.dossier.corrections.queries import corrections as corrections_queries
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import store
from shared.contracts.dossier import corrections
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.school_decisions import (
    ANOTHER_WAITS,
    APPLIED,
    CHANGED_SINCE,
    NOT_LINKED,
    NOT_THAT_DAY,
    REVERTED,
    SAME,
    UNKNOWN,
    WAITS,
    WITHDRAWN,
    decide_schooling,
    rename_school,
    undo_schooling,
)
from shared.dates.clock import midnight, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town, of

CP = {"school": "Jules-Ferry", "grade": "CP", "class_name": "CP A"}
CE1 = {"school": "Jules-Ferry", "grade": "CE1", "class_name": "CE1 B"}
CE2 = {"school": "Jules-Ferry", "grade": "CE2", "class_name": "CE2 B"}
AGENT = new_id()


@dataclass(frozen=True)
class Pupil:
    """Manon, who is in a class of CP, and the school service that decides of it."""

    town: Town
    child: str
    mother: str

    def decides(
        self,
        content: dict[str, str],
        holds_from: date | None = None,
        decision: str = "",
        child: str = "",
        caller: str = "enrolment_ens",
    ) -> tuple[str, str]:
        """Return the id of a decision and what became of it."""
        row = {
            "decision_id": decision or new_id(),
            "child_id": child or self.child,
            "holds_from": holds_from or today(),
            **content,
        }
        answer = self.town.ask(decide_schooling, caller=caller, decided_by=AGENT, decisions=[row])
        (made,) = answer.decisions
        return made["decision_id"], made["outcome"]

    def undoes(self, decision: str) -> str:
        answer = self.town.ask(
            undo_schooling, caller="enrolment_ens", undone_by=AGENT, decision_ids=[decision]
        )
        return str(answer.decisions[0]["outcome"])

    def is_called(self, name: str, *former: str, child: str = "") -> str:
        """Let the school be called so; return what became of the child."""
        answer = self.town.ask(
            rename_school,
            caller="enrolment_ens",
            decided_by=AGENT,
            former_names=list(former or ("Jules-Ferry",)),
            name=name,
            child_ids=[child or self.child],
        )
        return str(answer.children[0]["outcome"])

    def stands(self) -> dict[str, Any]:
        asked = {"subject": self.mother, "child_id": self.child, "section": "schooling"}
        return dict(self.town.ask(contracts.read_section, **asked).content)

    def on(self, day: date) -> None:
        """Let that day come."""
        when = Instant(midnight(day), day)
        with store.read() as read:
            due = corrections_queries.corrections_due(read, when)
        with store.write() as write:
            policy = AccessPolicy.from_register(store.register)
            due_corrections.apply_due_corrections(write, policy, due, when)


@pytest.fixture
def pupil(database: Database, tmp_path: Path) -> Iterator[Pupil]:
    with make.opened(database, tmp_path / "register.json") as town:
        mother = make.guardian("Mère")
        child = make.child([mother], sections={"schooling": CP})
        ids = town.arrives(make.household(child, guardians=[mother], address=make.address()))
        for each in town.sent():
            town.held(each.provider, each)
        town.cards(), town.homes()
        yield Pupil(town, ids.children[child["reference"]], ids.guardians[mother["reference"]])


def soon() -> date:
    return today() + timedelta(days=30)


def test_a_class_that_is_decided_reaches_every_provider_entitled_and_the_family(
    pupil: Pupil,
) -> None:
    _, outcome = pupil.decides(CE1)

    assert outcome == APPLIED and pupil.stands() == CE1
    sent = pupil.town.sent()
    assert {(each.provider, each.projection) for each in sent} == {("ens", "schooling")}
    assert of(sent, "ens")["schooling"].content == CE1


def test_the_family_reads_who_decided_it_and_who_has_taken_it_in(pupil: Pupil) -> None:
    pupil.decides(CE1)

    def rows() -> list[Any]:
        asked = {"subject": pupil.mother, "child_id": pupil.child}
        return list(pupil.town.ask(corrections.corrections_of, **asked).corrections)

    (row,) = rows()
    assert row["decided_by"] == "ens" and AGENT not in str(row)
    assert row["receipts"] == [{"provider": "ens", "received": False}]
    for each in pupil.town.sent():
        pupil.town.held(each.provider, each)
    assert rows()[0]["receipts"] == [{"provider": "ens", "received": True}]


def test_what_holds_from_september_waits_for_its_day(pupil: Pupil) -> None:
    _, outcome = pupil.decides(CE1, soon())

    assert outcome == WAITS and pupil.stands() == CP and pupil.town.sent() == []
    pupil.on(soon())
    assert pupil.stands() == CE1
    assert of(pupil.town.sent(), "ens")["schooling"].content == CE1


def test_another_school_decided_for_september_is_known_before_and_taken_back_with_it(
    pupil: Pupil,
) -> None:
    there = CE1 | {"school": "Jean-Moulin"}
    _, outcome = pupil.decides(there, soon())

    assert outcome == WAITS and pupil.stands() == CP
    coming = {"next": {"day": soon().isoformat(), **there}}
    assert of(pupil.town.sent(), "ens")["schooling"].content == CP | coming
    pupil.decides(CE2 | {"school": "Marie-Curie"}, soon())
    assert of(pupil.town.sent(), "ens")["schooling"].content["next"]["school"] == "Marie-Curie"

    pupil.decides(CE1, soon())  # it stays after all
    assert of(pupil.town.sent(), "ens")["schooling"].content == CP
    decision, _ = pupil.decides(there, soon())
    pupil.town.sent()
    assert pupil.undoes(decision) == WITHDRAWN
    assert of(pupil.town.sent(), "ens")["schooling"].content == CP


def test_a_decision_that_comes_twice_is_made_once(pupil: Pupil) -> None:
    decision, _ = pupil.decides(CE1)
    waiting, _ = pupil.decides(CE2, soon())
    pupil.town.sent()

    assert pupil.decides(CE1, decision=decision) == (decision, APPLIED)
    assert pupil.decides(CE2, soon(), decision=waiting) == (waiting, WAITS)

    assert pupil.town.sent() == []
    pupil.on(soon())
    assert pupil.stands() == CE2
    assert len(pupil.town.sent()) == 1


def test_a_later_decision_takes_the_place_of_the_one_that_waits(pupil: Pupil) -> None:
    pupil.decides(CE1, soon())
    assert pupil.decides(CE2, soon())[1] == WAITS

    pupil.on(soon())

    assert pupil.stands() == CE2


def test_a_class_that_changes_in_june_does_not_stop_september(pupil: Pupil) -> None:
    pupil.decides(CE2, soon())

    assert pupil.decides(CE1)[1] == APPLIED

    assert pupil.stands() == CE1
    pupil.on(soon())
    assert pupil.stands() == CE2


def test_what_stands_so_already_is_sent_to_nobody(pupil: Pupil) -> None:
    assert pupil.decides(CP)[1] == SAME
    assert pupil.town.sent() == []


def test_a_child_of_another_service_alone_cannot_be_decided_of(pupil: Pupil) -> None:
    mother = make.guardian("Autre")
    other = make.child([mother], sections={"schooling": CP}, links=["agg"])
    ids = pupil.town.arrives(make.household(other, guardians=[mother], address=make.address()))

    stranger = pupil.decides(CE1, child=ids.children[other["reference"]])[1]
    nobody = pupil.decides(CE1, child=new_id())[1]

    assert (stranger, nobody) == (NOT_LINKED, NOT_LINKED)


def test_a_service_without_a_school_has_no_say(pupil: Pupil) -> None:
    with pytest.raises(PermissionError):
        pupil.decides(CE1, caller="enrolment_agg")
    assert pupil.stands() == CP


@pytest.mark.parametrize("days", [-4000, 500], ids=["before-birth", "in-years"])
def test_a_day_that_cannot_be_is_refused(pupil: Pupil, days: int) -> None:
    assert pupil.decides(CE1, today() + timedelta(days=days))[1] == NOT_THAT_DAY
    assert pupil.stands() == CP


def test_a_correction_of_the_front_desk_that_waits_is_not_overwritten(pupil: Pupil) -> None:
    agent = pupil.town.has_desk_agent("dossiers")
    version = pupil.town.at_desk(
        corrections.open_for_correction, subject=agent, child_id=pupil.child
    ).schooling_version
    pupil.town.at_desk(
        corrections.correct_schooling,
        subject=agent,
        child_id=pupil.child,
        base_version=version,
        **CE2,
        paper="school_certificate",
        paper_date=today(),
        reason=corrections.CHANGE,
        holds_from=soon(),
    )

    assert pupil.decides(CE1, soon())[1] == ANOTHER_WAITS
    pupil.on(soon())
    assert pupil.stands() == CE2


def test_what_waits_is_taken_back_before_its_day(pupil: Pupil) -> None:
    decision, _ = pupil.decides(CE1, soon())

    assert pupil.undoes(decision) == WITHDRAWN
    assert pupil.undoes(decision) == WITHDRAWN

    pupil.on(soon())
    assert pupil.stands() == CP


def test_after_its_day_what_stood_before_is_written_again_once(pupil: Pupil) -> None:
    decision, _ = pupil.decides(CE1)
    pupil.town.sent()

    assert pupil.undoes(decision) == REVERTED
    assert pupil.undoes(decision) == REVERTED

    assert pupil.stands() == CP
    (sent,) = pupil.town.sent()
    assert sent.content == CP


def test_what_somebody_wrote_since_stays(pupil: Pupil) -> None:
    decision, _ = pupil.decides(CE1)
    pupil.decides(CE2)

    assert pupil.undoes(decision) == CHANGED_SINCE
    assert pupil.undoes(new_id()) == UNKNOWN

    assert pupil.stands() == CE2


def test_a_child_that_leaves_the_town_is_in_no_school(pupil: Pupil) -> None:
    assert pupil.decides({"school": "", "grade": "6e", "class_name": ""})[1] == APPLIED
    assert of(pupil.town.sent(), "ens")["schooling"].content["school"] == ""


def test_a_school_that_is_renamed_changes_its_name_and_leaves_the_class(pupil: Pupil) -> None:
    assert pupil.is_called("Simone-Veil") == APPLIED
    assert pupil.stands() == CP | {"school": "Simone-Veil"}
    (sent,) = pupil.town.sent()
    assert (sent.provider, sent.projection) == ("ens", "schooling")
    assert pupil.is_called("Simone-Veil") == SAME and pupil.town.sent() == []
    assert pupil.is_called("Simone-Veil", child=new_id()) == NOT_LINKED


def test_a_renamed_school_stands_in_the_history_under_both_names(pupil: Pupil) -> None:
    pupil.is_called("Simone-Veil")

    asked = {"subject": pupil.mother, "child_id": pupil.child}
    (row,) = pupil.town.ask(corrections.corrections_of, **asked).corrections
    assert row["decided_by"] == "ens"
    assert row["changes"] == [{"field": "school", "before": "Jules-Ferry", "after": "Simone-Veil"}]


@pytest.mark.parametrize("name", ["Jean-Moulin", "Jules-Ferry"], ids=["no pupil", "spelled so"])
def test_a_child_whose_school_is_not_the_renamed_one_is_left(pupil: Pupil, name: str) -> None:
    assert pupil.is_called(name, "Jean-Moulin") == SAME
    assert pupil.stands() == CP and pupil.town.sent() == []


def test_what_waits_for_september_is_written_under_the_name_of_that_day(pupil: Pupil) -> None:
    decision, _ = pupil.decides(CE1, soon())

    assert pupil.is_called("Simone-Veil") == APPLIED
    pupil.on(soon())

    assert pupil.stands() == CE1 | {"school": "Simone-Veil"}
    assert pupil.decides(CE1, soon(), decision)[1] == APPLIED


def test_a_child_who_will_go_to_the_renamed_school_is_announced_there_by_its_name(
    pupil: Pupil,
) -> None:
    pupil.decides(CE1 | {"school": "Jean-Moulin"}, soon())
    pupil.town.sent()

    assert pupil.is_called("Simone-Veil", "Jean-Moulin") == APPLIED

    (sent,) = pupil.town.sent()
    assert sent.content["school"] == "Jules-Ferry"
    assert sent.content["next"]["school"] == "Simone-Veil"
