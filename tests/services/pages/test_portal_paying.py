"""Payment of a bill and the return: the browser is never believed, and no bill is paid twice."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from services.portal_gateway.models import WebSession
from services.portal_gateway.session import sessions
from services.portal_gateway.store import store
from shared.contracts.billing import bills, payments
from shared.contracts.errors import Failed, NotFound, Refusal, Unavailable
from shared.contracts.identity.own_account import password_and_sessions
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.web.language.typography import hour
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import BILLING, bill

HOUSEHOLD = new_id()
BILL, OTHER = new_id(), new_id()
PAY = f"/factures/{BILL}/payer"
PAYFIP = "https://www.payfip.example/paiementws.web?idop=1a2b"
EMAIL = "claire.lefevre@example.org"
UNCONFIRMED = r"n’est pas confirmé : ne payez pas de nouveau avant \d+ h"


def school_bill() -> dict[str, Any]:
    return bill(invoice_id=BILL)


def sports_bill() -> dict[str, Any]:
    return bill(2004, invoice_id=OTHER, number="2026-AGG-000007")


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows two bills of Claire's."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        portal.callees.answers(
            "identity",
            password_and_sessions.my_access,
            lambda _request: {"login": EMAIL, "sessions": [], "email": EMAIL},
        )
        billed.receives_bills(portal, HOUSEHOLD, school_bill())
        billed.receives_bills(portal, HOUSEHOLD, sports_bill(), provider="agg")
        yield portal


def starts(portal: Portal, url: str = PAYFIP) -> str:
    """Let billing open payments from now on; return the payment's id."""
    payment_id = new_id()
    portal.callees.answers(
        BILLING, payments.start_payment, lambda _request: {"payment_id": payment_id, "url": url}
    )
    return payment_id


def became(
    portal: Portal,
    state: str,
    credited_cents: int = 0,
    *,
    left: bool = False,
    until: datetime | None = None,
) -> str:
    """Let billing say what became of a payment of BILL; return the way back from PayFiP."""
    portal.callees.answers(
        BILLING,
        payments.payment_state,
        lambda _request: {
            "state": state,
            "invoice_id": BILL,
            "provider": "ens",
            "cents": 7560,
            "credited_cents": credited_cents,
            "left": left,
            "until": until,
        },
    )
    return f"/paiement/retour/{new_id()}"


def pays(browser: FlaskClient, email: str = EMAIL) -> Any:
    return make.posts(browser, PAY, email=email)


def asked(portal: Portal, method: Any) -> list[SimpleNamespace]:
    return [request for _, name, _, request in portal.callees.asked if name == method.name]


def test_the_page_says_how_much_to_whom_and_asks_only_where_the_ticket_goes(
    portal: Portal, browser: FlaskClient
) -> None:
    raw = browser.get(PAY).text
    page = main_of(raw)

    assert "Payer 75,60 €" in page
    assert "Service Enseignement" in page
    assert f'value="{EMAIL}"' in raw
    assert len(asked(portal, password_and_sessions.my_access)) == len(portal.callees.asked) == 1


def test_paying_leads_to_payfip_and_the_next_bill_knows_the_address(
    portal: Portal, browser: FlaskClient
) -> None:
    starts(portal)

    answer = pays(browser)
    page = browser.get(f"/factures/{OTHER}/payer").text

    assert answer.status_code == 200
    assert f'content="0; url={PAYFIP}"' in answer.text
    assert f'href="{PAYFIP}"' in answer.text
    assert "www.payfip.example" in main_of(answer.text)
    [request] = asked(portal, payments.start_payment)
    assert (request.invoice_id, request.email) == (BILL, EMAIL)
    assert f'value="{EMAIL}"' in page


def test_the_address_for_the_ticket_is_sealed_in_the_session(
    portal: Portal, browser: FlaskClient
) -> None:
    starts(portal)
    pays(browser)

    with store.read() as read:
        rows = list(read.scalars(select(WebSession)))
        stored = repr([[getattr(row, c.key) for c in row.__table__.columns] for row in rows])

    assert any(row.email for row in rows)
    assert "example.org" not in stored


@pytest.mark.parametrize("email", ["", "claire", "claire@", "a@b"])
def test_an_address_that_payfip_refuses_comes_back_as_typed(
    portal: Portal, browser: FlaskClient, email: str
) -> None:
    answer = pays(browser, email)

    assert answer.status_code == 422
    assert "Écrivez une adresse e-mail" in main_of(answer.text)
    assert f'value="{email}"' in answer.text
    assert asked(portal, payments.start_payment) == []


@pytest.mark.parametrize(
    ("silent", "said"),
    [
        (bills.PayFipSilent(under_way=False), "Cet essai n’a rien débité. Essayez de nouveau"),
        (Unavailable(), "Cet essai n’a rien débité. Si vous avez déjà payé cette facture"),
        (None, "Cet essai n’a rien débité. Si vous avez déjà payé cette facture"),
    ],
    ids=["PayFiP", "billing away", "billing silent"],
)
def test_while_who_takes_payments_is_silent_the_page_says_what_is_known(
    portal: Portal, browser: FlaskClient, silent: Refusal | None, said: str
) -> None:
    """A payment begun a moment ago may not have come to the portal: only billing knows of it."""
    portal.callees.answers(BILLING, payments.start_payment, silent)

    answer = pays(browser)

    assert answer.status_code == 503
    assert said in main_of(answer.text)
    assert f'value="{EMAIL}"' in answer.text


def test_payfip_s_silence_is_not_said_to_be_that_of_billing(
    portal: Portal, browser: FlaskClient
) -> None:
    """It was noted as such for whole minutes, for every family of the town."""
    portal.callees.answers(BILLING, payments.start_payment, bills.PayFipSilent(under_way=False))
    pays(browser)

    assert "La facturation ne répond pas" not in main_of(browser.get("/factures").text)


@pytest.mark.parametrize("is_known_to_billing", [True, False])
def test_who_may_have_paid_just_now_is_not_told_that_nothing_was_taken(
    portal: Portal, browser: FlaskClient, is_known_to_billing: bool
) -> None:
    silent = bills.PayFipSilent(under_way=True) if is_known_to_billing else None
    billed.receives_bills(portal, HOUSEHOLD, bill(invoice_id=BILL, checking=True), version=2)
    portal.callees.answers(BILLING, payments.start_payment, silent)

    answer = pays(browser)

    assert answer.status_code == 503
    assert "rien n’a été débité" not in main_of(answer.text).lower()
    assert re.search(UNCONFIRMED, main_of(answer.text))


def test_after_a_refusal_that_nobody_knows_the_payment_is_said_not_to_be_confirmed(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers(BILLING, payments.start_payment, Failed())

    page = main_of(pays(browser).text)

    assert re.search(UNCONFIRMED, page)
    assert "débité." not in page and "n’a rien débité" not in page


def test_where_billing_falls_silent_the_page_still_says_what_of_the_payment(
    portal: Portal, browser: FlaskClient
) -> None:
    """No card has the bill yet: billing had to be asked for it, and was asked again after all."""
    new = new_id()

    def falls_silent(_request: Any) -> None:
        portal.callees.answers(BILLING, bills.read_bill, Unavailable())
        raise Unavailable

    billed.answers_bill(portal, bill(invoice_id=new))
    portal.callees.answers(BILLING, payments.start_payment, falls_silent)

    answer = make.posts(browser, f"/factures/{new}/payer", email=EMAIL)

    assert answer.status_code == 503
    assert "Cet essai n’a rien débité. Si vous avez déjà payé" in main_of(answer.text)
    assert f'value="{EMAIL}"' in answer.text


def test_who_comes_back_to_a_bill_that_was_paid_at_the_counter_is_told_to_leave_it(
    portal: Portal, browser: FlaskClient
) -> None:
    paid = bill(invoice_id=BILL, state=bills.PAID)
    billed.receives_bills(portal, HOUSEHOLD, paid, version=2)

    page = main_of(browser.get(became(portal, bills.PENDING)).text)

    assert "Rien n’est plus à payer de cette facture : ne terminez pas ce paiement." in page
    assert "Reprendre le paiement" not in page


def test_why_a_payment_did_not_begin_is_said_in_words(portal: Portal, browser: FlaskClient) -> None:
    later = make.at(today(), "18:40")
    said = {}
    for refusal in (
        bills.NothingOwed(),
        bills.NotPayableOnline(),
        bills.PaymentUnderWay(until=later.isoformat()),
    ):
        portal.callees.answers(BILLING, payments.start_payment, refusal)
        answer = pays(browser)
        assert answer.status_code == 422
        said[refusal.code] = main_of(answer.text)

    assert "déjà réglée : cet essai n’a rien débité" in said["nothing_owed"]
    assert "ne se paie pas en ligne" in said["not_payable_online"]
    assert "de nouveau à partir de 18 h 40" in said["payment_under_way"]


def test_an_address_that_is_none_of_the_web_is_not_followed(
    portal: Portal, browser: FlaskClient
) -> None:
    starts(portal, "javascript:alert(1)")

    answer = pays(browser)

    assert answer.status_code == 500
    assert "javascript" not in answer.text


def test_a_form_sent_when_the_session_ran_out_comes_back_after_signing_in(
    portal: Portal, browser: FlaskClient
) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(PAY).text)
    assert token
    with store.write() as write:
        write.execute(update(WebSession).values(seen_at=now() - sessions.IDLE))

    browser.post(PAY, data={"csrf_token": token[1], "email": EMAIL})
    make.sign_in(browser, CLAIRE)

    assert f'value="{EMAIL}"' in browser.get(PAY).text


def test_after_paying_the_page_says_so_and_offers_the_next_bill(
    portal: Portal, browser: FlaskClient
) -> None:
    back = became(portal, bills.PAID, credited_cents=200)

    raw = browser.get(back).text
    page = main_of(raw)

    assert "75,60 € payés" in page
    assert "2,00 € étaient de trop" in page
    assert "La facture suivante" in page
    assert "Payer 20,04 €" in page
    assert "Payer 75,60 €" not in page
    assert "data-refresh" not in raw
    assert portal.callees.rounds == 1


def test_when_the_last_one_is_paid_nothing_is_left(portal: Portal, browser: FlaskClient) -> None:
    over = sports_bill() | {"state": bills.PAID, "balance_cents": 0}
    billed.receives_bills(portal, HOUSEHOLD, over, provider="agg", version=2)

    assert "Tout est réglé" in main_of(browser.get(became(portal, bills.PAID)).text)


@pytest.mark.parametrize(
    "left",
    [
        lambda: {"checking": True},
        lambda: {"checking": True, "debit_on": today() + timedelta(days=4)},
        lambda: {"state": bills.TRANSFERRED},
    ],
)
def test_while_another_bill_is_owed_the_page_does_not_say_that_all_is_paid(
    portal: Portal, browser: FlaskClient, left: Callable[[], dict[str, Any]]
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, sports_bill() | left(), provider="agg", version=2)

    page = main_of(browser.get(became(portal, bills.PAID)).text)

    assert "75,60 € payés" in page
    assert "Tout est réglé" not in page


def test_a_bill_that_was_paid_in_part_says_what_is_left_of_it(
    portal: Portal, browser: FlaskClient
) -> None:
    over = sports_bill() | {"state": bills.PAID, "balance_cents": 0}
    billed.receives_bills(portal, HOUSEHOLD, over, provider="agg", version=2)
    more = school_bill() | {"total_cents": 9560, "balance_cents": 9560}
    billed.receives_bills(portal, HOUSEHOLD, more, version=2)

    page = main_of(browser.get(became(portal, bills.PAID)).text)

    assert "Il reste 20,00 € à payer de cette facture." in page
    assert "Payer 20,00 €" in page
    assert "Tout est réglé" not in page


def test_who_comes_back_before_the_result_reads_from_when_to_pay_again_and_goes_on_with_this_one(
    portal: Portal, browser: FlaskClient
) -> None:
    billed.receives_bills(portal, HOUSEHOLD, school_bill() | {"checking": True}, version=2)
    until = now() + timedelta(minutes=11)
    said = hour(until).replace("\u00a0", " ")

    page = main_of(browser.get(became(portal, bills.PENDING, until=until)).text)

    assert f"Le paiement n’est pas confirmé : ne payez pas de nouveau avant {said}." in page
    assert "si votre compte a été débité, appelez d’abord le service" in page
    assert "rien n’a été débité" not in page.lower()
    assert "S’il n’aboutit pas, 75,60 € restent à payer au plus tard le" in page
    assert "Vous pouvez le reprendre : c’est le même paiement" in page
    assert "Reprendre le paiement" in page


def test_where_no_result_came_in_time_the_bill_may_be_paid_unless_money_went(
    portal: Portal, browser: FlaskClient
) -> None:
    back = became(portal, bills.PENDING, until=now() - timedelta(minutes=1))

    page = main_of(browser.get(back).text)

    assert "Si votre compte a été débité, ne payez pas de nouveau : appelez le service." in page
    assert "Sinon, vous pouvez payer de nouveau." in page and "avant" not in page


def test_who_cancelled_at_payfip_is_not_told_that_a_payment_is_being_checked(
    portal: Portal, browser: FlaskClient
) -> None:
    raw = browser.get(became(portal, bills.PENDING, left=True)).text
    page = main_of(raw)

    assert (
        "Vous avez quitté le paiement PayFiP dit que rien n’a été débité. 75,60 € restent à payer"
        in page
    )
    assert "Reprendre le paiement" in page and "Nous vérifions" not in page
    assert "data-refresh" in raw  # until PayFiP's word holds, it may be gone on with


@pytest.mark.parametrize("state", [bills.INITIATED, bills.PENDING])
def test_until_the_result_is_known_the_page_looks_again_by_itself(
    portal: Portal, browser: FlaskClient, state: str
) -> None:
    raw = browser.get(became(portal, state)).text

    assert "data-refresh" in raw
    assert "refresh" in raw.partition("</main>")[2]
    assert "Nous vérifions votre paiement" in main_of(raw)
    assert "Payer 75,60 €" not in main_of(raw)


@pytest.mark.parametrize("state", [bills.REFUSED, bills.CANCELLED, bills.EXPIRED, bills.REVERSED])
def test_a_payment_that_did_not_come_may_be_made_again(
    portal: Portal, browser: FlaskClient, state: str
) -> None:
    page = main_of(browser.get(became(portal, state)).text)

    assert "Le paiement n’a pas abouti" in page
    assert "75,60 € restent à payer au plus tard le" in page
    assert "Payer de nouveau 75,60 €" in page


def test_a_payment_that_does_not_agree_is_for_the_service_to_look_at(
    portal: Portal, browser: FlaskClient
) -> None:
    page = main_of(browser.get(became(portal, bills.DISCREPANT)).text)

    assert "ne payez pas de nouveau" in page
    assert "Payer de nouveau" not in page


def test_coming_back_while_billing_is_silent_loses_nothing(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = browser.get(f"/paiement/retour/{new_id()}")

    assert answer.status_code == 200
    assert "Rien n’est perdu" in main_of(answer.text)
    assert re.search(UNCONFIRMED, main_of(answer.text))
    assert "data-refresh" in answer.text


def test_whoever_is_signed_out_reads_thanks_and_whose_bill_it_is_nowhere(portal: Portal) -> None:
    back = became(portal, bills.PAID)

    answer = portal.site.test_client().get(back)

    assert "Merci" in main_of(answer.text)
    assert "Se connecter pour suivre ses factures" in main_of(answer.text)
    for told in ("75,60", "Claire", "Enseignement", "ENS"):
        assert told not in main_of(answer.text)
    assert portal.callees.asked == []


def test_another_familys_payment_shows_nothing_but_thanks(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers(BILLING, payments.payment_state, NotFound())

    page = main_of(browser.get(f"/paiement/retour/{new_id()}").text)

    assert "Merci" in page
    assert "75,60" not in page


def test_payfip_may_send_the_person_back_by_a_form(portal: Portal, browser: FlaskClient) -> None:
    back = became(portal, bills.PAID)

    answer = browser.post(back, data={"idop": "1a2b"})

    assert (answer.status_code, answer.location) == (303, back)


@pytest.mark.parametrize("name", ["idop", "idOp", "IDOP"])
@pytest.mark.parametrize("verb", ["get", "post"])
def test_payfips_call_passes_on_which_operation_and_answers_alike(
    portal: Portal, name: str, verb: str
) -> None:
    portal.callees.answers(BILLING, payments.note_notification, lambda _request: {})
    caller = portal.site.test_client()

    sent = {"query_string": {name: "1a2b-3c"}} if verb == "get" else {"data": {name: "1a2b-3c"}}
    answer = getattr(caller, verb)("/paiement/notification", **sent)

    assert (answer.status_code, answer.text) == (200, "OK\n")
    assert [each.idop for each in asked(portal, payments.note_notification)] == ["1a2b-3c"]


@pytest.mark.parametrize("idop", ["", "a" * 81, "1a2b' OR 1=1", "<script>"])
def test_what_is_no_operation_goes_nowhere_and_is_answered_alike(portal: Portal, idop: str) -> None:
    answer = portal.site.test_client().post("/paiement/notification", data={"idop": idop})

    assert (answer.status_code, answer.text) == (200, "OK\n")
    assert portal.callees.asked == []


def test_a_notification_while_billing_is_silent_is_answered_alike(portal: Portal) -> None:
    answer = portal.site.test_client().get("/paiement/notification?idop=1a2b")

    assert (answer.status_code, answer.text) == (200, "OK\n")


def test_whoever_notifies_all_day_is_not_passed_on(portal: Portal) -> None:
    portal.callees.answers(BILLING, payments.note_notification, lambda _request: {})
    caller = portal.site.test_client()
    somewhere = {"REMOTE_ADDR": "192.0.2.77"}

    answers = [
        caller.get("/paiement/notification?idop=1a2b", environ_base=somewhere) for _ in range(260)
    ]

    assert {answer.status_code for answer in answers} == {200}
    assert len(asked(portal, payments.note_notification)) == 240


def test_a_bill_that_no_card_tells_yet_is_asked_for(portal: Portal, browser: FlaskClient) -> None:
    fresh = bill(3300, number="2026-ENS-000300", due_on=today() + timedelta(days=30))
    billed.answers_bill(portal, fresh)

    page = main_of(browser.get(f"/factures/{fresh['invoice_id']}/payer").text)

    assert "Payer 33,00 €" in page
