"""A family asks to pay in several parts, reads the parts, and pays the next one."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.billing import bills, payment_plans, payments
from shared.contracts.errors import Outdated
from shared.contracts.identity.own_account import password_and_sessions
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import BILLING, bill

HOUSEHOLD, INVOICE, OTHER = new_id(), new_id(), new_id()
PAGE, PAY, SPREAD = (f"/factures/{INVOICE}{end}" for end in ("", "/payer", "/etaler"))
EMAIL = "claire.lefevre@example.org"


def in_a_plan(days: int = 12) -> dict[str, Any]:
    """Return what a bill's card says of its plan: the next part is due in so many days."""
    return {"plan": "granted", "part_cents": 2520, "part_on": today() + timedelta(days=days)}


def the_bill(**more: Any) -> dict[str, Any]:
    return bill(invoice_id=INVOICE, **more)


def the_plan(state: str = "granted", **more: Any) -> dict[str, Any]:
    days = [today() + timedelta(days=12 + 30 * nth) for nth in range(3)]
    return {
        "plan_id": new_id(),
        "state": state,
        "asked_parts": 3,
        "asked_on": today(),
        "decided_on": today(),
        "answer": "",
        "parts": [{"due_on": day, "cents": 2520, "left_cents": 2520} for day in days],
        "bills": [{"invoice_id": INVOICE, "number": "2026-ENS-000123", "owed_cents": 7560}],
        **more,
    }


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows one bill of Claire's."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        portal.callees.answers(
            "identity",
            password_and_sessions.my_access,
            lambda _request: {"login": EMAIL, "sessions": [], "email": EMAIL},
        )
        knows(portal, the_bill())
        yield portal


def knows(portal: Portal, *told: dict[str, Any], version: int = 1, **answer: Any) -> None:
    billed.receives_bills(portal, HOUSEHOLD, *told, version=version)
    billed.answers_bill(portal, told[0], **answer)


def sees(browser: FlaskClient, page: str) -> str:
    answer = browser.get(page)
    assert answer.status_code == 200
    return main_of(answer.text)


def asked(portal: Portal, method: Any) -> list[SimpleNamespace]:
    return [request for _, name, _at, request in portal.callees.asked if name == method.name]


def test_a_family_asks_from_its_bill_in_how_many_parts(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers(
        BILLING, payment_plans.ask_for_plan, lambda _request: {"plan_id": new_id()}
    )
    assert "Étaler le paiement" in sees(browser, PAGE)
    form = sees(browser, SPREAD)
    assert "en 2 fois, environ 37,80" in form and "en 3 fois" in form and "en 4 fois" not in form

    answer = make.posts(browser, SPREAD, parts="3")

    assert answer.status_code == 303
    [order] = asked(portal, payment_plans.ask_for_plan)
    assert (order.household_id, order.invoices, order.parts) == (HOUSEHOLD, [INVOICE], 3)
    assert "Votre demande est envoyée" in sees(browser, PAGE)


def test_other_bills_of_the_service_may_be_added(portal: Portal, browser: FlaskClient) -> None:
    other = bill(4000, invoice_id=OTHER, number="2026-ENS-000130")
    knows(portal, the_bill(), other, version=2)
    portal.callees.answers(
        BILLING, payment_plans.ask_for_plan, lambda _request: {"plan_id": new_id()}
    )
    assert "2026-ENS-000130" in sees(browser, SPREAD)

    make.posts(browser, SPREAD, parts="4", **{"with": OTHER})

    [order] = asked(portal, payment_plans.ask_for_plan)
    assert (order.invoices, order.parts) == ([INVOICE, OTHER], 4)


def test_no_more_bills_are_offered_together_than_one_plan_takes(
    portal: Portal, browser: FlaskClient
) -> None:
    others = [
        bill(4000, invoice_id=new_id(), number=f"2026-ENS-{200 + nth:06}")
        for nth in range(payment_plans.MOST_BILLS + 3)
    ]
    knows(portal, the_bill(), *others, version=2)

    assert sees(browser, SPREAD).count("2026-ENS-0002") == payment_plans.MOST_BILLS - 1


def test_too_many_parts_are_refused_on_the_page(portal: Portal, browser: FlaskClient) -> None:
    answer = make.posts(browser, SPREAD, parts="4")

    assert answer.status_code == 422 and "Choisissez en combien de fois" in answer.text
    assert asked(portal, payment_plans.ask_for_plan) == []


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"balance_cents": 3900}, id="too_small"),
        pytest.param({"plan": "granted"}, id="in_a_plan"),
        pytest.param({"state": "transferred"}, id="at_the_treasury"),
        pytest.param({"checking": True}, id="being_paid"),
    ],
)
def test_what_may_not_be_paid_in_parts_is_not_offered(
    portal: Portal, browser: FlaskClient, more: dict[str, Any]
) -> None:
    knows(portal, the_bill(**more), version=2)

    assert "Étaler le paiement" not in sees(browser, PAGE)
    assert "Cette facture ne s’étale pas ici" in sees(browser, SPREAD)
    assert make.posts(browser, SPREAD, parts="2").status_code == 422
    assert asked(portal, payment_plans.ask_for_plan) == []


def test_the_bill_shows_each_part_and_the_next_is_one_tap_away(
    portal: Portal, browser: FlaskClient
) -> None:
    plan = the_plan()
    plan["parts"][0]["left_cents"] = 0
    knows(portal, the_bill(**in_a_plan()), version=2, payment_plan=plan)

    page = sees(browser, PAGE)

    assert "prochaine échéance : 25,20" in page and "Payer 25,20" in page
    assert page.count("25,20 €") >= 4 and "payée" in page
    assert "Payer 75,60" not in page


def test_the_first_page_and_the_money_page_ask_for_the_part_alone(
    portal: Portal, browser: FlaskClient
) -> None:
    knows(portal, the_bill(**in_a_plan()), version=2)

    money, home = sees(browser, "/factures"), sees(browser, "/")

    assert "Payer 25,20" in money and "À régler 75,60" not in money
    assert "Régler 25,20" in home


def test_the_part_that_was_on_the_screen_is_paid_and_no_other(
    portal: Portal, browser: FlaskClient
) -> None:
    knows(portal, the_bill(**in_a_plan()), version=2)
    portal.callees.answers(
        BILLING,
        payments.start_payment,
        lambda _request: {"payment_id": new_id(), "url": "https://www.payfip.example/p?idop=1"},
    )
    form = sees(browser, PAY)
    assert "Payer 25,20" in form and "Payer tout ce qui reste, 75,60" in form

    make.posts(browser, PAY, email=EMAIL, part="2520")
    assert "Payer 75,60" in sees(browser, f"{PAY}?tout=oui")
    make.posts(browser, PAY, email=EMAIL)

    assert [order.part_cents for order in asked(portal, payments.start_payment)] == [2520, None]

    portal.callees.answers(BILLING, payments.start_payment, Outdated())
    refused = make.posts(browser, PAY, email=EMAIL, part="2520")
    assert refused.status_code == 422 and "L’échéancier a changé" in refused.text


@pytest.mark.parametrize(
    ("state", "said"),
    [
        pytest.param("asked", "Vous avez demandé à payer en 3 fois", id="asked"),
        pytest.param("refused", "n’a pas accepté d’étaler ce paiement : Trop tard.", id="refused"),
        pytest.param("lapsed", "l’échéancier a pris fin, tout est dû", id="lapsed"),
        pytest.param("stopped", "Le service a mis fin à l’échéancier", id="stopped"),
    ],
)
def test_the_bill_says_what_became_of_the_wish(
    portal: Portal, browser: FlaskClient, state: str, said: str
) -> None:
    plan = the_plan(state, answer="Trop tard.", parts=[])
    knows(portal, the_bill(plan=state), version=2, payment_plan=plan)

    assert said in sees(browser, PAGE)


def test_a_missed_part_is_late_and_says_since_when(portal: Portal, browser: FlaskClient) -> None:
    knows(portal, the_bill(**in_a_plan(-2), state=bills.DUE), version=2, payment_plan=the_plan())

    page = sees(browser, PAGE)
    assert "échéance de 25,20 € en retard" in page
    assert "sinon l’échéancier prend fin" in page


def test_a_plan_that_is_kept_threatens_nobody(portal: Portal, browser: FlaskClient) -> None:
    knows(portal, the_bill(**in_a_plan()), version=2, payment_plan=the_plan())

    assert "sinon l’échéancier" not in sees(browser, PAGE)
