"""
Two files that are one child are joined at the front desk, and taken apart again.

Jean-Luc is at the agglomeration by his mother's file; his father's, without the hyphen, is at the
agglomeration too, and at the school service.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.dossier.data_protection.retention import queries as retention
from services.dossier.models import ErasureReceipt, Guardianship, SectionHistory
from services.dossier.store import store
from shared.contracts.dossier import activity_history, corrections, front_desk
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier import school_decisions as school_contracts
from shared.contracts.dossier.data_protection import person_requests, read_log
from shared.contracts.dossier.families import duplicate_children as joined
from shared.contracts.dossier.families import safeguarding
from shared.contracts.dossier.families.duplicate_children import KEPT, OTHER
from shared.contracts.enrolment import attendance
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town, of

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


@pytest.fixture
def twofold(database: Database, tmp_path: Path) -> Iterator[Twofold]:
    with make.opened(database, tmp_path / "register.json") as town:
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


def test_an_agent_who_joins_finds_the_two_files_with_what_is_alike(twofold: Twofold) -> None:
    (found,) = twofold.doubles()

    assert {found["one"]["child_id"], found["other"]["child_id"]} == {twofold.hers, twofold.his}
    assert {"same_birth", "near_first_name", "same_last_name"} <= set(found["alike"])


def test_who_checks_dossiers_alone_neither_finds_nor_joins(twofold: Twofold) -> None:
    counter = twofold.town.has_desk_agent("counter")

    for act in (twofold.doubles, twofold.compares, twofold.joins):
        with pytest.raises(PermissionError):
            act(agent=counter)


def test_side_by_side_stand_school_and_days_and_no_content_of_a_section(twofold: Twofold) -> None:
    compared = twofold.compares()

    assert compared.other_school == "Jules-Ferry, CP A" and compared.kept_school == ""
    assert {row["section"] for row in compared.sections if row["differs"]} == {"identity", "diet"}
    assert "vegetarian" not in repr(compared)
    assert (compared.twins, compared.obstacle) == (False, "")


def test_one_dossier_is_told_under_the_id_that_each_service_has(twofold: Twofold) -> None:
    twofold.joins()

    sent = twofold.town.sent()
    by_file = {each.child_id for each in sent if each.provider == "ens"}
    assert by_file == {twofold.his}  # the school service has the father's file, and goes on with it
    school = of(sent, "ens")
    assert school["care_core"].content["first_name"] == "Jean-Luc"
    family = school["family"].content
    assert {one["subject"] for one in family["guardians"]} == set(twofold.parents)
    assert "same_child" not in family  # that there was another file is nothing that it may know


def test_a_service_that_has_both_files_is_told_that_they_are_one(twofold: Twofold) -> None:
    twofold.joins()

    families = {
        each.child_id: each.content["same_child"]
        for each in twofold.town.sent()
        if (each.provider, each.projection) == ("agg", "family")
    }
    assert families == {twofold.hers: [twofold.his], twofold.his: [twofold.hers]}


def test_nothing_is_told_to_a_service_that_has_neither_file(twofold: Twofold) -> None:
    twofold.joins()

    assert {each.provider for each in twofold.town.sent()} == {"ens", "agg"}


def test_each_parent_has_one_child_with_every_service_and_sees_its_own_home_alone(
    twofold: Twofold,
) -> None:
    before = {who: twofold.town.ask(contracts.my_children, subject=who) for who in twofold.parents}
    twofold.joins()

    for parent in twofold.parents:
        (child,) = twofold.children_of(parent)
        assert child["id"] == twofold.hers
        assert set(child["providers"]) == {"ens", "agg"}
        assert child["also"] == [{"child_id": twofold.his, "providers": ["agg", "ens"]}]
        answer = twofold.town.ask(contracts.my_children, subject=parent)
        assert answer.households == before[parent].households
    assert twofold.reads(twofold.mother, "diet").content["menu"] == "vegetarian"
    assert twofold.reads(twofold.mother, "schooling").content["school"] == "Jules-Ferry"


def test_the_other_file_is_found_by_nobody_and_written_by_nobody(twofold: Twofold) -> None:
    twofold.joins()

    assert twofold.doubles() == []
    for parent in twofold.parents:
        with pytest.raises(NotFound):
            twofold.town.tells(parent, twofold.his, "diet", make.diet("no_pork"), base=1)
    found = twofold.town.at_desk(
        front_desk.find_dossiers, subject=twofold.agent, query="Petit", born=None
    ).found
    assert {row["child_id"] for row in found if row["child_id"]} == {twofold.hers}


def test_what_is_written_afterwards_reaches_every_service_under_its_id(twofold: Twofold) -> None:
    twofold.joins()
    twofold.town.sent()
    base = twofold.reads(twofold.mother, "diet").version

    twofold.town.tells(twofold.mother, twofold.hers, "diet", make.diet("no_pork"), base=base)

    told = {(each.provider, each.child_id) for each in twofold.town.sent()}
    assert told == {("ens", twofold.his), ("agg", twofold.hers), ("agg", twofold.his)} - (
        set() if _takes(twofold, "agg", "diet") else {("agg", twofold.hers), ("agg", twofold.his)}
    )


def test_the_histories_of_both_files_are_one_childs(twofold: Twofold) -> None:
    twofold.town.read(twofold.his, provider="ens")
    for provider, child in (("ens", twofold.his), ("agg", twofold.hers)):
        twofold.town.hear(
            attendance.activity_counted,
            source=f"enrolment_{provider}",
            child_id=child,
            activity="canteen",
            label="Cantine",
            school_year="2025",
            month="2025-10",
            times=3,
            version=1,
        )
    twofold.joins()

    asked = {"subject": twofold.mother, "child_id": twofold.hers}
    history = twofold.town.ask(activity_history.history, **asked, provider=None, school_year="")
    assert {line["provider"] for line in history.lines} == {"ens", "agg"}
    knows = twofold.town.ask(contracts.who_knows, **asked)
    assert {row["provider"] for row in knows.holdings} == {"ens", "agg"}
    readings = twofold.town.ask(contracts.who_read, **asked).reads
    assert "ens" in {row["provider"] for row in readings}


def test_the_family_reads_by_whom_it_has_been_taken_in(twofold: Twofold) -> None:
    twofold.joins()

    def receipts() -> dict[str, bool]:
        asked = {"subject": twofold.mother, "child_id": twofold.hers}
        row = twofold.town.ask(corrections.corrections_of, **asked).corrections[0]
        assert row["subject"] == corrections.JOINED
        return {each["provider"]: each["received"] for each in row["receipts"]}

    assert receipts() == {"ens": False, "agg": False}
    for each in twofold.town.sent():
        if each.provider == "ens":
            twofold.town.held("ens", each)
    assert receipts() == {"ens": True, "agg": False}  # agg was stopped: it takes it in when back


def test_billing_hears_one_sibling_under_both_ids(twofold: Twofold) -> None:
    twofold.joins()

    siblings = [
        {child["child_id"]: child.get("same_as") for child in home.children}
        for home in twofold.town.homes()
    ]
    assert siblings == [{twofold.hers: None, twofold.his: twofold.hers}] * 2


@pytest.mark.parametrize("later", [KEPT, OTHER])
def test_taken_apart_each_file_has_again_what_it_had(twofold: Twofold, later: str) -> None:
    before = twofold.stored()
    join_id = twofold.joins()

    twofold.parts(join_id, later)

    assert twofold.stored() == before
    sent = twofold.town.sent()
    assert of(sent, "ens")["care_core"].content["first_name"] == "Jeanluc"
    families = [e for e in sent if (e.provider, e.projection) == ("agg", "family")]
    assert "same_child" not in {key for each in families[-2:] for key in each.content}


@pytest.mark.parametrize(
    ("later", "hers", "his"), [(KEPT, "standard", "vegetarian"), (OTHER, "no_pork", "standard")]
)
def test_what_came_since_goes_to_the_file_that_the_agent_names(
    twofold: Twofold, later: str, hers: str, his: str
) -> None:
    join_id = twofold.joins()
    base = twofold.reads(twofold.father, "diet").version
    twofold.town.tells(twofold.father, twofold.hers, "diet", make.diet("standard"), base=base)

    twofold.parts(join_id, later)

    assert twofold.reads(twofold.mother, "diet", twofold.hers).content["menu"] == hers
    assert twofold.reads(twofold.father, "diet", twofold.his).content["menu"] == his


def test_every_receipt_and_version_of_before_is_kept(twofold: Twofold) -> None:
    def kept() -> tuple[set[Any], set[Any]]:
        with store.read() as read:
            history = read.scalars(select(SectionHistory)).all()
            receipts = read.scalars(select(ErasureReceipt)).all()
            return (
                {(row.child_id, row.section, row.version, row.content) for row in history},
                {row.number for row in receipts},
            )

    before = kept()
    twofold.parts(twofold.joins())

    after = kept()
    assert before[0] <= after[0] and before[1] <= after[1]
    asked = {"subject": twofold.father, "child_id": twofold.his}
    rows = twofold.town.ask(corrections.corrections_of, **asked).corrections
    assert [row["subject"] for row in rows] == [corrections.PARTED]


def test_joined_twice_it_is_joined_once_and_taken_apart_it_can_be_joined_again(
    twofold: Twofold,
) -> None:
    join_id = twofold.joins()
    with pytest.raises(joined.CannotJoin) as again:
        twofold.joins()
    assert again.value.detail["why"] == joined.JOINED_ALREADY

    twofold.parts(join_id)
    with pytest.raises(NotFound):
        twofold.parts(join_id)
    twofold.joins()

    assert len(twofold.children_of(twofold.father)) == 1


def test_what_both_say_differently_waits_for_the_agents_word(twofold: Twofold) -> None:
    before = twofold.stored()

    with pytest.raises(BadRequest) as left:
        twofold.joins(taken=[])

    assert left.value.detail["errors"] == {"taken": ["diet", "identity"]}
    assert twofold.stored() == before and twofold.town.sent() == []


def test_a_file_is_not_joined_with_itself_nor_with_one_of_no_town(twofold: Twofold) -> None:
    with pytest.raises(joined.CannotJoin) as same:
        twofold.joins(other_id=twofold.hers)
    assert same.value.detail["why"] == joined.SAME_FILE
    with pytest.raises(NotFound):
        twofold.joins(other_id=new_id())
    with pytest.raises(BadRequest):
        twofold.joins(paper_date=today() + timedelta(days=1))


def test_twins_are_never_proposed_and_joined_only_at_the_agents_word(twofold: Twofold) -> None:
    town, mother = twofold.town, make.guardian("Nadia Petit")
    twins = [
        make.child([mother], sections={"identity": make.identity(name, "Roux", BORN)})
        for name in ("Anna", "Hanna")
    ]
    ids = town.arrives(make.household(*twins, guardians=[mother])).children
    anna, hanna = (ids[twin["reference"]] for twin in twins)

    assert {anna, hanna}.isdisjoint(
        {row[side]["child_id"] for row in twofold.doubles() for side in ("one", "other")}
    )
    other = make.child([mother], sections={"identity": make.identity("Bruno", "Roux", BORN)})
    bruno = town.arrives(make.household(other, guardians=[mother])).children[other["reference"]]
    asked = {"kept_id": anna, "other_id": bruno, "taken": twofold.choose()}
    assert town.at_desk(
        joined.compare_files, subject=twofold.agent, kept_id=anna, other_id=bruno
    ).twins
    with pytest.raises(joined.CouldBeTwins):
        twofold.joins(**asked)
    twofold.joins(**asked, not_twins=True)


def test_a_protected_home_is_proposed_to_nobody_and_joined_by_who_protects(
    twofold: Twofold,
) -> None:
    home = twofold.town.ask(contracts.my_children, subject=twofold.mother).households[0]
    twofold.town.at_desk(safeguarding.protect_household, household_id=home, **make.paper())
    lead = twofold.town.has_desk_agent("desk_lead")

    assert twofold.doubles() == []
    for act in (twofold.compares, twofold.joins):
        with pytest.raises(NotFound):
            act()
    assert len(twofold.doubles(agent=lead)) == 1
    twofold.joins(agent=lead)
    assert twofold.town.at_desk(joined.list_joins, subject=twofold.agent).joins == []
    (child,) = twofold.children_of(twofold.father)
    assert child["school"] == ""


def test_a_barred_adult_of_either_file_is_barred_of_the_child(twofold: Twofold) -> None:
    for child, name in ((twofold.hers, "Oncle Un"), (twofold.his, "Oncle Deux")):
        twofold.town.at_desk(
            safeguarding.bar_adult,
            child_id=child,
            base_version=0,
            name=name,
            valid_from=today(),
            valid_to=None,
            **make.paper(),
        )
    twofold.town.sent()

    twofold.joins()

    core = of(twofold.town.sent(), "ens")["care_core"].content
    assert {"Oncle Un", "Oncle Deux"} <= set(core["not_to_hand_over"])


def test_a_schools_decision_under_the_other_id_holds_for_the_child(twofold: Twofold) -> None:
    twofold.joins()

    outcome = twofold.town.ask(
        school_contracts.decide_schooling,
        caller="enrolment_ens",
        decided_by=new_id(),
        decisions=[
            {
                "decision_id": new_id(),
                "child_id": twofold.his,
                "holds_from": today(),
                **SCHOOL,
                "class_name": "CP B",
            }
        ],
    )

    assert [row["outcome"] for row in outcome.decisions] == [school_contracts.APPLIED]
    assert twofold.reads(twofold.mother, "schooling").content["class_name"] == "CP B"


def test_neither_file_is_erased_while_a_service_has_one_of_them(twofold: Twofold) -> None:
    twofold.joins()
    for parent in (twofold.mother, twofold.father):
        close = {"subject": parent, "child_id": twofold.hers, "provider": "agg"}
        twofold.town.ask(contracts.close_link, **close)
    later = Instant(now() + timedelta(days=366 * 12), today() + timedelta(days=366 * 12))

    with store.read() as read:
        named = retention.children_still_named(read, "", 100)
        due = retention.sections_due(read, store.register, later, named)

    assert set(named) >= {twofold.hers, twofold.his} and due == []


def _takes(twofold: Twofold, provider: str, projection: str) -> bool:
    return any(
        row.provider == provider and row.projection == projection
        for row in store.register.now.entitlements
    )


def test_after_a_death_both_files_are_held_at_every_service(twofold: Twofold) -> None:
    twofold.joins()
    lead = twofold.town.has_desk_agent("desk_lead")

    twofold.town.at_desk(safeguarding.hold_file, subject=lead, child_id=twofold.hers, held_by=lead)

    rows = twofold.town.taken(safeguarding.file_held)
    told = {(row.key.split(".")[1], json.loads(row.body)["child_id"]) for row in rows}
    assert {("enrolment_ens", twofold.his), ("enrolment_agg", twofold.hers)} <= told
    assert ("enrolment_ens", twofold.hers) not in told


def test_a_service_is_gone_on_with_under_the_id_that_it_has(twofold: Twofold) -> None:
    twofold.joins()
    twofold.town.sent()
    asked = {"subject": twofold.mother, "child_id": twofold.hers, "provider": "ens"}

    twofold.town.ask(contracts.open_link, **asked)
    assert twofold.town.sent() == []  # it has the child already, as his father's file

    assert twofold.town.ask(contracts.close_link, **asked).waits  # his father's word lacks
    assert twofold.town.sent() == []
    twofold.town.ask(contracts.close_link, **asked | {"subject": twofold.father})
    ended = [each for each in twofold.town.sent() if each.content is None]
    assert {(each.provider, each.child_id) for each in ended} == {("ens", twofold.his)}


def test_whom_a_breach_touched_are_the_homes_of_both_files(twofold: Twofold) -> None:
    twofold.joins()

    answer = twofold.town.ask(
        read_log.households_touched,
        caller="ops",
        provider="ens",
        since=now() - timedelta(days=1),
        until=now() + timedelta(days=1),
        after=None,
    )

    assert [row["children"] for row in answer.households] == [1, 1]
    assert all(row["projections"] for row in answer.households)


def test_what_a_parent_asked_about_its_file_goes_along_and_comes_back(twofold: Twofold) -> None:
    asked = {"kind": "rectification", "provider": "", "child_id": twofold.his}
    twofold.town.ask(
        person_requests.file_person_request, subject=twofold.father, **asked, text="La classe."
    )

    def asked_of() -> list[str]:
        waiting = twofold.town.at_desk(corrections.corrections_waiting, subject=twofold.agent)
        return [row["child_id"] for row in waiting.asked]

    join_id = twofold.joins()
    assert asked_of() == [twofold.hers]
    twofold.parts(join_id)
    assert asked_of() == [twofold.his]


def test_two_files_that_somebody_has_looked_at_are_proposed_no_more(twofold: Twofold) -> None:
    pair = {"kept_id": twofold.his, "other_id": twofold.hers}

    for _ in range(2):
        twofold.town.at_desk(joined.note_different, subject=twofold.agent, **pair)

    assert twofold.doubles() == []
    assert twofold.compares().obstacle == ""


def test_a_child_that_arrives_later_is_never_taken_for_the_file_that_waits(
    twofold: Twofold,
) -> None:
    twofold.joins()
    adult = make.guardian("Nadia Petit")
    again = make.child([adult], sections={"identity": make.identity("Jeanluc", "Petit", BORN)})

    answer = twofold.town.arrives(make.household(again, guardians=[adult]))

    assert twofold.his not in [each for alike in answer.alike.values() for each in alike]


def test_a_home_does_not_take_back_what_the_other_wants_of_joined_files(twofold: Twofold) -> None:
    twofold.joins()
    of_school = {"child_id": twofold.hers, "provider": "ens"}
    twofold.town.ask(contracts.close_link, subject=twofold.mother, **of_school)

    twofold.town.ask(contracts.open_link, subject=twofold.father, **of_school)

    assert not twofold.town.ask(contracts.close_link, subject=twofold.father, **of_school).waits


def test_a_wish_is_taken_back_for_each_file_that_a_service_has(twofold: Twofold) -> None:
    twofold.joins()
    hers = {"subject": twofold.mother, "child_id": twofold.hers, "provider": "agg"}
    assert twofold.town.ask(contracts.close_link, **hers).waits

    twofold.town.ask(contracts.open_link, **hers)

    assert twofold.town.ask(contracts.close_link, **hers | {"subject": twofold.father}).waits
