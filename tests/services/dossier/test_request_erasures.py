"""Erasure that a person asked for, before its period ends: what goes, what stays and why."""

import threading
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, select

from services.dossier.activity_history.commands import history
from services.dossier.data_protection.person_requests.commands.erasing import (
    erase_parts_of_file,
)
from services.dossier.data_protection.person_requests.commands.withdrawing import (
    withdraw_own_request,
)
from services.dossier.data_protection.person_requests.metrics import measure_person_requests
from services.dossier.models import (
    HouseholdGuardian,
    PersonRequestAct,
    ReadLog,
    SectionErasure,
    SectionHistory,
)
from services.dossier.store import store
from shared.contracts.dossier import activity_history_requests, guardians
from shared.contracts.dossier.data_protection import person_requests, request_erasures
from shared.contracts.dossier.data_protection.person_requests import RequestClosed
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.enrolment.sharing import food_on_occasion
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.sections.consents import ACTS
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.household_adults import Family, family

__all__ = ["family"]

TEXT = "Nous n’avons plus besoin de cela."


@pytest.fixture
def office(town: Town) -> str:
    """Give an agent of the data protection office."""
    return town.has_desk_agent("data_protection")


@pytest.fixture
def told(town: Town, claire: str, manon: str) -> str:
    """Give a child at « agg », which feeds nobody, of whom a diet was told, changed, and health."""
    town.tells(claire, manon, "diet", make.diet())
    town.tells(claire, manon, "diet", make.diet("vegetarian"), base=1)
    town.tells(claire, manon, "health", make.health("arachide"))
    town.sent()
    return manon


def asks(town: Town, subject: str, child_id: str | None, **more: Any) -> str:
    """Let a guardian ask to erase; return the request's id."""
    asked = {"kind": "erasure", "provider": "", "child_id": child_id, "text": TEXT, **more}
    answer = town.ask(person_requests.file_person_request, subject=subject, **asked)
    return str(answer.person_request_id)


def sees(town: Town, office: str, request_id: str) -> list[Any]:
    method = request_erasures.erasable_parts
    return list(town.at_desk(method, subject=office, person_request_id=request_id).children)


def parts(town: Town, office: str, request_id: str) -> dict[str, str]:
    """Return the parts of the one file that the request is about, with why each stays."""
    [child] = sees(town, office, request_id)
    return {part["part"]: part["kept"] for part in child["parts"]}


def erases(town: Town, office: str, request_id: str, child_id: str, *codes: str) -> list[str]:
    asked = {"person_request_id": request_id, "child_id": child_id, "parts": list(codes)}
    return list(town.at_desk(request_erasures.erase_parts, subject=office, **asked).erased)


def leaves(town: Town, claire: str, child_id: str, *providers: str) -> None:
    for provider in providers:
        town.ask(guardians.close_link, subject=claire, child_id=child_id, provider=provider)
    town.sent()


def test_what_services_must_have_stays_and_the_office_reads_why(
    town: Town, claire: str, told: str, office: str
) -> None:
    request_id = asks(town, claire, told)

    [child] = sees(town, office, request_id)

    found = {part["part"]: (part["kept"], part["providers"]) for part in child["parts"]}
    assert found["identity"] == ("accounts", [])
    assert found["diet"] == ("needed", ["ens"])
    with pytest.raises(BadRequest) as refused:
        erases(town, office, request_id, told, "health", "diet")
    assert refused.value.detail["errors"]["diet"] == ["needed"]
    with store.read() as read:
        assert read.scalars(select(SectionErasure.section)).all() == []


def test_of_a_child_who_left_the_versions_go_with_a_proof_and_the_name_stays(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    request_id = asks(town, claire, told)
    assert parts(town, office, request_id) == {"identity": "accounts", "diet": "", "health": ""}

    assert erases(town, office, request_id, told, "diet") == ["diet"]

    diet = town.ask(guardians.read_section, subject=claire, child_id=told, section="diet")
    assert (diet.content, diet.changed_by) == ({}, "town")
    with store.read() as read:
        kept = select(SectionHistory.section).distinct().order_by(SectionHistory.section)
        assert read.scalars(kept).all() == ["health", "identity"]
        [proof] = read.scalars(select(SectionErasure)).all()
        assert (proof.section, proof.rule) == ("diet", "asked by a person")
        lines = select(ReadLog.subject).where(ReadLog.projection == "person_request")
        assert set(read.scalars(lines)) == {office}
    assert parts(town, office, request_id) == {"identity": "accounts", "health": ""}


def test_erased_twice_is_erased_once(town: Town, claire: str, told: str, office: str) -> None:
    leaves(town, claire, told, "ens", "agg")
    request_id = asks(town, claire, told)

    assert erases(town, office, request_id, told, "diet", "health") == ["diet", "health"]
    assert erases(town, office, request_id, told, "diet", "health") == []

    found = town.ask(person_requests.read_my_request, subject=claire, person_request_id=request_id)
    acts = [(act["act"], act["text"]) for act in found.acts]
    assert acts == [("filed", ""), ("erased", "diet health\nManon Lefèvre")]


def test_a_past_version_goes_too_where_the_family_emptied_the_section_itself(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    town.tells(claire, told, "health", make.health(), base=1)
    request_id = asks(town, claire, told)

    assert erases(town, office, request_id, told, "health") == ["health"]

    with store.read() as read:
        kept = select(SectionHistory.version).where(SectionHistory.section == "health")
        assert read.scalars(kept).all() == []


def test_a_service_loses_by_an_event_what_it_had_beyond_its_need(
    town: Town, claire: str, manon: str, office: str, register_file: Path
) -> None:
    """« agg » has who may collect because it may, and must not (rule R2)."""
    make.register(register_file, more=[("agg", "pickup")])
    town.tells(claire, manon, "pickup", {"people": [{"name": "Mamie", "relation": "aïeule"}]})
    leaves(town, claire, manon, "ens")
    request_id = asks(town, claire, manon)
    [child] = sees(town, office, request_id)
    assert [
        (part["kept"], part["providers"]) for part in child["parts"] if part["part"] == "pickup"
    ] == [("", ["agg"])]

    erases(town, office, request_id, manon, "pickup")

    [sent] = town.sent()
    assert (sent.provider, sent.projection) == ("agg", "pickup")


def test_what_parents_allowed_stays_as_a_proof_until_the_service_has_the_child_no_more(
    town: Town, claire: str, manon: str, office: str
) -> None:
    """Withdrawn too: who took the child on the outing has to prove it (art. 7(1), 17(3)(e))."""
    said = {"act": "outing", "version": ACTS["outing"].version}
    town.ask(papers.say_consent, subject=claire, child_id=manon, given=True, **said)
    town.ask(papers.say_consent, subject=claire, child_id=manon, given=False, **said)
    leaves(town, claire, manon, "ens")
    request_id = asks(town, claire, manon)
    assert parts(town, office, request_id)["consents"] == "needed"
    with pytest.raises(BadRequest):
        erases(town, office, request_id, manon, "consents")

    leaves(town, claire, manon, "agg")

    assert erases(town, office, request_id, manon, "consents") == ["consents"]


@pytest.mark.parametrize("days", [1, 10], ids=["it_has_it", "it_will_have_it"])
def test_an_allergy_stays_while_the_child_is_booked_at_a_session_with_food(
    town: Town, claire: str, told: str, office: str, register_file: Path, days: int
) -> None:
    """The service has it from three days before: erased sooner, it would be told of none (R3)."""
    make.register(register_file, on_occasion=[("agg", "diet"), ("agg", "allergies")])
    leaves(town, claire, told, "ens")
    booked = {"session_id": new_id(), "version": 1, "child_ids": [told]}
    town.hear(
        food_on_occasion.food_announced,
        source="enrolment_agg",
        day=today() + timedelta(days=days),
        **booked,
    )
    request_id = asks(town, claire, told)

    [child] = sees(town, office, request_id)

    found = {part["part"]: (part["kept"], part["providers"]) for part in child["parts"]}
    assert found["health"] == found["diet"] == ("needed", ["agg"])


def test_the_counts_of_a_course_go_at_the_office_too(
    town: Town, claire: str, told: str, office: str
) -> None:
    line = {"provider": "ens", "activity": "cantine", "school_year": "2025-2026"}
    lines = [{**line, "label": "Cantine", "months": {"2026-01": 4}}]
    with store.write() as write:
        history.store_imported_months(write, told, lines)
    request_id = asks(town, claire, told)

    assert erases(town, office, request_id, told, "course") == ["course"]

    answer = town.ask(activity_history_requests.history, subject=claire, child_id=told)
    assert answer.lines == []


def test_the_other_home_has_to_ask_for_the_same(town: Town, office: str) -> None:
    claire, julien, child_id = two_homes(town)
    request_id = asks(town, claire, child_id)
    assert parts(town, office, request_id)["diet"] == "other_home"
    with pytest.raises(BadRequest):
        erases(town, office, request_id, child_id, "diet")

    assert sees(town, office, request_id)[0]["awaits_other_home"]

    his = asks(town, julien, child_id)
    assert parts(town, office, request_id)["diet"] == ""
    assert not sees(town, office, request_id)[0]["awaits_other_home"]
    town.ask(person_requests.withdraw_my_request, subject=julien, person_request_id=his)
    assert parts(town, office, request_id)["diet"] == "other_home"


def test_what_a_service_was_asked_erases_nothing_of_the_town_and_agrees_to_nothing(
    town: Town, claire: str, told: str, office: str
) -> None:
    assert sees(town, office, asks(town, claire, told, provider="agg")) == []

    hers, his, child_id = two_homes(town, links=["agg"])
    asks(town, his, child_id, provider="agg")
    assert parts(town, office, asks(town, hers, child_id))["diet"] == "other_home"


def test_the_other_home_agrees_by_a_letter_and_by_asking_for_all_its_children(
    town: Town, office: str
) -> None:
    hers, his, child_id = two_homes(town)
    request_id = asks(town, hers, child_id)
    for_all = asks(town, his, None)
    assert parts(town, office, request_id)["diet"] == ""
    town.ask(person_requests.withdraw_my_request, subject=his, person_request_id=for_all)

    noted = letter(town, office, name="Julien Lefèvre")
    assert parts(town, office, request_id)["diet"] == "other_home"
    is_known(town, office, noted, "Julien Lefèvre")
    assert parts(town, office, request_id)["diet"] == ""


def test_of_two_who_answer_in_the_other_home_one_is_enough(town: Town, office: str) -> None:
    mother, father = make.guardian(), make.guardian("Julien Lefèvre")
    partner = make.guardian("Anna Lefèvre")
    child = make.child([mother], links=[], sections={"diet": make.diet()})
    hers = town.arrives(make.household(child, guardians=[mother]))
    there = [father["reference"], partner["reference"]]
    also = {**child, "guardians": there, "sections": {}, "links": []}
    his = town.arrives(make.household(also, guardians=[father, partner]))
    child_id = hers.children[child["reference"]]
    request_id = asks(town, hers.guardians[mother["reference"]], child_id)

    asks(town, his.guardians[father["reference"]], child_id)

    assert parts(town, office, request_id)["diet"] == ""


def test_who_has_a_placed_child_in_care_is_no_home_that_has_to_ask(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    carer = make.guardian("Josiane Carpentier")
    home = town.arrives(make.household(guardians=[carer]))
    placed = {"carer_id": home.guardians[carer["reference"]], "household_id": home.household_id}
    asked = {**placed, "child_id": told, "valid_from": today(), **make.paper()}
    town.at_desk(protection.place_child, **asked)

    assert parts(town, office, asks(town, claire, told))["diet"] == ""


def test_who_agreed_in_the_other_home_reads_what_went_and_of_that_child_alone(
    town: Town, office: str
) -> None:
    hers, his, child_id = two_homes(town)
    request_id, agreed = asks(town, hers, None), asks(town, his, child_id)

    erases(town, office, request_id, child_id, "diet")

    for subject, asked in ((hers, request_id), (his, agreed)):
        found = town.ask(person_requests.read_my_request, subject=subject, person_request_id=asked)
        assert [(act["act"], act["text"]) for act in found.acts][1:] == [
            ("erased", "diet\nManon Lefèvre")
        ]


def test_of_a_protected_home_nothing_is_erased_for_either_parent(town: Town, office: str) -> None:
    """Neither of them would otherwise read a change that the other's home made (rule R9)."""
    claire, julien, child_id = two_homes(town)
    both = [asks(town, claire, child_id), asks(town, julien, child_id)]
    home = town.ask(guardians.my_children, subject=claire).households[0]
    town.at_desk(protection.protect_household, household_id=home, **make.paper())

    for request_id in both:
        assert set(parts(town, office, request_id).values()) == {"guarded"}
        assert sees(town, office, request_id)[0]["awaits_other_home"]
        with pytest.raises(BadRequest):
            erases(town, office, request_id, child_id, "diet")


def two_homes(town: Town, links: Sequence[str] = ()) -> tuple[str, str, str]:
    """Give two parents of two homes, and their child, who is at these services and has a diet."""
    mother, father = make.guardian(), make.guardian("Julien Lefèvre")
    child = make.child([mother], links=[*links], sections={"diet": make.diet()})
    hers = town.arrives(make.household(child, guardians=[mother]))
    also = {**child, "guardians": [father["reference"]], "sections": {}, "links": []}
    his = town.arrives(make.household(also, guardians=[father]))
    child_id = hers.children[child["reference"]]
    return hers.guardians[mother["reference"]], his.guardians[father["reference"]], child_id


def test_a_child_of_others_and_a_request_of_another_kind_are_about_nothing(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    other = asks(town, claire, told, kind="access")
    assert sees(town, office, other) == []
    with pytest.raises(NotFound):
        erases(town, office, other, told, "diet")
    with pytest.raises(NotFound):
        erases(town, office, asks(town, claire, told), new_id(), "diet")


def test_after_the_answer_and_after_a_withdrawal_nothing_is_erased(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    request_id = asks(town, claire, told)
    town.ask(person_requests.withdraw_my_request, subject=claire, person_request_id=request_id)

    assert sees(town, office, request_id) == []
    with pytest.raises(RequestClosed):
        erases(town, office, request_id, told, "diet")


def test_who_asks_for_itself_is_shown_with_every_child_that_it_answers_for(
    town: Town, claire: str, told: str, office: str
) -> None:
    assert [each["child_id"] for each in sees(town, office, asks(town, claire, None))] == [told]


def test_a_letter_erases_once_it_is_known_who_wrote_it(
    town: Town, claire: str, told: str, office: str
) -> None:
    leaves(town, claire, told, "ens", "agg")
    request_id = letter(town, office)
    assert sees(town, office, request_id) == []

    is_known(town, office, request_id, "Claire Lefèvre")

    assert erases(town, office, request_id, told, "diet") == ["diet"]


def test_a_former_pupil_of_age_asks_alone_whatever_homes_it_had(town: Town, office: str) -> None:
    parents = [make.guardian("Ana Ruiz"), make.guardian("Luc Ruiz")]
    grown = {"identity": make.identity("Inès", "Ruiz", "2001-05-04"), "diet": make.diet()}
    child = make.child(parents[:1], links=[], sections=grown)
    ids = town.arrives(make.household(child, guardians=parents[:1]))
    also = {**child, "guardians": [parents[1]["reference"]], "sections": {}}
    town.arrives(make.household(also, guardians=parents[1:]))
    request_id = letter(town, office, name="Inès Ruiz")
    town.at_desk(
        person_requests.identify_person,
        subject=office,
        person_request_id=request_id,
        person="pupil",
        paper="passport",
        name="Inès Ruiz",
        born=date(2001, 5, 4),
    )

    assert parts(town, office, request_id) == {"identity": "accounts", "diet": ""}
    ines = ids.children[child["reference"]]
    assert erases(town, office, request_id, ines, "diet") == ["diet"]


def letter(town: Town, office: str, **more: Any) -> str:
    """Note a letter that asks for an erasure; return the request's id."""
    noted = {
        **{"kind": "erasure", "provider": "", "way": "letter", "received_on": today()},
        **{"name": "Claire Lefèvre", "contact": "3 rue des Lilas", "about": ""},
        **{"proof": "document", "text": TEXT, **more},
    }
    answer = town.at_desk(person_requests.record_person_request, subject=office, **noted)
    return str(answer.person_request_id)


def is_known(town: Town, office: str, request_id: str, name: str) -> None:
    """Note that a passport shows who wrote the letter: an adult of Manon's home."""
    town.at_desk(
        person_requests.identify_person,
        subject=office,
        person_request_id=request_id,
        person="adult",
        paper="passport",
        name=name,
        child="Manon Lefèvre",
        born=date.fromisoformat(make.identity()["birth_date"]),
    )


# Withdrawn


def test_who_asked_withdraws_and_no_month_runs_any_more(
    town: Town, claire: str, manon: str, office: str
) -> None:
    request_id = asks(town, claire, manon)
    mine = {"subject": claire, "person_request_id": request_id}

    town.ask(person_requests.withdraw_my_request, **mine)
    town.ask(person_requests.withdraw_my_request, **mine)

    found = town.ask(person_requests.read_my_request, **mine)
    assert found.state == "withdrawn" and found.closed_on
    assert [act["act"] for act in found.acts] == ["filed", "withdrawn"]
    listed = town.at_desk(person_requests.person_requests, subject=office)
    assert listed.open == [] and [row["state"] for row in listed.closed] == ["withdrawn"]
    with store.read() as read:
        counted = measure_person_requests(read, now())
        assert {each.name: each.value for each in counted} == {
            "person_request_open": 0,
            "person_request_overdue": 0,
        }
    with pytest.raises(RequestClosed):
        closes(town, office, request_id)


def test_after_the_answer_it_is_too_late_and_another_parent_withdraws_nothing(
    town: Town, office: str
) -> None:
    claire, julien, child_id = two_homes(town)
    request_id = asks(town, claire, child_id)
    with pytest.raises(NotFound):
        town.ask(person_requests.withdraw_my_request, subject=julien, person_request_id=request_id)
    closes(town, office, request_id)

    with pytest.raises(RequestClosed) as refused:
        town.ask(person_requests.withdraw_my_request, subject=claire, person_request_id=request_id)
    assert refused.value.detail == {"state": "answered"}


def test_a_letter_is_withdrawn_by_who_reads_of_it_and_an_account_by_its_holder_alone(
    town: Town, claire: str, office: str
) -> None:
    noted, filed = letter(town, office), asks(town, claire, None)

    said = {"subject": office, "said": "Au téléphone, le 2 décembre."}
    town.at_desk(person_requests.note_withdrawal, person_request_id=noted, **said)
    with pytest.raises(BadRequest):
        town.at_desk(person_requests.note_withdrawal, person_request_id=filed, **said)

    with store.read() as read:
        withdrawn = select(PersonRequestAct).where(PersonRequestAct.act == "withdrawn")
        [act] = read.scalars(withdrawn).all()
        assert (act.person_request_id, act.done_by) == (noted, office)
    opened = {"subject": office, "person_request_id": noted}
    shown = town.at_desk(person_requests.open_person_request, **opened)
    assert shown.acts[-1]["text"] == "Au téléphone, le 2 décembre."


def closes(town: Town, office: str, request_id: str) -> SimpleNamespace:
    answered = {"outcome": "answered", "text": "Voici."}
    asked = {"subject": office, "person_request_id": request_id, **answered}
    return town.at_desk(person_requests.close_person_request, **asked)


# With whom authority is shared


def test_who_has_authority_and_no_home_of_the_child_has_to_ask_too(
    family: Family,
) -> None:
    """Both who hold it decide what is not of every day, wherever they live (art. 372-2)."""
    town, office = family.town, family.town.has_desk_agent("data_protection")
    town.tells(family.mother, family.manon, "diet", make.diet())
    leaves(town, family.mother, family.manon, "ens", "agg")
    lives = (HouseholdGuardian.guardian_id == family.father,)
    with store.write() as write:
        write.execute(delete(HouseholdGuardian).where(*lives))
    hers, his = (asks(town, each, family.manon) for each in (family.mother, family.father))
    town.ask(person_requests.withdraw_my_request, subject=family.father, person_request_id=his)
    assert parts(town, office, hers)["diet"] == "other_home"

    his = asks(town, family.father, family.manon)

    assert parts(town, office, hers)["diet"] == parts(town, office, his)["diet"] == ""
    town.ask(person_requests.withdraw_my_request, subject=family.mother, person_request_id=hers)
    assert parts(town, office, his)["diet"] == "other_home"


def test_who_has_authority_no_home_and_no_account_asks_by_a_letter_that_the_office_notes(
    family: Family,
) -> None:
    town, office = family.town, family.town.has_desk_agent("data_protection")
    town.tells(family.mother, family.manon, "diet", make.diet())
    leaves(town, family.mother, family.manon, "ens", "agg")
    with store.write() as write:
        write.execute(
            delete(HouseholdGuardian).where(HouseholdGuardian.guardian_id == family.father)
        )
    hers = asks(town, family.mother, family.manon)
    assert parts(town, office, hers)["diet"] == "other_home"

    noted = letter(town, office, name="Karim Lefèvre")
    is_known(town, office, noted, "Karim Lefèvre")

    assert parts(town, office, hers)["diet"] == ""


# At once


@pytest.mark.both_databases
@pytest.mark.parametrize("whose", ["own", "agreeing"])
def test_a_withdrawal_that_comes_first_lets_the_office_erase_nothing(
    town: Town, office: str, whose: str
) -> None:
    claire, julien, child_id = two_homes(town)
    hers, his = asks(town, claire, child_id), asks(town, julien, child_id)
    withdrawn, by = {"own": (hers, claire), "agreeing": (his, julien)}[whose]
    refused: list[Exception] = []
    erasing = threading.Thread(target=tries_to_erase, args=(town, office, hers, child_id, refused))

    with store.write() as write:
        withdraw_own_request(write, withdrawn, by=by, when=Instant.now())
        erasing.start()
        erasing.join(0.5)
    erasing.join()

    assert [type(each) for each in refused] == [RequestClosed if whose == "own" else BadRequest]
    diet = town.ask(guardians.read_section, subject=claire, child_id=child_id, section="diet")
    assert diet.content


@pytest.mark.both_databases
@pytest.mark.parametrize("whose", ["own", "agreeing"])
def test_a_withdrawal_that_comes_while_the_office_erases_finds_what_was_done(
    town: Town, office: str, whose: str
) -> None:
    claire, julien, child_id = two_homes(town)
    hers, his = asks(town, claire, child_id), asks(town, julien, child_id)
    withdrawn, by = {"own": (hers, claire), "agreeing": (his, julien)}[whose]
    mine = {"subject": by, "person_request_id": withdrawn}
    withdrawing = threading.Thread(
        target=town.ask, args=(person_requests.withdraw_my_request,), kwargs=mine
    )

    with store.write() as write:
        asked = request_erasures.ErasePartsRequest(hers, child_id=child_id, parts=["diet"])
        erase_parts_of_file(write, store.register, asked, by=office, when=Instant.now())
        withdrawing.start()
        withdrawing.join(0.5)
    withdrawing.join()

    found = town.ask(person_requests.read_my_request, **mine)
    assert [act["act"] for act in found.acts] == ["filed", "erased", "withdrawn"]


def tries_to_erase(
    town: Town, office: str, request_id: str, child_id: str, refused: list[Exception]
) -> None:
    try:
        erases(town, office, request_id, child_id, "diet")
    except (RequestClosed, BadRequest) as refusal:
        refused.append(refusal)
