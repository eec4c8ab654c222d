"""The régisseur's pages: who has them, what stays of them, and what they say without billing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from shared.contracts.billing.regie import payers as contracts
from shared.contracts.billing.regie import runs as regie_runs
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import regie as make
from tests.factories import regie_answers as answers
from tests.factories.regie import Regisseur
from tests.factories.regie_answers import (
    HOUSEHOLD,
    INVOICE,
    PAYMENT,
    REFUND,
    RUN,
    SLIP,
    last_month,
)
from tests.factories.treasury_answers import LOT, RETURN
from tests.factories.treasury_answers import RUN as DEBITED

ACCOUNT, BILL, SHEET = (
    f"/regie/payeurs/{HOUSEHOLD}",
    f"/regie/factures/{INVOICE}",
    f"/regie/facturation/{RUN}",
)
PAGES = (
    "/regie",
    "/regie/facturer",
    SHEET,
    f"{SHEET}?voir=much_more",
    f"{SHEET}/{HOUSEHOLD}",
    f"{SHEET}/emettre",
    "/regie/payeurs?q=canari",
    ACCOUNT,
    f"{ACCOUNT}/quotient",
    f"{ACCOUNT}/partage",
    BILL,
    f"{BILL}.pdf",
    f"{BILL}/avoir",
    f"/regie/factures/recus/{PAYMENT}.pdf",
    "/regie/encaisser?q=canari",
    f"/regie/encaisser/paiement?payeur={HOUSEHOLD}",
    "/regie/caisse/versement",
    "/regie/caisse/cloture",
    f"/regie/caisse/bordereaux/{SLIP}.pdf",
    "/regie/attente",
    f"/regie/attente/{PAYMENT}?q=canari",
    "/regie/impayes",
    "/regie/paiements",
    f"/regie/paiements/{HOUSEHOLD}/{PAYMENT}/annuler",
    f"/regie/paiements/{HOUSEHOLD}/rembourser",
    f"/regie/paiements/{HOUSEHOLD}/remboursements/{REFUND}/annuler",
    "/regie/attestations",
    "/regie/recettes",
    "/regie/tresor",
    "/regie/tresor/preparer",
    f"/regie/tresor/lots/{LOT}",
    f"/regie/tresor/lots/{LOT}/fichier.csv",
    f"/regie/tresor/retours/{RETURN}",
    "/regie/tresor/retours/a-regarder",
    "/regie/prelevements",
    "/regie/prelevements/preparer",
    f"/regie/prelevements/{DEBITED}",
    f"/regie/prelevements/{DEBITED}/fichier.xml",
)
EMPTY_FORMS = ("/regie/tresor/retours/lire", "/regie/essais")
"""Forms that ask nothing of billing until they are sent."""
QUOTIENT = {
    "cents": "742,19",
    "kind": "caf",
    "source": "checked",
    "valid_from": "2026-09-01",
    "valid_to": "",
}


def pages() -> list[str]:
    """Return all pages that ask billing something: the one that closes the last month, too."""
    return [f"/regie/facturer/{last_month()}", *PAGES]


@pytest.fixture
def odile(database: Database, tmp_path: Path) -> Iterator[Regisseur]:
    """Give a régisseur at the desk of the school service."""
    with make.regisseur_on(database, tmp_path) as regisseur:
        yield regisseur


def test_the_regisseur_comes_in_at_the_overview_and_has_every_page(odile: Regisseur) -> None:
    assert odile.desk.client.get("/").location == "/regie"

    for page in (*pages(), *EMPTY_FORMS):
        assert odile.desk.client.get(page).status_code == 200, page


def test_for_who_does_not_hold_the_regie_none_of_its_pages_exist(
    database: Database, tmp_path: Path
) -> None:
    roles = ("kitchen", "school_desk", "lead", "administrator")
    with make.regisseur_on(database, tmp_path, *roles) as karim:
        home = karim.desk.client.get("/fermetures").text
        statuses = {karim.desk.client.get(page).status_code for page in (*pages(), *EMPTY_FORMS)}

        assert statuses == {404}
        assert "/regie" not in home and "La régie" not in home
        assert [name for _to, name, _id, _one in karim.callees.asked if name != "renew_token"] == []


def test_a_right_that_ended_yesterday_opens_nothing_today(odile: Regisseur) -> None:
    gone = odile.provider.has_agent("treasurer", name="Ancienne Régisseuse")
    odile.desk.signs_in(gone)
    assert odile.desk.client.get("/regie").status_code == 200

    odile.provider.end_right(gone, today() - timedelta(days=1))

    assert odile.desk.client.get("/regie").status_code == 404


def test_no_amount_quotient_or_payer_stays_with_the_provider(
    odile: Regisseur, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for page in pages():
        odile.desk.client.get(page)
    odile.sends(f"{ACCOUNT}/quotient", **QUOTIENT)
    odile.sends(f"{BILL}/avoir", **{"quantity-1": "1", "reason": "Absente"})
    odile.sends(f"{SHEET}/emettre", total=str(answers.TOTAL))
    odile.silence()
    odile.sends(f"{ACCOUNT}/quotient", **QUOTIENT)

    kept, said = make.everything_kept(), "".join(capfd.readouterr()) + caplog.text
    cookies = str(odile.desk.client._cookies)
    for canary in (*answers.CANARIES, "Canari"):
        assert canary not in kept, canary
        assert canary not in said, canary
        assert canary not in cookies, canary


def test_no_address_of_any_page_holds_an_amount_or_a_name(odile: Regisseur) -> None:
    odile.billing(
        regie_runs.read_run, {**answers.run(), "next": "201339:x", "rows": [answers.run_row()]}
    )

    for page in pages():
        links = re.findall(r'(?:href|action)="([^"]+)"', odile.desk.client.get(page).text)
        for canary in (*answers.CANARIES, "Canari"):
            assert [link for link in links if canary in link] == [], page


def test_while_billing_is_silent_each_page_says_so_and_the_rest_of_the_desk_works(
    database: Database, tmp_path: Path
) -> None:
    with make.regisseur_on(database, tmp_path, "treasurer", "lead") as odile:
        odile.silence()

        for page in pages():
            words = odile.sees(page, 503)
            assert "La facturation ne répond pas en ce moment" in words, page
        assert "La régie" in odile.sees("/enfants")
        assert odile.desk.client.get("/fermetures").status_code == 200


def test_what_was_typed_while_billing_is_silent_is_sent_again_as_the_same_act(
    odile: Regisseur,
) -> None:
    answer = answers.answers()[contracts.correct_quotient]
    odile.billing(contracts.correct_quotient, None)
    silent = odile.sends(f"{ACCOUNT}/quotient", **QUOTIENT)
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', silent.text))
    odile.billing(contracts.correct_quotient, answer)
    again = odile.desk.client.post(f"{ACCOUNT}/quotient", data=kept)

    assert silent.status_code == 503 and "Nous ne savons pas si c’est fait." in silent.text
    assert again.status_code == 200 and "Le quotient est noté" in again.text
    first, second = odile.ids(contracts.correct_quotient)
    assert first == second


def test_the_same_form_with_another_amount_is_another_act(odile: Regisseur) -> None:
    act = new_id()

    for cents in ("742", "742", "724"):
        odile.sends(f"{ACCOUNT}/quotient", act=act, **QUOTIENT | {"cents": cents})

    first, second, third = odile.ids(contracts.correct_quotient)
    assert first == second != third


def test_a_form_without_its_act_is_refused(odile: Regisseur) -> None:
    assert odile.sends(f"{SHEET}/emettre", act="again", total="1").status_code == 400
    assert odile.asked(regie_runs.issue_run) == []
