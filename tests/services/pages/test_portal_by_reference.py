"""Paying a bill without an account, by what is printed on it: the amount, and nothing else."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.billing import bills, payments
from shared.contracts.errors import NotFound, Outdated, Unavailable
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories.portal import Portal, main_of
from tests.factories.portal_bills import BILLING

PAYFIP = "https://www.payfip.example/paiementws.web?idop=1a2b"
PRINTED = {"reference": "2026 001 0000 123", "key": "k7pw-q2m9"}
FOUND: dict[str, Any] = {
    "provider": "ens",
    "number": "2026-ENS-000123",
    "balance_cents": 7560,
    "state": bills.DUE,
    "payable_online": True,
}


@pytest.fixture
def stranger(portal: Portal) -> FlaskClient:
    """Give the browser of somebody without an account."""
    return portal.site.test_client()


def finds(portal: Portal, **more: Any) -> None:
    told = FOUND | {"due_on": today() + timedelta(days=21)} | more
    portal.callees.answers(BILLING, payments.find_bill, lambda _request: told)


def sends(browser: FlaskClient, path: str, **fields: str) -> Any:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/payer").text)
    assert token
    return browser.post(path, data={"csrf_token": token[1], **PRINTED, **fields})


def test_a_bill_is_found_as_it_is_printed_and_shows_how_much_to_whom_until_when(
    portal: Portal, stranger: FlaskClient
) -> None:
    finds(portal)

    page = main_of(sends(stranger, "/payer").text)

    [(_, _, _, request)] = portal.callees.asked
    assert (request.reference, request.key) == ("20260010000123", "K7PWQ2M9")
    assert "75,60 €" in page
    assert "Service Enseignement" in page
    assert "À payer au plus tard le" in page
    assert "octobre" not in page


def test_a_wrong_key_is_said_without_telling_which_of_the_two(
    portal: Portal, stranger: FlaskClient
) -> None:
    portal.callees.answers(BILLING, payments.find_bill, NotFound())

    answer = sends(stranger, "/payer")

    assert answer.status_code == 422
    assert "ne vont pas ensemble" in main_of(answer.text)


def test_a_slip_of_the_pen_is_said_at_its_field(portal: Portal, stranger: FlaskClient) -> None:
    answer = sends(stranger, "/payer", reference="2026", key="O0I1")

    page = main_of(answer.text)
    assert answer.status_code == 422
    assert "La référence a 14 chiffres" in page
    assert "La clé a 8 lettres et chiffres" in page
    assert portal.callees.asked == []


def test_tries_are_limited(portal: Portal, stranger: FlaskClient) -> None:
    portal.callees.answers(BILLING, payments.find_bill, NotFound())

    tries = [sends(stranger, "/payer") for _ in range(13)]

    assert tries[0].status_code == 422
    assert tries[-1].status_code == 429


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"balance_cents": 0, "state": bills.PAID}, "Cette facture est réglée."),
        ({"state": bills.TRANSFERRED, "payable_online": False}, "transmise au Trésor public"),
        ({"payable_online": False}, "ne se paie pas en ligne"),
    ],
)
def test_what_cannot_be_paid_here_says_why(
    portal: Portal, stranger: FlaskClient, more: dict[str, Any], said: str
) -> None:
    finds(portal, **more)

    page = main_of(sends(stranger, "/payer").text)

    assert said in page
    assert "Payer 75,60 €" not in page


def test_a_stranger_pays_and_reads_what_became_of_it(portal: Portal, stranger: FlaskClient) -> None:
    payment_id = new_id()
    finds(portal)
    portal.callees.answers(
        BILLING,
        payments.start_payment_by_reference,
        lambda _request: {"payment_id": payment_id, "url": PAYFIP},
    )
    left = sends(stranger, "/payer/paiement", email="grand.mere@example.org")
    portal.callees.answers(
        BILLING,
        payments.payment_state_by_reference,
        lambda request: {"state": bills.PAID, "cents": 7560},
    )

    page = main_of(stranger.get(f"/paiement/retour/{payment_id}").text)
    another = main_of(stranger.get(f"/paiement/retour/{new_id()}").text)

    assert PAYFIP in left.text
    assert "75,60 € payés, merci" in page
    assert "75,60" not in another


def test_of_a_bill_that_is_paid_in_parts_the_next_one_is_asked_for_and_all_may_be_paid(
    portal: Portal, stranger: FlaskClient
) -> None:
    finds(portal, part_cents=2520)
    portal.callees.answers(
        BILLING,
        payments.start_payment_by_reference,
        lambda _request: {"payment_id": new_id(), "url": PAYFIP},
    )

    page = main_of(sends(stranger, "/payer").text)
    assert "Payer 25,20 €" in page and "Payer tout ce qui reste, 75,60 €" in page
    for part in ("2520", ""):
        sends(stranger, "/payer/paiement", email="grand.mere@example.org", part=part)

    started = [request for _, name, _at, request in portal.callees.asked if "start" in name]
    assert [request.part_cents for request in started] == [2520, None]


def test_a_part_that_changed_meanwhile_is_said_and_the_bill_shown_again(
    portal: Portal, stranger: FlaskClient
) -> None:
    finds(portal, part_cents=3780)
    portal.callees.answers(BILLING, payments.start_payment_by_reference, Outdated())

    answer = sends(stranger, "/payer/paiement", email="grand.mere@example.org", part="2520")

    page = main_of(answer.text)
    assert answer.status_code == 422
    assert "cet essai n’a rien débité" in page and "Payer 37,80 €" in page


def what_became(portal: Portal, stranger: FlaskClient, state: str, left: bool = False) -> str:
    """Return the page after a payment that PayFiP says this of."""
    payment_id = new_id()
    finds(portal)
    portal.callees.answers(
        BILLING,
        payments.start_payment_by_reference,
        lambda _request: {"payment_id": payment_id, "url": PAYFIP},
    )
    sends(stranger, "/payer/paiement", email="grand.mere@example.org")
    portal.callees.answers(
        BILLING,
        payments.payment_state_by_reference,
        lambda _request: {"state": state, "cents": 7560, "left": left},
    )
    return main_of(stranger.get(f"/paiement/retour/{payment_id}").text)


def test_a_stranger_whose_payment_differs_at_payfip_is_not_asked_to_begin_again(
    portal: Portal, stranger: FlaskClient
) -> None:
    page = what_became(portal, stranger, bills.DISCREPANT)

    assert "Paiement à vérifier" in page and "ne payez pas de nouveau" in page
    assert "Recommencer" not in page and "n’a pas abouti" not in page


@pytest.mark.parametrize(
    ("state", "left"), [(bills.CANCELLED, False), (bills.REFUSED, False), (bills.PENDING, True)]
)
def test_a_stranger_whose_payment_did_not_come_reads_that_the_bill_remains_to_be_paid(
    portal: Portal, stranger: FlaskClient, state: str, left: bool
) -> None:
    page = what_became(portal, stranger, state, left)

    assert "rien n’a été débité" in page and "payez pas de nouveau" not in page
    assert "La facture reste à payer." in page


def test_a_stranger_whose_result_is_not_known_reads_from_when_to_pay_again(
    portal: Portal, stranger: FlaskClient
) -> None:
    page = what_became(portal, stranger, bills.PENDING)

    assert "Le paiement n’est pas confirmé : ne payez pas de nouveau avant" in page
    assert "appelez d’abord le service" in page and "rien n’a été débité" not in page


def test_an_overdue_bill_says_since_when(portal: Portal, stranger: FlaskClient) -> None:
    finds(portal, due_on=today() - timedelta(days=26), state=bills.OVERDUE)

    page = main_of(sends(stranger, "/payer").text)

    assert "en retard : la date limite était le" in page
    assert "au plus tard" not in page


def test_the_cookie_of_a_stranger_shows_neither_reference_nor_key(
    portal: Portal, stranger: FlaskClient
) -> None:
    finds(portal)
    portal.callees.answers(
        BILLING,
        payments.start_payment_by_reference,
        lambda _request: {"payment_id": new_id(), "url": PAYFIP},
    )
    sends(stranger, "/payer/paiement", email="grand.mere@example.org")

    with stranger.session_transaction() as kept:
        stored = repr(dict(kept))

    assert "payment" in stored
    assert "20260010000123" not in stored
    assert "K7PWQ2M9" not in stored


def test_while_billing_is_silent_what_was_typed_stays(
    portal: Portal, stranger: FlaskClient
) -> None:
    answer = sends(stranger, "/payer")

    assert answer.status_code == 503
    assert "Cet essai n’a rien débité" in main_of(answer.text)
    assert 'value="20260010000123"' in answer.text


@pytest.mark.parametrize("silent", [Unavailable(), None], ids=["away", "silent"])
def test_a_stranger_who_may_have_paid_before_is_not_told_that_nothing_was_taken(
    portal: Portal, stranger: FlaskClient, silent: Unavailable | None
) -> None:
    portal.callees.answers(BILLING, payments.start_payment_by_reference, silent)

    answer = sends(stranger, "/payer/paiement", email="grand.mere@example.org")

    assert answer.status_code == 503
    assert "rien n’a été débité" not in main_of(answer.text).lower()
    assert re.search(
        "n’est pas confirmé : ne payez pas de nouveau avant .* h", main_of(answer.text)
    )


@pytest.mark.parametrize(
    ("under_way", "said"),
    [
        (False, "Cet essai n’a rien débité. Essayez de nouveau"),
        (True, "Le paiement n’est pas confirmé : ne payez pas de nouveau avant"),
    ],
    ids=["first", "open"],
)
def test_while_payfip_is_silent_a_stranger_reads_whether_a_payment_may_have_come(
    portal: Portal, stranger: FlaskClient, under_way: bool, said: str
) -> None:
    silent = bills.PayFipSilent(under_way=under_way)
    portal.callees.answers(BILLING, payments.start_payment_by_reference, silent)

    answer = sends(stranger, "/payer/paiement", email="grand.mere@example.org")

    assert answer.status_code == 503
    assert said in main_of(answer.text)
    assert ("n’a rien débité" in main_of(answer.text)) is not under_way


def test_a_qr_code_brings_the_reference_and_the_sign_in_page_leads_here(
    portal: Portal, stranger: FlaskClient
) -> None:
    page = stranger.get("/payer?reference=20260010000123").text

    assert 'value="20260010000123"' in page
    assert "/theme/reference" in page
    assert "Payer une facture sans compte" in main_of(stranger.get("/connexion").text)
