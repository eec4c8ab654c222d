"""Letters of access for families of another software, on both databases: to whom, and where."""

import json
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from services.dossier.models import (
    Guardian,
    Guardianship,
    HouseholdGuardian,
    LettersStopped,
    ReadLog,
)
from services.dossier.store import store
from shared.contracts.dossier import front_desk
from shared.contracts.dossier import guardians as dossier_contracts
from shared.contracts.dossier.families import imports as contracts
from shared.contracts.dossier.families import safeguarding as placements
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.dossier.families import safeguarding as record_holds
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town


def family(child: str, *guardians: str, born: str = "2019-03-02", **more: Any) -> dict[str, Any]:
    """Return a family of another software: one child, its guardians, one home."""
    adults = [make.guardian(name) for name in guardians]
    one = make.child(adults, sections={"identity": make.identity(child, "Moreau", born)})
    home = {"address": make.address(), **more}
    return make.household(one, guardians=adults, **home)


def arrives(town: Town, *families: dict[str, Any]) -> None:
    answer = town.ask(
        contracts.bring_families, caller="ops", batch="concerto", families=list(families)
    )
    assert {each["outcome"] for each in answer.families} <= {"new", "linked"}


def to_invite(town: Town) -> Any:
    return town.at_desk(contracts.guardians_to_invite, subject=town.has_desk_agent("counter"))


def letters(town: Town, *guardian_ids: str) -> list[dict[str, Any]]:
    asked = list(guardian_ids) or to_invite(town).next
    agent = town.has_desk_agent("counter")
    return list(
        town.at_desk(contracts.letters_to_write, subject=agent, guardian_ids=asked).guardians
    )


def id_of(name: str) -> str:
    with store.read() as read:
        return read.scalar(select(Guardian.id).where(Guardian.name == name)) or ""


def home_of(name: str) -> str:
    with store.read() as read:
        lives = HouseholdGuardian.guardian_id == id_of(name)
        return read.scalar(select(HouseholdGuardian.household_id).where(lives)) or ""


def child_of(name: str) -> str:
    with store.read() as read:
        answers = Guardianship.guardian_id == id_of(name)
        return read.scalar(select(Guardianship.child_id).where(answers)) or ""


def separated(her: str, his: str, at_his: str = "12 rue des Lilas") -> list[dict[str, Any]]:
    """Return the two homes of one child, each with one of its parents."""
    mother, father = make.guardian(her), make.guardian(his)
    child = make.child([mother], sections={"identity": make.identity("Lou")}, weeks="even")
    with_him = {**child, "guardians": [father["reference"]], "weeks": "odd"}
    return [
        make.household(child, guardians=[mother], address=make.address()),
        make.household(with_him, guardians=[father], address=make.address(street=at_his)),
    ]


def has_account(town: Town, name: str, *, used: bool, days_ago: int = 0, version: int = 1) -> None:
    """Let identity tell of a guardian's account: invited then, and used or not."""
    since = now() - timedelta(days=days_ago)
    town.has_account(id_of(name), name, used=used, since=since, version=version)


def names(town: Town) -> list[str]:
    return [each["name"] for each in letters(town)] if to_invite(town).next else []


def counts(town: Town) -> tuple[int, int]:
    answer = to_invite(town)
    return answer.waiting, answer.at_desk


def test_each_parent_of_an_arrived_family_gets_a_letter_of_their_own_where_they_live(
    town: Town,
) -> None:
    arrives(town, family("Lou", "Anne Moreau", "Paul Moreau"))

    assert counts(town) == (2, 0)
    assert letters(town) == [
        {"guardian_id": id_of(name), "name": name,
         "lines": ["12 rue des Lilas", "28000 Ville de Démonstration"]}
        for name in ("Anne Moreau", "Paul Moreau")
    ]  # fmt: skip


def test_separate_parents_get_separate_letters_each_at_home(town: Town) -> None:
    arrives(
        town,
        *separated("Anne Moreau", "Paul Moreau", at_his="3 quai Sud"),
    )

    said = {each["name"]: each["lines"][0] for each in letters(town)}

    assert said == {"Anne Moreau": "12 rue des Lilas", "Paul Moreau": "3 quai Sud"}


def test_the_oldest_arrival_comes_first_and_one_home_lies_together(town: Town) -> None:
    arrives(town, family("Zoé", "Yves Petit", "Adèle Petit"))
    arrives(town, family("Lou", "Zita Moreau", "Anne Moreau"))

    assert names(town) == ["Adèle Petit", "Yves Petit", "Anne Moreau", "Zita Moreau"]


def test_more_than_forty_wait_for_the_next_printing(town: Town) -> None:
    families = [
        family(f"Lou{at}", f"Anne {at}", f"Paul {at}", born=f"{2000 + at}-{at % 9 + 1:02}-15")
        for at in range(22)
    ]
    for start in range(0, 22, 10):
        arrives(town, *families[start : start + 10])

    answer = to_invite(town)

    assert (answer.waiting, len(answer.next)) == (44, 40)
    assert "name" not in str(vars(answer))


def test_who_was_invited_waits_no_more_and_once_the_code_ran_out_again(town: Town) -> None:
    arrives(town, family("Lou", "Anne Moreau", "Paul Moreau"))

    has_account(town, "Anne Moreau", used=False, days_ago=29)
    assert names(town) == ["Paul Moreau"]

    has_account(town, "Paul Moreau", used=False, days_ago=31)
    assert names(town) == ["Paul Moreau"]


def test_who_signs_in_gets_no_letter_even_where_the_same_forty_are_asked_for_again(
    town: Town,
) -> None:
    arrives(town, family("Lou", "Anne Moreau", "Paul Moreau"))
    both = id_of("Anne Moreau"), id_of("Paul Moreau")
    has_account(town, "Anne Moreau", used=True, days_ago=90)
    has_account(town, "Paul Moreau", used=False)

    assert counts(town) == (0, 0)
    assert [each["name"] for each in letters(town, *both)] == ["Paul Moreau"]


def test_a_family_that_came_by_no_import_gets_no_letter(town: Town, claire: str) -> None:
    assert counts(town) == (0, 0)
    assert letters(town, claire, new_id()) == []


def test_nothing_leaves_for_a_protected_home_nor_for_the_child_s_other_home(town: Town) -> None:
    arrives(
        town,
        *separated("Anne Moreau", "Paul Moreau"),
        family("Zoé", "Yves Petit"),
    )

    town.at_desk(protection.protect_household, household_id=home_of("Anne Moreau"), **make.paper())

    assert counts(town) == (1, 2)
    assert names(town) == ["Yves Petit"]
    assert letters(town, id_of("Anne Moreau"), id_of("Paul Moreau")) == []


def stops(town: Town, name: str, why: str = "asked") -> None:
    agent, home = town.has_desk_agent("counter"), home_of(name)
    town.at_desk(contracts.stop_letters, subject=agent, household_id=home, why=why)


def resumes(town: Town, name: str) -> None:
    agent = town.has_desk_agent("counter")
    town.at_desk(contracts.resume_letters, subject=agent, household_id=home_of(name))


def opened(town: Town, name: str) -> dict[str, Any]:
    """Return what the desk reads of the letters to this person's home."""
    agent, home = town.has_desk_agent("counter"), home_of(name)
    answer = town.at_desk(front_desk.open_dossier, subject=agent, household_id=home)
    return dict(answer.letters)


def test_a_household_that_asked_for_no_letter_leaves_the_list_and_comes_back(town: Town) -> None:
    arrives(town, family("Lou", "Anne Moreau", "Paul Moreau"), family("Zoé", "Yves Petit"))

    stops(town, "Anne Moreau", "returned")
    stops(town, "Paul Moreau")

    assert (counts(town), to_invite(town).stopped) == ((1, 2), 1)
    assert names(town) == ["Yves Petit"]
    assert letters(town, id_of("Anne Moreau"), id_of("Paul Moreau")) == []
    (stop,) = opened(town, "Anne Moreau")["stops"]
    assert (stop["why"], stop["resumed_at"]) == ("returned", None)
    assert opened(town, "Yves Petit") == {"expected": True, "stops": []}

    resumes(town, "Anne Moreau")
    resumes(town, "Anne Moreau")

    assert (counts(town), to_invite(town).stopped) == ((3, 0), 0)
    (stop,) = opened(town, "Anne Moreau")["stops"]
    assert stop["resumed_at"] is not None


def test_identity_is_told_of_a_home_whose_letter_came_back_and_not_of_one_that_wants_none(
    town: Town,
) -> None:
    arrives(town, family("Lou", "Anne Moreau", "Paul Moreau"), family("Zoé", "Yves Petit"))

    stops(town, "Yves Petit", "asked")
    assert town.taken(contracts.letter_returned) == []

    stops(town, "Anne Moreau", "asked")
    stops(town, "Paul Moreau", "returned")

    told = [json.loads(each.body) for each in town.taken(contracts.letter_returned)]
    assert {each["guardian_id"] for each in told} == {id_of("Anne Moreau"), id_of("Paul Moreau")}


def test_whose_letter_came_back_is_invited_at_the_desk_and_waits_for_another_once_resumed(
    town: Town,
) -> None:
    arrives(town, family("Lou", "Anne Moreau"))
    has_account(town, "Anne Moreau", used=False)
    assert counts(town) == (0, 0)

    stops(town, "Anne Moreau", "returned")
    has_account(town, "Anne Moreau", used=False, days_ago=30, version=2)  # its code has ended
    assert counts(town) == (0, 1)

    resumes(town, "Anne Moreau")
    assert counts(town) == (1, 0)


def test_each_time_a_household_was_written_to_no_more_stays_known_with_its_agents(
    town: Town,
) -> None:
    arrives(town, family("Lou", "Anne Moreau"))
    agent, other = town.has_desk_agent("counter"), town.has_desk_agent("counter")
    home = {"household_id": home_of("Anne Moreau")}

    town.at_desk(contracts.stop_letters, subject=agent, why="asked", **home)
    town.at_desk(contracts.resume_letters, subject=other, **home)
    town.at_desk(contracts.stop_letters, subject=other, why="returned", **home)

    last, first = opened(town, "Anne Moreau")["stops"]
    assert (first["why"], first["stopped_by"], first["resumed_by"]) == ("asked", agent, other)
    assert (last["why"], last["stopped_by"], last["resumed_by"]) == ("returned", other, None)


@pytest.mark.both_databases
def test_two_agents_who_say_it_at_once_say_it_once(town: Town) -> None:
    arrives(town, family("Lou", "Anne Moreau"))
    agent, home = town.has_desk_agent("counter"), home_of("Anne Moreau")

    def says() -> None:
        town.at_desk(contracts.stop_letters, subject=agent, household_id=home, why="asked")

    make.at_once(says, says, says)

    assert len(opened(town, "Anne Moreau")["stops"]) == 1


def test_a_protected_household_is_nothing_that_an_agent_could_stop_writing_to(town: Town) -> None:
    arrives(town, family("Lou", "Anne Moreau"))
    town.at_desk(protection.protect_household, household_id=home_of("Anne Moreau"), **make.paper())

    for act in (stops, resumes):
        with pytest.raises(NotFound):
            act(town, "Anne Moreau")


def test_once_everybody_at_home_has_signed_in_no_letter_is_expected_there(town: Town) -> None:
    arrives(town, family("Lou", "Anne Moreau", "Paul Moreau"))

    has_account(town, "Anne Moreau", used=True)
    assert opened(town, "Anne Moreau")["expected"] is True

    has_account(town, "Paul Moreau", used=True)
    assert opened(town, "Anne Moreau")["expected"] is False


def test_a_batch_is_taken_back_with_what_was_said_of_its_letters_and_protections(
    town: Town,
) -> None:
    arrives(town, family("Lou", "Anne Moreau"), family("Zoé", "Yves Petit"))
    stops(town, "Anne Moreau")
    town.at_desk(protection.protect_household, household_id=home_of("Yves Petit"), **make.paper())

    undone = town.ask(contracts.undo_families, caller="ops", batch="concerto")

    assert (undone.removed, undone.kept) == (2, [])
    with store.read() as read:
        assert read.scalars(select(LettersStopped.household_id)).all() == []


def test_nothing_leaves_for_the_home_of_a_child_whose_file_is_held(town: Town) -> None:
    arrives(town, family("Lou", "Anne Moreau", "Paul Moreau"), family("Zoé", "Yves Petit"))
    lead = town.has_desk_agent("desk_lead")

    town.at_desk(
        record_holds.hold_file, subject=lead, child_id=child_of("Anne Moreau"), held_by=lead
    )

    assert counts(town) == (1, 2)
    assert names(town) == ["Yves Petit"]


def test_who_has_no_address_or_cares_for_a_placed_child_is_invited_at_the_desk(
    town: Town,
) -> None:
    arrives(
        town,
        family("Lou", "Anne Moreau", address=None),
        family("Zoé", "Yves Petit"),
        family("Tom", "Paul Roy"),
    )
    town.at_desk(
        placements.place_child,
        child_id=child_of("Paul Roy"),
        carer_id=id_of("Yves Petit"),
        household_id=home_of("Yves Petit"),
        valid_from=date(2026, 9, 1),
        **make.paper(),
    )

    assert counts(town) == (1, 2)
    assert names(town) == ["Paul Roy"]


def test_who_has_no_authority_today_is_not_among_them_at_all(town: Town) -> None:
    arrives(town, family("Lou", "Anne Moreau", "Paul Moreau"))
    with store.write() as write:
        his = Guardianship.guardian_id == id_of("Paul Moreau")
        write.scalars(select(Guardianship).where(his)).one().authority = False

    assert counts(town) == (1, 0)
    assert names(town) == ["Anne Moreau"]


def test_the_letter_goes_to_the_address_of_today(town: Town) -> None:
    arrives(town, family("Lou", "Anne Moreau"))
    anne = id_of("Anne Moreau")
    moves = {"insee": "28901", "postcode": "28000", "commune": "Démonstration"}
    home = home_of("Anne Moreau")
    version = town.ask(dossier_contracts.my_household, subject=anne, household_id=home).version
    town.ask(
        dossier_contracts.move_household,
        subject=anne, household_id=home, base_version=version,
        street="1 place Neuve", valid_from=today() + timedelta(days=30), **moves,
    )  # fmt: skip

    (letter,) = letters(town)

    assert letter["lines"][0] == "12 rue des Lilas"


def test_the_family_reads_that_its_address_was_used_for_a_letter(town: Town) -> None:
    arrives(town, family("Lou", "Anne Moreau"), family("Zoé", "Yves Petit"))
    to_invite(town)
    with store.read() as read:
        assert "address" not in set(read.scalars(select(ReadLog.projection)))

    letters(town, id_of("Anne Moreau"))

    lou, zoe = child_of("Anne Moreau"), child_of("Yves Petit")
    last = _last_read(town, "Anne Moreau", lou)
    assert (last["provider"], last["role"]) == ("front_desk", "counter")
    assert (last["projection"], last["purpose"]) == ("address", "access_letter")
    assert _last_read(town, "Yves Petit", zoe)["projection"] == "arrival"


def _last_read(town: Town, guardian: str, child_id: str) -> dict[str, Any]:
    asked = {"subject": id_of(guardian), "child_id": child_id}
    reads: SimpleNamespace = town.ask(dossier_contracts.who_read, **asked)
    return dict(max(reads.reads, key=lambda each: each["last_at"]))


def test_only_an_agent_who_checks_dossiers_asks_for_letters(town: Town) -> None:
    arrives(town, family("Lou", "Anne Moreau"))
    nobody = town.has_desk_agent()

    for method, asked in (
        (contracts.guardians_to_invite, {}),
        (contracts.letters_to_write, {"guardian_ids": [id_of("Anne Moreau")]}),
        (contracts.stop_letters, {"household_id": home_of("Anne Moreau"), "why": "asked"}),
        (contracts.resume_letters, {"household_id": home_of("Anne Moreau")}),
    ):
        with pytest.raises(PermissionError):
            town.at_desk(method, subject=nobody, **asked)
