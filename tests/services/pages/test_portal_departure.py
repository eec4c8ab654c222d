"""« Nous quittons la ville » at the portal: what is sent, asked again, and taken back."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.contracts.dossier.families import departures
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of

HOUSEHOLD = new_id()
PAGE = f"/depart/{HOUSEHOLD}"
QUIMPER = {"street": "4 rue du Port", "postcode": "29000", "insee": "other", "commune": "Quimper"}
MANON, LINA = Child(), Child(first_name="Lina")


def last_day() -> date:
    return today() + timedelta(days=20)


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's household and her two children."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], MANON, LINA)
        lives(portal)
        portal.callees.answers("dossier", departures.announce_departure, lambda _request: {})
        portal.callees.answers("dossier", departures.withdraw_departure, lambda _request: {})
        yield portal


def lives(portal: Portal, leaves_after: date | None = None, *, lina_stays: bool = False) -> None:
    """Let the dossier say who lives in the household, and when it leaves."""
    rows = [
        {"child_id": MANON.id, "stays": False, "leaves_after": leaves_after},
        {"child_id": LINA.id, "stays": lina_stays, "leaves_after": None},
    ]
    portal.callees.answers("dossier", departures.departure_of, lambda _request: {"children": rows})


def announces(browser: FlaskClient, **fields: Any) -> Any:
    typed = {"children": [MANON.id, LINA.id], "last_day": last_day().isoformat(), **fields}
    return make.posts(browser, PAGE, **typed)


def sent(portal: Portal, method: Any) -> list[Any]:
    return [request for _, name, _, request in portal.callees.asked if name == method.name]


def test_one_act_names_the_children_the_day_and_the_address(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = announces(browser, **QUIMPER)

    assert answer.status_code == 303
    (request,) = sent(portal, departures.announce_departure)
    assert (request.household_id, request.last_day) == (HOUSEHOLD, last_day())
    assert sorted(request.children) == sorted([MANON.id, LINA.id])
    assert request.address["commune"] == "Quimper"
    assert "C’est noté." in main_of(browser.get(PAGE).text)


@pytest.mark.parametrize(
    ("page", "method"),
    [
        (PAGE, departures.announce_departure),
        (f"/enfants/{MANON.id}/services/ens/fin", guardians.close_link),
    ],
    ids=["the-town", "one-service"],
)
def test_at_an_open_page_nobody_takes_a_child_out_of_the_town_or_of_a_service(
    portal: Portal, browser: FlaskClient, page: str, method: Any
) -> None:
    make.last_proof_is_old()

    for asked in (browser.get(page), make.posts(browser, page)):
        assert asked.status_code == 303 and asked.location.startswith("/compte/confirmer")

    assert sent(portal, method) == []


def test_an_address_that_is_not_known_yet_is_left_out(portal: Portal, browser: FlaskClient) -> None:
    announces(browser, children=[MANON.id])

    (request,) = sent(portal, departures.announce_departure)
    assert (request.children, request.address) == ([MANON.id], None)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"children": []}, "Choisissez au moins un enfant."),
        ({"last_day": ""}, "Écrivez un jour, par exemple 6/12/2026."),
        ({"last_day": "2026-01-05"}, "Choisissez un jour entre aujourd’hui et dans un an."),
        ({"street": "4 rue du Port", "insee": "other"}, "Écrivez le code postal."),
    ],
    ids=["no child", "no day", "a day long gone", "half an address"],
)
def test_what_lacks_comes_back_with_all_that_was_typed(
    portal: Portal, browser: FlaskClient, typed: dict[str, Any], sentence: str
) -> None:
    answer = announces(browser, **{"commune": "Quimper", **typed})

    assert answer.status_code == 422
    assert sentence in main_of(answer.text)
    assert 'value="Quimper"' in answer.text
    assert sent(portal, departures.announce_departure) == []


def test_a_departure_is_shown_and_taken_back_in_one_act(
    portal: Portal, browser: FlaskClient
) -> None:
    lives(portal, last_day())
    page = main_of(browser.get(PAGE).text)
    assert "Après ce jour, plus rien n’est réservé pour Manon." in page

    answer = make.posts(browser, f"{PAGE}/annuler")

    assert answer.status_code == 303
    (request,) = sent(portal, departures.withdraw_departure)
    assert request.household_id == HOUSEHOLD
    assert "Votre départ est annulé." in main_of(browser.get(PAGE).text)


def test_once_the_day_is_over_there_is_nothing_to_take_back(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers("dossier", departures.withdraw_departure, NotFound())
    make.posts(browser, f"{PAGE}/annuler")

    assert "Rien n’est à annuler" in main_of(browser.get(PAGE).text)


def test_a_child_with_another_home_is_not_offered_and_the_page_says_why(
    portal: Portal, browser: FlaskClient
) -> None:
    lives(portal, lina_stays=True)

    page = browser.get(PAGE).text

    assert f'value="{LINA.id}"' not in page
    assert "Lina vit aussi dans un autre foyer : ses services continuent." in main_of(page)


def test_while_the_dossier_is_away_what_was_typed_stays(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers("dossier", departures.announce_departure, None)

    answer = announces(browser, **QUIMPER)

    assert answer.status_code == 503
    assert "Ce n’est pas encore enregistré." in main_of(answer.text)
    assert 'value="4 rue du Port"' in answer.text


def test_another_familys_home_does_not_exist(portal: Portal, browser: FlaskClient) -> None:
    assert browser.get(f"/depart/{new_id()}").status_code == 404
    assert make.posts(browser, f"/depart/{new_id()}", children=MANON.id).status_code == 404


def test_the_childs_pages_say_after_which_day_it_leaves(
    portal: Portal, browser: FlaskClient
) -> None:
    known = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOUSEHOLD]}
    leaving = {**known, "children": [Child(leaves_after=last_day()).row]}
    portal.callees.answers("dossier", guardians.my_children, lambda _request: leaving)

    assert "quitte la ville après le" in main_of(browser.get("/enfants").text)


def test_two_days_that_two_parents_have_said_stand_each_with_its_children(
    portal: Portal, browser: FlaskClient
) -> None:
    later = last_day() + timedelta(days=7)
    rows = [
        {"child_id": MANON.id, "stays": False, "leaves_after": later},
        {"child_id": LINA.id, "stays": False, "leaves_after": last_day()},
    ]
    portal.callees.answers("dossier", departures.departure_of, lambda _request: {"children": rows})

    shown = main_of(browser.get(PAGE).text)

    first, second = shown.index("rien n’est réservé pour Lina."), shown.index("pour Manon.")
    assert first < second
    assert shown.count("Dernier jour : ") == 2


@pytest.mark.parametrize("runs", [True, False], ids=["runs", "has ended"])
def test_who_keeps_a_service_from_a_page_out_of_date_begins_none_that_has_ended(
    portal: Portal, browser: FlaskClient, runs: bool
) -> None:
    known = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOUSEHOLD]}
    child = {**MANON.row, "providers": ["ens"] if runs else []}
    family = {**known, "children": [child]}
    portal.callees.answers("dossier", guardians.my_children, lambda _request: family)
    portal.callees.answers("dossier", guardians.open_link, lambda _request: {"version": 1})

    answer = make.posts(browser, f"/enfants/{MANON.id}/services/ens/garder")

    assert answer.status_code == 303
    assert len(sent(portal, guardians.open_link)) == runs


def test_who_waits_for_the_other_parent_reads_where_that_parent_asks_and_whom_to_call(
    portal: Portal, browser: FlaskClient
) -> None:
    """Who has authority and no account has no page: the front desk is their way."""
    known = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOUSEHOLD]}
    family = {**known, "children": [{**MANON.row, "providers": ["ens"]}]}
    link = {"provider": "ens", "origin": "guardian_request", "opened_at": now()}
    told = {"holdings": [], "links": [{**link, "end_asked": "you"}]}
    waits = {"version": 1, "waits": True}
    for method, answer in (
        (guardians.my_children, family),
        (guardians.who_knows, told),
        (guardians.close_link, waits),
    ):
        portal.callees.answers("dossier", method, lambda _request, answer=answer: answer)
    page = f"/enfants/{MANON.id}/services/ens/fin"

    before = main_of(browser.get(page).text)
    ended = make.posts(browser, page, act=new_id())
    sent_page = browser.get(ended.location).text
    after = main_of(sent_page)

    assert "Un autre parent a parfois son mot à dire" in before and "au guichet" in before
    assert "l’autre parent l’a demandé aussi, dans son espace ou au guichet" in after
    assert re.search('Qu’il appelle le guichet[^<]*<a href="tel:', sent_page)
    assert "l’autre parent n’a pas répondu" in after
    assert "autre foyer" not in after


def test_who_leaves_reads_how_what_was_paid_ahead_comes_back(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, billed.bill(), credit_cents=1240)
    billed.receives_bills(portal, new_id(), billed.bill(), credit_cents=999)

    page = main_of(browser.get(PAGE).text)

    assert "Votre avance, 12,40 € chez Service Enseignement" in page and "votre RIB" in page
    assert "9,99 €" not in page
