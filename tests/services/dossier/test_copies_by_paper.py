"""A copy for who has no account: who it is by a paper, and nothing of anybody else."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from services.dossier.models import Child, ChildHousehold, Guardian, PersonRequest, ReadLog
from services.dossier.personal_data_copies.queries.copied_persons import Scope
from services.dossier.personal_data_copies.queries.dossier_part import rows_of_dossier
from services.dossier.store import store
from shared.contracts.dossier import activity_history_requests, front_desk
from shared.contracts.dossier.data_protection import person_requests as contracts
from shared.contracts.dossier.data_protection.person_requests import RequestClosed
from shared.contracts.dossier.families import safeguarding
from shared.contracts.errors import BadRequest
from shared.contracts.every_service.held_data import PUPIL, HeldOfPersonRequest
from shared.dates.clock import midnight, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.dossiers.person_copies import copied
from tests.factories.dossiers.protected_home import Family, family
from tests.factories.joined_children import BORN, Twofold

__all__ = ["family"]

NOTED = {
    "kind": "access",
    "provider": "",
    "way": "letter",
    "name": "Qui Demande",
    "contact": "3 rue des Lilas",
    "about": "",
    "text": "Une copie.",
    "proof": "known",
}
OF_HUGO = date(2004, 5, 6)
BORN_TWICE = date.fromisoformat(BORN)
MANON = {"child": "Manon Lefèvre", "born": date(2019, 3, 2)}
AUNT = {"name": "Zoé Martin", "relation": "tante", "phone": "0639980099"}


@pytest.fixture
def office(town: Town) -> str:
    """Give an agent of the data protection office."""
    return town.has_desk_agent("data_protection")


def noted(town: Town, **more: Any) -> str:
    asked = {**NOTED, "received_on": today(), **more}
    counter = town.has_desk_agent("counter")
    answer = town.at_desk(contracts.record_person_request, subject=counter, **asked)
    return str(answer.person_request_id)


def is_said_to_be(town: Town, office: str, request_id: str, person: str, **more: Any) -> bool:
    asked = {"person": person, "paper": "passport", "child": "", "born": None, "phone": "", **more}
    noting = {"person_request_id": request_id, **asked}
    return bool(town.at_desk(contracts.identify_person, subject=office, **noting).found)


def copy_of(town: Town, office: str, person: str, **more: Any) -> list[dict[str, Any]]:
    request_id = noted(town)
    is_said_to_be(town, office, request_id, person, **more)
    return copied(town, request_id, office)


def tables(rows: list[dict[str, Any]]) -> set[str]:
    return {row["table"] for row in rows}


# An adult


def test_a_mother_without_an_account_gets_what_she_would_ask_for_at_the_portal(
    town: Town, office: str, claire: str, manon: str
) -> None:
    town.tells(claire, manon, "health", make.health("arachide"))
    filed = {"kind": "access", "provider": "", "child_id": None, "text": "Une copie."}
    own = town.ask(contracts.file_person_request, subject=claire, **filed).person_request_id

    given = copy_of(town, office, "adult", name="LEFEVRE Claire", **MANON)

    at_the_portal = copied(town, own, office)
    of_requests = {"person_request", "person_request_act"}
    assert [row for row in given if row["table"] not in of_requests] == [
        row for row in at_the_portal if row["table"] not in of_requests
    ]
    assert "arachide" in json.dumps(given, ensure_ascii=False)
    assert {row["way"] for row in given if row["table"] == "person_request"} == {
        "account",
        "letter",
    }


def test_a_fathers_copy_made_at_the_counter_has_nothing_of_the_home_that_is_protected(
    family: Family,
) -> None:
    town = family.town
    town.at_desk(safeguarding.protect_household, household_id=family.home, **make.paper())
    office = town.has_desk_agent("data_protection")
    with store.read() as read:
        child, father = read.get_one(Child, family.child), read.get_one(Guardian, family.father)
        named = {"child": f"{child.first_name} {child.last_name}", "born": child.birth_date}

    given = json.dumps(copy_of(town, office, "adult", name=father.name, **named))

    assert family.child in given
    assert family.home not in given and family.mother not in given


def test_the_office_is_warned_once_it_knows_whose_letter_touches_a_protected_home(
    family: Family,
) -> None:
    town = family.town
    office = town.has_desk_agent("data_protection")
    with store.read() as read:
        child, father = read.get_one(Child, family.child), read.get_one(Guardian, family.father)
        words = {"child": f"{child.first_name} {child.last_name}", "born": child.birth_date}

    def is_careful(request_id: str) -> bool:
        asked = {"person_request_id": request_id}
        return bool(town.at_desk(contracts.open_person_request, subject=office, **asked).careful)

    before = noted(town)
    is_said_to_be(town, office, before, "adult", name=father.name, **words)
    assert not is_careful(before)

    town.at_desk(safeguarding.protect_household, household_id=family.home, **make.paper())

    letter = noted(town)
    assert not is_careful(letter)
    is_said_to_be(town, office, letter, "adult", name=father.name, **words)
    assert is_careful(letter) and is_careful(before)


# A former pupil


def grown_up(town: Town) -> tuple[str, str]:
    """Let a family come whose child is of age by now; return mother and child."""
    mother = make.guardian("Irène Morel")
    sections = {
        "identity": make.identity("Hugo", "Morel", "2004-05-06"),
        "health": make.health("arachide"),
        "contacts": {"people": [AUNT]},
    }
    told = make.child([mother], sections=sections)
    home = town.arrives(make.household(told, guardians=[mother], address=make.address()))
    return home.guardians[mother["reference"]], home.children[told["reference"]]


def test_a_former_pupil_gets_what_is_said_of_himself_and_nobody_else(
    town: Town, office: str
) -> None:
    mother, hugo = grown_up(town)
    town.read(hugo)

    rows = copy_of(town, office, "pupil", name="Hugo Morel", born=OF_HUGO)

    assert {"child", "section", "section_history", "link", "read_log"} <= tables(rows)
    assert tables(rows).isdisjoint({"guardianship", "child_household", "household", "guardian"})
    given = json.dumps(rows, ensure_ascii=False)
    assert "arachide" in given
    for other in (mother, "Irène", "Zoé", "12 rue"):
        assert other not in given


def test_what_a_parent_asked_about_a_former_pupil_is_not_in_the_pupils_copy(
    town: Town, office: str
) -> None:
    mother, hugo = grown_up(town)
    filed = {"kind": "access", "provider": "", "child_id": hugo, "text": "Sans qu’Hugo le sache."}
    town.ask(contracts.file_person_request, subject=mother, **filed)

    rows = copy_of(town, office, "pupil", name="Hugo Morel", born=OF_HUGO)

    (own,) = [row for row in rows if row["table"] == "person_request"]
    assert own["way"] == "letter"
    given = json.dumps(rows, ensure_ascii=False)
    assert "Sans qu’Hugo" not in given and "Irène" not in given


def readings_for_pupil(child_id: str, day: date) -> list[tuple[str, str]]:
    """Return provider and purpose of each reading in the copy of a former pupil on a day."""
    asked = HeldOfPersonRequest(
        subject=child_id,
        households=[],
        children=[child_id],
        about=[child_id],
        apart=False,
        whose=PUPIL,
    )
    scope = Scope(contracts.PUPIL, asked, [child_id])
    with store.read() as read:
        rows = list(rows_of_dossier(read, "", scope, Instant(midnight(day), day)))
    said = [json.loads(row["content"]) for row in rows if row["table"] == "read_log"]
    return [(each["provider"], each["purpose"]) for each in said]


def test_a_former_pupil_reads_what_the_desk_read_from_the_next_day_on_and_of_no_guarded_page(
    town: Town,
) -> None:
    _mother, hugo = grown_up(town)
    town.at_desk(front_desk.open_dossier, household_id=home_of(hugo))
    town.at_desk(safeguarding.open_guarded, household_id=home_of(hugo))

    assert readings_for_pupil(hugo, today()) == []
    tomorrow = today() + timedelta(days=1)
    assert readings_for_pupil(hugo, tomorrow) == [("front_desk", "at_front_desk")]


def test_a_former_pupil_reads_nothing_of_the_desk_on_the_day_of_a_protection(town: Town) -> None:
    _mother, hugo = grown_up(town)
    town.read(hugo)
    town.at_desk(front_desk.open_dossier, household_id=home_of(hugo))
    town.at_desk(safeguarding.protect_household, household_id=home_of(hugo), **make.paper())
    town.at_desk(safeguarding.lift_protection, household_id=home_of(hugo))

    readings = readings_for_pupil(hugo, today() + timedelta(days=1))

    assert [provider for provider, _purpose in readings] == ["ens"]


def test_what_a_parent_took_away_is_in_no_copy_of_a_former_pupil(town: Town) -> None:
    mother, hugo = grown_up(town)
    town.ask(activity_history_requests.note_export, subject=mother, child_id=hugo, form="pdf")

    assert readings_for_pupil(hugo, today() + timedelta(days=1)) == []


def test_a_file_that_is_held_since_the_pupil_was_found_gives_no_copy(
    town: Town, office: str
) -> None:
    _mother, hugo = grown_up(town)
    request_id, lead = noted(town), town.has_desk_agent("desk_lead")
    is_said_to_be(town, office, request_id, "pupil", name="Hugo Morel", born=OF_HUGO)
    town.at_desk(safeguarding.hold_file, subject=lead, child_id=hugo, held_by=lead)

    with pytest.raises(BadRequest) as refused:
        copied(town, request_id, office)

    assert list(refused.value.detail["errors"]) == ["hidden"]


def test_a_child_is_no_former_pupil_and_a_protected_home_gives_no_copy(
    town: Town, office: str, manon: str
) -> None:
    del manon
    request_id = noted(town)
    young = {"name": "Manon Lefèvre", "born": MANON["born"]}
    assert not is_said_to_be(town, office, request_id, "pupil", **young)

    _mother, hugo = grown_up(town)
    is_said_to_be(town, office, request_id, "pupil", name="Hugo Morel", born=OF_HUGO)
    town.at_desk(safeguarding.protect_household, household_id=home_of(hugo), **make.paper())
    with pytest.raises(BadRequest) as refused:
        copied(town, request_id, office)
    assert list(refused.value.detail["errors"]) == ["hidden"]


def home_of(child_id: str) -> str:
    with store.read() as read:
        return str(read.query(ChildHousehold).filter_by(child_id=child_id).one().household_id)


# Who is named in a file


def test_who_may_collect_gets_her_own_entry_and_neither_the_child_nor_who_wrote_it(
    town: Town, office: str, claire: str, manon: str
) -> None:
    other = {"name": "Zoé Martin", "relation": "voisine", "phone": "0600000001"}
    town.tells(claire, manon, "contacts", {"people": [AUNT, other]})
    town.tells(claire, manon, "pickup", {"people": [{**AUNT, "relation": "tata"}]})
    town.tells(claire, manon, "contacts", {"people": [other]}, base=1)

    rows = copy_of(town, office, "called", name="Martin Zoe", phone="+33 6 39 98 00 99", **MANON)

    assert tables(rows) == {"named_person", "named_person_history"}
    assert [row["relation"] for row in rows if row["table"] == "named_person"] == ["tata"]
    assert [row["relation"] for row in rows if row["table"] != "named_person"] == ["tante", "tata"]
    given = json.dumps(rows, ensure_ascii=False)
    for of_others in (manon, claire, "Manon", "Claire", "voisine"):
        assert of_others not in given


def test_who_was_named_in_a_file_that_is_joined_now_has_what_that_said(twofold: Twofold) -> None:
    town, office = twofold.town, twofold.town.has_desk_agent("data_protection")
    town.tells(twofold.father, twofold.his, "contacts", {"people": [AUNT]})
    other = {**AUNT, "name": "Paul Roux"}
    town.tells(twofold.father, twofold.his, "contacts", {"people": [other]}, base=1)
    town.tells(twofold.mother, twofold.hers, "pickup", {"people": [AUNT]})
    twofold.joins()

    rows = copy_of(town, office, "called", **entry(AUNT), child="Jean-Luc Petit", born=BORN_TWICE)

    before = {row["section"] for row in rows if row["table"] == "named_person_history"}
    assert before == {"contacts", "pickup"}


def test_no_other_service_is_asked_of_who_is_named_in_a_file(
    town: Town, office: str, claire: str, manon: str
) -> None:
    town.tells(claire, manon, "contacts", {"people": [AUNT]})
    request_id = noted(town)
    is_said_to_be(town, office, request_id, "called", **entry(AUNT), **MANON)

    page = town.at_desk(
        contracts.copy_person_data,
        subject=office,
        person_request_id=request_id,
        principal="billing",
        after="",
    )

    assert (page.rows, page.next) == ([], "")


def entry(person: dict[str, str]) -> dict[str, str]:
    return {"name": person["name"], "phone": person["phone"]}


def test_a_name_alone_or_another_number_finds_nobody(
    town: Town, office: str, claire: str, manon: str
) -> None:
    town.tells(claire, manon, "pickup", {"people": [{"name": AUNT["name"], "relation": "tante"}]})
    request_id = noted(town)

    for wrong in ("", "0639980098", AUNT["phone"]):
        named = {"name": AUNT["name"], "phone": wrong, **MANON}
        assert not is_said_to_be(town, office, request_id, "called", **named)
    assert request_in(request_id).person is None


# An agent


def test_an_agent_gets_how_often_it_read_and_acted_and_no_child(
    town: Town, office: str, claire: str, manon: str
) -> None:
    agent = town.has_desk_agent("counter")
    town.read(manon, subject=agent)
    town.at_desk(
        contracts.record_person_request,
        subject=agent,
        **{**NOTED, "received_on": today(), "name": "Paul Ancien"},
    )
    rows = copy_of(town, office, "agent", name="Karim HADDAD", agent=agent)

    read = [row for row in rows if row["table"] == "read_by_agent"]
    assert [(row["times"], row["provider"]) for row in read] == [(1, "ens")]
    acts = {(row["in"], row["as"]): row["times"] for row in rows if row["table"] == "acts"}
    assert acts[("person_request", "recorded_by")] == 1
    given = json.dumps(rows, ensure_ascii=False)
    assert manon not in given and claire not in given and "Paul Ancien" not in given


def test_no_adult_of_a_family_passes_for_an_agent(town: Town, office: str, claire: str) -> None:
    for nobody in (claire, None):
        named = {"name": "Claire Lefèvre", "agent": nobody}
        assert not is_said_to_be(town, office, noted(town), "agent", **named)


# Who is not proven


def request_in(request_id: str) -> PersonRequest:
    with store.read() as read:
        return read.get_one(PersonRequest, request_id)


def test_who_is_not_proven_or_not_noted_gets_no_copy(town: Town, office: str) -> None:
    for proof, why in (("asked", "proof"), ("document", "person"), ("known", "person")):
        with pytest.raises(BadRequest) as refused:
            copied(town, noted(town, proof=proof), office)
        assert list(refused.value.detail["errors"]) == [why]


def test_of_two_adults_of_one_name_around_a_child_none_is_noted(town: Town, office: str) -> None:
    one, other = make.guardian("Camille Petit"), make.guardian("Camille Petit")
    child = make.child([one, other], sections={"identity": make.identity("Léa", "Petit")})
    town.arrives(make.household(child, guardians=[one, other]))
    request_id = noted(town)

    for child_name in ("Léa Petit", "Lia Petit"):
        named = {"name": "Camille Petit", "child": child_name, "born": MANON["born"]}
        assert not is_said_to_be(town, office, request_id, "adult", **named)

    row = request_in(request_id)
    assert (row.person, row.paper, row.proof) == (None, None, "known")


def test_a_try_in_vain_leaves_who_looked_and_by_which_paper_and_no_word_of_it(
    town: Town, office: str
) -> None:
    request_id = noted(town)
    assert not is_said_to_be(town, office, request_id, "adult", name="Nul Ici", **MANON)

    opened = town.at_desk(
        contracts.open_person_request, subject=office, person_request_id=request_id
    )
    tried = opened.acts[-1]
    assert (tried["act"], tried["by"], tried["text"]) == ("sought", office, "passport")
    assert "Nul Ici" not in str(opened)


def test_who_has_an_account_is_known_by_it_and_what_is_closed_stays(
    town: Town, office: str, claire: str, manon: str
) -> None:
    del manon
    filed = {"kind": "access", "provider": "", "child_id": None, "text": "Une copie."}
    own = town.ask(contracts.file_person_request, subject=claire, **filed).person_request_id
    with pytest.raises(BadRequest):
        is_said_to_be(town, office, own, "adult", name="Claire Lefèvre", **MANON)

    request_id = noted(town)
    closed = {"person_request_id": request_id, "outcome": "refused", "text": "Non."}
    town.at_desk(contracts.close_person_request, subject=office, **closed)
    with pytest.raises(RequestClosed):
        is_said_to_be(town, office, request_id, "adult", name="Claire Lefèvre", **MANON)


def test_the_paper_is_kept_as_its_kind_and_the_childs_log_has_a_line(
    town: Town, office: str, claire: str, manon: str
) -> None:
    request_id = noted(town, proof="asked")
    is_said_to_be(town, office, request_id, "adult", name="Claire Lefèvre", **MANON)

    opened = town.at_desk(
        contracts.open_person_request, subject=office, person_request_id=request_id
    )

    assert (opened.person, opened.paper, opened.proof) == ("adult", "passport", "document")
    assert [act["act"] for act in opened.acts] == ["recorded", "identified"]
    with store.read() as read:
        lines = read.query(ReadLog).filter_by(child_id=manon, subject=office).all()
    assert [line.projection for line in lines] == ["person_request"]
    del claire


def test_who_only_notes_requests_finds_nobody_in_the_registers(town: Town, manon: str) -> None:
    del manon
    request_id = noted(town)
    for role in ("counter", "desk_lead"):
        with pytest.raises(PermissionError):
            is_said_to_be(
                town, town.has_desk_agent(role), request_id, "adult", name=new_id(), **MANON
            )
