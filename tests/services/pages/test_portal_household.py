"""Entries of a household: its quotient at billing, its address at the dossier."""

import base64
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.billing import bills
from shared.contracts.billing.prices import quotients
from shared.contracts.dossier import guardians
from shared.contracts.errors import Outdated
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, Child, Portal, main_of
from tests.factories.portal_bills import BILLING

HOUSEHOLD, SECOND = new_id(), new_id()
ADDRESS = f"/adresse/{HOUSEHOLD}"
TILLEULS = {
    "street": "12 rue des Tilleuls",
    "postcode": "28000",
    "insee": "28901",
    "commune": "Démonstration",
    "valid_from": date(2024, 9, 1),
}
MOVED = {
    "street": "3 place de l’Église",
    "postcode": "28130",
    "insee": "28902",
    "valid_from": "2026-12-01",
}


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, which knows Claire's household."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
        yield portal


def asked(portal: Portal, method: Any) -> list[tuple[str, SimpleNamespace]]:
    return [(at, request) for _, name, at, request in portal.callees.asked if name == method.name]


def knows_quotients(portal: Portal, *rows: dict[str, Any]) -> None:
    portal.callees.answers(
        BILLING, quotients.my_quotients, lambda _request: {"quotients": list(rows)}
    )


def quotient(**more: Any) -> dict[str, Any]:
    return {
        "cents": 74_200,
        "kind": "caf",
        "valid_from": date(2026, 9, 1),
        "valid_to": None,
        "source": "checked",
        "recorded_at": now(),
        **more,
    }


def declares(browser: FlaskClient, **fields: str) -> Any:
    month = today().strftime("%Y-%m")
    return make.posts(
        browser, "/quotient", **{"amount": "742,50", "kind": "caf", "month": month, **fields}
    )


def lives(
    portal: Portal,
    *addresses: dict[str, Any],
    version: int = 3,
    guardians_here: Sequence[str] = (CLAIRE,),
) -> None:
    portal.callees.answers(
        "dossier",
        guardians.my_household,
        lambda _request: {
            "version": version,
            "guardians": [{"id": each, "name": "Claire Lefèvre"} for each in guardians_here],
            "addresses": list(addresses),
        },
    )


def moves(browser: FlaskClient, **fields: str) -> Any:
    return make.posts(browser, ADDRESS, **{"version": "3", "commune": "", **MOVED, **fields})


# The quotient


def test_the_page_says_what_billing_knows_and_that_no_service_sees_it(
    portal: Portal, browser: FlaskClient
) -> None:
    knows_quotients(portal, quotient())

    page = main_of(browser.get("/quotient").text)

    assert "Facturation : sert à calculer vos prix ; aucun service ne le voit." in page
    assert "Septembre 2026 CAF 742,00 €" in page
    assert "vérifié par un agent" in page
    assert portal.callees.rounds == 1


LAPSED = "Aucun ne vaut aujourd’hui : le prix le plus haut est compté jusqu’au prochain."


@pytest.mark.parametrize(
    ("last_day", "lapsed"),
    [(None, False), (timedelta(0), False), (timedelta(days=-1), True)],
    ids=["without an end", "on its last day", "on the day after"],
)
def test_a_quotient_that_holds_no_longer_says_what_is_counted_instead(
    portal: Portal, browser: FlaskClient, last_day: timedelta | None, lapsed: bool
) -> None:
    ends = None if last_day is None else today() + last_day
    knows_quotients(portal, quotient(valid_from=today() - timedelta(days=365), valid_to=ends))

    page = main_of(browser.get("/quotient").text)

    assert (LAPSED in page) is lapsed


def test_who_has_two_homes_reads_which_quotient_is_whose(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD, SECOND], Child(), version=2)
    knows_quotients(portal, quotient())
    lives(portal)

    page = main_of(browser.get("/quotient").text)

    homes = {request.household_id for _, request in asked(portal, guardians.my_household)}
    assert homes == {HOUSEHOLD, SECOND}
    assert page.count("Foyer de Claire Lefèvre") >= 2


def test_a_quotient_is_said_in_cents_from_the_first_of_a_month_and_once(
    portal: Portal, browser: FlaskClient
) -> None:
    knows_quotients(portal)
    portal.callees.answers(BILLING, quotients.declare_quotient, lambda _request: {})
    act = new_id()

    sent = [declares(browser, act=act) for _ in range(2)]
    page = main_of(browser.get(sent[0].location).text)

    (first, request), (second, _) = asked(portal, quotients.declare_quotient)
    assert (request.household_id, request.cents, request.kind) == (HOUSEHOLD, 74_250, "caf")
    assert request.valid_from == today().replace(day=1)
    assert first == second
    assert "C’est enregistré." in page


def test_a_quotient_that_cannot_be_read_comes_back_as_typed(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = declares(browser, amount="environ 700", kind="", month="2019-01")

    page = main_of(answer.text)
    assert answer.status_code == 422
    assert "Écrivez un montant, par exemple 742 ou 742,50." in page
    assert "Choisissez qui a calculé votre quotient." in page
    assert "Choisissez un mois." in page
    assert 'value="environ 700"' in answer.text
    assert asked(portal, quotients.declare_quotient) == []


def test_a_quotient_with_its_comma_lost_is_asked_for_again(
    portal: Portal, browser: FlaskClient
) -> None:
    knows_quotients(portal)
    portal.callees.answers(BILLING, quotients.declare_quotient, lambda _request: {})

    answer = declares(browser, amount="74250")
    assert answer.status_code == 422 and "vérifiez la virgule" in main_of(answer.text)
    assert 'name="that_much" value="7425000"' in answer.text
    assert asked(portal, quotients.declare_quotient) == []

    assert declares(browser, amount="74250", that_much="7425000").status_code == 303


def test_while_billing_is_silent_a_quotient_is_not_lost(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = declares(browser)

    assert answer.status_code == 503
    assert "Ce n’est pas encore enregistré." in main_of(answer.text)
    assert 'value="742,50"' in answer.text
    confirmed = declares(browser, amount="74250", that_much="7425000")
    assert confirmed.status_code == 503 and 'value="7425000" checked' in confirmed.text


def test_what_an_agent_has_seen_only_an_agent_corrects(
    portal: Portal, browser: FlaskClient
) -> None:
    knows_quotients(portal, quotient())
    portal.callees.answers(BILLING, quotients.declare_quotient, quotients.QuotientChecked())

    answer = declares(browser)

    assert answer.status_code == 422
    assert "Un agent a vérifié votre attestation" in main_of(answer.text)


def test_a_quotient_is_said_for_ones_own_household_only(
    portal: Portal, browser: FlaskClient
) -> None:
    assert declares(browser, household=new_id()).status_code == 404
    assert asked(portal, quotients.declare_quotient) == []


def test_who_lives_in_two_households_says_for_which(portal: Portal, browser: FlaskClient) -> None:
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD, SECOND], Child(), version=2)
    knows_quotients(portal, quotient())
    lives(portal)

    page = main_of(browser.get("/quotient").text)

    assert "Pour quel foyer ?" in page
    assert "Foyer de Claire Lefèvre" in page
    assert portal.callees.rounds == 1


# The address


def test_the_only_households_address_opens_by_itself(portal: Portal, browser: FlaskClient) -> None:
    lives(portal, TILLEULS)

    page = browser.get("/adresse", follow_redirects=True).text

    assert "12 rue des Tilleuls 28000 Démonstration" in main_of(page)
    assert '<option value="28901" selected>' in page
    assert "Autre commune" in main_of(page)


def test_a_move_is_said_with_the_commune_of_the_town_file_and_once(
    portal: Portal, browser: FlaskClient
) -> None:
    lives(portal, TILLEULS)
    portal.callees.answers("dossier", guardians.move_household, lambda _request: {"version": 4})
    act = new_id()

    sent = [moves(browser, act=act) for _ in range(2)]
    page = main_of(browser.get(sent[0].location).text)

    (first, request), (second, _) = asked(portal, guardians.move_household)
    assert (request.base_version, request.insee, request.commune) == (3, "28902", "Aubeval")
    assert request.valid_from == date(2026, 12, 1)
    assert first == second
    assert "C’est enregistré." in page
    assert "L’école et les places restent" in page  # what a move does not change by itself
    assert "Déposer un justificatif" in page


def test_an_address_of_the_coming_month_is_said_to_hold_from_then_on(
    portal: Portal, browser: FlaskClient
) -> None:
    moves_on = today() + timedelta(days=20)
    lives(portal, {**TILLEULS, "valid_from": moves_on}, TILLEULS)

    page = main_of(browser.get(ADDRESS).text)

    assert page.count("à partir du") == 1
    assert page.index("à partir du") < page.index("depuis le 1er septembre 2024")


def test_who_shares_the_home_reads_that_the_other_sees_the_address_before_writing_one(
    portal: Portal, browser: FlaskClient
) -> None:
    shared = "L’autre responsable de ce foyer voit cette adresse"
    lives(portal, TILLEULS)
    alone = main_of(browser.get(ADDRESS).text)
    lives(portal, TILLEULS, guardians_here=[CLAIRE, new_id()])

    together = main_of(browser.get(ADDRESS).text)

    assert shared not in alone
    assert shared in together and "le guichet fait deux foyers" in together


def test_a_commune_that_the_town_does_not_list_is_written(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers("dossier", guardians.move_household, lambda _request: {"version": 4})

    unnamed = moves(browser, insee="other")
    moves(browser, insee="other", commune="Rennes")

    [(_, request)] = asked(portal, guardians.move_household)
    assert unnamed.status_code == 422
    assert "Écrivez le nom de la commune." in main_of(unnamed.text)
    assert (request.insee, request.commune) == ("", "Rennes")


def test_a_move_that_lacks_something_comes_back_as_typed(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = moves(browser, postcode="", insee="75056", valid_from="bientôt")

    page = main_of(answer.text)
    assert answer.status_code == 422
    assert "Écrivez le code postal." in page
    assert "Choisissez la commune." in page
    assert "Écrivez un jour" in page
    assert 'value="3 place de l’Église"' in answer.text


def test_while_the_dossier_is_silent_a_move_is_not_lost(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = moves(browser)

    assert answer.status_code == 503
    assert "Ce n’est pas encore enregistré." in main_of(answer.text)
    assert 'value="3 place de l’Église"' in answer.text


def test_another_guardians_change_stands_beside_ones_own(
    portal: Portal, browser: FlaskClient
) -> None:
    lives(portal, TILLEULS | {"street": "1 rue Neuve"}, version=5)
    portal.callees.answers("dossier", guardians.move_household, Outdated(version=5))

    answer = moves(browser)

    page = main_of(answer.text)
    assert answer.status_code == 409
    assert "Pendant ce temps, cette page a été changée." in page
    assert "1 rue Neuve" in page
    assert "3 place de l’Église 28130 Aubeval" in page
    assert 'name="version" value="5"' in answer.text


def test_the_same_change_by_another_guardian_is_no_conflict(
    portal: Portal, browser: FlaskClient
) -> None:
    same = {**MOVED, "commune": "Aubeval", "valid_from": date(2026, 12, 1)}
    lives(portal, same, version=5)
    portal.callees.answers("dossier", guardians.move_household, Outdated(version=5))

    assert moves(browser).status_code == 303


def test_another_households_address_does_not_exist(portal: Portal, browser: FlaskClient) -> None:
    lives(portal, TILLEULS)

    assert browser.get(f"/adresse/{new_id()}").status_code == 404
    assert make.posts(browser, f"/adresse/{new_id()}", version="3").status_code == 404
    assert portal.callees.asked == []


# Tax certificates


def test_certificates_stand_by_year_with_their_document(
    portal: Portal, browser: FlaskClient
) -> None:
    one = {"provider": "ens", "child": "Manon", "cents": 32_000, "issued_on": date(2026, 2, 3)}
    rows = [
        {**one, "certificate_id": new_id(), "year": 2024},
        {**one, "certificate_id": new_id(), "year": 2025, "cents": 41_000},
    ]
    portal.callees.answers(BILLING, bills.my_certificates, lambda _request: {"certificates": rows})
    pdf = {"name": "attestation.pdf", "content": base64.b64encode(b"%PDF-1.7").decode()}
    portal.callees.answers(BILLING, bills.certificate_pdf, lambda _request: pdf)

    page = main_of(browser.get("/factures/attestations").text)
    document = browser.get(f"/attestations/{rows[1]['certificate_id']}/document")

    assert page.index("2025") < page.index("410,00 €") < page.index("320,00 €")
    assert document.data == b"%PDF-1.7"
    assert portal.callees.rounds == 2


def test_certificates_while_billing_is_silent_say_so(portal: Portal, browser: FlaskClient) -> None:
    page = main_of(browser.get("/factures/attestations").text)

    assert "Vos attestations ne sont pas lisibles pour l’instant." in page
