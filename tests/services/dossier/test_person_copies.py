"""The dossier's part of a copy: whom it covers, and nothing that a page would not show (R7, R9)."""

import base64
import json
from typing import Any

import pytest

from services.dossier.models import HouseholdGuardian
from services.dossier.store import store
from shared.contracts.dossier import guardians
from shared.contracts.dossier.data_protection import person_requests as contracts
from shared.contracts.dossier.families import safeguarding
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.sections.consents import ACTS
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.dossiers.person_copies import asks, copied
from tests.factories.dossiers.protected_home import SCHOOL, Family, family, moves_away

__all__ = ["family"]


def test_a_copy_of_a_child_has_its_sections_who_holds_them_and_who_read(
    town: Town, claire: str, manon: str
) -> None:
    town.tells(claire, manon, "health", make.health("arachide"))
    town.read(manon)

    rows = copied(town, asks(town, claire, child_id=manon))

    assert {"section", "projection", "read_log", "guardianship"} <= {row["table"] for row in rows}
    assert "arachide" in json.dumps(rows, ensure_ascii=False)


def test_a_copy_of_a_person_has_its_home_with_the_address_and_what_it_asked(
    town: Town, claire: str
) -> None:
    rows = copied(town, asks(town, claire))

    assert {"guardian", "household", "household_guardian"} <= {row["table"] for row in rows}
    (request,) = [row for row in rows if row["table"] == "person_request"]
    assert request["content"]["text"] == "Une copie."


def test_no_agent_is_named_in_a_copy(town: Town, claire: str, manon: str) -> None:
    agent = new_id()
    town.read(manon, subject=agent)
    office = town.has_desk_agent("data_protection")
    request_id = asks(town, claire, child_id=manon)
    town.at_desk(contracts.take_person_request, subject=office, person_request_id=request_id)

    text = json.dumps(copied(town, request_id, office))

    assert agent not in text and office not in text


def test_the_other_parents_copy_is_the_same_before_and_after_a_home_is_hidden(
    family: Family,
) -> None:
    before = copied(family.town, asks(family.town, family.father, child_id=family.child))
    moves_away(family)

    after = copied(family.town, asks(family.town, family.father, child_id=family.child))

    def told(rows: list[dict[str, Any]]) -> str:
        kept = [row for row in rows if row["table"] in ("link", "read_log", "course")]
        return json.dumps(kept, sort_keys=True, ensure_ascii=False)

    assert told(after) == told(before)
    text = json.dumps(after, ensure_ascii=False)
    for hidden in ("Villecachée", family.mother, family.home, SCHOOL):
        assert hidden not in text
    assert SCHOOL in json.dumps(
        copied(family.town, asks(family.town, family.mother, child_id=family.child)),
        ensure_ascii=False,
    )


def past_versions(rows: list[dict[str, Any]]) -> str:
    kept = [row for row in rows if row["table"] == "section_history"]
    return json.dumps(kept, ensure_ascii=False)


def test_what_the_other_parent_said_of_the_child_at_home_is_given_without_who_said_it(
    town: Town,
) -> None:
    mother, father = make.guardian("Mère"), make.guardian("Père")
    told = make.child([mother, father], sections={"identity": make.identity()})
    home = town.arrives(make.household(told, guardians=[mother, father]))
    child = home.children[told["reference"]]
    hers, his = (home.guardians[each["reference"]] for each in (mother, father))
    town.tells(hers, child, "health", make.health("moutarde"))
    town.tells(hers, child, "health", make.health("sésame"), base=1)
    called = {"people": [{"name": "Tante Zoé", "relation": "tante", "phone": "0639980099"}]}
    town.tells(hers, child, "contacts", called)

    given = past_versions(copied(town, asks(town, his, child_id=child)))

    assert "moutarde" in given and "sésame" in given
    assert hers not in given and "Tante" not in given, "those whom she named are hers to give"


def test_what_was_said_in_another_home_is_not_given(family: Family) -> None:
    family.town.tells(family.mother, family.child, "health", make.health("moutarde"))

    given = past_versions(
        copied(family.town, asks(family.town, family.father, child_id=family.child))
    )

    assert "moutarde" not in given


def test_what_was_said_in_a_home_while_it_was_protected_stays_there(family: Family) -> None:
    town = family.town
    town.at_desk(safeguarding.protect_household, household_id=family.home, **make.paper())
    town.tells(family.mother, family.child, "health", make.health("moutarde"))
    town.at_desk(safeguarding.lift_protection, household_id=family.home)
    town.tells(family.mother, family.child, "health", make.health("sésame"), base=1)
    with store.write() as write:  # some years later
        write.add(HouseholdGuardian(household_id=family.home, guardian_id=family.father))

    given = past_versions(copied(town, asks(town, family.father, child_id=family.child)))

    assert "sésame" in given and "moutarde" not in given


def test_a_copy_gives_papers_and_words_as_pages_do_and_not_who_else_said_what(
    family: Family,
) -> None:
    outing = {"act": "outing", "version": ACTS["outing"].version}
    family.ask(family.mother, papers.say_consent, given=True, **outing)
    keeps_paper(family, family.mother)
    moves_away(family)
    family.ask(family.mother, papers.say_consent, given=False, **outing)
    keeps_paper(family, family.mother)
    his = keeps_paper(family, family.father)
    family.ask(family.father, papers.say_consent, given=True, **outing)

    rows = copied(family.town, asks(family.town, family.father))

    assert [row["id"] for row in rows if row["table"] == "kept_paper"] == [his]
    assert [row["given"] for row in rows if row["table"] == "consent_word"] == [True]
    entered = {row["section"]: row["content"] for row in rows if row["table"] == "section_history"}
    assert [paper["id"] for paper in entered["papers"]["papers"]] == [his]
    assert [word["given"] for word in entered["consents"]["words"]] == [True]
    assert family.mother not in json.dumps(rows)


def keeps_paper(family: Family, who: str) -> str:
    paper = {"paper_id": new_id(), "kind": "vaccinations", "valid_until": None}
    content = base64.b64encode(b"%PDF-1.7").decode()
    family.ask(who, papers.keep_paper, **paper, part=0, parts=1, content=content)
    return str(paper["paper_id"])


def test_what_asks_for_no_copy_gets_none_and_what_is_closed_neither(
    town: Town, claire: str
) -> None:
    with pytest.raises(BadRequest):
        copied(town, asks(town, claire, kind="erasure"))
    with pytest.raises(NotFound):
        copied(town, new_id())
    request_id, office = asks(town, claire), town.has_desk_agent("data_protection")
    closed = {"outcome": "refused", "text": "Non."}
    town.at_desk(
        contracts.close_person_request, subject=office, person_request_id=request_id, **closed
    )
    for principal in ("dossier", "billing"):
        with pytest.raises(contracts.RequestClosed):
            town.at_desk(
                contracts.copy_person_data,
                subject=office,
                person_request_id=request_id,
                principal=principal,
                after="",
            )


def test_who_only_finds_dossiers_makes_no_copy(town: Town, claire: str) -> None:
    request_id = asks(town, claire)
    for role in ("counter", "desk_lead"):
        with pytest.raises(PermissionError):
            copied(town, request_id, town.has_desk_agent(role))


def test_a_copy_is_noted_on_the_request_and_in_no_familys_log(
    town: Town, claire: str, manon: str
) -> None:
    request_id = asks(town, claire, child_id=manon)
    copied(town, request_id)

    acts = town.ask(contracts.read_my_request, subject=claire, person_request_id=request_id).acts
    assert [act["act"] for act in acts] == ["filed", "copied"]
    assert town.ask(guardians.who_read, subject=claire, child_id=manon).reads == []
