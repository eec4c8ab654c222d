"""« Verser une avance »: offered where the régie keeps money, and within its limit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.billing import bills, payments
from shared.contracts.errors import NotFound, Refusal, Unavailable
from shared.contracts.identity.own_account import password_and_sessions
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import BILLING, bill

HOUSEHOLD = new_id()
ADVANCE = f"/avances/ens/{HOUSEHOLD}"
PAYFIP = "https://www.payfip.example/paiementws.web?idop=1a2b"
EMAIL = "claire.lefevre@example.org"
MOST = 30_000


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows a bill of Claire's and 12,40 € that the school service keeps."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        portal.callees.answers(
            "identity",
            password_and_sessions.my_access,
            lambda _request: {"login": EMAIL, "sessions": [], "email": EMAIL},
        )
        billed.receives_bills(portal, HOUSEHOLD, bill(), credit_cents=1_240)
        yield portal


def starts(portal: Portal) -> str:
    payment_id = new_id()
    portal.callees.answers(
        BILLING,
        payments.start_advance,
        lambda _request: {"payment_id": payment_id, "url": PAYFIP},
    )
    return payment_id


def refuses(portal: Portal, refusal: Refusal) -> None:
    def refuse(_request: object) -> Any:
        raise refusal

    portal.callees.answers(BILLING, payments.start_advance, refuse)


def puts_aside(browser: FlaskClient, amount: str = "50", email: str = EMAIL) -> Any:
    return make.posts(browser, ADVANCE, amount=amount, email=email)


def became(portal: Portal, state: str, credited_cents: int = 0, others_cents: int = 0) -> str:
    """Let billing say what became of an advance of 50 €; return the way back from PayFiP."""
    portal.callees.answers(
        BILLING,
        payments.payment_state,
        lambda _request: {
            "state": state,
            "invoice_id": None,
            "provider": "ens",
            "cents": 5_000,
            "credited_cents": credited_cents,
            "others_cents": others_cents,
        },
    )
    return f"/paiement/retour/{new_id()}"


def asked(portal: Portal) -> list[Any]:
    name = payments.start_advance.name
    return [request for _, method, _, request in portal.callees.asked if method == name]


@pytest.mark.usefixtures("portal")
def test_money_leads_to_paying_the_service_that_keeps_it_and_to_no_other(
    browser: FlaskClient,
) -> None:
    page = browser.get("/factures").text

    assert f'href="{ADVANCE}"' in page
    assert page.count("/avances/") == 1
    assert "12,40 €" in main_of(page)


def test_a_family_that_was_never_billed_may_begin_where_its_child_goes(
    portal: Portal, browser: FlaskClient
) -> None:
    other = new_id()
    portal.receives_guardian_card(CLAIRE, [other], Child(), version=2)

    assert f'href="/avances/ens/{other}"' in browser.get("/factures").text


@pytest.mark.usefixtures("portal")
def test_the_page_says_to_whom_what_for_and_how_much_at_most(browser: FlaskClient) -> None:
    page = main_of(browser.get(ADVANCE).text)

    assert "Service Enseignement" in page
    assert "Votre avance : 12,40 €" in page
    assert "paie d’abord ce que vous devez à ce service" in page
    assert "Au plus 287,60 €" in page


def test_paying_in_advance_leads_to_payfip_with_the_amount_that_was_typed(
    portal: Portal, browser: FlaskClient
) -> None:
    starts(portal)

    answer = puts_aside(browser, "12,50")

    assert answer.status_code == 200
    assert f'content="0; url={PAYFIP}"' in answer.text
    [request] = asked(portal)
    assert (request.regie, request.household_id) == ("ens", HOUSEHOLD)
    assert (request.cents, request.email) == (1_250, EMAIL)


@pytest.mark.parametrize("amount", ["", "abc", "0,50", "-20", "287,61", "12,505"])
def test_an_amount_that_is_none_comes_back_as_it_was_typed(
    portal: Portal, browser: FlaskClient, amount: str
) -> None:
    answer = puts_aside(browser, amount)

    assert answer.status_code == 422
    assert "de 1,00 € à 287,60 €" in main_of(answer.text)
    assert f'value="{amount}"' in answer.text
    assert asked(portal) == []


def test_an_address_that_is_none_is_asked_for_again(portal: Portal, browser: FlaskClient) -> None:
    answer = puts_aside(browser, email="claire")

    assert answer.status_code == 422
    assert "Écrivez une adresse e-mail" in main_of(answer.text)
    assert asked(portal) == []


def test_who_has_put_aside_all_that_is_taken_reads_so(portal: Portal, browser: FlaskClient) -> None:
    billed.receives_bills(portal, HOUSEHOLD, bill(), credit_cents=MOST, version=2)

    page = browser.get(ADVANCE).text

    assert "garde déjà le plus qu’il prend d’avance" in main_of(page)
    assert 'name="amount"' not in page


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (bills.TooMuchInAdvance(most_cents=2_000), "de 1,00 € à 20,00 €"),
        (bills.PaymentUnderWay(), "Un autre versement est en cours de vérification"),
        (bills.NotPayableOnline(), "rien n’a été débité"),
        (NotFound(), "rien n’a été débité"),
    ],
    ids=["too much", "under way", "not online", "not taken"],
)
def test_a_refusal_is_said_and_what_was_typed_stays(
    portal: Portal, browser: FlaskClient, refusal: Refusal, words: str
) -> None:
    refuses(portal, refusal)

    answer = puts_aside(browser)

    assert answer.status_code == 422
    assert words in main_of(answer.text)
    assert 'value="50"' in answer.text


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (bills.PayFipSilent(under_way=False), "Cet essai n’a rien débité"),
        (bills.PayFipSilent(under_way=True), "n’est pas confirmé : ne recommencez pas avant"),
        (Unavailable(), "n’est pas confirmé : ne recommencez pas avant"),
    ],
    ids=["nobody sent", "one open", "billing silent"],
)
def test_silence_says_when_to_try_again(
    portal: Portal, browser: FlaskClient, refusal: Refusal, words: str
) -> None:
    refuses(portal, refusal)

    answer = puts_aside(browser)

    assert answer.status_code == 503
    assert words in main_of(answer.text)


@pytest.mark.parametrize(
    "address",
    [f"/avances/op/{HOUSEHOLD}", f"/avances/ens/{new_id()}", f"/avances/nobody/{HOUSEHOLD}"],
    ids=["regie that takes none", "other household", "no regie"],
)
@pytest.mark.usefixtures("portal")
def test_nothing_is_paid_where_nothing_is_offered(browser: FlaskClient, address: str) -> None:
    assert browser.get(address).status_code == 404
    assert make.posts(browser, address, amount="50", email=EMAIL).status_code == 404


def test_who_comes_back_reads_what_it_paid_and_what_waits(
    portal: Portal, browser: FlaskClient
) -> None:
    page = main_of(browser.get(became(portal, bills.PAID, 800, 4_200)).text)

    assert "50,00 € versés" in page
    assert "42,00 € ont payé ce que vous deviez à ce service" in page
    assert "8,00 € attendent vos prochaines factures" in page
    assert "de trop" not in page


def test_what_an_advance_has_paid_is_not_offered_again_before_the_card_says_so(
    portal: Portal, browser: FlaskClient
) -> None:
    owed = "Payer 75,60 €"
    assert owed in main_of(browser.get("/factures").text)

    assert owed not in main_of(browser.get(became(portal, bills.PAID, 0, 5_000)).text)
    assert owed in main_of(browser.get(became(portal, bills.CANCELLED)).text)


def test_who_comes_back_too_early_reads_not_to_begin_again(
    portal: Portal, browser: FlaskClient
) -> None:
    page = main_of(browser.get(became(portal, bills.PENDING)).text)

    assert "Nous vérifions votre paiement" in page
    assert "ne recommencez pas avant" in page
    assert "facture est encore à payer" not in page
