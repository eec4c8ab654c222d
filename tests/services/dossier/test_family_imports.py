"""Families of another software by batch, on both databases: doubted, linked, repeated, decided."""

from typing import Any

import pytest
from sqlalchemy import select

from services.dossier.models import (
    Child,
    Guardian,
    Household,
    ImportDecision,
    ImportDoubt,
    ReadLog,
    Section,
)
from services.dossier.read_log.queries.log_chain_check import verify_read_log
from services.dossier.service import DossierService
from services.dossier.store import store
from shared.bus.service_declarations import register_rows_of
from shared.contracts.dossier import activity_history_requests as histories
from shared.contracts.dossier import guardians as dossier_contracts
from shared.contracts.dossier.families import imports as contracts
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.errors import NotFound
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.family_imports import BATCH, another, brought, decide, ids, outcomes, rows


def lines(child_id: str) -> list[tuple[str, str]]:
    with store.read() as read:
        wanted = select(ReadLog.provider, ReadLog.projection).where(ReadLog.child_id == child_id)
        return [tuple(row) for row in read.execute(wanted)]


def test_a_family_arrives_is_announced_as_any_other_and_stands_in_the_log(
    town: Town, family: dict[str, Any]
) -> None:
    assert outcomes(town, family) == ["new"]

    (manon,) = ids(town, family).values()
    sent = {(each.provider, each.projection) for each in town.sent()}
    assert ("ens", "diet") in sent and ("agg", "diet") not in sent
    assert lines(manon) == [("ops", "arrival")]
    with store.read() as read:
        assert verify_read_log(read) is None


def test_the_family_reads_that_its_dossier_was_taken_over(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    (manon,) = ids(town, family).values()
    with store.read() as read:
        claire = read.scalar(select(Guardian.id)) or ""

    reads = town.ask(dossier_contracts.who_read, subject=claire, child_id=manon).reads

    assert [(each["provider"], each["projection"]) for each in reads] == [("ops", "arrival")]


def test_the_same_row_again_changes_nothing_and_one_that_differs_corrects_its_own(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    town.sent()
    before = rows(ReadLog, Section, Child, Household)

    assert outcomes(town, family) == ["same"]
    assert town.sent() == [] and rows(ReadLog, Section, Child, Household) == before

    family["children"][0]["sections"]["diet"] = make.diet("vegetarian")
    assert outcomes(town, family) == ["changed"]
    assert [(each.provider, each.projection) for each in town.sent()] == [("ens", "diet")]


def test_a_guardian_reads_what_came_from_the_former_software_and_what_they_wrote_themselves(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    (manon,) = ids(town, family).values()
    with store.read() as read:
        claire = read.scalar(select(Guardian.id)) or ""

    def author() -> str:
        asked = {"subject": claire, "child_id": manon, "section": "diet"}
        return str(town.ask(dossier_contracts.read_section, **asked).changed_by)

    came = author()
    town.tells(claire, manon, "diet", make.diet("standard"), base=1)

    assert (came, author()) == ("imported", "you")


def test_what_a_family_told_since_stays_whatever_the_row_says(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    (manon,) = ids(town, family).values()
    with store.read() as read:
        claire = read.scalar(select(Guardian.id)) or ""
    town.tells(claire, manon, "diet", make.diet("standard"), base=1)

    family["children"][0]["sections"]["diet"] = make.diet("vegetarian")
    brought(town, family)

    edited = town.ask(
        dossier_contracts.read_section, subject=claire, child_id=manon, section="diet"
    )
    assert edited.content["menu"] == "standard"


def test_a_slip_of_the_pen_is_reported_with_its_score_and_the_family_stays_aside(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    (manon,) = ids(town, family).values()
    near = another(("Manon", "Lefebvre", "2019-03-02"), "Claire Lefebvre")

    (found,) = brought(town, near, batch="other-2026")

    (doubt,) = found["doubts"]
    assert (found["outcome"], doubt["known"]) == ("waiting", manon)
    assert doubt["known_reference"] == family["children"][0]["reference"]
    assert 80 <= doubt["score"] < 100
    assert rows(Child, Household, ImportDoubt) == [1, 1, 1]
    assert lines(manon) == [("ops", "arrival"), ("ops", "names")]


def test_the_same_names_with_another_parent_are_a_doubt_of_a_hundred(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)

    (found,) = brought(town, another(("Manon", "Lefèvre", "2019-03-02"), "Paul Moreau"))

    assert (found["outcome"], found["doubts"][0]["score"]) == ("waiting", 100)


def test_a_child_known_beyond_doubt_is_linked_and_keeps_what_it_has(
    town: Town, family: dict[str, Any]
) -> None:
    family["children"][0]["links"] = ["ens"]
    brought(town, family)
    town.sent()
    same = another(("manon", "LEFEVRE", "2019-03-02"), "Claire LEFEVRE", links=["agg"])
    same["children"][0]["sections"]["diet"] = make.diet("standard")

    assert outcomes(town, same, batch="music-2026") == ["linked"]

    assert set(ids(town, same).values()) == set(ids(town, family).values())
    assert rows(Child, Guardian, Household) == [1, 1, 1]
    sent = town.sent()
    assert {each.provider for each in sent} == {"agg"}
    with store.read() as read:
        assert set(read.scalars(select(Section.version))) == {1}


def test_twins_arrive_without_a_doubt_and_a_slip_beside_a_twin_counts_no_more(
    town: Town,
) -> None:
    one = make.guardian()
    twins = [
        make.child([one], sections={"identity": make.identity(name)}) for name in ("Lou", "Lise")
    ]

    assert outcomes(town, make.household(*twins, guardians=[one])) == ["new"]
    near = another(("Loo", "Lefèvre", "2019-03-02"), "Paul Moreau")
    assert outcomes(town, near, batch="other-2026") == ["new"]


def test_a_child_of_two_homes_under_one_reference_is_one_child(
    town: Town, family: dict[str, Any]
) -> None:
    father = make.guardian("Paul Lefèvre")
    at_his = {
        **family["children"][0],
        "guardians": [father["reference"]],
        "weeks": "odd",
    }

    assert outcomes(town, family, make.household(at_his, guardians=[father])) == ["new", "new"]
    assert rows(Child, Household) == [1, 2]
    assert {each.version for each in town.sent()} == {1}  # of both homes at once
    assert [len(card.children) for card in town.cards()] == [1, 1]
    assert [len(home.children) for home in town.homes()] == [1, 1]


def strangers(family: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return another family whose child bears the same number."""
    other = another(names or ("Max", "Noir", "2018-05-06"), "Paul Noir")  # type: ignore[arg-type]
    other["children"][0]["reference"] = family["children"][0]["reference"]
    return other


def test_a_number_that_came_before_joins_no_other_child_and_its_adults_read_nothing(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    before = rows(Child, Guardian, Household, ReadLog, Section)
    town.sent()
    other = strangers(family)

    checked = town.ask(contracts.check_families, caller="ops", batch=BATCH, families=[other])
    (found,) = brought(town, other)

    assert [checked.families[0], found] == [found, found]
    assert (found["outcome"], found["why"]) == ("refused", "number_taken")
    assert list(found["errors"]["children"]) == [other["children"][0]["reference"]]
    assert "Noir" not in str(found) and "Manon" not in str(found)
    assert rows(Child, Guardian, Household, ReadLog, Section) == before and town.sent() == []


def test_a_number_whose_names_differ_by_accents_and_hyphens_is_the_same_child(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)

    again = strangers(family, "MANON", "Lefevre", "2019-03-02")

    assert outcomes(town, again) == ["new"]
    assert rows(Child, Household) == [1, 2]


def test_a_slip_of_the_pen_under_a_known_number_waits_until_somebody_has_looked(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    (manon,) = ids(town, family).values()
    family["children"][0]["sections"]["identity"] = make.identity("Manon", "Lefebvre")

    (found,) = brought(town, family)
    assert (found["outcome"], found["doubts"][0]["known"]) == ("waiting", manon)

    decide(town, family, same_as=manon)
    assert outcomes(town, family) == ["changed"]
    with store.read() as read:
        assert read.get_one(Child, manon).last_name == "Lefebvre"


def test_a_slip_of_which_somebody_says_that_it_is_another_child_is_refused(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    other = strangers(family, "Manon", "Lefebvre", "2019-03-02")
    brought(town, other)

    decide(town, other, same_as=None)

    assert [each["why"] for each in brought(town, other)] == ["number_taken"]
    assert rows(Child, Household) == [1, 1]


def test_of_a_protected_home_a_slip_under_its_number_is_proposed_to_nobody(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    with store.read() as read:
        home = read.scalar(select(Household.id)) or ""
    protect(town, home)

    (found,) = brought(town, strangers(family, "Manon", "Lefebvre", "2019-03-02"))

    assert (found["why"], found["doubts"]) == ("number_taken", [])


def test_the_number_of_an_adult_gives_nobody_else_the_dossier(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    other = another(("Max", "Noir", "2018-05-06"), "Paul Noir")
    (claire,) = family["guardians"]
    other["guardians"][0]["reference"] = claire["reference"]
    other["children"][0]["guardians"] = [claire["reference"]]

    (found,) = brought(town, other)

    assert (found["outcome"], found["why"]) == ("refused", "number_taken")
    assert list(found["errors"]["guardians"]) == [claire["reference"]]
    assert rows(Child, Guardian) == [1, 1]


def test_the_number_of_a_home_lets_nobody_in_whom_no_adult_there_knows(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    other = another(("Max", "Noir", "2018-05-06"), "Paul Noir")
    other["reference"] = family["reference"]

    (found,) = brought(town, other)

    assert (found["outcome"], found["why"]) == ("refused", "number_taken")
    assert list(found["errors"]) == ["reference"]
    family["guardians"].append(paul := make.guardian("Paul Noir"))
    family["children"][0]["guardians"].append(paul["reference"])
    assert outcomes(town, family) == ["changed"]


def test_a_check_of_two_homes_of_one_child_says_that_both_are_new(
    town: Town, family: dict[str, Any]
) -> None:
    father = make.guardian("Paul Lefèvre")
    at_his = {**family["children"][0], "guardians": [father["reference"]]}
    his = make.household(at_his, guardians=[father])

    answer = town.ask(contracts.check_families, caller="ops", batch=BATCH, families=[family, his])

    assert [each["outcome"] for each in answer.families] == ["new", "new"]


def test_who_has_looked_says_it_is_the_same_and_the_family_arrives_when_it_comes_again(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    (manon,) = ids(town, family).values()
    father = another(("Manon", "Lefèvre", "2019-03-02"), "Paul Moreau")
    brought(town, father)

    decide(town, father, same_as=manon)

    assert town.ask(contracts.waiting_families, caller="ops", batch=BATCH).doubts == []
    assert outcomes(town, father) == ["linked"]
    assert outcomes(town, father) == ["same"]
    assert rows(Child, Guardian, Household, ImportDoubt) == [1, 2, 2, 0]


def test_who_has_looked_says_it_is_another_and_there_are_two(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    homonym = another(("Manon", "Lefèvre", "2019-03-02"), "Paul Moreau")
    brought(town, homonym)

    decide(town, homonym, same_as=None)

    assert outcomes(town, homonym) == ["new"]
    assert rows(Child, Household) == [2, 2]


def test_nobody_decides_what_was_not_asked(town: Town, family: dict[str, Any]) -> None:
    brought(town, family)
    (manon,) = ids(town, family).values()
    homonym = another(("Manon", "Lefèvre", "2019-03-02"), "Paul Moreau")

    with pytest.raises(NotFound):
        decide(town, homonym, same_as=manon)
    brought(town, homonym)
    with pytest.raises(NotFound):
        decide(town, homonym, same_as=new_id())


def test_a_family_of_a_protected_home_is_proposed_to_nobody(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    with store.read() as read:
        home = read.scalar(select(Household.id)) or ""
    protect(town, home)

    homonym = another(("Manon", "Lefèvre", "2019-03-02"), "Paul Moreau")

    assert outcomes(town, homonym) == ["new"]


def protect(town: Town, household_id: str) -> None:
    town.at_desk(protection.protect_household, household_id=household_id, **make.paper())


def test_a_check_says_the_same_and_writes_no_family(town: Town, family: dict[str, Any]) -> None:
    brought(town, family)
    near = another(("Manon", "Lefebvre", "2019-03-02"), "Claire Lefebvre")
    wrong = another(("Nolan", "Petit", "2018-05-06"), "Anne Petit")
    wrong["children"][0]["sections"]["diet"] = {"menu": "casher"}
    fresh = another(("Lou", "Petit", "2018-05-06"), "Anne Petit")

    answer = town.ask(
        contracts.check_families,
        caller="ops",
        batch=BATCH,
        families=[family, near, wrong, fresh],
    )

    assert [each["outcome"] for each in answer.families] == ["same", "waiting", "refused", "new"]
    (errors,) = answer.families[2]["errors"]["children"].values()
    assert "menu" in errors["diet"]
    assert rows(Child, ImportDoubt) == [1, 0]


def test_one_that_is_refused_keeps_no_other_back(town: Town, family: dict[str, Any]) -> None:
    unknown = another(("Nolan", "Petit", "2018-05-06"), "Anne Petit", links=["mdq"])
    nameless = another(("Lou", "Petit", "2018-05-06"), "Anne Petit")
    nameless["children"][0]["sections"] = {}

    found = brought(town, unknown, nameless, family)

    assert [each["outcome"] for each in found] == ["refused", "refused", "new"]
    assert found[0]["errors"] == {"links": ["mdq"]}
    assert rows(Child, Household) == [1, 1]


def test_a_reference_belongs_to_the_batch_that_brought_it(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)

    (found,) = brought(town, family, batch="other-2026")

    assert (found["outcome"], found["why"]) == ("refused", "other_batch")


def test_past_years_find_a_child_by_the_reference_under_which_it_was_linked(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    same = another(("Manon", "Lefèvre", "2019-03-02"), "Claire Lefèvre")
    brought(town, same, batch="music-2026")
    past = {
        "child": same["children"][0]["reference"],
        "provider": "agg",
        "activity": "piano",
        "label": "Piano",
        "school_year": "2024-2025",
        "months": {"2024-10": 4},
    }

    answer = town.ask(histories.import_history, caller="ops", batch="music-years", lines=[past])

    assert answer.unknown == 0


def test_operations_alone_bring_families_in_and_a_name_is_never_read_back() -> None:
    answering, _ = register_rows_of([DossierService])
    rights = {each.method: (each.callers, each.right) for each in answering}
    mine = ("check_families", "bring_families", "waiting_families", "decide_arrival")

    for method in (*mine, "arrived", "undo_families"):
        assert rights[method] == (("ops",), "service only")
    edited = {"reference", "child", "known", "known_reference", "score"}
    schema = contracts.waiting_families._answer.fields["doubts"].inner.schema
    assert set(schema.fields) == edited


def test_an_agent_of_the_front_desk_sees_whom_it_could_be_and_decides(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    (manon,) = ids(town, family).values()
    near = another(("Manon", "Lefebvre", "2019-03-02"), "Claire Lefebvre")
    brought(town, near, batch="other-2026")
    reference = near["children"][0]["reference"]
    agent = town.has_desk_agent("counter")

    (waiting,) = town.at_desk(contracts.doubtful_arrivals, subject=agent).children

    (candidate,) = waiting["candidates"]
    assert (waiting["child"], candidate["child_id"]) == (reference, manon)
    assert candidate["guardians"] == ["Claire Lefèvre"]
    assert lines(manon)[-1] == ("front_desk", "names")

    town.at_desk(contracts.resolve_arrival, subject=agent, child=reference, same_as=manon)

    with store.read() as read:
        assert read.get_one(ImportDecision, reference).decided_by == agent
    assert outcomes(town, near, batch="other-2026") == ["linked"]


def test_whoever_was_protected_since_is_shown_at_no_desk(
    town: Town, family: dict[str, Any]
) -> None:
    brought(town, family)
    brought(town, another(("Manon", "Lefebvre", "2019-03-02"), "Claire Lefebvre"))
    with store.read() as read:
        home = read.scalar(select(Household.id)) or ""
    protect(town, home)

    assert town.at_desk(contracts.doubtful_arrivals).children == []
    with pytest.raises(PermissionError):
        town.at_desk(contracts.doubtful_arrivals, subject=town.has_desk_agent())
