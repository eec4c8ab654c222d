"""The pages of who protects: a paper and a confirmation before anything is asked of the dossier."""

import re
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.dossier.families import safeguarding
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.web.language.typography import long_date
from tests.factories.front_desk.counter import HOUSEHOLD, Counter, asked_of

MANON, CARER, OF_HER_OWN = new_id(), new_id(), new_id()
PLACE = f"/dossiers/{HOUSEHOLD}/situation"
PAPER = {"paper": "jugement", "paper_date": "2026-09-01", "sure": "yes"}


@pytest.fixture
def desk(counter: Counter) -> Counter:
    """Give a front desk whose dossier knows one household with one child."""
    child = {
        "id": MANON, "first_name": "Manon", "last_name": "Lefèvre", "birth_date": today(),
        "held_by": None, "bills_wait": False, "carers": [],
    }  # fmt: skip
    before = {
        "since": now() - timedelta(days=9), "recorded_by": new_id(), "lifted_at": now(),
        "lifted_by": new_id(), "paper": "plainte", "paper_date": today(),
    }  # fmt: skip
    home = {
        "household_id": HOUSEHOLD, "protected": False, "children": [child],
        "protections": [before],
        "guardians": [{"id": new_id(), "name": "Claire Lefèvre"}],
    }  # fmt: skip
    line = {
        "household_id": HOUSEHOLD, "guardians": ["Claire Lefèvre"], "protected": True,
        "held_by": [],
    }  # fmt: skip
    waiting = {
        "household_id": HOUSEHOLD, "child_id": MANON, "first_name": "Manon",
        "last_name": "Lefèvre", "recorded_by": new_id(),
    }  # fmt: skip
    known = {
        "household_id": HOUSEHOLD, "guardian_id": CARER, "name": "Josiane Carpentier",
        "insee": "28901", "born": "2014, 2016",
    }  # fmt: skip
    answers: list[tuple[Any, dict[str, Any]]] = [
        (safeguarding.open_guarded, home),
        (safeguarding.guarded_dossiers, {"found": [line], "next": ""}),
        (safeguarding.rulings_to_second, {"found": [waiting], "next": ""}),
        (safeguarding.protect_household, {"household_id": OF_HER_OWN}),
        (safeguarding.lift_protection, {}),
        (safeguarding.find_carers, {"found": [known]}),
        (safeguarding.place_child, {"carer_id": CARER}),
        (safeguarding.hold_file, {"version": 1}),
    ]
    for method, answer in answers:
        counter.callees.answers("dossier", method, lambda _request, given=answer: given)
    return counter


def asked(desk: Counter) -> Any:
    return desk.callees.asked[-1][3]


def test_whoever_may_not_protect_finds_none_of_these_pages(desk: Counter) -> None:
    desk.signs_in("counter")

    for page in ("/proteges", PLACE, f"{PLACE}/proteger", f"{PLACE}/{MANON}/deces"):
        assert desk.desk.client.get(page).status_code == 404


def test_who_protects_sees_the_list_and_protects_from_a_paper(desk: Counter) -> None:
    desk.signs_in("desk_lead")
    assert "foyer protégé" in desk.desk.client.get("/proteges").text
    page = f"{PLACE}/proteger"

    refused = desk.desk.sends(page, at=page, paper="jugement")
    assert refused.status_code == 422
    assert desk.desk.sends(page, at=page, **PAPER).status_code == 303

    request = asked_of(desk, "protect_household")
    assert (request.household_id, request.paper, request.guardians) == (HOUSEHOLD, "jugement", [])


@pytest.fixture
def couple(desk: Counter) -> tuple[str, str]:
    """Let two guardians live in the household; return them."""
    claire, antoine = new_id(), new_id()
    guardians = [{"id": claire, "name": "Claire Lefèvre"}, {"id": antoine, "name": "Antoine"}]
    child = {
        "id": MANON, "first_name": "Manon", "last_name": "Lefèvre", "birth_date": today(),
        "held_by": None, "bills_wait": False, "carers": [],
    }  # fmt: skip
    home = {
        "household_id": HOUSEHOLD, "protected": False, "children": [child], "protections": [],
        "guardians": guardians,
    }  # fmt: skip
    desk.callees.answers("dossier", safeguarding.open_guarded, lambda _request: home)
    return claire, antoine


def test_of_two_guardians_the_agent_says_who_is_protected_and_where_the_child_lives(
    desk: Counter, couple: tuple[str, str]
) -> None:
    desk.signs_in("desk_lead")
    page, claire = f"{PLACE}/proteger", couple[0]

    nobody = desk.desk.sends(page, at=page, **PAPER, **{f"lives-{MANON}": "both"})
    assert (nobody.status_code, "Cochez qui est protégé." in nobody.text) == (422, True)
    address = {"street": "3 impasse du Refuge", "postcode": "28963", "commune": "Villecachée"}
    there = {"guardians": claire, f"lives-{MANON}": "leaves", **address}
    answer = desk.desk.sends(page, at=page, **PAPER, **there)

    assert answer.location.endswith(f"/dossiers/{OF_HER_OWN}/situation")
    request = asked_of(desk, "protect_household")
    assert (request.guardians, request.address) == ([claire], address)
    assert request.children == [{"child_id": MANON, "lives": "leaves"}]


@pytest.mark.parametrize(
    "wrong",
    [{"street": "3 impasse du Refuge"}, {f"lives-{MANON}": "stays"}, {f"lives-{MANON}": "moon"}],
    ids=["half an address", "no child in the protected home", "nowhere"],
)
def test_a_separation_that_would_protect_nothing_comes_back_with_what_is_wrong(
    desk: Counter, couple: tuple[str, str], wrong: dict[str, str]
) -> None:
    desk.signs_in("desk_lead")
    page = f"{PLACE}/proteger"
    right = {"guardians": couple[0], f"lives-{MANON}": "both"}

    refused = desk.desk.sends(page, at=page, **PAPER, **right | wrong)

    assert refused.status_code == 422
    assert "protect_household" not in [each[1] for each in desk.callees.asked]


def test_a_household_that_changed_meanwhile_is_shown_again(
    desk: Counter, couple: tuple[str, str]
) -> None:
    desk.signs_in("desk_lead")
    page = f"{PLACE}/proteger"
    refusal = safeguarding.SharedHome(household_id=HOUSEHOLD)
    desk.callees.answers("dossier", safeguarding.protect_household, refusal)

    there = {"guardians": couple[0], f"lives-{MANON}": "both"}
    refused = desk.desk.sends(page, at=page, **PAPER, **there)

    assert refused.status_code == 409
    assert "Ce foyer a changé pendant ce temps" in plain(refused.text)


def plain(text: str) -> str:
    """Return a page with plain spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_what_waits_for_a_second_agent_stands_above_the_list_and_leads_to_the_paper(
    desk: Counter,
) -> None:
    desk.signs_in("desk_lead")

    page = desk.desk.client.get("/proteges").text

    assert "À relire par un second agent" in page and "Manon Lefèvre" in page
    assert f"{PLACE}/{MANON}/remise" in page and "Marc Rude" not in page


def test_a_child_is_placed_with_a_carer_whom_the_agent_has_chosen(desk: Counter) -> None:
    desk.signs_in("desk_lead")
    page = f"{PLACE}/{MANON}/confier"
    told = {**PAPER, "carer_name": "Carpentier", "valid_from": today().isoformat()}
    wrong = desk.desk.sends(page, at=page, **told, carer_phone="06 39")
    assert wrong.status_code == 422 and "Écrivez un numéro de téléphone" in wrong.text
    told |= {"carer_phone": "06 39 98 01 03"}

    choices = desk.desk.sends(page, at=page, **told).text
    assert "Josiane Carpentier" in choices and "enfants nés en 2014, 2016" in choices
    chosen = desk.desk.sends(page, at=page, **told, carer=f"{HOUSEHOLD}|{CARER}")

    assert chosen.status_code == 303
    assert (asked(desk).carer_id, asked(desk).carer_name) == (CARER, "")
    assert asked(desk).carer_phone == "06 39 98 01 03"


def test_days_in_the_wrong_order_are_said_before_the_carer_is_looked_for(desk: Counter) -> None:
    desk.signs_in("desk_lead")
    page = f"{PLACE}/{MANON}/confier"
    told = {**PAPER, "carer_name": "Carpentier", "valid_from": today().isoformat()}
    before = (today() - timedelta(days=1)).isoformat()

    answer = desk.desk.sends(page, at=page, **told, valid_to=before)

    assert answer.status_code == 422 and "Le dernier jour vient avant le premier." in answer.text
    assert not [asked for asked in desk.callees.asked if asked[1] == "find_carers"]


def test_a_placement_to_come_is_taken_back_without_an_end_of_the_one_that_runs(
    desk: Counter,
) -> None:
    desk.signs_in("desk_lead")
    carer = {"id": CARER, "name": "Josiane Carpentier", "household_id": HOUSEHOLD}
    runs = carer | {"valid_from": today(), "valid_to": today() + timedelta(days=9)}
    begins = today() + timedelta(days=20)
    _has_carers(desk, runs, carer | {"valid_from": begins, "valid_to": None})
    page = desk.desk.client.get(PLACE).text
    today_, later = re.findall(r'action="([^"]*/fin/[^"]*)"', page)

    assert desk.desk.sends(later, at=PLACE, sure="yes").status_code == 303
    assert asked_of(desk, "end_placement").first_day == begins
    desk.desk.sends(today_, at=PLACE, sure="yes")
    ended = asked_of(desk, "end_placement")
    assert (ended.first_day, ended.last_day) == (today(), today())


def _has_carers(desk: Counter, *carers: dict[str, Any]) -> None:
    """Let the household's child have these carers."""
    _has_child(desk, carers=list(carers))


def _has_child(desk: Counter, **known: Any) -> None:
    """Let the dossier know this of the household's child."""
    child = {
        "id": MANON, "first_name": "Manon", "last_name": "Lefèvre", "birth_date": today(),
        "held_by": None, "bills_wait": False, "carers": [], **known,
    }  # fmt: skip
    home = {
        "household_id": HOUSEHOLD, "protected": False, "children": [child], "protections": [],
        "guardians": [{"id": new_id(), "name": "Claire Lefèvre"}],
    }  # fmt: skip
    desk.callees.answers("dossier", safeguarding.open_guarded, lambda _request: home)
    desk.callees.answers("dossier", safeguarding.end_placement, lambda _request: {})


def test_a_death_is_confirmed_twice_and_one_agent_is_named(desk: Counter) -> None:
    me = desk.signs_in("desk_lead")
    page = f"{PLACE}/{MANON}/deces"

    once = desk.desk.sends(page, at=page, held_by=me, sure="yes")
    assert once.status_code == 422
    nobody = desk.desk.sends(page, at=page, held_by=new_id(), sure="yes", certain="yes")
    assert nobody.status_code == 422
    assert desk.desk.sends(page, at=page, held_by=me, sure="yes", certain="yes").status_code == 303

    assert (asked(desk).child_id, asked(desk).held_by) == (MANON, me)


def test_who_held_the_wrong_child_reads_that_no_list_of_today_names_it_again(
    desk: Counter,
) -> None:
    me = desk.signs_in("desk_lead")
    _has_child(desk, held_by=me)

    assert "prévenez les services où il est attendu" in desk.desk.sees(PLACE)


def test_a_protection_is_lifted_only_with_the_tick_beside_the_button(desk: Counter) -> None:
    desk.signs_in("desk_lead")

    assert desk.desk.sends(f"{PLACE}/lever", at=PLACE).status_code == 303
    assert "lift_protection" not in [each[1] for each in desk.callees.asked]
    desk.desk.sends(f"{PLACE}/lever", at=PLACE, sure="yes")

    assert desk.callees.asked[-1][1] == "lift_protection"


def test_a_protection_that_was_lifted_stays_readable_with_its_paper(desk: Counter) -> None:
    desk.signs_in("desk_lead")

    page = desk.desk.sees(PLACE)

    first, last = (long_date(day, "fr") for day in (today() - timedelta(days=9), today()))
    day_and_hour = r"{}, \d+ h(?: \d\d)?"
    span = f"Protégé du {day_and_hour.format(first)}, au {day_and_hour.format(last)} plainte du"
    assert re.search(span.replace("\u00a0", " "), page)
