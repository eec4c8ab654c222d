"""« Prélèvement »: a family signs a mandate and takes it back; a bill to be debited says so."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.billing import debits
from shared.contracts.errors import BadRequest, Refusal
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import portal_bills as billed
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import BILLING, bill

HOUSEHOLD, MANDATE = new_id(), new_id()
IBAN = "FR57 1007 1280 0000 0010 1234 557"
GIVE = f"/prelevements/{HOUSEHOLD}/ens"
SIGNED = {"holder": "Claire Lefèvre", "iban": IBAN, "bic": "", "kind": "recurrent", "agreed": "yes"}


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's family; a service offers to debit."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        offers(portal)
        yield portal


def offers(portal: Portal, *mandates: dict[str, Any]) -> None:
    offer = {"provider": "ens", "creditor": "Régie de recettes", "ics": "FR72ZZZ123456"}
    told = {"mandates": list(mandates), "offered": [] if mandates else [offer]}
    portal.callees.answers(BILLING, debits.my_mandates, lambda _request: told)


def mandate(**more: Any) -> dict[str, Any]:
    about = {"rum": "ENS00100000012", "kind": "recurrent", "state": "active", "last4": "4557"}
    return {
        "mandate_id": MANDATE,
        "provider": "ens",
        "signed_on": today(),
        **about,
        **more,
    }


def asked(portal: Portal, method: Any) -> list[SimpleNamespace]:
    return [each for _, name, _, each in portal.callees.asked if name == method.name]


def test_a_family_signs_a_mandate_and_sees_four_figures_of_its_account(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers(BILLING, debits.give_mandate, lambda _request: {"rum": "ENS1"})

    answer = make.posts(browser, GIVE, **SIGNED)

    assert answer.status_code == 303
    [told] = asked(portal, debits.give_mandate)
    assert (told.household_id, told.iban, told.kind) == (HOUSEHOLD, IBAN, "recurrent")
    offers(portal, mandate())
    page = main_of(browser.get("/prelevements").text)
    assert "qui finit par 4557" in page and "ENS00100000012" in page and "1007" not in page


@pytest.mark.parametrize("field", ["holder", "iban", "kind", "agreed"])
def test_what_is_missing_is_said_by_its_field_and_the_account_is_not_shown_again(
    portal: Portal, browser: FlaskClient, field: str
) -> None:
    answer = make.posts(browser, GIVE, **{**SIGNED, field: ""})

    assert answer.status_code == 422 and f'id="{field}-mistake"' in answer.text
    assert IBAN not in answer.text
    assert asked(portal, debits.give_mandate) == []


def test_an_account_that_cannot_be_right_is_said_by_its_field(
    portal: Portal, browser: FlaskClient
) -> None:
    wrong = BadRequest(errors={"iban": ["Vérifiez l’IBAN : il ne peut pas être juste."]})
    portal.callees.answers(BILLING, debits.give_mandate, wrong)

    answer = make.posts(browser, GIVE, **SIGNED)

    assert answer.status_code == 422 and "Vérifiez l’IBAN" in answer.text


def test_a_silent_billing_asks_for_the_account_again_and_keeps_none(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers(BILLING, debits.give_mandate, None)

    answer = make.posts(browser, GIVE, **SIGNED)

    assert answer.status_code == 503 and "gardé nulle part" in answer.text
    assert IBAN not in answer.text


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (debits.AccountsUnreadable(), "La ville ne peut pas garder votre compte en ce moment"),
        (debits.DebitNotOffered(), "Ce mandat ne se signe plus"),
    ],
    ids=["another-key", "not-offered"],
)
def test_a_mandate_that_is_not_taken_says_so_and_that_nothing_of_it_is_kept(
    portal: Portal, browser: FlaskClient, refused: Refusal, said: str
) -> None:
    portal.callees.answers(BILLING, debits.give_mandate, refused)

    answer = make.posts(browser, GIVE, **SIGNED)

    assert (answer.status_code, answer.location) == (303, "/prelevements")
    page = main_of(browser.get("/prelevements").text)
    assert said in page and "n’est gardé nulle part" in page
    assert "Le mandat est signé" not in page and "C’est noté" not in page


def test_a_mandate_is_withdrawn_at_once_or_after_one_debit_more(
    portal: Portal, browser: FlaskClient
) -> None:
    offers(portal, mandate())
    portal.callees.answers(BILLING, debits.withdraw_mandate, lambda _request: {})

    for when in ("now", "next"):
        make.posts(browser, f"/prelevements/mandats/{MANDATE}/retirer", when=when)

    assert [each.after_next for each in asked(portal, debits.withdraw_mandate)] == [False, True]


def test_a_bill_that_is_debited_says_the_day_and_is_not_paid_a_second_time(
    portal: Portal, browser: FlaskClient
) -> None:
    day = today() + timedelta(days=14)
    billed.receives_bills(portal, HOUSEHOLD, bill(checking=True, debit_on=day))

    page, first = main_of(browser.get("/factures").text), main_of(browser.get("/").text)

    assert "Prélevé bientôt, sans rien à faire" in page
    assert "Rien à faire" in first and "seront prélevés le" in first
    assert "Payer" not in page.replace("Payer une autre facture", "")
    assert "Reprendre le paiement" not in page and "Régler" not in first


@pytest.mark.parametrize("has_mandate", [False, True])
def test_while_accounts_cannot_be_kept_direct_debit_is_said_to_be_away_and_not_to_be_unknown(
    portal: Portal, browser: FlaskClient, has_mandate: bool
) -> None:
    told = {"mandates": [mandate()] * has_mandate, "offered": [], "withheld": True}
    portal.callees.answers(BILLING, debits.my_mandates, lambda _request: told)

    page = main_of(browser.get("/prelevements").text)

    assert "Le prélèvement n’est pas disponible en ce moment." in page
    assert "Aucun service ne prélève" not in page
    assert ("qui finit par 4557" in page) is has_mandate
    form = browser.get(GIVE)
    assert (form.status_code, form.location) == (303, "/prelevements")
    assert "ne peut pas garder votre compte" in main_of(browser.get("/prelevements").text)
