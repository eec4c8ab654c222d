"""
Contacts and pick-up entered in a protected home are withheld from the other one (rule R9).

Manon lives with her mother, who is protected, and with her father. Her school receives all that
either enters (rule R1); he reads what he read before, and what he enters himself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import update

from services.dossier.models import Guardian, Guardianship, HouseholdGuardian, HouseholdVersion
from services.dossier.sections.name_words import index_guardian_name
from services.dossier.sharing.guardian_cards.commands import cards_as_published
from services.dossier.sharing.queries.current_access_policy import current_policy
from services.dossier.store import store
from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.errors import NotFound, Outdated
from shared.database import Write
from shared.dates.clock import today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories import registrations
from tests.factories.dossier import Town
from tests.factories.dossiers.person_copies import asks, copied

REFUGE, NUMBER = "Foyer des Glycines", "06 39 98 77 41"
FRIEND = "Amie discrète"
SECTIONS = ("contacts", "pickup")


def person(name: str, phone: str = "06 39 98 00 01") -> dict[str, Any]:
    return {"name": name, "relation": "proche", "phone": phone}


MUM, DAD, GRANNY = person("Mère"), person("Père"), person("Mamie")
HIDDEN = person(REFUGE, NUMBER)


@dataclass(frozen=True)
class Family:
    """A child of two homes."""

    town: Town
    child: str
    mother: str
    father: str
    home: str
    his_home: str
    arrived: Mapping[str, Any]
    """Her home, as it was imported."""

    def protects(self) -> None:
        asked = {"household_id": self.home, **make.paper()}
        self.town.at_desk(protection.protect_household, **asked)

    def lifts(self) -> None:
        self.town.at_desk(protection.lift_protection, household_id=self.home)

    def reads(self, who: str, section: str = "contacts") -> Any:
        asked = {"child_id": self.child, "section": section}
        return self.town.ask(contracts.read_section, subject=who, **asked)

    def people(self, who: str, section: str = "contacts") -> list[dict[str, Any]]:
        return list(self.reads(who, section).content.get("people", []))

    def saves(self, who: str, *people: dict[str, Any], section: str = "contacts") -> Any:
        """Save a section as its form does: over the version that was read."""
        base = self.reads(who, section).version
        return self.town.tells(who, self.child, section, {"people": list(people)}, base)

    def at_school(self) -> dict[str, list[str]]:
        """Return the names that the school holds: whom to call first, who may collect."""
        held: dict[str, list[str]] = {}
        for sent in self.town.sent():
            if sent.projection == "care_core":
                held["contacts"] = [each["name"] for each in sent.content["numbers"]]
            if sent.projection == "pickup":
                held["pickup"] = [each["name"] for each in sent.content["people"]]
        return held

    def everything(self, who: str) -> str:
        """Return all that a guardian can read of the child, as text."""
        sections = ("identity", "contacts", "schooling", "pickup", "diet", "health", "custody")
        asked: list[tuple[Any, dict[str, Any]]] = [
            (contracts.who_knows, {}),
            (contracts.who_read, {}),
            (activity_history_requests.history, {}),
            (contracts.completeness, {}),
            *((contracts.read_section, {"section": section}) for section in sections),
        ]
        read = [
            self.town.ask(method, subject=who, child_id=self.child, **more)
            for method, more in asked
        ]
        cards = [card for card in self.town.cards() if card.subject == who]
        return str([self.town.ask(contracts.my_children, subject=who), *cards, *read])


@pytest.fixture
def family(database: Database, tmp_path: Path) -> Iterator[Family]:
    """Give the family with both contacts told before anybody is protected."""
    with make.opened(database, tmp_path / "register.json") as town:
        mother, father = make.guardian("Mère"), make.guardian("Père")
        told = make.child([mother], links=["ens"], sections={"identity": make.identity()})
        payload = make.household(told, guardians=[mother], address=make.address())
        hers = town.arrives(payload)
        same = {**told, "guardians": [father["reference"]], "sections": {}, "links": []}
        his = town.arrives(make.household(same, guardians=[father]))
        found = Family(
            town,
            hers.children[told["reference"]],
            hers.guardians[mother["reference"]],
            his.guardians[father["reference"]],
            hers.household_id,
            his.household_id,
            payload,
        )
        found.saves(found.mother, MUM, DAD)
        yield found


def test_the_school_is_told_the_refuge_and_the_father_reads_what_he_knew(family: Family) -> None:
    family.protects()
    before = family.reads(family.father)
    family.saves(family.mother, HIDDEN, MUM)
    family.saves(family.mother, person(FRIEND), section="pickup")

    assert family.reads(family.father) == before
    assert family.people(family.father, "pickup") == []
    assert family.people(family.mother) == [HIDDEN, MUM]
    assert family.at_school() == {"contacts": [REFUGE, "Mère"], "pickup": [FRIEND]}


def test_no_answer_and_no_card_of_his_differs_by_what_she_entered(family: Family) -> None:
    family.protects()
    family.town.cards()
    before = family.everything(family.father)
    family.saves(family.mother, HIDDEN, MUM)
    family.saves(family.mother, person(FRIEND), section="pickup")

    after = family.everything(family.father)

    assert after == before
    assert [word for word in (REFUGE, NUMBER, FRIEND) if word in after] == []
    assert REFUGE in family.everything(family.mother)


def test_what_she_tells_first_is_missing_on_his_card_still(family: Family) -> None:
    family.protects()
    family.saves(family.mother, person(FRIEND), section="pickup")

    def missing(who: str) -> list[str]:
        (card,) = family.town.ask(contracts.my_children, subject=who).children
        return list(card["missing"])

    assert missing(family.father) == ["pickup", "diet", "health", "swimming"]
    assert missing(family.mother) == ["diet", "health", "swimming"]


def test_his_save_removes_nothing_that_he_was_not_shown(family: Family) -> None:
    family.protects()
    family.saves(family.mother, HIDDEN, MUM, DAD)
    changed = {**DAD, "phone": "06 39 98 00 77"}

    answer = family.saves(family.father, MUM, changed, GRANNY)

    assert family.people(family.mother) == [HIDDEN, MUM, changed, GRANNY]
    assert family.people(family.father) == [MUM, changed, GRANNY]
    shown = family.reads(family.father)
    assert (shown.version, shown.changed_by) == (answer.version, "you")
    assert family.at_school()["contacts"] == [REFUGE, "Mère"]


def test_whom_he_removes_goes_and_whom_she_removed_does_not_come_back(family: Family) -> None:
    family.protects()
    family.saves(family.mother, HIDDEN, MUM)

    family.saves(family.father, DAD, GRANNY)

    assert family.people(family.mother) == [HIDDEN, GRANNY]
    assert family.people(family.father) == [DAD, GRANNY]


def test_a_copy_of_his_data_has_what_he_entered_and_not_what_was_kept_with_it(
    family: Family,
) -> None:
    family.protects()
    family.saves(family.mother, HIDDEN, MUM, DAD)
    family.saves(family.mother, HIDDEN, person("Voisine"), MUM, DAD)
    family.saves(family.father, MUM, DAD, GRANNY)

    rows = copied(family.town, asks(family.town, family.father))

    (entered,) = [row for row in rows if row["table"] == "section_history"]
    assert entered["content"] == {"people": [MUM, DAD, GRANNY]}
    assert "version" not in entered  # it would count what she saved in between
    assert [word for word in (REFUGE, NUMBER, "Voisine") if word in str(rows)] == []
    assert REFUGE in str(copied(family.town, asks(family.town, family.mother)))


def test_his_versions_count_his_own_saves_and_none_of_hers(family: Family) -> None:
    family.protects()
    first = family.reads(family.father).version
    for number in range(3):
        family.saves(family.mother, HIDDEN, person(f"Voisine {number}"))

    answer = family.saves(family.father, MUM, DAD, GRANNY)

    assert (answer.version, family.reads(family.father).version) == (first + 1, first + 1)
    with pytest.raises(Outdated) as refused:
        family.town.tells(family.father, family.child, "contacts", {"people": [MUM]}, first)
    assert refused.value.detail == {"version": first + 1}


def test_a_form_that_he_opened_before_she_saved_is_not_outdated(family: Family) -> None:
    opened = family.reads(family.father).version
    family.protects()
    family.saves(family.mother, HIDDEN, MUM)

    people = {"people": [MUM, DAD, GRANNY]}
    family.town.tells(family.father, family.child, "contacts", people, opened)

    assert family.people(family.mother) == [HIDDEN, MUM, GRANNY]


def test_the_answer_to_his_save_names_no_service_that_came_since(family: Family) -> None:
    family.protects()
    asked = {"child_id": family.child, "provider": "agg"}
    family.town.ask(contracts.open_link, subject=family.mother, **asked)

    assert family.saves(family.father, GRANNY).recipients == ["ens"]


def test_a_first_number_that_he_changes_is_told_though_hers_are_called_before(
    family: Family,
) -> None:
    family.protects()
    family.saves(family.mother, HIDDEN, MUM, DAD)
    family.town.sent()

    changed = family.saves(family.father, MUM, {**DAD, "phone": "06 39 98 00 77"})

    assert changed.recipients == ["ens"]
    assert family.town.sent() == []


def test_while_only_he_writes_his_order_counts_for_everybody(family: Family) -> None:
    family.protects()

    family.saves(family.father, DAD, MUM)

    assert family.people(family.mother) == [DAD, MUM]


def test_when_the_protection_ends_he_reads_the_whole(family: Family) -> None:
    family.protects()
    family.saves(family.mother, HIDDEN, MUM)
    family.saves(family.father, MUM, GRANNY)
    family.lifts()

    assert family.people(family.father) == family.people(family.mother) == [HIDDEN, MUM, GRANNY]
    family.saves(family.father, MUM)
    assert family.people(family.mother) == [MUM]


def test_what_an_import_brings_since_is_withheld_too(family: Family) -> None:
    family.protects()
    [child] = family.arrived["children"]
    brought = {**child, "sections": {"pickup": {"people": [person(FRIEND)]}}}

    family.town.arrives({**family.arrived, "children": [brought]})

    assert family.people(family.mother, "pickup") == [person(FRIEND)]
    assert family.reads(family.father, "pickup").changed_by == "nobody"


def test_a_household_with_two_guardians_is_not_protected(
    database: Database, tmp_path: Path
) -> None:
    with make.opened(database, tmp_path / "register.json") as town:
        both = [make.guardian("Claire"), make.guardian("Antoine")]
        home = town.arrives(make.household(make.child(both), guardians=both)).household_id

        with pytest.raises(protection.SharedHome):
            town.at_desk(protection.protect_household, household_id=home, **make.paper())

        assert town.homes()[-1].protected is False


def test_no_import_brings_a_second_guardian_into_a_protected_household(family: Family) -> None:
    family.protects()
    father = make.guardian("Père", reference="R-father")
    guardians = [*family.arrived["guardians"], father]

    ids = family.town.arrives({**family.arrived, "guardians": guardians})

    his = family.town.ask(contracts.my_children, subject=ids.guardians["R-father"])
    assert his.households == []
    with pytest.raises(NotFound):
        asked = {"household_id": family.home, "subject": ids.guardians["R-father"]}
        family.town.ask(contracts.my_household, **asked)
    assert [each["name"] for each in told_of(family).guardians] == ["Mère"]


def test_a_parent_who_asks_anew_has_a_home_of_her_own_that_can_be_protected(
    database: Database, tmp_path: Path
) -> None:
    with make.opened(database, tmp_path / "register.json") as town:
        both = [make.guardian("Claire"), make.guardian("Antoine")]
        told = make.child(both, sections={"contacts": {"people": [MUM, DAD]}})
        old = town.arrives(make.household(told, guardians=both, address=make.address()))
        claire, antoine = (old.guardians[each["reference"]] for each in both)
        manon = old.children[told["reference"]]
        registrations.sent_registration(
            town, registrations.child("Manon", "2019-03-02", last_name="Lefèvre")
        )
        accepted = registrations.accept(town, registrations.agent(town), manon, guardian_id=claire)

        home = accepted.household_id
        town.at_desk(protection.protect_household, household_id=home, **make.paper())
        family = Family(town, manon, claire, antoine, home, old.household_id, {})
        family.saves(claire, HIDDEN)

        assert home != old.household_id
        cards = town.ask(contracts.my_children, subject=antoine)
        assert (cards.households, len(cards.children)) == ([old.household_id], 1)
        assert family.people(antoine) == [MUM, DAD]
        with pytest.raises(NotFound):
            town.ask(contracts.my_household, subject=antoine, household_id=home)


def test_a_protected_home_of_which_billing_was_not_told_is_told_by_and_by(family: Family) -> None:
    family.protects()
    before = told_of(family)
    with store.write() as write:  # held, and nothing told
        mine = HouseholdVersion.household_id == family.home
        write.execute(update(HouseholdVersion).where(mine).values(digest=""))

    family.town.service.publish_missing_households()

    assert told_of(family).version == before.version + 1
    family.town.service.publish_missing_households()
    assert family.town.homes() == []


def test_billing_is_told_of_a_protection_and_of_its_end(family: Family) -> None:
    before = family.town.homes()[-1]
    family.protects()
    family.protects()
    protected = told_of(family)
    family.lifts()
    lifted = told_of(family)

    assert before.protected is False
    assert (protected.protected, lifted.protected) == (True, False)
    assert lifted.version == protected.version + 1


def told_of(family: Family) -> SimpleNamespace:
    """Return what billing was told last of the mother's home."""
    return [each for each in family.town.homes() if each.household_id == family.home][-1]


def test_what_a_protected_home_said_stays_withheld_when_its_author_moves_out(
    family: Family,
) -> None:
    """A grandmother lived with her for a while, and lives with the father since."""
    family.protects()
    granny = make.guardian("Mamie")
    with store.write() as write:
        guardian_id = add_guardian(write, family, granny)
    family.saves(guardian_id, HIDDEN, MUM)
    assert family.people(family.father) == [MUM, DAD]

    with store.write() as write:
        write.execute(
            update(HouseholdGuardian)
            .where(HouseholdGuardian.guardian_id == guardian_id)
            .values(household_id=family.his_home)
        )

    assert family.people(family.father) == [MUM, DAD]
    assert family.people(guardian_id)[0] == HIDDEN


def add_guardian(write: Write, family: Family, told: Mapping[str, Any]) -> str:
    """Let somebody with authority live in the mother's home: no page adds one any more."""
    guardian_id = new_id()
    write.add(Guardian(id=guardian_id, reference=told["reference"], name=told["name"]))
    write.flush()
    index_guardian_name(write, guardian_id, told["name"])
    write.add(HouseholdGuardian(household_id=family.home, guardian_id=guardian_id))
    write.add(
        Guardianship(
            id=new_id(),
            child_id=family.child,
            guardian_id=guardian_id,
            authority=True,
            valid_from=today(),
        )
    )
    write.flush()
    return guardian_id


def test_what_is_withheld_shows_on_the_other_home_s_card_as_soon_as_it_is_not(
    family: Family,
) -> None:
    """Of both sections a card says which were never told: to him, those that she alone told."""
    family.protects()
    for section in SECTIONS:
        for name in ("Amie", "Voisine"):
            family.saves(family.mother, person(name), section=section)
            family.saves(family.father, DAD, section=section)
            with store.read() as read:
                both = [family.mother, family.father]
                policy, when = current_policy(), Instant.now()
                assert cards_as_published(read, policy, both, when).keys() == set(both)
