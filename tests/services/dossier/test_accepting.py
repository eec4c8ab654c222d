"""The front desk checks a registration: a dossier begins, or a known one grows."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, update

from services.dossier.models import (
    Child,
    Guardianship,
    Household,
    HouseholdAddress,
    PaperCheck,
    RegistrationPaper,
)
from services.dossier.overview.queries.completeness import missing_by_activity
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier import registration_decisions, registrations
from shared.contracts.dossier.registrations import RegistrationClosed
from shared.contracts.errors import NotFound, Outdated
from shared.dates.clock import now, today
from tests.factories import dossier as make
from tests.factories import registrations as write
from tests.factories.dossier import Town, of


def children_of(town: Town, guardian_id: str) -> list[dict[str, object]]:
    return list(town.ask(contracts.my_children, subject=guardian_id).children)


def lacking(town: Town, guardian_id: str, child_id: str, activity: str) -> dict[str, object]:
    answer = town.ask(contracts.completeness, subject=guardian_id, child_id=child_id)
    return next(dict(each) for each in answer.activities if each["activity"] == activity)


def look(town: Town, agent: str) -> object:
    registration_id = write.waiting(town, agent)[0]["draft_id"]
    return write.at_desk(
        town, agent, registration_decisions.look_at_registration, draft_id=registration_id
    )


def test_an_accepted_registration_is_a_household_with_its_children_and_the_school_learns_of_them(
    town: Town,
) -> None:
    agent, bearer = write.agent(town), write.sent_registration(town)
    write.add_paper(town, bearer, write.photograph())

    accepted = write.accept(town, agent, providers=["ens"])

    (nora,) = children_of(town, accepted.guardian_id)
    assert (nora["first_name"], nora["school"], nora["providers"]) == (
        "Nora",
        "École Jules-Ferry",
        ["ens"],
    )
    home = town.ask(
        contracts.my_household,
        subject=accepted.guardian_id,
        household_id=accepted.household_id,
    )
    assert (home.addresses[0]["street"], home.addresses[0]["insee"]) == (
        "4 rue des Acacias",
        "28901",
    )
    assert of(town.sent(), "ens")["care_core"].content["first_name"] == "Nora"
    told = write.ask(town, bearer, registrations.read_registration)
    assert (told.state, told.content, told.papers) == ("accepted", {}, [])


def test_what_the_desk_saw_is_noted_without_a_copy(town: Town) -> None:
    agent, bearer = write.agent(town), write.sent_registration(town)
    write.add_paper(town, bearer, write.photograph())

    accepted = write.accept(town, agent)

    with store.read() as read:
        seen = {row.kind: row for row in read.scalars(select(PaperCheck))}
        assert read.scalar(select(func.count()).select_from(RegistrationPaper)) == 0
    assert seen.keys() == {"guardian_identity", "child_identity", "link"}
    assert {row.agent for row in seen.values()} == {agent}
    assert seen["guardian_identity"].subject_id == accepted.guardian_id
    assert (seen["link"].paper, seen["link"].guardian_id) == (
        "livret de famille",
        accepted.guardian_id,
    )


def test_a_dossier_is_complete_as_the_town_file_says_once_the_desk_has_checked(
    town: Town,
) -> None:
    agent = write.agent(town)
    write.sent_registration(town)

    accepted = write.accept(town, agent)

    (nora,) = children_of(town, accepted.guardian_id)
    school = lacking(town, accepted.guardian_id, nora["id"], "school_enrolment")
    assert school["missing"] == ["domicile"]
    canteen = lacking(town, accepted.guardian_id, nora["id"], "canteen")
    assert canteen["missing"] == ["diet", "health"]
    judo = lacking(town, accepted.guardian_id, nora["id"], "judo")
    assert (judo["missing"], judo["later"]) == (["insurance"], ["health"])
    assert judo["by"] is not None


def test_a_proof_of_domicile_completes_school_enrolment(town: Town) -> None:
    agent = write.agent(town)
    write.sent_registration(town)

    accepted = write.accept(town, agent, domicile={"paper": "facture d’eau", "paper_date": None})

    (nora,) = children_of(town, accepted.guardian_id)
    assert lacking(town, accepted.guardian_id, nora["id"], "school_enrolment")["missing"] == []


SAME = ("street", "postcode", "insee", "commune")


def moves(town: Town, accepted: SimpleNamespace, valid_from: date, **address: str) -> None:
    home = {"subject": accepted.guardian_id, "household_id": accepted.household_id}
    version = town.ask(contracts.my_household, **home).version
    said = {**make.address(**address), "valid_from": valid_from}
    town.ask(contracts.move_household, **home, base_version=version, **said)


def lacks_proof(town: Town, accepted: SimpleNamespace) -> bool:
    (nora,) = children_of(town, accepted.guardian_id)
    school = lacking(town, accepted.guardian_id, str(nora["id"]), "school_enrolment")
    return school["missing"] == ["domicile"]


def will_lack_proof(town: Town, accepted: SimpleNamespace, day: date) -> bool:
    (nora,) = children_of(town, accepted.guardian_id)
    with store.read() as read:
        rows = missing_by_activity(read, store.register, str(nora["id"]), accepted.guardian_id, day)
    [school] = [each for each in rows if each["activity"] == "school_enrolment"]
    return "domicile" in school["missing"]


@pytest.fixture
def proven(town: Town) -> SimpleNamespace:
    """Return an accepted registration whose proof of domicile an agent has seen."""
    agent = write.agent(town)
    write.sent_registration(town)
    return write.accept(town, agent, domicile={"paper": "facture d’eau", "paper_date": None})


def test_a_proof_seen_on_the_day_of_a_move_before_it_was_said_is_of_the_former_address(
    town: Town, proven: SimpleNamespace
) -> None:
    assert not lacks_proof(town, proven)

    moves(town, proven, today(), street="9 rue du Lavoir")

    assert lacks_proof(town, proven)


def test_a_proof_stays_where_the_same_address_is_saved_again(
    town: Town, proven: SimpleNamespace
) -> None:
    home = {"subject": proven.guardian_id, "household_id": proven.household_id}
    (said,) = town.ask(contracts.my_household, **home).addresses

    for street in (said["street"], said["street"].upper()):
        again = {key: said[key] for key in SAME} | {"street": street}
        moves(town, proven, said["valid_from"], **again)

        assert not lacks_proof(town, proven)
    (kept,) = town.ask(contracts.my_household, **home).addresses
    assert kept["street"] == said["street"].upper()


def test_a_proof_stays_where_a_later_day_is_said_of_the_same_address(
    town: Town, proven: SimpleNamespace
) -> None:
    """As the portal's form has it that comes with the present address and the day of today."""
    home = {"subject": proven.guardian_id, "household_id": proven.household_id}
    (said,) = town.ask(contracts.my_household, **home).addresses
    later = today() + timedelta(days=90)

    moves(town, proven, later, **{key: said[key] for key in SAME})

    assert not will_lack_proof(town, proven, later)


def test_a_proof_stays_until_the_day_on_which_another_address_holds(
    town: Town, proven: SimpleNamespace
) -> None:
    later = today() + timedelta(days=90)

    moves(town, proven, later, street="9 rue du Lavoir")

    assert not lacks_proof(town, proven)
    assert will_lack_proof(town, proven, later)


@pytest.mark.parametrize("days, lacks", [(-1, True), (0, False)], ids=["before", "on_the_day"])
def test_of_another_software_the_day_alone_says_whether_a_proof_is_of_this_address(
    town: Town, days: int, lacks: bool
) -> None:
    """No moment is known of it: what was said on the day of the proof counts as proven."""
    mother = make.guardian()
    child = make.child([mother])
    home = town.arrives(make.household(child, guardians=[mother], address=make.address()))
    with store.write() as changed:
        seen = today() + timedelta(days=days)
        changed.execute(update(Household).values(domicile_checked_on=seen))
        changed.execute(update(HouseholdAddress).values(changed_at=now()))

    who, of_child = home.guardians[mother["reference"]], home.children[child["reference"]]
    school = lacking(town, who, of_child, "school_enrolment")

    assert school["missing"] == (["domicile"] if lacks else [])


def test_who_came_from_another_software_was_checked_there(town: Town, claire: str) -> None:
    (manon,) = children_of(town, claire)

    assert lacking(town, claire, str(manon["id"]), "school_enrolment")["missing"] == []


def test_the_desk_sees_whom_a_child_could_be_and_nothing_is_merged_by_itself(
    town: Town, claire: str
) -> None:
    agent = write.agent(town)
    write.sent_registration(
        town,
        write.child("Manon", "2019-03-02", last_name="Lefevre"),
        write.child("Paul", "2022-01-05"),
    )

    (near,) = look(town, agent).alike

    assert (near["place"], near["first_name"], near["score"]) == (0, "Manon", 100)
    assert near["guardians"] == [{"id": claire, "name": "Claire Lefèvre"}]
    assert near.keys().isdisjoint({"school", "commune", "address"})
    accepted = write.accept(town, agent)
    assert near["child_id"] not in [each["id"] for each in children_of(town, accepted.guardian_id)]


def test_twins_of_a_known_household_are_never_proposed_for_each_other(town: Town) -> None:
    """Rule test 6, at the central desk."""
    one = make.guardian("Hélène Garnier")
    twins = [
        make.child([one], sections={"identity": make.identity(name, "Garnier", "2020-11-08")})
        for name in ("Anna", "Hanna")
    ]
    ids = town.arrives(make.household(*twins, guardians=[one]))
    agent = write.agent(town)
    write.sent_registration(town, write.child("Anna", "2020-11-08", last_name="Garnier"))

    alike = look(town, agent).alike

    assert [each["child_id"] for each in alike] == [ids.children[twins[0]["reference"]]]


def test_a_second_parent_joins_the_child_that_is_known_with_a_household_of_their_own(
    town: Town, claire: str
) -> None:
    """Sections of the child stay as they were; the two households see nothing of each other."""
    (manon,) = children_of(town, claire)
    town.tells(claire, str(manon["id"]), "diet", make.diet("no_pork"))
    agent = write.agent(town)
    karim = write.guardian(first_name="Karim", last_name="Lefèvre", relation="father")
    write.sent_registration(town, write.child("Manon", "2019-03-02"), guardian=karim)

    accepted = write.accept(town, agent, str(manon["id"]))

    (his,) = children_of(town, accepted.guardian_id)
    assert (his["id"], his["last_name"]) == (manon["id"], "Lefèvre")
    diet = town.ask(
        contracts.read_section, subject=accepted.guardian_id, child_id=his["id"], section="diet"
    )
    assert (diet.content["menu"], diet.changed_by) == ("no_pork", "guardian")
    (hers,) = town.ask(contracts.my_children, subject=claire).households
    assert hers != accepted.household_id
    for who, other in ((accepted.guardian_id, hers), (claire, accepted.household_id)):
        with pytest.raises(NotFound):
            town.ask(contracts.my_household, subject=who, household_id=other)


def test_a_guardian_without_authority_is_known_and_sees_no_child(town: Town) -> None:
    agent = write.agent(town)
    write.sent_registration(town)

    accepted = write.accept(town, agent, authority=False)

    assert children_of(town, accepted.guardian_id) == []
    with store.read() as read:
        assert read.scalars(select(Guardianship.authority)).all() == [False]


def test_the_other_parent_is_taken_up_unchecked_until_they_come(town: Town) -> None:
    agent = write.agent(town)
    second = {"there": "yes", "name": "Yanis Moreau", "lives_here": "no", "authority": "both"}
    write.sent_registration(town, second=second)

    first = write.accept(town, agent, second={"authority": True, "lives_here": False})
    write.sent_registration(town, guardian=write.guardian(first_name="Yanis", relation="father"))
    (near,) = look(town, agent).alike
    yanis = next(each["id"] for each in near["guardians"] if each["name"] == "Yanis Moreau")
    (nora,) = children_of(town, yanis)
    assert "identity_check" in lacking(town, yanis, str(nora["id"]), "judo")["missing"]

    again = write.accept(town, agent, str(near["child_id"]), guardian_id=yanis)

    assert again.guardian_id == yanis
    assert again.household_id != first.household_id
    assert lacking(town, yanis, str(nora["id"]), "judo")["missing"] == ["insurance"]
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Child)) == 1


def test_a_registration_is_decided_once_and_only_as_it_was_looked_at(town: Town) -> None:
    agent = write.agent(town)
    write.sent_registration(town)
    registration_id = write.waiting(town, agent)[0]["draft_id"]
    asked = {
        "draft_id": registration_id,
        "identity": write.SEEN,
        "children": [{"place": 0, "child_id": None, **write.SEEN}],
    }
    with pytest.raises(Outdated):
        write.at_desk(town, agent, registration_decisions.accept_registration, version=1, **asked)
    write.accept(town, agent)

    with pytest.raises(RegistrationClosed):
        write.at_desk(town, agent, registration_decisions.accept_registration, version=4, **asked)
    with pytest.raises(RegistrationClosed):
        write.at_desk(
            town,
            agent,
            registration_decisions.refuse_registration,
            draft_id=registration_id,
            reason="papers",
        )


def test_a_refused_registration_says_why_to_who_began_it_and_keeps_nothing(town: Town) -> None:
    agent, bearer = write.agent(town), write.sent_registration(town)
    write.add_paper(town, bearer, write.photograph())
    registration_id = write.waiting(town, agent)[0]["draft_id"]

    write.at_desk(
        town,
        agent,
        registration_decisions.refuse_registration,
        draft_id=registration_id,
        reason="not_guardian",
    )

    told = write.ask(town, bearer, registrations.read_registration)
    assert (told.state, told.reason, told.content) == ("refused", "not_guardian", {})
    assert write.waiting(town, agent) == []
    with store.read() as read:
        assert read.scalar(select(func.count()).select_from(Child)) == 0
