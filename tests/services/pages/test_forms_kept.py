"""Typed forms that come without a session: never lost, and never shown to another."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from services.portal_gateway.models import WebSession
from services.portal_gateway.session import sessions
from services.portal_gateway.store import store
from shared.contracts.dossier import guardians
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of

HOUSEHOLD, ANTOINE = new_id(), new_id()
MANON = Child()
PAGE = f"/adresse/{HOUSEHOLD}"
TYPED = {
    "street": "3 rue du Moulin",
    "postcode": "28990",
    "insee": "28901",
    "commune": "",
    "valid_from": "2026-12-01",
}
KNOWN = {
    "street": "1 rue des Lilas",
    "postcode": "28990",
    "insee": "28901",
    "commune": "Démonstration",
    "valid_from": date(2024, 9, 1),
}


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows both parents of a household."""
    with make.portal_on(database, tmp_path) as portal:
        for subject in (CLAIRE, ANTOINE):
            portal.receives_guardian_card(subject, [HOUSEHOLD], MANON)
        answer = {"version": 3, "guardians": [], "addresses": [KNOWN]}
        portal.callees.answers("dossier", guardians.my_household, lambda _request: answer)
        yield portal


@pytest.fixture
def browser(portal: Portal) -> FlaskClient:
    return portal.site.test_client()


def typing(browser: FlaskClient, subject: str) -> dict[str, str]:
    """Let a person sign in and type; return what its form would send."""
    make.sign_in(browser, subject)
    page = browser.get(PAGE).text
    unseen = dict(re.findall(r'name="(csrf_token|typist|version|act)" value="([^"]+)"', page))
    assert set(unseen) == {"csrf_token", "typist", "version", "act"}
    return {**unseen, **TYPED}


def signs_out(browser: FlaskClient, typed: dict[str, str]) -> None:
    sent = browser.post("/deconnexion", data={"csrf_token": typed["csrf_token"]})
    assert sent.status_code == 303


def test_a_form_sent_after_signing_out_in_another_tab_comes_back_to_its_typist(
    browser: FlaskClient,
) -> None:
    typed = typing(browser, CLAIRE)
    signs_out(browser, typed)

    answer = browser.post(PAGE, data=typed)
    assert answer.status_code == 303 and "Moulin" not in answer.location
    assert "Ce que vous aviez écrit est gardé." in main_of(browser.get(answer.location).text)
    make.sign_in(browser, CLAIRE)

    page = browser.get(PAGE).text
    assert 'value="3 rue du Moulin"' in page
    assert "Ce n’est pas encore envoyé." in main_of(page)


@pytest.mark.parametrize(
    ("page", "typed", "shown"),
    [
        (
            f"/factures/{new_id()}/erreur/7",
            {"reason": "wrong_price"},
            'value="wrong_price" checked',
        ),
        (
            f"/enfants/{MANON.id}/ecole",
            {"level": "CE2", "street": "12 rue des Lilas", "motives": ["siblings"]},
            'value="12 rue des Lilas"',
        ),
    ],
    ids=["bill", "school"],
)
def test_a_report_and_a_request_of_a_school_come_back_too_and_stay_off_the_device(
    portal: Portal, browser: FlaskClient, page: str, typed: dict[str, Any], shown: str
) -> None:
    billed.answers_bill(portal, billed.bill(), billed.line(7))
    make.sign_in(browser, CLAIRE)
    asked = browser.get(page).text
    unseen = dict(re.findall(r'name="(csrf_token|typist|act)" value="([^"]+)"', asked))
    assert "data-draft" not in asked
    signs_out(browser, unseen)

    browser.post(page, data={**unseen, **typed})
    make.sign_in(browser, CLAIRE)

    back = browser.get(page).text
    assert shown in back
    assert "Ce n’est pas encore envoyé." in main_of(back)
    assert shown not in browser.get(f"{page}?neuf=1").text


def test_it_is_never_shown_to_who_signs_in_next_on_the_device(browser: FlaskClient) -> None:
    typed = typing(browser, CLAIRE)
    signs_out(browser, typed)
    browser.post(PAGE, data=typed)

    make.sign_in(browser, ANTOINE)

    assert "3 rue du Moulin" not in browser.get(PAGE).text


def test_a_form_of_one_account_is_not_saved_in_the_session_of_another(
    browser: FlaskClient,
) -> None:
    typed = typing(browser, CLAIRE)
    secret = make.sign_in(browser, ANTOINE)

    answer = browser.post(PAGE, data=typed | {"csrf_token": "of the former session"})

    session = sessions.find(secret, now())
    assert answer.status_code == 400
    assert session is not None and session.saved_form is None


def test_a_made_up_mark_of_a_typist_keeps_nothing(browser: FlaskClient) -> None:
    answer = browser.post(PAGE, data={**TYPED, "typist": "bm9ib2R5"})

    assert answer.status_code == 303 and "garde" not in answer.location
    with store.read() as read:
        assert read.scalars(select(WebSession)).all() == []


def test_what_is_kept_on_the_device_is_sealed_for_the_account_and_never_of_health(
    browser: FlaskClient,
) -> None:
    def keys(page: str) -> list[str]:
        return re.findall(r'data-draft="([0-9a-f]{64})"', page)

    make.sign_in(browser, CLAIRE)
    hers, again = keys(browser.get(PAGE).text), keys(browser.get(PAGE).text)
    make.sign_in(browser, ANTOINE)
    his = keys(browser.get(PAGE).text)

    assert hers == again and len(hers) == 1
    assert his != hers
    assert keys(browser.get("/absence").text) == []
