"""A known family adds a child: nothing is typed twice, and the desk sees whom it could be."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.dossier import front_desk, registration_decisions, registrations
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import safeguarding
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import today
from tests.factories import dossier as make
from tests.factories import registrations as write
from tests.factories.dossier import Town, of

CONTACTS = make.contacts("Monique Lefèvre")
PAPER = {"paper": "acte de naissance", "paper_date": None}


@dataclass(frozen=True)
class Family:
    """Paul Roux and his parents, in one home."""

    town: Town
    child: str
    mother: str
    father: str
    home: str
    agent: str

    def opens(self, who: str = "") -> Any:
        asked = {"subject": who or self.mother, "household_id": self.home}
        return self.town.ask(registrations.open_child_registration, **asked)

    def adds(self, first_name: str = "Lou", born: str = "2026-10-02", last: str = "Roux") -> Any:
        bearer = self.opens()
        children = [write.child(first_name, born, last_name=last, school="", grade="")]
        ask = {"step": "children", "content": {"children": children}}
        write.ask(self.town, bearer, registrations.save_registration, **ask)
        write.ask(self.town, bearer, registrations.send_registration)
        return bearer

    def looked_at(self, agent: str = "") -> Any:
        (row,) = write.waiting(self.town, agent or self.agent)
        ask = {"draft_id": row["draft_id"]}
        return write.at_desk(
            self.town, agent or self.agent, registration_decisions.look_at_registration, **ask
        )

    def accepted(self, *parents: str, child_id: str | None = None, agent: str = "") -> Any:
        seen, (row,) = self.looked_at(agent), write.waiting(self.town, agent or self.agent)
        return write.at_desk(
            self.town,
            agent or self.agent,
            registration_decisions.accept_registration,
            draft_id=row["draft_id"],
            version=seen.version,
            parents=list(parents),
            children=[{"place": 0, "child_id": child_id, **PAPER}],
            providers=["ens"],
        )

    def children_of(self, who: str) -> list[Any]:
        return list(self.town.ask(contracts.my_children, subject=who).children)

    def mine(self, who: str = "") -> list[Any]:
        asked = {"subject": who or self.mother}
        return list(self.town.ask(registrations.my_child_registrations, **asked).registrations)


@pytest.fixture
def family(town: Town) -> Family:
    mother, father = make.guardian("Claire Roux"), make.guardian("Karim Roux")
    identity = make.identity("Paul", "Roux", "2019-03-02")
    child = make.child([mother, father], sections={"identity": identity, "contacts": CONTACTS})
    payload = make.household(child, guardians=[mother, father], address=make.address())
    ids = town.arrives(payload)
    town.sent(), town.homes()
    return Family(
        town,
        ids.children[child["reference"]],
        ids.guardians[mother["reference"]],
        ids.guardians[father["reference"]],
        ids.household_id,
        write.agent(town),
    )


def test_a_brother_stands_in_the_same_home_with_its_parents_its_address_and_whom_to_call(
    family: Family,
) -> None:
    family.adds()
    family.accepted(family.mother, family.father)

    for parent in (family.mother, family.father):
        assert [row["first_name"] for row in family.children_of(parent)] == ["Paul", "Lou"]
    (home,) = family.town.homes()
    assert (home.household_id, len(home.children)) == (family.home, 2)
    assert home.addresses[0]["street"] == "12 rue des Lilas"
    lou = family.children_of(family.mother)[1]["id"]
    asked = {"subject": family.mother, "child_id": lou, "section": "contacts"}
    assert family.town.ask(contracts.read_section, **asked).content == CONTACTS
    assert of(family.town.sent(), "ens")["care_core"].content["first_name"] == "Lou"


def test_who_answers_for_it_the_agent_says(family: Family) -> None:
    family.adds()
    with pytest.raises(BadRequest):
        family.accepted()
    family.accepted(family.mother)

    assert len(family.children_of(family.mother)) == 2
    assert len(family.children_of(family.father)) == 1


def test_nobody_of_another_family_is_named_its_parent(family: Family) -> None:
    stranger = make.guardian("Jean Autre")
    ids = family.town.arrives(make.household(make.child([stranger]), guardians=[stranger]))
    family.adds()
    with pytest.raises(BadRequest):
        family.accepted(family.mother, ids.guardians[stranger["reference"]])


@pytest.mark.parametrize("typed", ["Paul", "Pual", "Pail"], ids=["same", "swapped", "wrong"])
def test_the_desk_sees_that_it_could_be_a_child_of_this_very_home(
    family: Family, typed: str
) -> None:
    family.adds(typed, "2019-03-02")

    seen = family.looked_at()
    assert [each["child_id"] for each in seen.alike] == [family.child]
    assert seen.household["household_id"] == family.home
    family.accepted(family.mother, child_id=family.child)
    assert [row["id"] for row in family.children_of(family.mother)] == [family.child]


def test_when_both_parents_add_the_baby_the_second_request_shows_the_first_whatever_its_date(
    family: Family,
) -> None:
    family.adds("Lou", "2026-10-02")
    family.accepted(family.mother, family.father)
    lou = family.children_of(family.mother)[1]["id"]

    family.adds("Lou", "2026-09-20")

    assert [each["child_id"] for each in family.looked_at().alike] == [lou]


def test_a_child_is_added_once_it_is_born(family: Family) -> None:
    with pytest.raises(BadRequest) as refused:
        family.adds("Lou", (today() + timedelta(days=1)).isoformat())

    assert "à venir" in str(refused.value.detail["errors"])


def test_its_own_parent_reads_what_waits_and_what_was_refused_and_takes_it_back(
    family: Family,
) -> None:
    family.adds()
    (row,) = family.mine()
    assert (row["state"], row["children"]) == ("sent", ["Lou Roux"])
    assert family.mine(family.father) == []
    draft = write.waiting(family.town, family.agent)[0]["draft_id"]
    withdraw = {"registration_id": draft}
    with pytest.raises(NotFound):
        family.town.ask(
            registrations.withdraw_child_registration, subject=family.father, **withdraw
        )
    family.town.ask(registrations.withdraw_child_registration, subject=family.mother, **withdraw)
    assert (family.mine(), write.waiting(family.town, family.agent)) == ([], [])

    family.adds()
    draft = write.waiting(family.town, family.agent)[0]["draft_id"]
    ask = {"draft_id": draft, "reason": "papers"}
    write.at_desk(family.town, family.agent, registration_decisions.refuse_registration, **ask)
    assert [(row["state"], row["reason"]) for row in family.mine()] == [("refused", "papers")]


def test_what_was_begun_and_never_sent_is_taken_up_anew_under_another_key(family: Family) -> None:
    first, second = family.opens(), family.opens()

    assert first.reference == second.reference
    with pytest.raises(NotFound):
        write.ask(family.town, first, registrations.read_registration)
    assert write.ask(family.town, second, registrations.read_registration).way == "account"


def test_nobody_adds_a_child_to_a_home_that_is_not_their_own(family: Family) -> None:
    stranger = make.guardian("Jean Autre")
    ids = family.town.arrives(make.household(make.child([stranger]), guardians=[stranger]))
    with pytest.raises(NotFound):
        family.opens(ids.guardians[stranger["reference"]])


def test_a_child_of_a_protected_home_is_checked_by_who_protects_alone(town: Town) -> None:
    mother = make.guardian("Claire Roux")
    child = make.child([mother], sections={"identity": make.identity("Paul", "Roux")})
    ids = town.arrives(make.household(child, guardians=[mother]))
    home, agent = ids.household_id, write.agent(town)
    known = ids.children[child["reference"]], ids.guardians[mother["reference"]]
    family = Family(town, *known, "", home, agent)
    lead = town.has_desk_agent("desk_lead")
    town.at_desk(safeguarding.protect_household, subject=lead, household_id=home, **make.paper())

    family.adds()

    assert write.waiting(town, agent) == []
    (row,) = write.waiting(town, lead)
    with pytest.raises(NotFound):
        ask = {"draft_id": row["draft_id"]}
        write.at_desk(town, agent, registration_decisions.look_at_registration, **ask)
    family.accepted(family.mother, agent=lead)
    assert len(family.children_of(family.mother)) == 2


def test_at_the_counter_a_child_under_way_is_seen_until_it_is_decided(family: Family) -> None:
    family.opens(family.father)
    family.adds()

    def under_way() -> list[bool]:
        opened = write.at_desk(
            family.town, family.agent, front_desk.open_dossier, household_id=family.home
        )
        return [row["sent"] for row in opened.under_way]

    assert sorted(under_way()) == [False, True]
    family.accepted(family.mother)
    assert under_way() == [False]
