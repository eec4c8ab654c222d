"""A family's pages when a provider will receive more, leaves the town or has a successor."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.contracts.dossier.sharing import provider_changes
from shared.contracts.enrolment.places import published_offer
from shared.dates.clock import now, today
from shared.register import Announced
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import AGG, Child, Portal, main_of
from tests.factories.register import demo_rows

CLAIRE, HOME = new_id(), new_id()
DAY = date(2027, 1, 4)


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    with make.portal_on(database, tmp_path) as portal:
        yield portal


@pytest.fixture
def manon() -> Child:
    return Child("Manon")


@pytest.fixture
def browser(portal: Portal, manon: Child) -> FlaskClient:
    """Give Claire's browser; the sports service has Manon since a change of operator."""
    portal.receives_guardian_card(CLAIRE, [HOME], manon)
    me = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOME]}
    portal.callees.answers(
        "dossier", guardians.my_children, lambda _: me | {"children": [manon.row]}
    )
    link = {"provider": "agg", "origin": "operator_change", "opened_at": now()}
    portal.callees.answers(
        "dossier", guardians.who_knows, lambda _: {"holdings": [], "links": [link]}
    )
    browser = portal.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser


def register_says(portal: Portal, home: Path, *announced: Announced, **states: str) -> None:
    rows = demo_rows((), states, announced)
    (home / "register.json").write_text(json.dumps(rows))
    portal.service.settings.register._file._looked_at = 0.0


def coming(kind: str = "projection", provider: str = "agg", **more: Any) -> Announced:
    told = {"what": "diet", "before": "", "after": "Goûter au judo", **more}
    return Announced(key="k" * 32, kind=kind, provider=provider, valid_from=DAY, **told)


def test_who_knows_what_says_what_will_change_and_from_when(
    portal: Portal, browser: FlaskClient, manon: Child, tmp_path: Path
) -> None:
    longer = coming("retention", "", what="diet", before="1 month", after="2 months")
    days = coming("retention", "", what="activities", before="4 years", after="6 years")
    register_says(portal, tmp_path, coming(), longer, days, coming(provider="ens", what="pickup"))

    page = main_of(browser.get(f"/enfants/{manon.id}/qui-sait-quoi").text)

    assert "Ce qui va changer" in page
    assert "recevra aussi : Régime alimentaire" in page and "Goûter au judo" in page
    assert "« Régime alimentaire » sera gardé plus longtemps : 2 mois" in page
    assert "inscriptions à l’école » sera gardé plus longtemps : 6 ans" in page
    assert "4 janvier 2027" in page
    assert "Personnes qui peuvent venir chercher" not in page.partition("personne ne reçoit")[0]
    assert "par un changement de délégataire" in page
    knows = f"/enfants/{manon.id}/qui-sait-quoi"
    assert '<span lang="fr">' not in browser.get(knows).text
    english = browser.get(f"/langue/en?retour={knows}", follow_redirects=True).text
    assert 'For: <span lang="fr">Goûter au judo</span>' in english


def test_a_widening_is_news_once_and_leads_to_who_knows_what(
    portal: Portal, browser: FlaskClient, manon: Child
) -> None:
    told = {
        "household_id": HOME,
        "key": "k" * 32,
        "kind": "projection",
        "provider": "agg",
        "what": "diet",
        "after": "Goûter au judo",
        "valid_from": DAY,
        "child_ids": [manon.id],
        "at": now(),
    }
    for _ in range(2):
        portal.receives(provider_changes.widening_announced, "dossier", **told)

    page = browser.get("/nouvelles").text

    assert main_of(page).count("Un service en saura plus, bientôt") == 1
    assert "recevra aussi : Régime alimentaire" in main_of(page)
    assert f"/enfants/{manon.id}/qui-sait-quoi" in page


def test_a_change_of_operator_is_said_with_what_follows_and_what_stays(
    portal: Portal, browser: FlaskClient
) -> None:
    detail = {"former": "Ancien délégataire", "last_day": "2027-08-31"}
    told = {"kind": "operator_changed", "detail": detail}
    for _ in range(2):
        portal.receives_notice("enrolment_agg", HOME, "operator_changed-old", **told)

    page = main_of(browser.get("/nouvelles").text)

    assert page.count("Le service change d’opérateur") == 1
    assert "Ancien délégataire" in page and "31 août" in page
    assert "se paie toujours" in page


def test_health_that_nobody_has_seen_is_said_with_the_number_to_call_and_without_what_it_is(
    portal: Portal, browser: FlaskClient, manon: Child
) -> None:
    """Rule R5, as a family reads it."""
    detail = {"activity": "Judo", "days": ["2027-05-04"], "phone": "02 00 00 00 01"}
    told = {"kind": "health_unseen", "child_ids": [manon.id], "detail": detail}
    portal.receives_notice("enrolment_agg", HOME, f"health_unseen-{manon.id}-2027-05-04", **told)

    page = main_of(browser.get("/nouvelles").text)

    assert "Une information de santé n’a pas encore été vue" in page
    assert "Manon" in page and "Judo" in page
    assert "pas encore vu : appelez le 02 00 00 00 01" in page


def test_who_has_left_the_town_keeps_its_name_on_a_familys_pages(
    portal: Portal, browser: FlaskClient, manon: Child, tmp_path: Path
) -> None:
    register_says(portal, tmp_path, agg="revoked")
    ended = {
        "provider": "agg",
        "origin": "imported",
        "opened_at": now(),
        "closed_at": now(),
        "erased_at": now(),
        "receipt": 7,
    }
    portal.callees.answers(
        "dossier", guardians.who_knows, lambda _: {"holdings": [], "links": [ended]}
    )

    page = main_of(browser.get(f"/enfants/{manon.id}/qui-sait-quoi").text)

    assert "Sports de l’agglomération" in page and "reçu n° 7" in page


@pytest.mark.parametrize("state", ["leaving", "revoked"])
def test_nothing_is_on_its_way_any_more_to_who_has_left(
    portal: Portal, browser: FlaskClient, manon: Child, tmp_path: Path, state: str
) -> None:
    portal.callees.answers("dossier", guardians.open_link, lambda _request: {"version": 7})
    activity_id, offer = new_id(), make.offer()
    told = {"activity_id": activity_id, "version": 1, "content": offer}
    portal.receives(published_offer.activity_published, AGG, **told)
    group = offer["groups"][0]["group_id"]
    form = {"child": manon.id, "group": group, "from_day": str(today())}
    make.posts(browser, f"/activites/agg/{activity_id}", **form)  # nobody answers there
    before = main_of(browser.get("/").text)

    register_says(portal, tmp_path, agg=state)

    assert "en route" in before
    assert "en route" not in main_of(browser.get("/").text)
