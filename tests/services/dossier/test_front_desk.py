"""The front desk at the dossier: who is found, what is opened, and what the family reads of it."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.dossier.front_desk.queries import dossiers, people_of_similar_name
from services.dossier.front_desk.rules.name_search import Query
from services.dossier.store import store
from shared.bus.service_declarations import register_rows_of
from shared.contracts.dossier import activity_history_requests, front_desk
from shared.contracts.dossier import guardians as contracts
from shared.contracts.dossier.families import safeguarding as protection
from shared.contracts.dossier.families import safeguarding as record_holds
from shared.contracts.errors import NotFound
from shared.contracts.message import Method
from shared.contracts.portal_gateway import portal_events
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.dossiers.read_log import log_of


@pytest.fixture
def helene(town: Town) -> str:
    """Give an agent of the counter."""
    return town.has_desk_agent("counter")


def lives(town: Town, first: str, last: str, born: str, guardian: str, **more: Any) -> Any:
    """Let a family of one child come; return its ids."""
    one = make.guardian(guardian)
    child = make.child([one], sections={"identity": make.identity(first, last, born)})
    return town.arrives(make.household(child, guardians=[one], **more))


def finds(town: Town, agent: str, query: str, born: date | None = None) -> list[dict[str, Any]]:
    asked = {"caller": "front_desk", "subject": agent, "of_kind": "agent"}
    answer = town.ask(front_desk.find_dossiers, **asked, query=query, born=born)
    return list(answer.found)


def opens(town: Town, agent: str, household: str) -> Any:
    asked = {"caller": "front_desk", "subject": agent, "of_kind": "agent"}
    return town.ask(front_desk.open_dossier, **asked, household_id=household)


def test_a_child_is_found_by_a_name_that_was_heard_and_not_read(town: Town, helene: str) -> None:
    home = make.address()
    family = lives(town, "Éloïse", "N’Guyen-Lefèvre", "2018-05-03", "Anne Lefèvre", address=home)

    (found,) = finds(town, helene, "lefaivre elouise")

    assert found == {
        "household_id": family.household_id,
        "child_id": next(iter(family.children.values())),
        "name": "Éloïse N’Guyen-Lefèvre",
        "born": "2018-05-03",
        "insee": "28901",
        "guardians": [],
    }


def test_a_parent_is_found_with_the_birth_years_of_the_children(town: Town, helene: str) -> None:
    lives(town, "Zoé", "Caillaud", "2019-01-04", "Philippe Gauthier")

    (found,) = finds(town, helene, "gotier filipe")

    assert (found["name"], found["born"], found["child_id"]) == ("Philippe Gauthier", "2019", None)


def test_the_lines_of_a_child_of_two_homes_say_who_lives_in_each(town: Town, helene: str) -> None:
    mother, father = make.guardian("Anne Roy"), make.guardian("Paul Morel")
    child = make.child([mother], sections={"identity": make.identity("Léa", "Roy")}, weeks="even")
    his = {**child, "guardians": [father["reference"]], "sections": {}, "weeks": "odd"}
    town.arrives(make.household(child, guardians=[mother]))
    town.arrives(make.household(his, guardians=[father]))

    found = finds(town, helene, "Léa Roy")

    assert sorted(line["guardians"] for line in found if line["child_id"]) == [
        ["Anne Roy"],
        ["Paul Morel"],
    ]
    assert not any(line["guardians"] for line in found if not line["child_id"])


def test_homonyms_of_one_birth_day_are_told_apart_by_who_answers_for_them(
    town: Town, helene: str
) -> None:
    lives(town, "Léa", "Roy", "2018-05-03", "Anne Roy")
    lives(town, "Lea", "Roy", "2018-05-03", "Marc Petit")
    lives(town, "Léa", "Roy", "2019-01-04", "Luc Roy")
    lives(town, "Tom", "Roy", "2016-02-02", "Luc Roy")
    lives(town, "Max", "Roy", "2019-06-06", "Luc Roy")

    children = finds(town, helene, "Léa Roy")
    parents = [line for line in finds(town, helene, "Luc Roy") if not line["child_id"]]

    said = {(line["born"], *line["guardians"]) for line in children if line["name"][:1] == "L"}
    assert {("2018-05-03", "Anne Roy"), ("2018-05-03", "Marc Petit"), ("2019-01-04",)} <= said
    assert sorted((line["born"], *line["guardians"]) for line in parents) == [
        ("2016",),
        ("2019", "Luc Roy"),
        ("2019", "Luc Roy"),
    ]


def test_an_account_finds_its_own_homes_and_none_that_is_protected(
    town: Town, claire: str, manon: str, helene: str
) -> None:
    asked = {"caller": "front_desk", "subject": helene, "of_kind": "agent", "query": "x@y.org"}
    (found,) = town.ask(front_desk.find_dossiers, **asked, account=claire).found
    assert (found["name"], found["child_id"]) == ("Claire Lefèvre", None)

    home = found["household_id"]
    town.at_desk(protection.protect_household, household_id=home, **make.paper())

    assert town.ask(front_desk.find_dossiers, **asked, account=claire).found == []
    assert town.ask(front_desk.find_dossiers, **asked, account=new_id()).found == []


def test_twins_stand_on_two_lines_with_their_own_names(town: Town, helene: str) -> None:
    one = make.guardian("Anne Roy")
    twins = [
        make.child([one], sections={"identity": make.identity(name, "Roy", "2019-03-02")})
        for name in ("Léa", "Léo")
    ]
    town.arrives(make.household(*twins, guardians=[one]))

    found = finds(town, helene, "Roy", date(2019, 3, 2))

    assert [line["name"] for line in found if line["child_id"]] == ["Léa Roy", "Léo Roy"]
    assert len({line["child_id"] for line in found if line["child_id"]}) == 2


def test_each_search_and_each_opening_leaves_a_line_that_the_family_reads(
    town: Town, claire: str, manon: str, helene: str
) -> None:
    (found, *_) = finds(town, helene, "manon lefevre")
    opens(town, helene, found["household_id"])

    log = log_of(town, claire, manon)

    assert log == [("front_desk", "counter", "household"), ("front_desk", "counter", "names")]
    assert helene not in str(town.ask(contracts.who_read, subject=claire, child_id=manon))


def test_an_opened_household_shows_whose_child_is_whose_and_no_content(
    town: Town, claire: str, manon: str, helene: str
) -> None:
    town.tells(claire, manon, "health", make.health("arachide"))
    (found, *_) = finds(town, helene, "manon lefevre")

    opened = opens(town, helene, found["household_id"])

    (child,) = opened.children
    assert (child["first_name"], child["guardians"]) == ("Manon", [claire])
    assert child["missing"] == ["contacts", "pickup", "diet", "swimming"]
    assert "arachide" not in str(opened)
    assert not hasattr(opened, "providers")


def test_an_opened_household_says_to_which_commune_it_moves_and_when(
    town: Town, helene: str
) -> None:
    family = lives(town, "Manon", "Lefèvre", "2019-03-02", "Claire Lefèvre", address=make.address())
    (claire,) = family.guardians.values()
    home = {"subject": claire, "household_id": family.household_id}
    assert opens(town, helene, family.household_id).moves is None
    moves_on = today() + timedelta(days=13)
    there = make.address(insee="28903", commune="Aubeval")
    version = town.ask(contracts.my_household, **home).version

    town.ask(
        contracts.move_household, **home, base_version=version, **{**there, "valid_from": moves_on}
    )

    opened = opens(town, helene, family.household_id)
    assert opened.moves == {"insee": "28903", "valid_from": moves_on}
    assert opened.insee == make.address()["insee"]


def test_no_agent_without_a_right_at_the_front_desk_finds_or_opens_anything(
    town: Town, claire: str, manon: str
) -> None:
    nobody, treasurer = town.has_desk_agent(), town.has_desk_agent("treasurer")

    for agent in (nobody, treasurer, new_id()):
        with pytest.raises(PermissionError):
            finds(town, agent, "manon")
        with pytest.raises(PermissionError):
            opens(town, agent, new_id())
    with pytest.raises(PermissionError):  # a family is no agent, whatever desk asks for it
        town.ask(front_desk.find_dossiers, caller="front_desk", subject=claire, query="manon")
    assert log_of(town, claire, manon) == []


def test_a_household_that_there_is_not_is_not_found(town: Town, helene: str) -> None:
    with pytest.raises(NotFound):
        opens(town, helene, new_id())


def test_only_the_front_desk_may_ask_what_the_front_desk_asks(town: Town) -> None:
    answering, hearing = register_rows_of([type(town.service)])
    callers = {row.method: row.callers for row in answering}

    assert callers["find_dossiers"] == callers["open_dossier"] == ("front_desk",)
    asked = {row.method for row in answering if "front_desk" in row.callers}
    of_registrations = {
        *("waiting_registrations", "look_at_registration", "registration_paper"),
        *("confirm_email", "accept_registration", "refuse_registration"),
    }
    of_who_protects = {
        *("guarded_dossiers", "open_guarded", "protect_household", "lift_protection"),
        *("find_carers", "place_child", "end_placement", "hold_file", "release_file", "bill_again"),
        *("rulings_of", "rulings_to_second", "bar_adult", "second_ruling", "lift_ruling"),
    }
    of_arrivals = {
        *("doubtful_arrivals", "resolve_arrival"),
        *("guardians_to_invite", "letters_to_write", "stop_letters", "resume_letters"),
    }
    of_requests = {
        *("record_person_request", "person_requests", "open_person_request"),
        *(
            "take_person_request",
            "note_proof",
            "identify_person",
            "prolong_person_request",
            "close_person_request",
        ),
        *("erasable_parts", "erase_parts", "note_withdrawal"),
        *("copy_person_data", "agent_reads", "ask_read_name", "read_names", "give_read_name"),
        *("town_erasures", "breach_scope", "breach_households", "breach_recipients"),
        "breach_letters",
    }
    of_corrections = {
        *("open_for_correction", "correct_identity", "correct_schooling", "correct_authority"),
        *("second_correction", "withdraw_correction", "corrections_waiting"),
        *("correct_weeks", "answer_correction"),
        *("household_adults", "correct_guardian_name", "find_adults", "add_guardian"),
        *("end_guardianship", "note_death"),
        *("open_for_separation", "separate_household", "withdraw_separation"),
        *("possible_doubles", "compare_files", "join_files", "list_joins", "part_files"),
        "note_different",
    }
    of_papers = {
        *("waiting_household_papers", "papers_at_desk"),
        *("read_household_paper", "decide_household_paper"),
    }
    found = {"find_dossiers", "open_dossier"}
    of_families = of_registrations | of_who_protects | of_arrivals | of_papers
    assert asked == {*found, *of_families, *of_requests, *of_corrections}
    assert [row.sources for row in hearing if row.event == "page_seen"] == [("portal",)]


@pytest.mark.parametrize(
    "method",
    [contracts.who_knows, contracts.who_read, activity_history_requests.history],
    ids=lambda method: method.name,
)
def test_what_is_the_guardians_alone_is_refused_while_an_agent_looks_on(
    town: Town, claire: str, manon: str, helene: str, method: Method[Any, Any]
) -> None:
    with pytest.raises(PermissionError):
        town.ask(method, subject=claire, actor=helene, child_id=manon)


def test_health_and_diet_are_neither_read_nor_told_while_an_agent_looks_on(
    town: Town, claire: str, manon: str, helene: str
) -> None:
    for section, content in (("health", make.health()), ("diet", make.diet())):
        with pytest.raises(PermissionError):
            town.ask(
                contracts.read_section,
                subject=claire,
                actor=helene,
                child_id=manon,
                section=section,
            )
        with pytest.raises(PermissionError):
            town.ask(
                contracts.write_section,
                subject=claire,
                actor=helene,
                child_id=manon,
                section=section,
                base_version=0,
                content=content,
            )
    told = town.ask(
        contracts.read_section, subject=claire, actor=helene, child_id=manon, section="contacts"
    )
    assert told.section == "contacts"


def sees(town: Town, subject: str, actor: str, *children: str, message_id: str = "") -> None:
    town.hear(
        portal_events.page_seen,
        source="portal",
        message_id=message_id,
        subject=subject,
        actor=actor,
        child_ids=list(children),
        part="seen_bills",
        at=now(),
    )


def test_a_page_seen_at_the_counter_stands_once_in_the_familys_log(
    town: Town, claire: str, manon: str, helene: str
) -> None:
    sees(town, claire, helene, manon, message_id="one")
    sees(town, claire, helene, manon, message_id="one")
    sees(town, claire, helene, manon, message_id="two")

    (line,) = town.ask(contracts.who_read, subject=claire, child_id=manon).reads

    assert (line["provider"], line["role"], line["purpose"]) == (
        "front_desk",
        "counter",
        "accompanied",
    )
    assert (line["projection"], line["times"], line["unusual"]) == ("seen_bills", 2, False)


def test_nobody_has_a_line_in_the_log_of_a_child_that_is_not_theirs(
    town: Town, claire: str, manon: str, helene: str
) -> None:
    sees(town, new_id(), helene, manon)
    sees(town, claire, town.has_desk_agent("dossiers"), manon)

    assert log_of(town, claire, manon) == []


def test_a_protected_household_is_in_no_search_and_does_not_open(
    town: Town, claire: str, manon: str, helene: str
) -> None:
    (found, *_) = finds(town, helene, "manon lefevre")
    household = found["household_id"]

    town.at_desk(protection.protect_household, household_id=household, **make.paper())

    assert finds(town, helene, "manon lefevre") == finds(town, helene, "claire lefevre") == []
    with pytest.raises(NotFound):
        opens(town, helene, household)


def test_those_whom_nobody_may_find_leave_their_lines_to_the_next_ones(
    town: Town, helene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossiers, "MOST_FOUND", 2)
    for first in ("Alice", "Anaïs", "Basile", "Chloé"):
        family = lives(town, first, "Martin", "2018-05-03", "Anne Roy")
        town.at_desk(protection.protect_household, household_id=family.household_id, **make.paper())
    for first in ("Yanis", "Zélie", "Zoé"):
        lives(town, first, "Martin", "2018-05-03", "Anne Roy")

    answer = town.ask(
        front_desk.find_dossiers,
        caller="front_desk",
        subject=helene,
        of_kind="agent",
        query="martin",
    )

    assert [line["name"] for line in answer.found] == ["Yanis Martin", "Zélie Martin"]
    assert answer.more


@pytest.mark.both_databases
def test_who_has_the_nearest_name_is_found_however_many_others_have_a_near_one(
    town: Town, helene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_of_similar_name, "MOST_OF_ANY", 2)
    for name in (*["Bernard Roy"] * 5, "Bernadette Roy", *["Bernard Roy"] * 5):
        lives(town, "Zoé", "Zola", "2018-05-03", name)

    assert finds(town, helene, "bernadete")[0]["name"] == "Bernadette Roy"


@pytest.mark.both_databases
def test_a_name_typed_in_two_pieces_is_found_in_one_though_many_have_near_pieces(
    town: Town, helene: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dossiers, "MOST_FOUND", 2)
    for last in ("Belle-Fontana", "Belle-Fontanel", "Bellefontaine", "Belle-Fontano"):
        lives(town, "Marie", last, "2018-05-03", "Anne Roy")

    found = finds(town, helene, "belle fontaine marie")

    assert found[0]["name"] == "Marie Bellefontaine"


def test_of_many_who_have_a_name_a_few_are_compared_where_they_fill_the_page(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people_of_similar_name, "FIRST_COMPARED", 4)
    for first in ("Alice", "Anaïs", "Basile", "Chloé", "Éloïse", "Flora", "Gabin"):
        lives(town, first, "Martin", "2018-05-03", "Anne Roy")

    with store.read() as read:
        first, second, *_ = people_of_similar_name.portions_of_people_meant(read, Query("martin"))

    assert (len(first.people), first.rest) == (4, people_of_similar_name.SAME_WORD)
    assert len(second.people) == 3


def test_a_child_whose_file_one_agent_holds_is_found_by_nobody_at_the_counter(
    town: Town, claire: str, manon: str, helene: str
) -> None:
    (found, *_) = finds(town, helene, "manon lefevre")

    lead = town.has_desk_agent("desk_lead")
    town.at_desk(record_holds.hold_file, subject=lead, child_id=manon, held_by=lead)

    assert [line for line in finds(town, helene, "manon lefevre") if line["child_id"]] == []
    assert opens(town, helene, found["household_id"]).children == []
