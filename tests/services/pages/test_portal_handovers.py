"""« Passages » on the portal: a guardian declares a hand-over between two services (rule R12)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.contracts.dossier.sharing import handovers_between_services
from shared.contracts.errors import NotFound
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import Child, Portal, main_of

CLAIRE, HOME, RELAY = new_id(), new_id(), new_id()
MANON = Child("Manon")
PAGE = f"/enfants/{MANON.id}/passages"
TYPED = {"from_provider": "ens", "to_provider": "agg", "weekdays": "3", "at": "12:15"}


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    with make.portal_on(database, tmp_path) as portal:
        portal.callees.answers("dossier", handovers_between_services.declare_handover, lambda _: {})
        portal.callees.answers("dossier", handovers_between_services.end_handover, lambda _: {})
        yield portal


@pytest.fixture
def browser(portal: Portal) -> FlaskClient:
    """Give Claire's browser; both services have Manon, who already passes on Wednesdays."""
    one = {
        "relay_id": RELAY, "from_provider": "ens", "to_provider": "agg", "weekdays": [5, 3],
        "at": "12:15", "valid_from": today(), "valid_to": None,
    }  # fmt: skip
    portal.receives_guardian_card(CLAIRE, [HOME], MANON)
    me = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOME]}
    portal.callees.answers(
        "dossier", guardians.my_children, lambda _: me | {"children": [MANON.row]}
    )
    portal.callees.answers(
        "dossier", handovers_between_services.handovers_of, lambda _: {"relays": [one]}
    )
    browser = portal.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser


def declares(browser: FlaskClient, **more: Any) -> Any:
    fields = {**TYPED, "valid_from": today().isoformat(), "valid_to": "", "act": new_id(), **more}
    return make.posts(browser, PAGE, **fields)


def test_a_family_declares_a_hand_over_and_sees_those_that_run(
    portal: Portal, browser: FlaskClient
) -> None:
    page = main_of(browser.get(PAGE).text)
    assert "Service Enseignement, puis Sports de l’agglomération" in page
    assert "Mercredi et vendredi · 12 h 15" in page

    assert declares(browser).status_code == 303

    (request,) = [each[3] for each in portal.callees.asked if each[1] == "declare_handover"]
    assert (request.from_provider, request.to_provider, request.at) == ("ens", "agg", "12:15")
    assert (request.weekdays, request.valid_to) == ([3], None)
    assert "Les deux services sont prévenus" in main_of(browser.get(PAGE).text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"to_provider": "ens"},
        {"from_provider": ""},
        {"weekdays": "9"},
        {"at": "midi"},
        {"valid_from": ""},
        {"valid_to": "2020-01-01"},
    ],
)
def test_what_is_no_hand_over_comes_back_with_its_mistake(
    portal: Portal, browser: FlaskClient, wrong: dict[str, str]
) -> None:
    answer = declares(browser, **wrong)

    assert answer.status_code == 422
    assert "réponse est à corriger" in answer.text or "réponses sont à corriger" in answer.text
    assert portal.callees.count(handovers_between_services.declare_handover) == 0


def test_a_refusal_and_a_silent_dossier_give_the_form_back(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers("dossier", handovers_between_services.declare_handover, NotFound())
    assert "ne peut pas être noté" in declares(browser).text

    portal.callees.answers("dossier", handovers_between_services.declare_handover, None)
    assert declares(browser).status_code == 503


def test_one_is_ended_with_a_button(portal: Portal, browser: FlaskClient) -> None:
    assert make.posts(browser, f"{PAGE}/{RELAY}/fin", act=new_id()).status_code == 303

    assert portal.callees.asked[-1][3].relay_id == RELAY
    portal.callees.answers("dossier", handovers_between_services.end_handover, None)
    assert make.posts(browser, f"{PAGE}/{RELAY}/fin", act=new_id()).status_code == 503
