"""Bills paid one after another: kept at the server, resumed anywhere, and no bill paid twice."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.bills.commands import delete_stale_rounds
from services.portal_gateway.bills.rules.payment_rounds import KEPT
from services.portal_gateway.store import store
from shared.contracts.billing import bills, payments
from shared.contracts.identity.own_account import password_and_sessions
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import BILLING, bill, payment

HOUSEHOLD = new_id()
BILL, OTHER = new_id(), new_id()
EMAIL = "claire.lefevre@example.org"
ROUND = "/reglement"


def school_bill(**more: Any) -> dict[str, Any]:
    return bill(10560, invoice_id=BILL, **more)


def sports_bill(**more: Any) -> dict[str, Any]:
    later = {"due_on": today() + timedelta(days=25)}
    return bill(3920, invoice_id=OTHER, number="2026-AGG-000007", **{**later, **more})


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows two bills of Claire's at two régies."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        portal.callees.answers(
            "identity",
            password_and_sessions.my_access,
            lambda _request: {"login": EMAIL, "sessions": [], "email": EMAIL},
        )
        owes(portal, school_bill(), sports_bill())
        yield portal


def owes(
    portal: Portal, school: dict[str, Any], sports: dict[str, Any], *paid: Any, version: int = 1
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, school, payments=paid, version=version)
    billed.receives_bills(portal, HOUSEHOLD, sports, provider="agg", version=version)


def begins(browser: FlaskClient) -> str:
    answer = make.posts(browser, ROUND)
    assert (answer.status_code, answer.headers["Location"]) == (303, ROUND)
    return read_round(browser)


def read_round(browser: FlaskClient) -> str:
    return main_of(browser.get(ROUND).text)


def came_back(portal: Portal, browser: FlaskClient, state: str, left: bool = False) -> str:
    """Return the page on which a payment of the first bill comes back with this result."""
    portal.callees.answers(
        BILLING,
        payments.payment_state,
        lambda _request: {
            "state": state,
            "invoice_id": BILL,
            "provider": "ens",
            "cents": 10560,
            "credited_cents": 0,
            "left": left,
        },
    )
    return str(browser.get(f"/paiement/retour/{new_id()}").text)


def goes_to_payfip(portal: Portal) -> None:
    portal.callees.answers(
        BILLING,
        payments.start_payment,
        lambda _request: {"payment_id": new_id(), "url": "https://www.payfip.example/?idop=1"},
    )


def asked(portal: Portal) -> list[SimpleNamespace]:
    return [
        request
        for _, name, _, request in portal.callees.asked
        if name == payments.start_payment.name
    ]


def test_two_bills_at_two_regies_are_offered_in_turn_and_one_alone_is_not(
    portal: Portal, browser: FlaskClient
) -> None:
    both = main_of(browser.get("/factures").text)
    owes(portal, school_bill(), sports_bill(state=bills.PAID), version=2)
    one = main_of(browser.get("/factures").text)

    assert "Payer les 2, l’une après l’autre" in both
    assert "l’une après l’autre" not in one and "Payer 105,60 €" in one


def test_a_round_begins_with_what_is_due_first_and_knows_where_the_ticket_goes(
    portal: Portal, browser: FlaskClient
) -> None:
    page = begins(browser)
    raw = browser.get(ROUND).text

    assert "Payer 144,80 €, l’une après l’autre" in page
    assert "Payer 105,60 € : Service Enseignement" in page
    assert f'value="{EMAIL}"' in raw  # nothing is to be typed
    assert f'action="/factures/{BILL}/payer"' in raw
    assert asked(portal) == []


def test_after_the_first_payment_one_button_leads_to_the_next_though_no_card_came_yet(
    portal: Portal, browser: FlaskClient
) -> None:
    goes_to_payfip(portal)
    begins(browser)
    make.posts(browser, f"/factures/{BILL}/payer", email=EMAIL)

    raw = came_back(portal, browser, bills.PAID)

    assert "Facture suivante : 2 sur 2" in main_of(raw)
    form = re.search(rf'action="/factures/{OTHER}/payer".*?</form>', raw, re.S)
    assert form and f'value="{EMAIL}"' in form[0] and "Payer 39,20\u00a0€" in form[0]


def test_a_round_is_resumed_where_it_stopped_on_another_device(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    paid = school_bill(state=bills.PAID)
    owes(portal, paid, sports_bill(), payment(paid), version=2)
    telephone = portal.site.test_client()
    make.sign_in(telephone, CLAIRE)

    money, page = main_of(telephone.get("/factures").text), read_round(telephone)

    assert "Continuer : 1 sur 2" in money
    assert "Payer 39,20 €, l’une après l’autre" in page and "réglée" in page


def test_begun_again_in_a_second_tab_it_is_the_same_round(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    paid = school_bill(state=bills.PAID)
    owes(portal, paid, sports_bill(), payment(paid), version=2)

    page = begins(browser)

    assert "réglée" in page and "Payer 39,20 € : Sports" in page
    assert asked(portal) == []


def test_a_bill_paid_in_another_tab_is_said_to_be_settled_and_nothing_is_taken(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    portal.callees.answers(BILLING, payments.start_payment, bills.NothingOwed())

    answer = make.posts(browser, f"/factures/{BILL}/payer", email=EMAIL)

    assert answer.status_code == 422
    assert "Cette facture est déjà réglée : cet essai n’a rien débité." in main_of(answer.text)
    assert "Payer la facture suivante" in main_of(answer.text)


def test_an_abandoned_payment_stays_to_pay_and_is_never_called_nothing_to_pay(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)

    page = main_of(came_back(portal, browser, bills.CANCELLED))

    assert "Le paiement n’a pas abouti" in page and "Payer de nouveau 105,60 €" in page
    assert "Rien à payer" not in page and "Tout est réglé" not in page


def test_what_is_being_checked_is_passed_by_and_said_in_its_place(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    owes(portal, school_bill(checking=True), sports_bill(), version=2)

    page = read_round(browser)

    assert "paiement en cours de vérification" in page
    assert "Payer 39,20 € : Sports" in page


def test_debits_and_bills_under_check_are_no_part_of_a_round(
    portal: Portal, browser: FlaskClient
) -> None:
    debited = sports_bill(checking=True, debit_on=today() + timedelta(days=9))
    owes(portal, school_bill(), debited, version=2)

    page = begins(browser)

    assert "Payer 105,60 €, l’une après l’autre" in page and "39,20" not in page


def test_a_bill_of_a_household_that_is_mine_no_more_leaves_the_round(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    portal.receives_guardian_card(CLAIRE, [new_id()], Child(), version=9)

    assert browser.get(ROUND).headers["Location"] == "/factures"


def test_a_round_left_for_two_weeks_is_forgotten(portal: Portal, browser: FlaskClient) -> None:
    begins(browser)
    with store.write() as write:
        delete_stale_rounds(write, now() + KEPT + timedelta(minutes=1))

    assert browser.get(ROUND).headers["Location"] == "/factures"


def test_who_is_not_signed_in_begins_no_round(portal: Portal) -> None:
    stranger = portal.site.test_client()

    assert "/connexion" in stranger.get(ROUND).headers["Location"]


@pytest.mark.parametrize("change", ["looked at", "below a euro"])
def test_a_bill_that_cannot_be_paid_by_card_any_more_does_not_stop_the_round(
    portal: Portal, browser: FlaskClient, change: str
) -> None:
    begins(browser)
    school = school_bill() | ({"balance_cents": 50} if change == "below a euro" else {})
    strange = [payment(school, bills.DISCREPANT)] if change == "looked at" else []
    owes(portal, school, sports_bill(), *strange, version=2)

    page = read_round(browser)

    assert "Payer 39,20 € : Sports" in page
    assert "Payer 39,20 €, l’une après l’autre" in page and "Enseignement" not in page


def test_a_bill_that_billing_refuses_is_left_out_and_the_round_goes_on(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    portal.callees.answers(BILLING, payments.start_payment, bills.NotPayableOnline())

    answer = make.posts(browser, f"/factures/{BILL}/payer", email=EMAIL)

    assert "Payer la facture suivante" in main_of(answer.text)
    assert "Payer 39,20 € : Sports" in read_round(browser)


def test_a_bill_taken_back_within_a_round_is_not_said_to_be_paid(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    owes(portal, school_bill(state=bills.CREDITED), sports_bill(), version=2)

    page = read_round(browser)

    assert "annulée par un avoir" in page and "réglée" not in page
    assert "Payer 39,20 € : Sports" in page


def test_who_left_payfip_is_still_at_the_same_step(portal: Portal, browser: FlaskClient) -> None:
    begins(browser)
    owes(portal, school_bill(checking=True), sports_bill(), version=2)

    page = main_of(came_back(portal, browser, bills.PENDING, left=True))

    assert "Vous avez quitté le paiement" in page and "Reprendre le paiement" in page
    assert "en cours de vérification" not in page
