"""« Prévenir aussi un service »: what a family sees and sends of it (rule R4)."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.contracts.dossier.sharing import grants
from shared.contracts.errors import NotEntitled
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import Child, Portal, main_of

CLAIRE, HOME = new_id(), new_id()
MANON = Child("Manon")
PAGE = f"/enfants/{MANON.id}/prevenir-aussi"
WHAT = "agg|pickup"


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    with make.portal_on(database, tmp_path) as portal:
        portal.callees.answers("dossier", grants.grant_projection, lambda _: {})
        portal.callees.answers("dossier", grants.end_grant, lambda _: {})
        yield portal


@pytest.fixture
def browser(portal: Portal) -> FlaskClient:
    """Give Claire's browser; both services have Manon, and sport takes the pick-up list."""
    portal.receives_guardian_card(CLAIRE, [HOME], MANON)
    me = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOME]}
    portal.callees.answers(
        "dossier", guardians.my_children, lambda _: me | {"children": [MANON.row]}
    )
    knows(portal)
    browser = portal.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser


def knows(portal: Portal, **more: Any) -> None:
    links = [
        {"provider": code, "origin": "imported", "opened_at": now()} for code in ("ens", "agg")
    ]
    told = {"holdings": [], "links": links, **more}
    portal.callees.answers("dossier", guardians.who_knows, lambda _: told)


def sends(browser: FlaskClient, what: str, until: date | str) -> Any:
    fields = {"what": what, "until": str(until), "act": new_id()}
    return make.posts(browser, PAGE, **fields)


def test_a_family_has_sport_told_who_may_collect_up_to_a_day(
    portal: Portal, browser: FlaskClient
) -> None:
    page = main_of(browser.get(PAGE).text)
    assert "Personnes qui peuvent venir chercher, à Sports" in page
    assert "Remettre l’enfant" in page
    until = today() + timedelta(days=20)

    assert sends(browser, WHAT, until).status_code == 303

    request = portal.callees.asked[-1][3]
    assert (request.provider, request.projection, request.until) == ("agg", "pickup", until)


def test_who_knows_what_leads_there_and_says_what_is_sent_and_until_when(
    portal: Portal, browser: FlaskClient
) -> None:
    knows_page = f"/enfants/{MANON.id}/qui-sait-quoi"
    assert PAGE in browser.get(knows_page).text
    act = {"provider": "agg", "projection": "pickup", "until": today(), "by": "guardian"}
    knows(portal, guardian_grants=[act])

    page = main_of(browser.get(knows_page).text)

    assert "par un autre responsable" in page
    assert "Rien de plus à transmettre" in main_of(browser.get(PAGE).text)
    answer = make.posts(browser, f"{PAGE}/fin", what=WHAT, act=new_id())
    assert answer.status_code == 303
    assert portal.callees.asked[-1][1] == "end_grant"


@pytest.mark.parametrize("what", ["", "agg|allergies", "ens|diet"])
def test_what_nobody_takes_is_refused_before_anything_is_asked(
    portal: Portal, browser: FlaskClient, what: str
) -> None:
    assert sends(browser, what, today()).status_code == 422

    assert portal.callees.count(grants.grant_projection) == 0


def test_days_that_cannot_be_are_refused_before_anything_is_asked(
    portal: Portal, browser: FlaskClient
) -> None:
    for until in ("demain", today() - timedelta(days=1), today() + timedelta(days=400)):
        assert sends(browser, WHAT, until).status_code == 422

    assert portal.callees.count(grants.grant_projection) == 0


def test_a_refusal_and_a_silent_dossier_give_the_form_back(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers("dossier", grants.grant_projection, NotEntitled())
    assert "ne peut plus le recevoir" in sends(browser, WHAT, today()).text

    portal.callees.answers("dossier", grants.grant_projection, None)
    answer = sends(browser, WHAT, today())

    assert answer.status_code == 503
    assert "Ce n’est pas enregistré" in answer.text


def test_both_guardians_read_of_it_once(portal: Portal, browser: FlaskClient) -> None:
    told = {
        "household_id": HOME, "key": "k1", "provider": "agg", "projection": "pickup",
        "child_id": MANON.id, "until": date(2027, 3, 1), "ended": False, "at": now(),
    }  # fmt: skip
    for _ in range(2):
        portal.receives(grants.guardian_grant_changed, "dossier", **told)
    portal.receives(
        grants.guardian_grant_changed, "dossier", **{**told, "key": "k2", "ended": True}
    )

    page = main_of(browser.get("/nouvelles").text)

    assert page.count("reçoit aussi, à la demande d’un responsable") == 1
    assert page.count("ne reçoit plus : Personnes qui peuvent venir chercher") == 1


def test_the_form_of_a_section_says_that_sport_reads_it_too(
    portal: Portal, browser: FlaskClient
) -> None:
    stored = {"section": "pickup", "version": 0, "content": {}, "changed_by": "nobody"}
    portal.callees.answers("dossier", guardians.read_section, lambda _: stored)
    form = f"/enfants/{MANON.id}/qui-vient-chercher"
    before = main_of(browser.get(form).text)

    act = {"provider": "agg", "projection": "pickup", "until": today(), "by": "you"}
    knows(portal, guardian_grants=[act])
    after = main_of(browser.get(form).text)

    assert after.count("Éducateur sportif") == before.count("Éducateur sportif") + 1
