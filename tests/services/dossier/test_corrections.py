"""
Corrections of a child at the front desk: from a paper, from a day, as a version like any other.

Each provider that holds what was corrected is sent it and acknowledges (GDPR, article 19).
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from services.dossier.corrections.commands import due_corrections
from services.dossier.corrections.commands.section_corrections import withdraw_correction
from services.dossier.corrections.queries import corrections as corrections_queries
from services.dossier.data_protection.retention import commands as retention
from services.dossier.data_protection.retention.rules import Due
from services.dossier.models import (
    Correction,
    CorrectionDelivery,
    Household,
    HouseholdGuardian,
    ReadLog,
)
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.store import store
from shared.contracts.dossier import corrections
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.families import safeguarding
from shared.contracts.errors import BadRequest, NotFound, Outdated
from shared.dates.clock import midnight, today
from shared.dates.instant import Instant
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town, of

SCHOOL = {"school": "Jules-Ferry", "grade": "CP", "class_name": "CP A"}
TOMORROW = timedelta(days=1)


def seen(**more: Any) -> dict[str, Any]:
    """Return what every correction says: the paper seen, why, and since when it holds."""
    usual = {
        "paper": "birth_certificate",
        "paper_date": date(2026, 1, 5),
        "reason": corrections.MISTAKE,
        "holds_from": today(),
    }
    return usual | more


@dataclass(frozen=True)
class Family:
    """Manon, who goes to school, her mother and her father in one home, and an agent."""

    town: Town
    child: str
    mother: str
    father: str
    home: str
    agent: str

    def opened(self, agent: str = "") -> Any:
        asked = {"subject": agent or self.agent, "child_id": self.child}
        return self.town.at_desk(corrections.open_for_correction, **asked)

    def corrects_identity(self, **more: Any) -> str:
        usual = {"first_name": "Manon", "last_name": "Lefèvre", "birth_date": date(2019, 3, 14)}
        return self._corrects(
            corrections.correct_identity, self.opened().identity_version, usual, more
        )

    def corrects_school(self, **more: Any) -> str:
        usual = {**SCHOOL, "grade": "CE1", "class_name": "CE1 B"}
        return self._corrects(
            corrections.correct_schooling, self.opened().schooling_version, usual, more
        )

    def _corrects(self, method: Any, base: int, usual: Mapping[str, Any], more: Any) -> str:
        asked = {"child_id": self.child, "base_version": base, **usual, **seen(**more)}
        return str(self.town.at_desk(method, subject=self.agent, **asked).correction_id)

    def takes_authority(self, guardian: str, authority: bool = False, **more: Any) -> str:
        asked = {"child_id": self.child, "guardian_id": guardian, "authority": authority}
        answer = self.town.at_desk(
            corrections.correct_authority,
            subject=self.agent,
            **asked,
            **seen(paper="judgment", reason=corrections.RULING, **more),
        )
        return str(answer.correction_id)

    def reads(self, who: str) -> list[Any]:
        asked = {"subject": who, "child_id": self.child}
        return list(self.town.ask(corrections.corrections_of, **asked).corrections)

    def acknowledges(self, provider: str) -> None:
        """Let a provider hold all that it was sent."""
        for each in self.town.sent():
            if each.provider == provider:
                self.town.held(provider, each)

    def on(self, day: date) -> None:
        """Let that day come."""
        when = Instant(midnight(day), day)
        policy = AccessPolicy.from_register(store.register)
        with store.read() as read:
            due = corrections_queries.corrections_due(read, when)
        with store.write() as write:
            due_corrections.apply_due_corrections(write, policy, due, when)


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Family]:
    with make.opened(database, tmp_path / "register.json") as town:
        mother, father = make.guardian("Mère"), make.guardian("Père")
        child = make.child([mother, father], sections={"schooling": SCHOOL})
        payload = make.household(child, guardians=[mother, father], address=make.address())
        ids = town.arrives(payload)
        for each in town.sent():
            town.held(each.provider, each)
        town.cards(), town.homes()
        yield Family(
            town,
            ids.children[child["reference"]],
            ids.guardians[mother["reference"]],
            ids.guardians[father["reference"]],
            ids.household_id,
            town.has_desk_agent("dossiers"),
        )


def test_a_corrected_birth_date_reaches_every_provider_billing_and_both_parents(
    family: Family,
) -> None:
    family.corrects_identity()

    sent = family.town.sent()
    assert {p: of(sent, p)["care_core"].content["birth_date"] for p in ("ens", "agg")} == {
        "ens": "2019-03-14",
        "agg": "2019-03-14",
    }
    (home,) = family.town.homes()
    assert home.children[0]["birth_date"] == date(2019, 3, 14)
    assert {card.subject: card.children[0]["birth_date"] for card in family.town.cards()} == {
        family.mother: date(2019, 3, 14),
        family.father: date(2019, 3, 14),
    }


def test_desk_and_family_see_by_whom_it_has_been_taken_in(family: Family) -> None:
    family.corrects_identity()

    def receipts() -> dict[str, bool]:
        (row,) = family.opened().corrections
        assert [row["receipts"]] == [each["receipts"] for each in family.reads(family.mother)]
        return {each["provider"]: each["received"] for each in row["receipts"]}

    assert receipts() == {"ens": False, "agg": False}
    family.acknowledges("ens")
    assert receipts() == {"ens": True, "agg": False}


def test_it_says_what_stood_before_from_which_paper_and_by_whom(family: Family) -> None:
    family.corrects_identity(last_name="Lefebvre")

    (row,) = family.opened().corrections
    assert row["changes"] == [
        {"field": "last_name", "before": "Lefèvre", "after": "Lefebvre"},
        {"field": "birth_date", "before": "2019-03-02", "after": "2019-03-14"},
    ]
    assert (row["paper"], row["recorded_by"]) == ("birth_certificate", family.agent)


def test_the_family_reads_that_the_town_changed_it_and_no_agent(family: Family) -> None:
    family.corrects_school()

    asked = {"subject": family.mother, "child_id": family.child, "section": "schooling"}
    assert family.town.ask(contracts.read_section, **asked).changed_by == "town"
    assert family.agent not in str(family.reads(family.mother))


def test_a_new_school_goes_to_who_may_know_it_alone(family: Family) -> None:
    family.corrects_school()

    assert {(each.provider, each.projection) for each in family.town.sent()} == {
        ("ens", "schooling")
    }


def test_what_holds_from_tomorrow_waits_and_comes_by_itself(family: Family) -> None:
    family.corrects_school(holds_from=today() + TOMORROW)
    assert family.town.sent() == []
    assert family.opened().class_name == "CP A"

    family.on(today() + TOMORROW)

    assert of(family.town.sent(), "ens")["schooling"].content["class_name"] == "CE1 B"
    (row,) = family.opened().corrections
    assert [each["after"] for each in row["changes"]] == ["CE1", "CE1 B"]


def test_another_school_to_come_is_sent_ahead_to_who_may_know_it_and_shown_to_the_family(
    family: Family,
) -> None:
    day = today() + timedelta(days=20)
    waiting = family.corrects_school(school="Jean-Moulin", holds_from=day)

    (sent,) = family.town.sent()
    assert (sent.provider, sent.projection) == ("ens", "schooling")
    there = {"school": "Jean-Moulin", "grade": "CE1", "class_name": "CE1 B"}
    assert sent.content == {**SCHOOL, "next": {"day": day.isoformat(), **there}}
    asked = {"subject": family.mother, "child_id": family.child, "section": "schooling"}
    read = family.town.ask(contracts.read_section, **asked)
    assert (read.content, read.later) == (SCHOOL, {"day": day, "content": there})
    assert family.opened().school == "Jules-Ferry"

    family.town.at_desk(
        corrections.withdraw_correction, subject=family.agent, correction_id=waiting
    )

    assert of(family.town.sent(), "ens")["schooling"].content == SCHOOL
    assert family.town.ask(contracts.read_section, **asked).later is None


def test_a_school_sent_ahead_comes_on_its_day_with_a_receipt_of_that_version(
    family: Family,
) -> None:
    day = today() + timedelta(days=20)
    family.corrects_school(school="Jean-Moulin", holds_from=day)
    family.acknowledges("ens")
    (row,) = family.opened().corrections
    assert row["receipts"] == []

    family.on(day)

    content = of(family.town.sent(), "ens")["schooling"].content
    assert content == {"school": "Jean-Moulin", "grade": "CE1", "class_name": "CE1 B"}
    (row,) = family.opened().corrections
    assert row["receipts"] == [{"provider": "ens", "received": False}]


def test_what_waits_is_shown_with_what_it_will_change_and_can_be_taken_back(
    family: Family,
) -> None:
    waiting = family.corrects_school(holds_from=today() + TOMORROW)
    assert [each["after"] for each in family.reads(family.mother)[0]["changes"]] == ["CE1", "CE1 B"]
    with pytest.raises(corrections.AnotherWaits):
        family.corrects_school(school="Jean-Moulin")

    family.town.at_desk(
        corrections.withdraw_correction, subject=family.agent, correction_id=waiting
    )

    family.on(today() + TOMORROW)
    assert family.opened().class_name == "CP A"
    assert family.reads(family.mother) == []
    family.corrects_school(school="Jean-Moulin")


def test_authority_taken_from_a_day_closes_that_parents_access_and_nobody_elses(
    family: Family,
) -> None:
    family.takes_authority(family.father)

    assert family.town.ask(contracts.my_children, subject=family.father).children == []
    assert len(family.town.ask(contracts.my_children, subject=family.mother).children) == 1
    content = of(family.town.sent(), "ens")["family"].content
    assert [each["subject"] for each in content["guardians"]] == [family.mother]
    (home,) = family.town.homes()
    assert [each["subject"] for each in home.guardians] == [family.mother]


def test_authority_given_back_opens_it_again(family: Family) -> None:
    family.takes_authority(family.father)
    family.takes_authority(family.father, authority=True)

    assert len(family.town.ask(contracts.my_children, subject=family.father).children) == 1


def test_authority_that_ends_tomorrow_is_there_today(family: Family) -> None:
    family.takes_authority(family.father, holds_from=today() + TOMORROW)

    assert len(family.town.ask(contracts.my_children, subject=family.father).children) == 1
    assert {each["name"]: each["authority"] for each in family.opened().guardians} == {
        "Mère": True,
        "Père": True,
    }


def test_a_child_is_never_left_without_anybody_in_authority(family: Family) -> None:
    family.takes_authority(family.father)
    with pytest.raises(corrections.NobodyLeft):
        family.takes_authority(family.mother)
    assert len(family.town.ask(contracts.my_children, subject=family.mother).children) == 1


def test_authority_waits_for_a_second_agent_who_saw_the_paper(family: Family) -> None:
    correction = family.takes_authority(family.father)
    second = family.town.has_desk_agent("dossiers")

    def waiting() -> list[str]:
        listed = family.town.at_desk(corrections.corrections_waiting, subject=second).to_second
        return [each["correction_id"] for each in listed]

    assert waiting() == [correction]
    with pytest.raises(BadRequest):
        family.town.at_desk(
            corrections.second_correction, subject=family.agent, correction_id=correction
        )
    family.town.at_desk(corrections.second_correction, subject=second, correction_id=correction)
    assert waiting() == []


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"birth_date": "tomorrow"}, "birth_date"),
        ({"birth_date": date(1980, 1, 1)}, "birth_date"),
        ({"holds_from": date(2019, 1, 1)}, "holds_from"),
        ({"paper_date": "tomorrow"}, "paper_date"),
    ],
    ids=["born-tomorrow", "born-1980", "before-birth", "paper-of-tomorrow"],
)
def test_days_that_cannot_be_are_refused_at_their_field(
    family: Family, more: dict[str, Any], field: str
) -> None:
    days = {name: today() + TOMORROW if day == "tomorrow" else day for name, day in more.items()}
    with pytest.raises(BadRequest) as refused:
        family.corrects_identity(**days)
    assert set(refused.value.detail["errors"]) == {field}
    assert family.town.sent() == []


def test_nothing_is_corrected_into_what_stands(family: Family) -> None:
    with pytest.raises(corrections.NothingCorrected):
        family.corrects_identity(birth_date=date(2019, 3, 2))


def test_of_two_agents_at_once_the_second_reads_again(family: Family) -> None:
    read_before = family.opened().identity_version
    family.corrects_identity()
    with pytest.raises(Outdated):
        family.corrects_identity(first_name="Manou", base_version=read_before)


@pytest.mark.both_databases
def test_of_two_agents_who_take_a_school_back_at_once_the_second_finds_it_gone(
    family: Family,
) -> None:
    day = today() + timedelta(days=20)
    waiting = family.corrects_school(school="Jean-Moulin", holds_from=day)
    other, refused = family.town.has_desk_agent("desk_lead"), []

    def withdraws() -> None:
        try:
            asked = {"subject": other, "correction_id": waiting}
            family.town.at_desk(corrections.withdraw_correction, **asked)
        except NotFound as refusal:
            refused.append(refusal)

    at_once = threading.Thread(target=withdraws)
    with store.write() as write:
        policy = AccessPolicy.from_register(store.register)
        withdraw_correction(write, policy, waiting, by=family.agent, when=Instant.now())
        at_once.start()
        at_once.join(0.5)
    at_once.join()

    assert len(refused) == 1
    with store.read() as read:
        assert read.get_one(Correction, waiting).withdrawn_by == family.agent


def test_an_agent_without_the_right_corrects_nothing(family: Family) -> None:
    counter = family.town.has_desk_agent("counter")
    with pytest.raises(PermissionError):
        family.opened(counter)
    asked = {"child_id": family.child, "base_version": 1, **SCHOOL, **seen()}
    with pytest.raises(PermissionError):
        family.town.at_desk(corrections.correct_schooling, subject=counter, **asked)


def test_a_child_of_a_protected_home_is_corrected_by_who_protects_alone(
    family: Family,
) -> None:
    lives_alone(family)
    family.town.at_desk(safeguarding.protect_household, household_id=family.home, **make.paper())
    with pytest.raises(NotFound):
        family.opened()
    assert family.opened(family.town.has_desk_agent("desk_lead")).school == "Jules-Ferry"


def test_the_other_home_reads_no_school_nor_receipt_once_protection_stands(
    family: Family,
) -> None:
    lives_alone(family)
    lead = family.town.has_desk_agent("desk_lead")
    family.town.at_desk(
        safeguarding.protect_household, subject=lead, household_id=family.home, **make.paper()
    )
    protected = Family(family.town, family.child, family.mother, family.father, family.home, lead)
    protected.corrects_school(school="École du refuge")

    assert protected.reads(family.father) == []
    assert "École du refuge" in str(protected.reads(family.mother))


def test_a_look_and_a_list_each_leave_a_line_in_the_read_log(family: Family) -> None:
    family.opened()
    with store.read() as read:
        (line,) = read.query(ReadLog).filter(ReadLog.child_id == family.child)
    assert (line.projection, line.role) == ("schooling", "dossiers")


def test_a_familys_request_stands_at_the_desk_until_it_is_answered(family: Family) -> None:
    family.town.has_desk_agent("data_protection")
    family.town.ask(
        person_requests.file_person_request,
        subject=family.mother,
        kind=person_requests.RECTIFICATION,
        provider=person_requests.TOWN,
        child_id=family.child,
        text="Elle est née le 14 mars.",
    )

    def asked() -> list[Any]:
        listed = family.town.at_desk(corrections.corrections_waiting, subject=family.agent)
        return list(listed.asked)

    (request,) = asked()
    assert (request["text"], request["child_id"]) == ("Elle est née le 14 mars.", family.child)
    family.town.at_desk(
        corrections.answer_correction,
        subject=family.agent,
        person_request_id=request["person_request_id"],
        outcome=person_requests.ANSWERED,
        text="C’est corrigé.",
    )
    assert asked() == []


def test_with_the_childs_identity_its_corrections_are_erased(family: Family) -> None:
    family.corrects_identity()
    with store.write() as write:
        policy = AccessPolicy.from_register(store.register)
        due = [Due(family.child, section, "test", today()) for section in ("identity", "schooling")]
        retention.erase_sections(write, policy, due, Instant.now())
    with store.read() as read:
        assert read.query(Correction).count() == read.query(CorrectionDelivery).count() == 0


def lives_alone(family: Family) -> None:
    """Let the father move out: a home in which two guardians live is not protected."""
    with store.write() as write:
        write.add(Household(id=OTHER_HOME, reference="other", created_at=Instant.now().moment))
        write.flush()
        write.execute(
            update(HouseholdGuardian)
            .where(HouseholdGuardian.guardian_id == family.father)
            .values(household_id=OTHER_HOME)
        )


OTHER_HOME = "00000000-0000-4000-8000-000000000001"
