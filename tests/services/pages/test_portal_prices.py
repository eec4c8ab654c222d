"""« Combien je paierais ? »: within the round of the page, and without it the page is as before."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.billing.prices import simulations
from shared.contracts.enrolment.places import family_acts, published_offer
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import AGG, CLAIRE, ENS, Child, Portal, day, main_of, part
from tests.factories.portal_bills import BAND, BILLING, price

HOUSEHOLD, JUDO, CANTEEN = new_id(), new_id(), new_id()
YEAR = timedelta(days=365)
MANON = Child(providers=("ens",))
PAGE = f"/activites/agg/{JUDO}"


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's family, judo, and Manon's place at the canteen."""
    with make.portal_on(database, tmp_path) as portal:
        teen = Child("Louis", today() - 15 * YEAR)
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], MANON, teen)
        publishes(portal, AGG, JUDO, make.offer())
        publishes(portal, ENS, CANTEEN, make.offer(code="canteen", label="Cantine"))
        seat = make.place("Cantine", activity_id=CANTEEN)
        portal.receives_family_card(ENS, HOUSEHOLD, part(MANON, places=[seat]))
        yield portal


def publishes(portal: Portal, source: str, activity_id: str, content: Any) -> None:
    told = {"activity_id": activity_id, "version": 1, "content": content}
    portal.receives(published_offer.activity_published, source, **told)


def costs(portal: Portal, *prices: dict[str, Any]) -> None:
    portal.callees.answers(BILLING, simulations.simulate, lambda _request: {"prices": list(prices)})


def asked(portal: Portal) -> list[SimpleNamespace]:
    return [each for _, name, _, each in portal.callees.asked if name == simulations.simulate.name]


def absence(portal: Portal, browser: FlaskClient, **more: Any) -> str:
    """Return the absence page of Manon, whose lunch tomorrow is booked."""
    tomorrow = today() + timedelta(days=1)
    lunch = day(on=tomorrow, activity="Cantine", **more) | {"activity_id": CANTEEN}
    portal.callees.answers(
        ENS, family_acts.calendar, lambda _request: {"days": [lunch], "places": []}
    )
    query = {"enfant": MANON.id, "du": tomorrow.isoformat(), "au": tomorrow.isoformat()}
    return main_of(browser.get("/absence", query_string=query).text)


def test_an_offer_says_what_it_would_cost_and_why(portal: Portal, browser: FlaskClient) -> None:
    parts = [
        {"label": "nourriture", "cents": 220, "reason": BAND},
        {"label": "encadrement", "cents": 50, "reason": BAND},
    ]
    extra = {"label": "Sans réservation", "when": "unexpected", "effect": "replace", "cents": 520}
    costs(portal, price(parts=parts, surcharges=[extra]))

    page = main_of(browser.get(f"{PAGE}?enfant={MANON.id}").text)

    [request] = asked(portal)
    assert (request.household_id, request.child_id) == (HOUSEHOLD, MANON.id)
    assert request.wanted == [{"provider": "agg", "activity": "judo"}]
    assert "Combien je paierais ?" in page
    assert "2,70 € par séance" in page
    assert "nourriture : 2,20 €, encadrement : 0,50 €" in page
    assert page.count("Tranche 3 : quotient de 742 €") == 1
    assert "Sans réservation : 5,20 €" in page
    assert portal.callees.rounds == 1


def test_it_is_asked_for_the_children_whom_a_group_fits_in_one_round(
    portal: Portal, browser: FlaskClient
) -> None:
    costs(portal, price())

    browser.get(PAGE)

    assert [each.child_id for each in asked(portal)] == [MANON.id]
    assert portal.callees.rounds == 1


def test_the_list_says_what_each_activity_costs_a_subscription_included(
    portal: Portal, browser: FlaskClient
) -> None:
    costs(portal, price(total_cents=7000, unit="year"), price(total_cents=1000, unit="year"))

    page = main_of(browser.get("/activites").text)

    assert "80,00 € par année scolaire" in page
    assert portal.callees.rounds == 1


def test_without_an_answer_the_offer_is_as_before_and_billing_is_not_asked_again_at_once(
    portal: Portal, browser: FlaskClient
) -> None:
    pages = [main_of(browser.get(PAGE).text) for _ in range(2)]

    for page in pages:
        assert "Envoyer la demande" in page
        assert "Combien je paierais" not in page
    assert len(asked(portal)) == 1


def test_an_offer_without_a_tariff_and_a_child_of_another_household_say_nothing(
    portal: Portal, browser: FlaskClient
) -> None:
    costs(portal)
    without = main_of(browser.get(PAGE).text)
    portal.callees.answers(BILLING, simulations.simulate, NotFound())
    other = main_of(browser.get(PAGE).text)

    for page in (without, other):
        assert "Envoyer la demande" in page
        assert "Combien je paierais" not in page


def test_another_quotient_is_tried_without_standing_in_an_address(
    portal: Portal, browser: FlaskClient
) -> None:
    costs(portal, price(310))

    answer = make.posts(browser, f"{PAGE}/prix", quotient="910,40")
    wrong = make.posts(browser, f"{PAGE}/prix", quotient="beaucoup")

    page = main_of(answer.text)
    assert answer.status_code == 200
    assert asked(portal)[0].quotient_cents == 91_040
    assert "3,10 €" in page
    assert "avec un quotient de 910,40 €" in page
    assert wrong.status_code == 422
    assert "Écrivez un montant, par exemple 742 ou 742,50." in main_of(wrong.text)


def test_an_absence_told_too_late_says_what_will_be_counted(
    portal: Portal, browser: FlaskClient
) -> None:
    costs(portal, price(270, provider="ens", activity="canteen"))

    page = absence(portal, browser, until=now() - timedelta(hours=1))

    assert "sera facturé : 2,70 €" in page
    assert portal.callees.rounds == 1


def test_an_absence_told_in_time_says_what_will_not_be_counted(
    portal: Portal, browser: FlaskClient
) -> None:
    costs(portal, price(270, provider="ens", activity="canteen"))

    page = absence(portal, browser, until=now() + timedelta(hours=3))

    assert "annulé à temps : 2,70 € ne seront pas facturés" in page


@pytest.mark.parametrize(("effect", "said"), [("add", "3,70 €"), ("replace", "1,00 €")])
def test_what_a_late_absence_changes_is_in_the_price(
    portal: Portal, browser: FlaskClient, effect: str, said: str
) -> None:
    late = {"label": "Annulé tard", "when": "cancelled_late", "effect": effect, "cents": 100}
    costs(portal, price(270, provider="ens", activity="canteen", surcharges=[late]))

    assert f"sera facturé : {said}" in absence(portal, browser, until=now() - timedelta(hours=1))


def test_what_is_paid_by_the_year_has_no_price_for_a_day(
    portal: Portal, browser: FlaskClient
) -> None:
    costs(portal, price(9000, provider="ens", activity="canteen", unit="year"))

    page = absence(portal, browser, until=now() - timedelta(hours=1))

    assert "délai passé : sera facturé, sauf si le service l’excuse" in page


def test_without_an_answer_the_absence_page_is_as_before(
    portal: Portal, browser: FlaskClient
) -> None:
    page = absence(portal, browser, until=now() - timedelta(hours=1))

    assert "délai passé : sera facturé, sauf si le service l’excuse" in page
    assert portal.callees.rounds == 1
