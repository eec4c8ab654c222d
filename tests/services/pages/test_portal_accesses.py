"""« Qui voit sa semaine »: a parent proves herself before somebody more sees where her child is."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.contracts.dossier.families import trusted_person_accesses as contracts
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, Child, Portal, main_of

HOME, ACCESS = new_id(), new_id()
MANON = Child("Manon")
CHILD = f"/enfants/{MANON.id}"
PAGE = f"{CHILD}/acces"


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, with Claire's child; nobody has an access."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOME], MANON)
        me = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOME]}
        mine = me | {"children": [MANON.row]}
        portal.callees.answers("dossier", guardians.my_children, lambda _: mine)
        for method, answer in (
            (contracts.accesses_of, {"accesses": [], "in_care": False}),
            (contracts.grant_access, {}),
            (contracts.end_access, {}),
        ):
            portal.callees.answers("dossier", method, lambda _, answer=answer: answer)
        yield portal


def typed() -> dict[str, str]:
    first, last = today(), today() + timedelta(days=30)
    days = {"valid_from": first.isoformat(), "valid_to": last.isoformat()}
    return {"name": "Monique Lefèvre", "email": "monique@example.org", "acts": "week", **days}


def is_asked_to_prove_herself(answer: Any) -> bool:
    return answer.status_code == 303 and answer.location.startswith("/compte/confirmer")


def test_at_an_open_page_nobody_lets_themselves_see_where_the_child_is(
    portal: Portal, browser: FlaskClient
) -> None:
    make.last_proof_is_old()

    assert is_asked_to_prove_herself(browser.get(PAGE))
    assert is_asked_to_prove_herself(make.posts(browser, PAGE, **typed()))

    assert portal.callees.count(contracts.grant_access) == 0


def test_what_she_typed_before_she_was_asked_comes_back_and_is_sent_once_she_proved_herself(
    portal: Portal, browser: FlaskClient
) -> None:
    make.last_proof_is_old()
    make.posts(browser, PAGE, **typed())
    make.last_proof_is_old(minutes=1)

    page = browser.get(PAGE).text

    assert 'value="Monique Lefèvre"' in page and 'value="week" checked' in page
    assert "Ce n’est pas encore envoyé." in main_of(page)
    assert make.posts(browser, PAGE, **typed()).location == PAGE
    shown = main_of(browser.get(PAGE).text)
    assert "La proposition est partie." in shown and "Ce n’est pas encore envoyé." not in shown
    assert portal.callees.count(contracts.grant_access) == 1


def test_an_access_is_withdrawn_by_one_tap_without_another_proof(
    portal: Portal, browser: FlaskClient
) -> None:
    make.last_proof_is_old()

    answer = make.posts(browser, f"{PAGE}/{ACCESS}/retirer")

    assert (answer.status_code, answer.location) == (303, CHILD)
    assert "L’accès est retiré." in main_of(browser.get(CHILD).text)
    assert portal.callees.count(contracts.end_access) == 1
