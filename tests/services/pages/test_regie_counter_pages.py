"""The régisseur's counter: payments and receipts, and the cash box."""

import re
from datetime import timedelta
from typing import Any

import pytest

from shared.contracts.billing.bills import NothingOwed
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie import payers as contracts
from shared.contracts.errors import NoAnswer
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.factories import regie_answers as answers
from tests.factories.enrolment import words
from tests.factories.regie import Regisseur
from tests.factories.regie_answers import (
    ACCOUNT,
    HOUSEHOLD,
    INVOICE,
    NUMBER,
    OTHER_HOUSEHOLD,
    PAYMENT,
    REVERSAL,
)

PAY, CLOSE, DEPOSIT = (
    "/regie/encaisser/paiement",
    "/regie/caisse/cloture",
    "/regie/caisse/versement",
)


def cash(**more: str) -> dict[str, str]:
    entered = {"household_id": HOUSEHOLD, "invoice_id": INVOICE, "means": "cash", "cents": "12,50"}
    return {**entered, "received_on": today().isoformat(), **more}


# Taking a payment


def test_a_bill_is_found_by_its_number_and_its_balance_stands_in_the_form(
    odile: Regisseur,
) -> None:
    odile.billing(contracts.find_payers, {"payers": [answers.found(number=NUMBER)]})

    page = odile.desk.client.get(f"/regie/encaisser?q={NUMBER}")
    form = odile.desk.client.get(page.location).text

    assert 'name="cents" value="1006,67"' in form
    assert f'value="{INVOICE}" checked' in form


def test_cash_is_taken_exactly_to_the_cent_and_its_receipt_is_ready(odile: Regisseur) -> None:
    answer = odile.sends(PAY, **cash())

    assert answer.status_code == 200 and f"Reçu {answers.RECEIPT}" in words(answer.text)
    assert f"/regie/factures/recus/{PAYMENT}.pdf" in answer.text
    (request,) = odile.asked(regie_counter.take_payment)
    assert (request.cents, request.means, request.invoice_id) == (1250, "cash", INVOICE)
    assert (request.regie, request.received_on) == ("ens", today())


@pytest.mark.parametrize(
    ("owed", "where"), [(5000, "cheque"), (0, "cents")], ids=["known amount", "no amount"]
)
def test_a_lot_of_cheques_is_typed_from_the_first_field_that_is_empty_to_the_next_payer(
    odile: Regisseur, owed: int, where: str
) -> None:
    account = answers.account(owed_cents=owed, bills=[])
    odile.billing(contracts.payer_account, account)

    form = odile.desk.client.get(f"{PAY}?payeur={HOUSEHOLD}").text
    receipt = odile.sends(PAY, **cash()).text
    wrong = odile.sends(PAY, **cash(cents="")).text

    assert re.findall(r'name="(\w+)"[^>]* autofocus', form) == [where]
    assert "Qui paie ensuite" in receipt and "data-search" in receipt
    assert "autofocus" not in wrong, "what is missing is said first"


def test_an_agent_reads_that_the_bill_is_being_paid_online(odile: Regisseur) -> None:
    form = f"{PAY}?payeur={HOUSEHOLD}&facture={INVOICE}"
    before = odile.sees(form)
    odile.billing(contracts.payer_account, answers.account(bills=[answers.bill(checking=True)]))

    assert "paiement en ligne en cours" not in before
    assert "reste 1 006,67 €, paiement en ligne en cours" in words(odile.sees(form))


def test_less_than_is_owed_says_what_is_left_to_pay(odile: Regisseur) -> None:
    whole, part = (words(odile.sends(PAY, **cash(owed=owed)).text) for owed in ("100667", "101917"))

    assert "Il reste" not in whole
    assert "Il reste 12,50 € à payer." in part


def test_what_is_left_is_said_after_what_all_of_the_money_has_paid(odile: Regisseur) -> None:
    taken = answers.answers()[regie_counter.take_payment]
    parts = {"allocated_cents": 1_000, "others_cents": 250}
    odile.billing(regie_counter.take_payment, {**taken, **parts})

    text = words(odile.sends(PAY, **cash(owed="3000")).text)

    assert text.index("2,50 € de trop") < text.index("Il reste 17,50 € à payer.")


def test_more_than_is_owed_says_that_it_stays_at_the_households_account(odile: Regisseur) -> None:
    page_text = (
        odile.sends(PAY, **cash(cents="5000")).text.replace("\u00a0", " ").replace("\u202f", " ")
    )

    assert "1 006,67 € paient la facture." in page_text
    assert "335,17 € de trop : c’est gardé au compte du foyer" in page_text


def test_money_without_a_debtor_waits_with_what_is_known_of_who_paid(odile: Regisseur) -> None:
    nobody = cash(household_id="", invoice_id="", means="transfer")

    silent = odile.sends(PAY, **nobody)
    odile.sends(PAY, **nobody, payer="VIR M CANARI")

    assert silent.status_code == 422 and "Écrivez ce que vous savez" in silent.text
    (request,) = odile.asked(regie_counter.take_payment)
    assert (request.household_id, request.invoice_id, request.payer) == (None, None, "VIR M CANARI")


def test_cheques_that_fill_several_pages_are_one_list_and_the_box_is_summed_once(
    odile: Regisseur,
) -> None:
    following = iter((PAYMENT, ""))
    box = answers.cash_box(cheques=2_000, cheques_cents=8_642_000, next=OTHER_HOUSEHOLD)
    odile.callees.answers("billing", regie_counter.cash_box, lambda _request: box)
    odile.callees.answers(
        "billing",
        regie_counter.cheques_to_deposit,
        lambda _request: answers.cheques(next=next(following)),
    )

    deposit = words(odile.sees(DEPOSIT))
    odile.sends("/regie/encaisser", after=OTHER_HOUSEHOLD)

    assert "Déposer 2 000 chèques, 86 420,00 €" in deposit
    pages = odile.asked(regie_counter.cheques_to_deposit)
    assert [request.after for request in pages] == ["", PAYMENT]
    assert [request.after for request in odile.asked(regie_counter.cash_box)] == [
        "",
        OTHER_HOUSEHOLD,
    ]


def test_lists_of_more_pages_than_fifty_are_read_to_their_last_one(odile: Regisseur) -> None:
    """A régie of ten thousand bills in arrears: a list cut short would say so nowhere."""
    overdue = iter(range(60))
    waiting = iter(range(60))
    arrears = answers.answers()[contracts.arrears]
    odile.callees.answers(
        "billing",
        contracts.arrears,
        lambda _request: {**arrears, "next": new_id() if next(overdue) < 59 else ""},
    )
    odile.callees.answers(
        "billing",
        regie_counter.cheques_to_deposit,
        lambda _request: answers.cheques(next=new_id() if next(waiting) < 59 else ""),
    )

    listed = words(odile.sees("/regie/impayes"))
    odile.sees(DEPOSIT)

    assert len(odile.asked(contracts.arrears)) == 60
    assert len(odile.asked(regie_counter.cheques_to_deposit)) == 60
    assert "60 lignes" in listed, listed


def many_payments(odile: Regisseur) -> None:
    """Let there be 1,200 payments, some of them by cheque, two hundred to a page."""
    kinds = [
        {"means": means, "state": "paid", "reversed_because": "", "payments": number}
        for means, number in (("online", 1_000), ("cheque", 200))
    ]
    row = answers.answers()[contracts.payments_of]["payments"][0]

    def page(request: contracts.PaymentsOfRequest) -> dict[str, object]:
        number = int(request.after or 0)
        rows = [row | {"payment_id": new_id(), "means": "online"} for _ in range(200)]
        following = "" if number == 5 else str(number + 1)
        return {"payments": rows, "totals": {}, "kinds": kinds, "next": following}

    odile.callees.answers("billing", contracts.payments_of, page)


def test_of_a_long_list_of_payments_as_many_are_read_as_its_page_shows(odile: Regisseur) -> None:
    many_payments(odile)

    raw = odile.desk.client.get("/regie/paiements").text

    assert len(odile.asked(contracts.payments_of)) == 2
    assert "1 200 lignes" in words(raw)
    assert '<option value="chèque">' in raw  # though none of the rows that were read is one


@pytest.mark.parametrize(
    "narrowed", ["par=en ligne (PayFiP)", "q=lefevre", "lettre=L", "tri=montant", "fichier=csv"]
)
def test_what_is_asked_of_a_long_list_is_answered_of_all_of_it(
    odile: Regisseur, narrowed: str
) -> None:
    many_payments(odile)

    assert odile.desk.client.get(f"/regie/paiements?{narrowed}").status_code == 200

    assert len(odile.asked(contracts.payments_of)) == 6


def test_a_list_that_leads_back_to_its_own_page_comes_to_an_end(odile: Regisseur) -> None:
    arrears = {**answers.answers()[contracts.arrears], "next": PAYMENT}
    odile.callees.answers("billing", contracts.arrears, lambda _request: arrears)
    cheques = answers.cheques(next=PAYMENT)
    odile.callees.answers("billing", regie_counter.cheques_to_deposit, lambda _request: cheques)

    for page in ("/regie/impayes", DEPOSIT):
        odile.sees(page)

    assert len(odile.asked(contracts.arrears)) == 2
    assert len(odile.asked(regie_counter.cheques_to_deposit)) == 2


def test_a_cheque_needs_its_number_and_cash_takes_none_along(odile: Regisseur) -> None:
    without = odile.sends(PAY, **cash(means="cheque"))
    odile.sends(PAY, **cash(means="cheque", cheque="0001234", bank="Banque des Tilleuls"))
    odile.sends(PAY, **cash(cheque="0001234"))

    assert "Écrivez le numéro du chèque." in without.text
    by_cheque, by_cash = odile.asked(regie_counter.take_payment)
    assert (by_cheque.cheque, by_cheque.bank) == ("0001234", "Banque des Tilleuls")
    assert by_cash.cheque == ""


NOT_TAKEN = (
    ("cents", "douze", "Écrivez le montant en euros"),
    ("cents", "12,505", "Écrivez le montant en euros"),
    ("cents", "0", "Écrivez le montant en euros"),
    ("means", "coquillages", "Choisissez comment c’est payé."),
    ("received_on", "hier", "Écrivez le jour"),
    ("received_on", "2099-01-01", "Écrivez le jour"),
)


def test_what_cannot_be_taken_is_said_and_all_that_was_typed_is_kept(odile: Regisseur) -> None:
    for field, entered, error in NOT_TAKEN:
        answer = odile.sends(PAY, **cash(payer="Le grand-père", **{field: entered}))

        assert answer.status_code == 422 and error in answer.text, entered
        assert 'value="Le grand-père"' in answer.text
    assert odile.asked(regie_counter.take_payment) == []


def test_what_the_counter_refuses_is_said_beside_what_was_typed(odile: Regisseur) -> None:
    refused = {
        regie_counter.DayClosed(): "La caisse de ce jour est clôturée",
        regie_counter.CashBoxFull(ceiling_cents=120_000): "faites d’abord un versement",
    }
    for refusal, error in refused.items():
        odile.billing(regie_counter.take_payment, refusal)

        answer = odile.sends(PAY, **cash())

        assert answer.status_code == 409 and error in answer.text
        assert 'name="cents" value="12,50"' in answer.text


def test_the_same_cheque_is_asked_for_again_and_taken_where_it_is_another(
    odile: Regisseur,
) -> None:
    day = today().isoformat()
    again = regie_counter.ChequeTaken(receipt=answers.RECEIPT, cents=1250, on=day)
    odile.billing(regie_counter.take_payment, again)
    cheque = cash(means="cheque", cheque="0001234")

    answer = odile.sends(PAY, **cheque)
    odile.sends(PAY, **cheque, another="0001234")
    odile.sends(PAY, **cheque | {"cheque": "0001235"}, another="0001234")

    assert answer.status_code == 409 and 'name="another" value="0001234"' in answer.text
    assert f"Un chèque de ce numéro a déjà été encaissé : 12,50 €, reçu {answers.RECEIPT}" in words(
        answer.text
    )
    asked = odile.asked(regie_counter.take_payment)
    assert [each.another for each in asked] == [False, True, False]
    assert "Encaissements non identifiés » : attribuez-le" not in words(answer.text)
    waits = regie_counter.ChequeTaken(receipt=answers.RECEIPT, cents=1250, on=day, waits=True)
    odile.billing(regie_counter.take_payment, waits)
    assert "Encaissements non identifiés » : attribuez-le" in words(odile.sends(PAY, **cheque).text)


@pytest.mark.parametrize("written", ["0 001 234", " 0001234\u00a0", "0001\u202f234"], ids=ascii)
def test_a_cheques_number_is_the_same_however_its_figures_are_grouped(
    odile: Regisseur, written: str
) -> None:
    odile.sends(PAY, **cash(means="cheque", cheque=written))

    (taken,) = odile.asked(regie_counter.take_payment)
    assert taken.cheque == "0001234"


def kinds_of(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what payments of one kind are counted as."""
    one = {name: listed[0].get(name, "") for name in ("means", "state", "reversed_because")}
    return [{**one, "payments": len(listed)}]


def test_a_rejected_cheque_is_found_by_the_number_that_the_bank_names(odile: Regisseur) -> None:
    listed = [
        {**answers.payment(cheque=number), "payer": payer, "household_id": HOUSEHOLD, "slip": ""}
        for number, payer in (("0001234", "Haddad"), ("0009876", "Garnier"))
    ]
    came = {"payments": listed, "next": "", "totals": {}, "kinds": kinds_of(listed)}
    odile.billing(contracts.payments_of, came)
    odile.billing(contracts.payer_account, answers.account(payments=listed[:1]))

    found = odile.sees("/regie/paiements?q=9876")

    assert "0009876" in found and "Garnier" in found and "Haddad" not in found
    assert "chèque n° 0001234" in odile.sees(ACCOUNT)
    assert "chèque n° 0001234" in odile.sees(REVERSAL)


def test_words_are_looked_for_by_billing_and_all_is_read_where_a_letter_is_to_be_forgiven(
    odile: Regisseur,
) -> None:
    listed = [{**answers.payment(), "payer": "Garnier", "household_id": HOUSEHOLD, "slip": ""}]

    def answer(request: contracts.PaymentsOfRequest) -> dict[str, Any]:
        rows = listed if request.query in ("garnier", "") else []
        return {"payments": rows, "next": "", "totals": {}, "kinds": kinds_of(listed)}

    odile.billing(contracts.payments_of, answer)

    for typed, asked in (("garnier", ["garnier"]), ("garnire", ["garnire", ""])):
        already = len(odile.asked(contracts.payments_of))
        assert "Garnier" in odile.sees(f"/regie/paiements?q={typed}")
        assert [each.query for each in odile.asked(contracts.payments_of)][already:] == asked


def test_an_amount_with_its_comma_lost_is_asked_for_again(odile: Regisseur) -> None:
    lost = cash(cents="15000", owed="15000")
    answer = odile.sends(PAY, **lost)
    assert answer.status_code == 422 and "vérifiez la virgule" in answer.text
    assert odile.asked(regie_counter.take_payment) == []

    assert odile.sends(PAY, **lost, that_much="1500000").status_code == 200
    assert odile.sends(PAY, **lost | {"cents": "20000"}, that_much="1500000").status_code == 422


def test_an_amount_and_a_cheque_that_are_both_asked_for_again_are_confirmed_together(
    odile: Regisseur,
) -> None:
    again = regie_counter.ChequeTaken(receipt="", cents=1250, on=today().isoformat())
    odile.billing(regie_counter.take_payment, again)
    cheque = cash(means="cheque", cheque="0001234", cents="15000", owed="15000")

    amount_confirmed = odile.sends(PAY, **cheque, that_much="1500000")
    cheque_confirmed = odile.sends(PAY, **cheque, another="0001234")

    for answer, status in ((amount_confirmed, 409), (cheque_confirmed, 422)):
        assert answer.status_code == status
        assert 'name="that_much" value="1500000"' in answer.text
        assert 'name="another" value="0001234"' in answer.text
    assert 'value="1500000" checked' in amount_confirmed.text
    assert 'value="0001234" checked' in cheque_confirmed.text


def test_a_payment_sent_twice_is_judged_by_what_was_owed_when_its_form_was_shown(
    odile: Regisseur,
) -> None:
    form = odile.desk.client.get(f"{PAY}?payeur={HOUSEHOLD}").text
    (owed,) = re.findall(r'name="owed" value="([0-9]+)"', form)
    act, most_of_it = new_id(), cash(cents="1000", owed=owed)

    first = odile.sends(PAY, act=act, **most_of_it)
    odile.billing(contracts.payer_account, answers.account(owed_cents=int(owed) - 100_000))
    second = odile.sends(PAY, act=act, **most_of_it)

    assert (first.status_code, second.status_code) == (200, 200)
    assert len(set(odile.ids(regie_counter.take_payment))) == 1


def test_a_double_click_at_the_counter_is_one_payment(odile: Regisseur) -> None:
    act = new_id()

    for _ in range(3):
        odile.sends(PAY, act=act, **cash())

    assert len(set(odile.ids(regie_counter.take_payment))) == 1


def test_a_payment_that_found_no_answer_is_sent_again_unchanged(odile: Regisseur) -> None:
    odile.billing(regie_counter.take_payment, NoAnswer())

    silent = odile.sends(PAY, **cash())
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', silent.text))
    odile.billing(regie_counter.take_payment, answers.answers()[regie_counter.take_payment])
    again = odile.desk.client.post(PAY, data=kept)

    assert silent.status_code == 503 and "ne se fera pas deux fois" in silent.text
    assert f"Reçu {answers.RECEIPT}" in words(again.text)
    assert len(set(odile.ids(regie_counter.take_payment))) == 1


# The cash box


def test_the_day_shows_takings_the_box_against_its_ceiling_and_cheques_that_wait(
    odile: Regisseur,
) -> None:
    page_text = odile.sees("/regie/encaisser")

    for shown in (
        "espèces 671,50 €",
        "plafond : 1 200,00 €",
        "Chèques à déposer 1",
        answers.RECEIPT,
    ):
        assert shown in page_text, shown
    assert "2026-ENS-B-000003" in page_text
    assert "versées ce jour" not in page_text, "that slip is of cheques"


def test_cash_that_went_to_the_bank_stands_beside_what_is_left_in_the_box(odile: Regisseur) -> None:
    odile.billing(regie_counter.cash_box, answers.cash_box(deposited_cents=463_150))

    assert "versées ce jour : 4 631,50 €" in odile.sees("/regie/encaisser")


def test_all_cheques_are_deposited_together_and_cash_by_its_amount(odile: Regisseur) -> None:
    page = odile.sees(DEPOSIT)
    cheques = odile.sends(DEPOSIT, kind="cheque")
    typo = odile.sends(DEPOSIT, kind="cash", cents="beaucoup")
    odile.sends(DEPOSIT, kind="cash", cents="300")

    assert "Déposer 1 chèque, 1 006,72 €" in page
    assert "Bordereau 2026-ENS-B-000003" in words(cheques.text)
    assert typo.status_code == 422 and 'value="beaucoup"' in typo.text
    requests = [(request.kind, request.cents) for request in odile.asked(regie_counter.deposit)]
    assert requests == [("cheque", 0), ("cash", 30_000)]


def test_nothing_to_deposit_is_said(odile: Regisseur) -> None:
    odile.billing(regie_counter.deposit, NothingOwed())

    assert "Il n’y a rien à verser" in odile.sends(DEPOSIT, kind="cheque").text


def test_a_day_is_counted_compared_and_only_then_closed_for_good(odile: Regisseur) -> None:
    typo = odile.sends(CLOSE, counted="")
    compared = odile.sends(CLOSE, counted="1000")
    nothing_yet = odile.asked(regie_counter.close_day)
    closed = odile.sends(CLOSE, counted="1000", confirm="yes")

    assert typo.status_code == 422
    page_text = compared.text.replace("\u00a0", " ")
    assert "il manque 6,67 €" in page_text and "ne se rouvre pas" in page_text
    assert nothing_yet == []
    assert "La caisse est clôturée" in closed.text
    (request,) = odile.asked(regie_counter.close_day)
    assert (request.counted_cents, request.day) == (100_000, today())


def test_a_day_to_come_is_not_closed_by_a_slip_of_the_pen(odile: Regisseur) -> None:
    tomorrow = (today() + timedelta(days=1)).isoformat()

    counter = odile.sees(f"/regie/encaisser?jour={tomorrow}")
    compared = odile.sends(CLOSE, counted="1000", jour=tomorrow)
    closed = odile.sends(CLOSE, counted="1000", jour=tomorrow, confirm="yes")

    assert "Compter et clôturer" not in counter
    for page in (compared, closed):
        assert page.status_code == 422
        assert "Ce jour n’est pas encore venu" in page.text
    assert odile.asked(regie_counter.close_day) == []


def test_today_is_not_closed_in_place_of_a_day_that_cannot_be_read(odile: Regisseur) -> None:
    closed = odile.sends(CLOSE, counted="1000", jour="2026-02-31", confirm="yes")

    assert closed.status_code == 404
    assert odile.asked(regie_counter.close_day) == []
    odile.sees(f"{CLOSE}?jour=2026-02-31", status=404)


def test_a_closed_day_offers_no_closing(odile: Regisseur) -> None:
    odile.billing(regie_counter.cash_box, answers.cash_box(closed_at=now()))

    assert odile.desk.client.get(CLOSE).location.startswith("/regie/encaisser")
    assert "Compter et clôturer" not in odile.sees("/regie/encaisser")
