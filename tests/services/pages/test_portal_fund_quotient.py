"""« Demander mon quotient à la CAF ou à la MSA »: what is asked, read, accepted or left."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.bills.rules.birth_countries import CODE_OF_COUNTRY
from services.portal_gateway.session import sessions
from shared.contracts.billing.prices import fund_quotients as contracts
from shared.contracts.billing.prices import quotients
from shared.contracts.errors import NotFound
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import api_particulier as fund
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import BILLING
from tests.factories.register import demo_rows

HOUSEHOLD = new_id()
NAMED = {"siret": fund.SIRET, "address": "http://127.0.0.1:9"}
TYPED = {
    "birth_name": "Durand",
    "use_name": "Lefèvre",
    "first_names": "Claire, Anne-Marie",
    "sex": "F",
    "born_on": "1987-06-27",
    "country": "FR",
    "commune": "Aubeval",
    "department": "2a",
}
AGAIN_AT = datetime(2026, 12, 2, 15, tzinfo=UTC)
NOT_GIVEN = "Vos prix restent ceux d’aujourd’hui."
FUNDS_AWAY = "La CAF et la MSA ne répondent pas en ce moment."
WITH_PAPER = "Déclarer mon quotient avec mon attestation"


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal of a town that asks the funds, which knows Claire's household."""
    rows = demo_rows()
    rows["town"]["api_particulier"] = NAMED
    with make.portal_on(database, tmp_path, rows=rows) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        knows(portal)
        yield portal


def knows(portal: Portal, recorded: Sequence[date] = (), **given: Any) -> None:
    known = [
        {
            "cents": 70_000,
            "kind": "caf",
            "valid_from": valid_from,
            "valid_to": None,
            "source": "declared",
            "recorded_at": now(),
        }
        for valid_from in recorded
    ]
    row = {
        "request_id": new_id(),
        "cents": 51_200,
        "kind": "msa",
        "valid_from": date(2026, 11, 1),
        "given_at": now(),
        **given,
    }
    portal.callees.answers(
        BILLING,
        quotients.my_quotients,
        lambda _request: {"quotients": known, "given": row if given or recorded else None},
    )


def funds_answer(portal: Portal, outcome: str, **more: Any) -> None:
    said = {"outcome": outcome, "fields": [], "again_at": None, **more}
    portal.callees.answers(BILLING, contracts.ask_fund, lambda _request: said)


def asks(browser: FlaskClient, **fields: str) -> Any:
    return make.posts(browser, "/quotient/caisse", **{**TYPED, **fields})


def asked(portal: Portal, method: Any) -> list[SimpleNamespace]:
    return [request for _, name, _, request in portal.callees.asked if name == method.name]


def test_a_town_that_names_no_such_service_shows_nothing_of_it(
    database: Database, tmp_path: Path
) -> None:
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        knows(portal)
        browser = portal.site.test_client()
        make.sign_in(browser, CLAIRE)

        assert "CAF ou à la MSA" not in main_of(browser.get("/quotient").text)
        assert browser.get("/quotient/caisse").status_code == 404


def test_the_form_has_the_name_that_is_known_and_says_that_it_is_kept_nowhere(
    portal: Portal, browser: FlaskClient
) -> None:
    page = browser.get("/quotient/caisse").text

    assert 'value="Lefèvre"' in page and 'value="Claire"' in page
    assert "Ni la ville ni ses services ne les gardent." in main_of(page)
    assert '<option value="FR" selected>France</option>' in page
    assert '<option value="MA">Maroc</option>' in page
    assert "data-draft" not in page


def test_countries_are_named_in_the_language_of_the_page_and_each_has_a_code_of_its_own(
    portal: Portal, browser: FlaskClient
) -> None:
    browser.get("/langue/en")

    page = browser.get("/quotient/caisse").text

    assert '<option value="DE">Germany</option>' in page
    assert len(set(CODE_OF_COUNTRY.values())) == len(CODE_OF_COUNTRY) > 190
    assert page.count("<option") == len(CODE_OF_COUNTRY)
    assert all(f'<option value="{code}">{code}</option>' not in page for code in CODE_OF_COUNTRY)


def test_what_was_typed_is_asked_and_what_is_given_is_read_on_my_quotient(
    portal: Portal, browser: FlaskClient
) -> None:
    funds_answer(portal, contracts.GIVEN)

    answer = asks(browser)

    assert (answer.status_code, answer.location) == (303, "/quotient")
    [request] = asked(portal, contracts.ask_fund)
    assert request.household_id == HOUSEHOLD
    assert request.identity == {
        "birth_name": "Durand",
        "use_name": "Lefèvre",
        "first_names": ["Claire", "Anne-Marie"],
        "sex": "F",
        "born_on": date(1987, 6, 27),
        "country": "99100",
        "commune": "Aubeval",
        "department": "2A",
    }


def test_who_was_born_abroad_says_the_country_by_name_and_no_commune(
    portal: Portal, browser: FlaskClient
) -> None:
    funds_answer(portal, contracts.GIVEN)

    assert asks(browser, country="MA", commune="Rabat", department="").status_code == 303

    [request] = asked(portal, contracts.ask_fund)
    place = [request.identity[name] for name in ("country", "commune", "department")]
    assert place == ["99350", "", ""]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("birth_name", " "),
        ("first_names", ", "),
        ("sex", ""),
        ("born_on", "27 juin"),
        ("born_on", "9999-12-31"),
        ("country", "99100"),
        ("commune", ""),
        ("department", "96"),
    ],
    ids=["no name", "no first name", "no sex", "no date", "unborn", "no country", "-", "no number"],
)
def test_what_cannot_be_asked_comes_back_as_typed(
    portal: Portal, browser: FlaskClient, field: str, wrong: str
) -> None:
    answer = asks(browser, **{field: wrong})

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert 'value="Aubeval"' in answer.text or field == "commune"
    assert asked(portal, contracts.ask_fund) == []


@pytest.mark.parametrize(
    ("outcome", "more", "status", "words"),
    [
        (contracts.UNKNOWN, {}, 422, "Ni la CAF ni la MSA n’a de dossier à ce nom."),
        (contracts.MISTAKEN, {}, 422, "La CAF et la MSA ne vous reconnaissent pas"),
        (contracts.MISTAKEN, {"fields": ["born_on"]}, 422, "ne vous reconnaissent pas"),
        (contracts.OTHER_NAME, {}, 422, "Ce n’est pas le nom de votre dossier, Claire Lefèvre"),
        (contracts.UNDER_WAY, {}, 503, "Si votre réponse n’y est pas, demandez de nouveau."),
        (contracts.BUSY, {}, 503, "Demandez de nouveau dans une minute."),
        (contracts.TOO_OFTEN, {"again_at": AGAIN_AT}, 503, "Votre foyer a demandé dix fois"),
        (contracts.AWAY, {"again_at": AGAIN_AT}, 503, "Demandez de nouveau à partir de : "),
        (contracts.AWAY, {"again_at": AGAIN_AT}, 503, NOT_GIVEN),
        (contracts.CLOSED, {}, 503, "La ville ne peut pas demander de quotient en ce moment."),
    ],
    ids=[
        *("unknown", "mistaken", "a field", "another", "under way", "busy", "too often"),
        *("later", "away", "closed"),
    ],
)
def test_each_outcome_is_said_and_leads_to_the_way_of_today(
    portal: Portal,
    browser: FlaskClient,
    outcome: str,
    more: dict[str, Any],
    status: int,
    words: str,
) -> None:
    funds_answer(portal, outcome, **more)

    answer = asks(browser)
    page = main_of(answer.text)

    assert answer.status_code == status and words in page
    assert (FUNDS_AWAY in page) is (outcome == contracts.AWAY)
    assert WITH_PAPER in page or outcome == contracts.UNDER_WAY
    assert 'value="Durand"' in answer.text
    assert all(f'href="#{field}"' in answer.text for field in more.get("fields", []))


def test_while_billing_is_silent_prices_stay_and_paper_is_offered(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = asks(browser)

    assert answer.status_code == 503
    assert NOT_GIVEN in main_of(answer.text) and WITH_PAPER in main_of(answer.text)
    assert "La facturation ne répond pas en ce moment." in main_of(answer.text)
    assert FUNDS_AWAY not in main_of(answer.text)


def test_what_a_fund_says_is_read_before_it_counts(portal: Portal, browser: FlaskClient) -> None:
    knows(portal, kind="msa")

    page = main_of(browser.get("/quotient").text)

    assert "MSA, novembre 2026 512,00 €" in page
    assert "Il ne compte pas encore." in page


def test_what_is_recorded_for_a_later_month_is_said_before_a_fund_s_word_counts(
    portal: Portal, browser: FlaskClient
) -> None:
    knows(portal, recorded=[date(2026, 12, 1), date(2026, 9, 1)])
    later = main_of(browser.get("/quotient").text)
    knows(portal, recorded=[date(2026, 11, 1), date(2026, 9, 1)])
    none_later = main_of(browser.get("/quotient").text)

    words = "jusqu’au quotient déjà enregistré pour décembre 2026, qui reste."
    assert words in later
    assert "déjà enregistré" not in none_later


@pytest.mark.parametrize(
    ("chosen", "accepted", "words"),
    [
        ("yes", True, "Il n’y a pas d’attestation à montrer."),
        ("no", False, "La réponse de la caisse est oubliée."),
        ("", False, "La réponse de la caisse est oubliée."),
    ],
    ids=["yes", "no", "nothing chosen"],
)
def test_a_family_accepts_or_leaves_it(
    portal: Portal, browser: FlaskClient, chosen: str, accepted: bool, words: str
) -> None:
    portal.callees.answers(BILLING, contracts.answer_fund, lambda _request: {})
    request_id = new_id()

    said = says(browser, request_id, chosen)

    [request] = asked(portal, contracts.answer_fund)
    assert (request.household_id, request.request_id) == (HOUSEHOLD, request_id)
    assert request.accepted is accepted
    assert words in said


def test_an_answer_that_cannot_be_taken_says_why(portal: Portal, browser: FlaskClient) -> None:
    assert "Ce n’est pas encore enregistré." in says(browser, new_id(), "yes")

    portal.callees.answers(BILLING, contracts.answer_fund, contracts.QuotientCorrected())
    assert "Un agent a corrigé votre quotient" in says(browser, new_id(), "yes")

    portal.callees.answers(BILLING, contracts.answer_fund, NotFound())
    assert "Cette réponse n’est plus là." in says(browser, new_id(), "yes")


def says(browser: FlaskClient, request_id: str, chosen: str) -> str:
    sent = make.posts(
        browser,
        "/quotient/caisse/reponse",
        household=HOUSEHOLD,
        request=request_id,
        accepted=chosen,
    )
    assert (sent.status_code, sent.location) == (303, "/quotient")
    return main_of(browser.get("/quotient").text)


def test_another_household_is_not_asked_for(portal: Portal, browser: FlaskClient) -> None:
    assert asks(browser, household=new_id()).status_code == 404
    sent = make.posts(
        browser, "/quotient/caisse/reponse", household=new_id(), request=new_id(), accepted="yes"
    )
    assert sent.status_code == 404
    assert asked(portal, contracts.ask_fund) == asked(portal, contracts.answer_fund) == []


def test_who_somebody_is_is_not_kept_where_another_form_would_be(portal: Portal) -> None:
    browser = portal.site.test_client()
    secret = make.sign_in(browser, CLAIRE)

    browser.post("/quotient/caisse", data=TYPED)  # without the token of a page of ours
    lost = sessions.find(secret, now())
    browser.post("/quotient", data={"amount": "742"})
    kept = sessions.find(secret, now())

    assert lost and lost.saved_form is None
    assert kept and kept.saved_form and kept.saved_form["path"] == "/quotient"
