"""A carer of a placed child, or a holder of an access, finds its days and nothing of a family.

A carer has a household of their own, by which the days come; bills and prices are the parents'.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, ENS, Child, Portal, main_of, part

CARERS_HOME = new_id()
OF_A_FAMILY = ("Activités", "Argent")


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal with a child in care, who has a meal at the canteen."""
    with make.portal_on(database, tmp_path) as portal:
        lou = Child("Lou")
        receives_card(portal, {**lou.row, "carer": True})
        portal.receives_family_card(ENS, CARERS_HOME, part(lou, days=[make.day()]))
        yield portal


def receives_card(portal: Portal, *children: dict[str, Any], version: int = 1) -> None:
    event = {"subject": CLAIRE, "version": version, "at": now(), "households": [CARERS_HOME]}
    portal.receives(make.guardians.guardian_card, "dossier", children=list(children), **event)


def tabs(browser: FlaskClient) -> list[str]:
    """Return which of a family's own tabs the navigation has."""
    navigation = browser.get("/").text.partition("<nav")[2].partition("</nav>")[0]
    assert "Semaine" in navigation
    return [tab for tab in OF_A_FAMILY if tab in navigation]


def test_who_has_a_child_in_care_is_shown_its_days_and_asked_for_nothing_of_a_family(
    portal: Portal, browser: FlaskClient
) -> None:
    assert "Restauration scolaire" in main_of(browser.get("/").text)
    assert tabs(browser) == []
    account = main_of(browser.get("/compte").text)
    for own in ("Mon quotient", "Nous quittons la ville", "Papiers du foyer", "Dans votre agenda"):
        assert own not in account
    assert "Être prévenu sur mon téléphone" in account


def test_who_has_a_child_in_care_calls_its_services_and_writes_to_none(
    portal: Portal, browser: FlaskClient
) -> None:
    person = {"guardian": {"id": CLAIRE, "name": "Josiane"}, "households": [CARERS_HOME]}
    answer = {**person, "children": [{**Child("Lou").row, "carer": True}]}
    portal.callees.answers("dossier", guardians.my_children, lambda _request: answer)

    assert 'href="tel:' in main_html(browser.get("/enfants").text)
    assert "Écrire à un service" not in main_of(browser.get("/messages").text)
    assert browser.get("/messages/ecrire/ens").status_code == 404


def test_only_days_that_a_family_pays_are_summed_up_under_its_week(
    portal: Portal, browser: FlaskClient
) -> None:
    lou, manon = Child("Lou"), Child("Manon")
    locked = make.day(until=now() - timedelta(hours=1))
    receives_card(portal, {**lou.row, "carer": True}, manon.row, version=2)
    parts = [part(each, days=[locked]) for each in (lou, manon)]
    portal.receives_family_card(ENS, CARERS_HOME, *parts, version=2)

    page = browser.get(f"/semaine?du={locked['day']}").text
    weeks = page.partition('id="weeks"')[2].partition("</form>")[0]

    assert weeks.count("cell is-kept") == 2
    assert weeks.count('cell is-kept" data-kept') == 1


def test_who_has_bills_of_a_former_time_goes_on_to_find_them(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_bills(portal, CARERS_HOME, billed.bill())

    assert tabs(browser) == ["Argent"]


def test_a_child_of_ones_own_beside_it_has_all_of_a_family(
    portal: Portal, browser: FlaskClient
) -> None:
    receives_card(portal, {**Child("Lou").row, "carer": True}, Child("Manon").row, version=2)

    assert tabs(browser) == list(OF_A_FAMILY)


def main_html(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]
