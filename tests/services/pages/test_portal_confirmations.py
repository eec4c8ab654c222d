"""Confirmations name the child and the day, and stay while the page renews itself."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.enrolment.places import family_acts, states
from shared.contracts.errors import Refusal
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.web.base.automatic_requests import BY_ITSELF
from shared.web.base.flashes_kept_on_refresh import SHOWN
from shared.web.language.typography import NBSP
from shared.web.language.typography import day as said
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import (
    AGG,
    CLAIRE,
    ENS,
    Child,
    Portal,
    confirmation_of,
    day,
    main_of,
    part,
)

HOUSEHOLD = new_id()
INES, LOU = Child("Inès"), Child("Lou")
LUNCH = new_id()


def lunch() -> dict[str, Any]:
    """Return the lunch of tomorrow, which may still be cancelled."""
    return day(until=now() + timedelta(days=2), session_id=LUNCH)


def tomorrow() -> str:
    """Return the day of that lunch in words."""
    return said(lunch()["day"], "fr", today()).replace(NBSP, " ")


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows two sisters who eat at one canteen."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], INES, LOU)
        both = [part(child, days=[lunch()]) for child in (INES, LOU)]
        portal.receives_family_card(ENS, HOUSEHOLD, *both)
        ens_answers(portal, became("cancelled"))
        yield portal


def cancels(browser: FlaskClient) -> Any:
    """Save the week without Inès's lunch."""
    line = make.week_line("ens", INES.id, lunch())
    return make.posts(browser, "/semaine", ligne=line, du=str(lunch()["day"]))


def ens_answers(portal: Portal, answer: Any) -> None:
    portal.callees.answers(ENS, family_acts.change_bookings, answer)


def became(outcome: str) -> Any:
    line = {"session_id": LUNCH, "outcome": outcome, "until": None}
    return lambda _request: {"outcomes": [line]}


def week(browser: FlaskClient) -> str:
    return browser.get(f"/semaine?du={lunch()['day']}").text


def renews(browser: FlaskClient, page: str) -> str:
    """Read a page again as its script does."""
    shown = re.search(r'data-shown="([^"]+)"', page)
    headers = {BY_ITSELF: "1", **({SHOWN: shown[1]} if shown else {})}
    return browser.get(f"/semaine?du={lunch()['day']}", headers=headers).text


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        ("booked", "réservé"),
        ("cancelled", "annulé à temps"),
        ("excused", "absence excusée, ne sera pas facturée"),
        ("late", "le délai est passé, rien n’a changé"),
        ("full", "complet, rien n’est réservé"),
        ("other_household", "c’est le jour de l’autre foyer, rien n’a changé"),
        ("closed", "déjà annulé par le service"),
        ("gone", "ce n’est plus proposé, rien n’a changé"),
    ],
)
def test_each_outcome_names_child_activity_and_day(
    portal: Portal, browser: FlaskClient, outcome: str, sentence: str
) -> None:
    ens_answers(portal, became(outcome))
    cancels(browser)

    said_there = confirmation_of(week(browser))

    assert f"Inès, Restauration scolaire, {tomorrow()} : {sentence}" in said_there


@pytest.mark.parametrize("answer", [family_acts.TooLate(), None])
def test_what_was_refused_or_is_on_its_way_names_them_too(
    portal: Portal, browser: FlaskClient, answer: Refusal | None
) -> None:
    ens_answers(portal, answer)
    cancels(browser)

    assert f"Inès, Restauration scolaire, {tomorrow()} : " in confirmation_of(week(browser))


def test_a_page_that_renews_itself_takes_no_message_that_is_for_another(
    portal: Portal, browser: FlaskClient
) -> None:
    open_before = week(browser)
    cancels(browser)

    renewed = renews(browser, open_before)

    assert not confirmation_of(renewed)
    assert confirmation_of(week(browser))


def test_a_message_that_the_portal_did_not_sign_is_not_shown(
    portal: Portal, browser: FlaskClient
) -> None:
    cancels(browser)
    forged = re.sub(r'data-shown="[^"]', 'data-shown="x', week(browser))

    assert not confirmation_of(renews(browser, forged))


def test_a_change_on_its_way_is_not_said_of_a_sister_at_the_same_session(
    portal: Portal, browser: FlaskClient
) -> None:
    ens_answers(portal, None)
    cancels(browser)

    first_page = main_of(browser.get("/").text)
    path = f"/absence?enfant={INES.id}&enfant={LOU.id}&du={today()}&au={lunch()['day']}"
    absence = browser.get(path).text

    assert first_page.count("changement en route") == 1
    assert f"ens|{LOU.id}|{LUNCH}" in absence
    assert f"ens|{INES.id}|{LUNCH}" not in absence


def test_new_days_of_a_place_name_the_child_the_first_day_and_what_is_too_late(
    portal: Portal, browser: FlaskClient
) -> None:
    held = make.place()
    portal.receives_family_card(
        ENS, HOUSEHOLD, part(INES, places=[held], days=[lunch()]), version=2
    )
    portal.callees.answers(ENS, family_acts.set_week, became("late"))
    path = f"/semaine/places/ens/{held['place_id']}"

    answer = make.posts(browser, path, weekdays=["1", "4"], from_day=str(lunch()["day"]))
    said_there = confirmation_of(browser.get(answer.location).text)

    assert answer.location.endswith("#confirmation")
    assert (
        f"Restauration scolaire : nouveaux jours pour Inès à partir du {tomorrow()}" in said_there
    )
    assert "Lundi et jeudi" in said_there
    assert f"{tomorrow().capitalize()} : délai passé : sera facturé" in said_there


@pytest.mark.parametrize(
    ("state", "act", "fields", "sentence"),
    [
        (
            states.OFFERED,
            "reponse",
            {"accept": "yes"},
            "Judo : vous avez accepté la place pour Inès.",
        ),
        (
            states.OFFERED,
            "reponse",
            {"accept": "no"},
            "Judo : vous laissez la place proposée à Inès.",
        ),
        (states.WAITING, "retrait", {}, "Judo : la demande pour Inès est retirée."),
        (states.ACCEPTED, "retrait", {}, "Judo : la place d’Inès est rendue."),
    ],
)
def test_an_answer_to_an_application_names_the_child(
    portal: Portal,
    browser: FlaskClient,
    state: str,
    act: str,
    fields: dict[str, str],
    sentence: str,
) -> None:
    told = make.application(state)
    portal.receives_family_card(AGG, HOUSEHOLD, part(INES, applications=[told]))
    answered = {"state": states.WITHDRAWN}
    for method in (family_acts.answer_offer, family_acts.withdraw_application):
        portal.callees.answers(AGG, method, lambda _request: answered)

    answer = make.posts(browser, f"/demandes/agg/{told['application_id']}/{act}", **fields)

    page = browser.get(answer.location).text
    assert confirmation_of(page) == sentence


@pytest.mark.parametrize(
    "address", ["/absence/deconnexion", "/deconnexion"], ids=["none", "button"]
)
def test_an_address_that_only_a_button_uses_says_so_and_leads_home(
    portal: Portal, browser: FlaskClient, address: str
) -> None:
    page = browser.get(address)

    is_of_button = address == "/deconnexion"
    assert page.status_code == (405 if is_of_button else 404)
    assert ("Elle sert à un bouton. Rien n’a été changé." in main_of(page.text)) is is_of_button
    assert "Il manque quelque chose" not in page.text
    assert "Revenir à l’accueil" in page.text
