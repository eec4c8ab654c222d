"""The régisseur's pages and billing itself, as they meet: a month from its closing to the bank."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.billing.service import BillingService
from shared.bus.client import Call
from shared.contracts.errors import Refusal
from shared.dates.clock import today
from shared.web.prices.price_labels import euros
from tests.databases import Database
from tests.factories import billing, runs
from tests.factories import regie as make
from tests.factories.enrolment import words
from tests.factories.regie import Bus, Regisseur
from tests.factories.regie_answers import last_month

LOW, HIGH, QUOTIENT = 21713, 43427, 61331
"""Prices of a meal and a quotient that no page shows by chance; in cents."""


class RealBilling(Bus):
    """Billing itself, asked through its contracts by who holds the régie of the school service."""

    def _outcome(self, call: Call) -> Any:
        self.asked.append((call.to, call.method.name, call.request_id, SimpleNamespace()))
        try:
            return billing.ask(self.holder, call.method, **vars(call.request))
        except Refusal as refusal:
            return refusal

    @property
    def holder(self) -> Any:
        return billing.holder()


@pytest.fixture
def odile(database: Database, tmp_path: Path) -> Iterator[Regisseur]:
    """Give a régisseur; billing knows two families, one of them with its quotient, and a tariff."""
    (tmp_path / "billing").mkdir()
    desk = f"sqlite:///{tmp_path}/desk.sqlite"
    own = Database(desk, desk, f"sqlite:///{tmp_path}/desk-keys.sqlite")
    with runs.billing_on(database, tmp_path / "billing"), make.regisseur_on(own, tmp_path) as here:
        BillingService.settings = SimpleNamespace(portal_url="https://portail.example")
        here.desk.client.application.extensions["preau_bus"] = here.callees = RealBilling()
        for number in (1, 2):
            runs.family(number)
            runs.meals(number, *three_days_of_last_month())
        runs.tariff(runs.by_quotient("canteen", 80_000, LOW, HIGH))
        billing.quotient(2, QUOTIENT, date(2026, 9, 1), on=today())
        yield here
        BillingService.settings = None


def three_days_of_last_month() -> list[date]:
    last = today().replace(day=1) - timedelta(days=1)
    return [last - timedelta(days=back) for back in (1, 2, 3)]


def issues_the_month(odile: Regisseur) -> str:
    """Take the month from its closing page to its bills; return the run's page."""
    page = odile.sends(f"/regie/facturer/{last_month()}", reason="Rien n’attend.").location
    runs.work()
    total = re.search(r'name="total" value="(\d+)"', odile.desk.client.get(f"{page}/emettre").text)
    assert total is not None
    odile.sends(f"{page}/emettre", total=total[1])
    runs.work()
    return str(page)


def test_the_income_of_the_month_is_that_of_its_bills(odile: Regisseur) -> None:
    issues_the_month(odile)

    page = odile.sees(f"/regie/recettes?periode={last_month()}")

    for cents in (3 * LOW, 3 * HIGH, 3 * (LOW + HIGH)):
        assert words(euros(cents)) in page, cents
    assert "Moins de 800" in page and "Quotient non connu" in page


def account_of(odile: Regisseur, name: str) -> str:
    return str(odile.desk.client.get(f"/regie/payeurs?q={name}").location)


def bill_of(odile: Regisseur, name: str) -> str:
    page = odile.desk.client.get(account_of(odile, name)).text
    found = re.search(r'href="(/regie/factures/[0-9a-f-]{36})"', page)
    assert found is not None
    return found[1]


def pays(odile: Regisseur, bill: str, cents: str, **more: str) -> Any:
    payer = re.search(r"payeur=([0-9a-f-]{36})", odile.desk.client.get(bill).text)
    asked = {"means": "cash", "cents": cents, "received_on": today().isoformat()}
    household = {"household_id": payer[1]} if payer else {}
    sent = {"invoice_id": bill.rsplit("/", maxsplit=1)[-1], **household, **asked, **more}
    return odile.sends("/regie/encaisser/paiement", **sent)


def plain(page: Any) -> str:
    """Return the words of an answer, in plain spaces."""
    text = re.sub(r"<[^>]+>", " ", page.text)
    return re.sub(r"[\s\u00a0\u202f]+", " ", text)


def test_a_month_is_closed_drafted_looked_at_and_issued(odile: Regisseur) -> None:
    closing = odile.sees(f"/regie/facturer/{last_month()}")
    page = odile.sends(f"/regie/facturer/{last_month()}", reason="").location
    drafting = odile.sees(page)
    runs.work()
    drafted = odile.sees(page)
    lines = re.search(rf'href="({page}/[0-9a-f-]{{36}})"', odile.desk.client.get(page).text)
    assert lines is not None
    draft = odile.sees(lines[1])
    issues_the_month(odile)
    issued = odile.sees(page)

    assert "2 foyers · 6 quantités à facturer" in closing and "1 quotient inconnu" in closing
    assert "Calcul en cours" in drafting
    assert "Émettre 2 factures, total 1 954,20 €" in drafted
    assert "quotient inconnu : prix maximal 1" in drafted
    assert "aucun quotient connu : prix le plus haut" in draft and "434,27 €" in draft
    assert "factures émises" in issued and "2026-ENS-000001" in issued.replace(
        str(today().year), "2026"
    )
    assert "factures émises" in odile.sees("/regie")


def test_a_bill_is_found_by_its_number_and_its_documents_are_shown(odile: Regisseur) -> None:
    issues_the_month(odile)
    bill = bill_of(odile, "famille 2")

    words = odile.sees(bill)
    number = re.search(r"Facture (\S+)", words)
    assert number is not None
    form = odile.desk.client.get(f"/regie/encaisser?q={number[1]}").location

    assert "T1 : quotient de 613,31 € (CAF, depuis septembre 2026)" in words
    assert odile.desk.client.get(f"{bill}.pdf").data.startswith(b"%PDF")
    assert 'name="cents" value="651,39"' in odile.desk.client.get(form).text


def test_cash_above_the_bill_is_a_credit_that_is_paid_back(odile: Regisseur) -> None:
    issues_the_month(odile)
    bill, account = bill_of(odile, "famille 2"), account_of(odile, "famille 2")

    taken = pays(odile, bill, "700")
    receipt = re.search(r'href="(/regie/factures/recus/[^"]+)"', taken.text)
    assert receipt is not None
    paid = odile.sees(account)
    refund = account.replace("payeurs", "paiements") + "/rembourser"
    too_much = odile.sends(refund, cents="50", paper="RIB du 3 novembre")
    done = odile.sends(refund, cents="48,61", paper="RIB du 3 novembre")

    assert "651,39 € paient la facture." in plain(taken)
    assert "48,61 € de trop" in plain(taken)
    assert odile.desk.client.get(receipt[1]).data.startswith(b"%PDF")
    assert "payée" in paid and "48,61 €" in paid
    assert too_much.status_code == 409 and done.status_code == 303


def test_the_counters_day_is_deposited_and_closed_for_good(odile: Regisseur) -> None:
    issues_the_month(odile)
    bill = bill_of(odile, "famille 1")
    pays(odile, bill, "100")
    pays(odile, bill, "200", means="cheque", cheque="0001234")

    full = pays(odile, bill, "1100,01")
    slip = odile.sends("/regie/caisse/versement", kind="cheque")
    document = re.search(r'href="(/regie/caisse/bordereaux/[^"]+)"', slip.text)
    assert document is not None
    compared = odile.sends("/regie/caisse/cloture", counted="99,50")
    closed = odile.sends("/regie/caisse/cloture", counted="99,50", confirm="yes")
    late = pays(odile, bill, "5")

    day = odile.sees("/regie/encaisser")
    assert full.status_code == 409 and "La caisse dépasserait 1 200,00 €" in plain(full)
    assert "espèces 100,00 €" in day
    assert "200,00 €" in plain(slip)
    assert odile.desk.client.get(document[1]).data.startswith(b"%PDF")
    assert "il manque 0,50 €" in plain(compared)
    assert "La caisse est clôturée" in plain(closed)
    assert late.status_code == 409 and "elle ne s’ouvre plus" in plain(late)


def test_money_without_a_debtor_is_given_to_a_bill_or_reversed(odile: Regisseur) -> None:
    issues_the_month(odile)
    number = re.search(r"Facture (\S+)", odile.sees(bill_of(odile, "famille 2")))
    assert number is not None
    unknown = {"means": "transfer", "payer": "VIR INCONNU", "received_on": today().isoformat()}
    odile.sends("/regie/encaisser/paiement", cents="30", **unknown)
    odile.sends("/regie/encaisser/paiement", cents="41", **unknown)
    waiting = odile.desk.client.get("/regie/attente")
    first, second = re.findall(r'href="(/regie/attente/[0-9a-f-]{36})"', waiting.text)

    page = odile.desk.client.get(f"{first}?q={number[1]}").text
    chosen = dict(re.findall(r'name="(household_id|number|q)" value="([^"]+)"', page))
    given = odile.sends(first, **chosen)
    odile.sends(f"{second}/annuler", reason="taken_by_mistake")

    assert "VIR INCONNU" in plain(waiting)
    assert "30,00 € paient ce que le foyer devait." in plain(given)
    assert "Rien n’attend" in odile.sees("/regie/attente")


def test_a_corrected_quotient_and_a_credit_note_leave_the_issued_bill_as_it_is(
    odile: Regisseur,
) -> None:
    issues_the_month(odile)
    bill, account = bill_of(odile, "famille 1"), account_of(odile, "famille 1")
    before = odile.desk.client.get(f"{bill}.pdf").data
    quotient = {"cents": "613,31", "kind": "caf", "source": "corrected", "valid_to": ""}

    said = odile.sends(f"{account}/quotient", valid_from="2026-09-01", **quotient)
    note = odile.sends(f"{bill}/avoir", **{"quantity-1": "1", "reason": "Absente ce jour-là"})
    too_much = odile.sends(f"{bill}/avoir", **{"quantity-1": "3", "reason": "Absente"})

    assert "Un mois déjà facturé change" in plain(said)
    assert "−434,27 €" in plain(note)
    assert too_much.status_code == 422
    assert "Avoirs sur cette facture" in odile.sees(bill)
    assert odile.desk.client.get(f"{bill}.pdf").data == before


def test_a_cheque_that_the_bank_rejects_is_owed_again(odile: Regisseur) -> None:
    issues_the_month(odile)
    bill, account = bill_of(odile, "famille 2"), account_of(odile, "famille 2")
    pays(odile, bill, "651,39", means="cheque", cheque="0001234")
    reversal = re.search(r'href="([^"]+/annuler)"', odile.desk.client.get(account).text)
    assert reversal is not None

    odile.sends(reversal[1], reason="bank_rejected")

    assert "Reste à payer 651,39 €" in odile.sees(account)
    assert "chèque" in odile.sees("/regie/paiements")


def test_arrears_certificates_and_disputes_have_their_pages(odile: Regisseur) -> None:
    issues_the_month(odile)

    assert "Aucune facture en retard" in odile.sees("/regie/impayes")
    assert odile.sends("/regie/attestations", annee=str(today().year - 1)).status_code == 303
    assert "Encaissé" in odile.sees("/regie")


def test_no_quotient_and_no_unit_price_stays_with_the_provider(odile: Regisseur) -> None:
    issues_the_month(odile)
    bill = bill_of(odile, "famille 2")
    pays(odile, bill, "217,13")
    for page in (bill, account_of(odile, "famille 2"), f"{bill}/avoir", "/regie", "/regie/impayes"):
        odile.sees(page)

    kept = make.everything_kept()

    for canary in (str(LOW), str(HIGH), str(QUOTIENT), "217,13", "613,31", "Famille 2"):
        assert canary not in kept, canary
