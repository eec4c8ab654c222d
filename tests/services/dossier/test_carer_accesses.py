"""A guardian lets somebody see a child's week: dated, accepted, withdrawn by one tap."""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.dossier.models import CarerAccess, HouseholdGuardian
from services.dossier.sharing.grants.queries.trusted_person_accesses import content_of_access
from services.dossier.sharing.rules.access_policy import AccessPolicy
from services.dossier.sharing.streams.commands.replica_reconciliation import publish_day_changes
from services.dossier.sharing.streams.queries.replica_reconciliation import (
    children_with_change_today,
)
from services.dossier.store import store
from shared.contracts.dossier import corrections
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import (
    household_adults,
    safeguarding,
    separation,
    trusted_person_accesses,
)
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.identity import accounts
from shared.dates.clock import midnight, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town, of
from tests.factories.household_adults import seen

DAY = timedelta(days=1)
MONIQUE = "monique.lefevre@example.org"
EVEN_HERS = {
    **{"even": safeguarding.WITH_WHO_LEAVES, "odd": safeguarding.WITH_WHO_STAYS},
    **{"changes_on": 5, "changes_at": "evening", "school_days": None},
    **{"holidays": safeguarding.WITH_WHO_LEAVES, "summer": "fortnights"},
}


@dataclass(frozen=True)
class Family:
    """Manon, her parents in one home, and Monique's account."""

    town: Town
    child: str
    mother: str
    father: str
    home: str
    monique: str

    def grants(self, by: str = "", **more: Any) -> str:
        """Let a guardian offer an access, and identity find the account; return the access."""
        usual = {
            "name": "Monique Lefèvre",
            "email": MONIQUE,
            "valid_from": today(),
            "valid_to": today() + 30 * DAY,
            "says_absent": True,
        }
        asked = {"subject": by or self.mother, "child_id": self.child, **usual, **more}
        self.town.ask(trusted_person_accesses.grant_access, **asked)
        event = trusted_person_accesses.access_granted
        (row,) = self.town.taken(event)
        access_id = event.load(json.loads(row.body)).access_id
        found = {"access_id": access_id, "subject": self.monique}
        self.town.hear(accounts.access_holder_found, source="identity", **found)
        return str(access_id)

    def answers(self, access_id: str, accept: bool = True, who: str = "") -> None:
        asked = {"subject": who or self.monique, "access_id": access_id, "accept": accept}
        self.town.ask(trusted_person_accesses.answer_access, **asked)

    def given(self, **more: Any) -> str:
        access_id = self.grants(**more)
        self.answers(access_id)
        return access_id

    def shown(self, who: str = "") -> list[Any]:
        asked = {"subject": who or self.mother, "child_id": self.child}
        return list(self.town.ask(trusted_person_accesses.accesses_of, **asked).accesses)

    def withdraws(self, access_id: str, who: str = "") -> None:
        asked = {"subject": who or self.mother, "child_id": self.child, "access_id": access_id}
        self.town.ask(trusted_person_accesses.end_access, **asked)

    def protects(self) -> None:
        """Let the desk protect the mother, in a home of her own, with the child in both."""
        self.town.at_desk(
            safeguarding.protect_household,
            subject=self.town.has_desk_agent("desk_lead"),
            household_id=self.home,
            guardians=[self.mother],
            children=[{"child_id": self.child, "lives": safeguarding.IN_BOTH}],
            **make.paper(),
        )

    def separates(self, *, lives: str, weeks: Any) -> None:
        """Let the mother leave the home today, unprotected."""
        self.town.at_desk(
            separation.separate_household,
            subject=self.town.has_desk_agent("dossiers"),
            household_id=self.home,
            guardians=[self.mother],
            children=[{"child_id": self.child, "lives": lives}],
            weeks=weeks,
            address=None,
            paper="guardian_statement",
            paper_date=date(2026, 1, 5),
            reason=corrections.CHANGE,
            holds_from=today(),
        )

    def sees(self) -> list[Any]:
        try:
            return list(self.town.ask(contracts.my_children, subject=self.monique).children)
        except NotFound:
            return []

    def at_provider(self) -> list[Any]:
        """Return the carers that the school service was told last."""
        return list(of(self.town.sent(), "ens")["family"].content.get("carers", []))


@pytest.fixture
def family(town: Town) -> Family:
    mother, father = make.guardian("Claire Lefèvre"), make.guardian("Karim Lefèvre")
    child = make.child(
        [mother, father], sections={"schooling": {"school": "Jules-Ferry", "grade": "CE1"}}
    )
    ids = town.arrives(make.household(child, guardians=[mother, father], address=make.address()))
    town.sent()
    people = [ids.guardians[each["reference"]] for each in (mother, father)]
    return Family(town, ids.children[child["reference"]], *people, ids.household_id, new_id())


def test_an_accepted_access_opens_the_week_of_that_home_and_nothing_else(family: Family) -> None:
    family.given()

    (child,) = family.sees()
    assert (child["first_name"], child["carer"], child["says_absent"]) == ("Manon", True, True)
    assert (child["school"], child["missing"]) == ("", [])
    (carer,) = family.at_provider()
    assert (carer["subject"], carer["home"]) == (family.monique, family.home)
    assert carer["since"] == today().isoformat()
    assert carer["household"] == child["carer_in"] != family.home
    answer = family.town.ask(contracts.my_children, subject=family.monique)
    assert answer.households == []
    for method, more in (
        (contracts.read_section, {"section": "health"}),
        (contracts.read_section, {"section": "contacts"}),
        (contracts.who_knows, {}),
        (contracts.who_read, {}),
        (contracts.completeness, {}),
        (corrections.corrections_of, {}),
        (trusted_person_accesses.accesses_of, {}),
    ):
        with pytest.raises(NotFound):
            family.town.ask(method, subject=family.monique, child_id=family.child, **more)
    with pytest.raises(NotFound):
        asked = {"subject": family.monique, "household_id": family.home}
        family.town.ask(contracts.my_household, **asked)


def test_nothing_is_seen_before_it_was_accepted_and_nobody_else_accepts_it(
    family: Family,
) -> None:
    access = family.grants()

    assert family.sees() == []
    (offer,) = family.town.ask(
        trusted_person_accesses.offered_accesses, subject=family.monique
    ).accesses
    assert (offer["first_name"], offer["granted_by"]) == ("Manon", "Claire Lefèvre")
    with pytest.raises(NotFound):
        family.answers(access, who=family.father)
    family.answers(access, accept=False)
    assert family.sees() == []
    assert [each["state"] for each in family.shown()] == ["declined"]


def test_one_tap_withdraws_it_at_once_by_either_parent(family: Family) -> None:
    access = family.given()
    family.town.sent()

    family.withdraws(access, who=family.father)

    assert (family.sees(), family.shown(), family.at_provider()) == ([], [], [])


def test_it_begins_on_its_first_day_and_is_over_after_its_last(family: Family) -> None:
    family.given(valid_from=today() + DAY, valid_to=today() + 2 * DAY)
    assert family.sees() == []

    def carers_on(day: date) -> list[Any]:
        when = Instant(midnight(day), day)
        with store.read() as read:
            children = children_with_change_today(read, when)
        with store.write() as write:
            publish_day_changes(write, AccessPolicy.from_register(store.register), children, when)
        return family.at_provider()

    assert len(carers_on(today() + DAY)) == 1
    assert carers_on(today() + 3 * DAY) == []


def test_it_falls_with_the_authority_of_who_granted_it(family: Family) -> None:
    family.given()
    family.town.at_desk(
        corrections.correct_authority,
        subject=family.town.has_desk_agent("dossiers"),
        child_id=family.child,
        guardian_id=family.mother,
        authority=False,
        paper="judgment",
        paper_date=date(2026, 1, 5),
        reason=corrections.RULING,
        holds_from=today(),
    )

    assert (family.sees(), family.at_provider()) == ([], [])


@pytest.mark.parametrize(
    ("first", "last"), [(-1, 5), (5, 4), (0, 400)], ids=["past", "reversed", "too-long"]
)
def test_days_that_cannot_be_are_refused(family: Family, first: int, last: int) -> None:
    with pytest.raises(BadRequest):
        family.grants(valid_from=today() + first * DAY, valid_to=today() + last * DAY)


def test_a_guardian_alone_grants_it_with_no_agent_beside(family: Family) -> None:
    asked = {"name": "M", "email": MONIQUE, "says_absent": True, "child_id": family.child}
    days = {"valid_from": today(), "valid_to": today()}
    with pytest.raises(PermissionError):
        family.town.ask(
            trusted_person_accesses.grant_access,
            subject=family.mother,
            actor=new_id(),
            **asked,
            **days,
        )
    with pytest.raises(NotFound):
        family.town.ask(trusted_person_accesses.grant_access, subject=new_id(), **asked, **days)


def test_the_address_is_forgotten_once_the_account_is_found(family: Family) -> None:
    family.given()
    with store.read() as read:
        row = read.scalars(select(CarerAccess)).one()
        assert content_of_access(row) == {"name": "Monique Lefèvre"}


def test_neither_home_of_a_protected_child_sees_the_others_carers(family: Family) -> None:
    his = family.grants(by=family.father, email="papi@example.org", name="Papi")
    family.protects()
    family.grants()

    assert [each["name"] for each in family.shown(family.mother)] == ["Monique Lefèvre"]
    assert [each["name"] for each in family.shown(family.father)] == ["Papi"]
    with pytest.raises(NotFound):
        family.withdraws(his, who=family.mother)


def test_protecting_a_home_ends_what_it_had_granted_and_the_parent_grants_anew(
    family: Family,
) -> None:
    family.given()
    papi = new_id()
    his = replace(family, monique=papi)
    his.given(by=family.father, email="papi@example.org", name="Papi")
    family.town.cards()

    family.protects()

    assert family.sees() == []
    assert [carer["subject"] for carer in family.at_provider()] == [papi]
    assert family.monique in {card.subject for card in family.town.cards()}
    assert (family.shown(), len(his.sees())) == ([], 1)
    family.given()
    assert [child["carer"] for child in family.sees()] == [True]


def test_an_offer_of_before_the_protection_can_no_more_be_accepted(family: Family) -> None:
    access = family.grants()

    family.protects()

    with pytest.raises(NotFound):
        family.answers(access)


def test_what_she_granted_goes_with_her_to_the_home_in_which_she_lives_since(
    family: Family,
) -> None:
    family.given()

    family.separates(lives=safeguarding.IN_BOTH, weeks=EVEN_HERS)

    (hers,) = family.town.ask(contracts.my_children, subject=family.mother).households
    (carer,) = family.at_provider()
    assert hers != family.home
    assert (carer["subject"], carer["home"]) == (family.monique, hers)


def test_who_moves_out_and_keeps_authority_leaves_nobody_who_sees_the_days_of_that_home(
    family: Family,
) -> None:
    family.given()
    papi = new_id()
    his = replace(family, monique=papi)
    his.given(by=family.father, email="papi@example.org", name="Papi")
    family.town.cards()

    family.town.at_desk(
        household_adults.end_guardianship,
        subject=family.town.has_desk_agent("dossiers"),
        household_id=family.home,
        guardian_id=family.mother,
        still_answers=True,
        children=[],
        **seen(),
    )

    assert family.monique in {card.subject for card in family.town.cards()}
    assert (family.sees(), len(his.sees())) == ([], 1)
    assert [carer["subject"] for carer in family.at_provider()] == [papi]


def test_of_a_child_who_stays_with_the_other_parent_nothing_is_left_to_see(
    family: Family,
) -> None:
    family.given()

    family.separates(lives=safeguarding.WITH_WHO_STAYS, weeks=None)

    assert (family.sees(), family.at_provider()) == ([], [])


def test_the_holders_own_household_holds_nobody_else(
    family: Family,
) -> None:
    family.given()
    (child,) = family.sees()
    with store.read() as read:
        living = select(HouseholdGuardian.guardian_id).where(
            HouseholdGuardian.household_id == child["carer_in"]
        )
        assert read.scalars(living).all() == [family.monique]
