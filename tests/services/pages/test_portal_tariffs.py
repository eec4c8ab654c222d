"""Prices open to all: without an account, without a cookie, with billing or a provider away."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.pages.public.prices import client as asking
from shared.contracts.billing.prices import public_price_cases
from shared.contracts.enrolment import tariffs
from shared.contracts.enrolment.places import published_offer
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import tariffs as write
from tests.factories.portal import AGG, ENS, Portal, main_of
from tests.factories.tariffs import OUTSIDE, TOWN

BILLING = "billing"
HERE = "28901"
DAY = "2026-11-25"
BANDS = [write.band(0, 400, 150), write.band(400, 700, 270), write.band(700, None, 650)]
MEAL = write.part(write.column(BANDS, TOWN), write.column([write.band(0, None, 700)], OUTSIDE))
EFFORT = {**write.band(0, None, 0), "price": write.effort(6_000, 250, 900)}
SWIMMING = write.part(
    write.column([EFFORT], TOWN), write.column([write.band(0, None, 1200)], OUTSIDE)
)


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which heard of meals and of swimming, and of what swimming is."""
    asking.quote_cache = asking.QuoteCache()
    with make.portal_on(database, tmp_path) as portal:
        for source in (ENS, AGG):
            classes = write.residences(write.commune(HERE, date(2012, 1, 1)))
            portal.receives(tariffs.residences_published, source, version=1, **classes)
        publishes(portal, ENS, "meal", write.tariff([grid(MEAL)]))
        swimming = write.tariff([grid(SWIMMING)], activity="swimming_school", label="Natation")
        publishes(portal, AGG, "swimming", swimming)
        offer = make.offer(code="swimming_school", label="École de natation")
        told = {"activity_id": new_id(), "version": 1, "content": offer}
        portal.receives(published_offer.activity_published, AGG, **told)
        yield portal


@pytest.fixture
def visitor(portal: Portal) -> FlaskClient:
    """Give the browser of somebody without an account, which refuses cookies."""
    return portal.site.test_client(use_cookies=False)


def grid(part: dict[str, Any], **more: Any) -> dict[str, Any]:
    return write.grid(date(2026, 9, 1), parts=[part], **more)


def publishes(portal: Portal, source: str, code: str, content: Any, version: int = 1) -> None:
    told = {"tariff": code, "version": version, "content": content}
    portal.receives(tariffs.tariff_published, source, **told)


def quote(cents: int, code: str = "band", **params: Any) -> dict[str, Any]:
    reason = {"code": code, "params": {"band": "T2", **params}}
    part = {"label": "Repas", "cents": cents, "reason": reason}
    ranks = [{"rank": 1, "total_cents": cents, "parts": [part]}]
    return {"ranks": ranks, "total_cents": cents, "week_cents": cents, "begun": None}


def prices(portal: Portal) -> None:
    """Let billing price what is asked: 2,70 € in a band, with the quotient where one was typed."""

    def answer(request: SimpleNamespace) -> dict[str, Any]:
        return {"quotes": [one(case) for case in request.cases]}

    def one(case: dict[str, Any]) -> dict[str, Any]:
        if case["quotient_cents"] is None:
            return quote(1200, code="flat")
        limits = {"from_cents": 40_000, "to_cents": 70_000}
        said = {} if case["of_band"] else {"quotient_cents": case["quotient_cents"]}
        return quote(270, **limits, **said)

    portal.callees.answers(BILLING, public_price_cases.quote, answer)


def cases(portal: Portal) -> list[dict[str, Any]]:
    asked = [
        each for _, name, _, each in portal.callees.asked if name == public_price_cases.quote.name
    ]
    return [case for each in asked for case in each.cases]


def test_a_price_by_the_month_says_what_is_due_of_a_part_of_it(
    portal: Portal, visitor: FlaskClient
) -> None:
    monthly = write.tariff([grid(MEAL, proration="weeks")], label="Garderie", unit="month")
    publishes(portal, ENS, "care", monthly)
    begun = {"proration": "weeks", "parts_due": 1, "parts": 4, "total_cents": 68}
    answer = {"quotes": [{**quote(270, code="flat"), "begun": begun}]}
    portal.callees.answers(BILLING, public_price_cases.quote, lambda _: answer)

    page = main_of(visitor.get(f"/tarifs/prix?t=ens.care.{TOWN}.2&le={DAY}").text)
    by_session = main_of(visitor.get("/tarifs/prix?t=ens.meal").text)

    assert "Place prise ou quittée en cours de mois" in page
    assert "seules les semaines commencées sont dues" in page
    assert "0,68 € (1 semaine sur 4)" in page
    assert "Place prise ou quittée" not in by_session


def test_a_visitor_finds_a_price_mistyped_and_needs_no_cookie(visitor: FlaskClient) -> None:
    answer = visitor.get("/tarifs?q=natasion")
    page = main_of(answer.text)

    assert "1 prix trouvé" in page and "Natation" in page and "Repas" not in page
    assert "de 2,50 € à 12,00 €" in page
    assert "Set-Cookie" not in answer.headers


def test_a_page_may_be_kept_by_who_has_no_cookie_and_by_nobody_else(
    portal: Portal, visitor: FlaskClient
) -> None:
    first = visitor.get("/tarifs")
    again = visitor.get("/tarifs", headers={"If-None-Match": first.headers["ETag"]})
    signed_in = portal.site.test_client()
    make.sign_in(signed_in, new_id())

    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert "Cookie" in first.headers["Vary"]
    assert again.status_code == 304
    assert signed_in.get("/tarifs").headers["Cache-Control"] == "no-store"


def test_a_typed_quotient_is_answered_at_once_and_the_address_to_pass_on_holds_its_band_alone(
    portal: Portal, visitor: FlaskClient
) -> None:
    prices(portal)

    typed = visitor.post(
        "/tarifs/prix",
        data={"t": "ens.meal", "le": DAY, "commune": HERE, "quotient": "512,34", "enfants": "2"},
    )
    page = main_of(typed.text)

    [case] = cases(portal)
    assert (case["quotient_cents"], case["residence"], case["children"]) == (51_234, TOWN, 2)
    assert "2,70 €" in page and "quotient de 512,34 €" in page
    address = "/tarifs/prix?t=ens.meal.resident.2&le=2026-11-25&enfants=2"
    assert f"http://localhost{address}".replace("&", "&amp;") in typed.text
    assert "512" not in address and typed.headers["Cache-Control"] == "no-store"

    opened = visitor.get(address)
    assert "quotient de" not in main_of(opened.text)
    assert "quotient : de 400 à moins de 700" in main_of(opened.text)
    assert cases(portal)[-1]["of_band"] and cases(portal)[-1]["quotient_cents"] == 40_000
    assert opened.headers["Cache-Control"].startswith("public")


def test_a_rate_of_effort_is_priced_from_the_band_s_beginning_to_its_end(
    portal: Portal, visitor: FlaskClient
) -> None:
    prices(portal)

    visitor.get(f"/tarifs/prix?t=agg.swimming.resident.1&le={DAY}")

    assert [case["quotient_cents"] for case in cases(portal)] == [0, 10_000_000]


def test_tariffs_are_compared_side_by_side_in_one_question(
    portal: Portal, visitor: FlaskClient
) -> None:
    prices(portal)

    page = main_of(
        visitor.get(f"/tarifs/prix?t=ens.meal.resident.1&t=agg.swimming.outside&le={DAY}").text
    )

    assert "Comparer des prix" in page and "Repas" in page and "Natation" in page
    assert portal.callees.count(public_price_cases.quote) == 1


def test_a_quote_of_a_band_is_asked_once_and_stands_while_billing_is_silent(
    portal: Portal, visitor: FlaskClient
) -> None:
    prices(portal)
    asked = f"/tarifs/prix?t=ens.meal.resident.2&le={DAY}"
    visitor.get(asked)
    portal.callees.answers(BILLING, public_price_cases.quote, None)

    assert "2,70 €" in main_of(visitor.get(asked).text)
    other = visitor.get(f"/tarifs/prix?t=ens.meal.resident.3&le={DAY}")
    page = main_of(other.text)
    assert "Le calcul ne répond pas en ce moment" in page
    assert "700 et plus votre tranche" in page and "6,50 €" in page
    assert other.headers["Cache-Control"] == "no-store"


def test_a_typed_quotient_is_kept_nowhere(portal: Portal, visitor: FlaskClient) -> None:
    prices(portal)
    sent = {"t": "ens.meal", "le": DAY, "commune": HERE, "quotient": "512"}

    for _ in range(2):
        visitor.post("/tarifs/prix", data=sent)

    assert portal.callees.count(public_price_cases.quote) == 2


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"commune": "", "quotient": ""}, "Choisissez votre commune."),
        ({"commune": "other", "quotient": "abc"}, "Écrivez un montant"),
    ],
)
def test_a_mistake_comes_back_with_its_sentence(
    visitor: FlaskClient, sent: dict[str, str], said: str
) -> None:
    answer = visitor.post("/tarifs/prix", data={"t": "ens.meal", "le": DAY, **sent})

    assert answer.status_code == 422 and said in main_of(answer.text)


def test_a_grid_is_shown_as_it_is_printed_with_who_voted_it_and_what_follows(
    portal: Portal, visitor: FlaskClient
) -> None:
    later = write.grid(date(2027, 1, 1), parts=[MEAL], decision="Délibération n° 9")
    now_on = grid(MEAL, decision="Délibération n° 8") | {"valid_to": date(2026, 12, 31)}
    publishes(portal, ENS, "meal", write.tariff([now_on, later]), version=2)

    page = main_of(visitor.get(f"/tarifs/prix?t=ens.meal&le={DAY}").text)

    assert "Délibération n° 8. Du 1er septembre 2026 au 31 décembre 2026." in page
    assert "de 400 à moins de 700" in page and "2,70 €" in page
    assert "Une autre grille commence le 1er janvier 2027 : Délibération n° 9." in page


def test_an_older_version_and_a_second_delivery_change_nothing_and_a_withdrawn_price_is_gone(
    portal: Portal, visitor: FlaskClient
) -> None:
    publishes(portal, ENS, "meal", None, version=3)
    for _ in range(2):
        publishes(portal, ENS, "meal", write.tariff([grid(MEAL)]), version=2)

    assert "Repas" not in main_of(visitor.get("/tarifs").text)
    assert visitor.get("/tarifs/prix?t=ens.meal").status_code == 404


def test_with_its_provider_away_a_price_stays_and_says_of_when_it_is(
    portal: Portal, visitor: FlaskClient
) -> None:
    asking.provider_health.note_which_providers_answered(
        [("agg", asking.NoAnswer(callee=AGG))], now()
    )

    page = main_of(visitor.get("/tarifs").text)

    assert page.count("Le service ne répond pas : prix publiés aujourd’hui") == 1


def test_nobody_reads_or_simulates_without_end(portal: Portal) -> None:
    robot = portal.site.test_client(use_cookies=False)
    sent = {"t": "ens.meal", "le": DAY, "commune": HERE, "quotient": "512"}

    answers = [robot.post("/tarifs/prix", data=sent).status_code for _ in range(45)]

    assert answers[-1] == 429 and answers.count(429) == 5
