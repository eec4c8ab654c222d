"""Money without a debtor and arrears at a régie's desk; payments and refunds taken back."""

import re
from datetime import timedelta

from services.enrolment.store import store
from shared.contracts.billing.bills import TAKEN_BY_MISTAKE
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.billing.regie import payers as contracts
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import attendance, enrolment
from tests.factories import regie_answers as answers
from tests.factories.regie import Regisseur
from tests.factories.regie_answers import (
    ACCOUNT,
    HOUSEHOLD,
    INVOICE,
    NUMBER,
    OTHER_HOUSEHOLD,
    PAYMENT,
    REFUND,
    REVERSAL,
)

WAITING = f"/regie/attente/{PAYMENT}"
REFUND_FORM = f"/regie/paiements/{HOUSEHOLD}/rembourser"
REFUND_REVERSAL = f"/regie/paiements/{HOUSEHOLD}/remboursements/{REFUND}/annuler"


def test_money_that_waits_is_given_to_the_bill_that_was_named(odile: Regisseur) -> None:
    named = {"payers": [answers.found(number=NUMBER)]}
    odile.billing(contracts.find_payers, named)

    page = odile.sees(f"{WAITING}?q={NUMBER}")
    answer = odile.sends(WAITING, household_id=HOUSEHOLD, number=NUMBER, q=NUMBER)
    odile.sends(WAITING, household_id=OTHER_HOUSEHOLD, number="-", q="canari")

    assert "VIR M CANARI" in page and "335,17 €" in page
    assert "C’est attribué" in answer.text
    requests = [
        (request.household_id, request.invoice_id)
        for request in odile.asked(regie_counter.assign_suspense)
    ]
    assert requests == [(HOUSEHOLD, INVOICE), (OTHER_HOUSEHOLD, None)]


def test_of_two_payers_who_read_alike_the_children_are_named_beside_each(odile: Regisseur) -> None:
    alike = [answers.found(children=["Lou Martin"]), answers.found(children=["Paul Martin"])]
    odile.billing(contracts.find_payers, {"payers": alike})

    for path in (WAITING, "/regie/encaisser", "/regie/payeurs"):
        page = odile.sees(f"{path}?q=martin")
        assert "Lou Martin" in page and "Paul Martin" in page


def test_money_that_is_no_longer_waiting_is_not_found(odile: Regisseur) -> None:
    assert odile.desk.client.get(f"/regie/attente/{new_id()}").status_code == 404


def test_a_rejected_cheque_of_nobody_known_is_reversed(odile: Regisseur) -> None:
    answer = odile.sends(f"{WAITING}/annuler", reason="bank_rejected")

    assert "Le paiement est annulé." in odile.sees(answer.location)
    assert [request.payment_id for request in odile.asked(regie_counter.reverse_payment)] == [
        PAYMENT
    ]


def test_the_chosen_families_are_reminded_or_all_of_the_page(odile: Regisseur) -> None:
    nobody = odile.sends("/regie/impayes/relancer")
    answer = odile.sends("/regie/impayes/relancer", invoices=INVOICE)
    odile.sends("/regie/impayes/relancer", shown=INVOICE, all="yes")

    assert nobody.status_code == 422 and "au moins une facture" in nobody.text
    assert "1 famille est relancée" in odile.sees(answer.location)
    assert [request.invoices for request in odile.asked(contracts.remind)] == [[INVOICE], [INVOICE]]


def test_overdue_bills_show_how_often_their_families_were_reminded(odile: Regisseur) -> None:
    page_text = odile.sees("/regie/impayes")

    assert NUMBER in page_text and re.search(r"Dernière relance .* 1 \d{2}/\d{2}/\d{4}", page_text)
    assert "En retard, en tout : 1 006,67 €" in page_text
    assert "En attente dans cette liste, sans rien demander aux familles : 2 013,39 €" in page_text
    assert "À demander à des successions, hors de cette liste : 335,17 €" in page_text


def test_a_list_of_payers_leaves_as_a_file_with_a_line_for_the_childs_log(
    odile: Regisseur,
) -> None:
    child = enrolment.Child()
    odile.provider.receives_child(child)
    with store.write() as write:
        attendance.at_home(write, child.id, HOUSEHOLD)

    answer = odile.desk.client.get("/regie/impayes?fichier=csv")

    header, row = answer.data.decode("utf-8-sig").splitlines()
    assert header.startswith("Payeur;Facture;") and header.endswith(";Reste dû")
    assert NUMBER in row and row.endswith(";1006,67")
    (taken,) = odile.provider.published("list_taken")
    assert (taken["part"], taken["role"]) == ("account", "treasurer")
    assert taken["child_ids"] == [child.id]


def test_payments_between_two_days_add_up_by_means(odile: Regisseur) -> None:
    page_text = odile.sees("/regie/paiements?du=2026-11-01&au=2026-11-30")
    odile.sees("/regie/paiements?du=2026-11-30&au=2026-11-01")
    odile.sees("/regie/paiements")

    assert "chèque 2 013,39 €" in page_text and "en ligne (PayFiP) 1 006,67 €" in page_text
    requests = [(request.first, request.last) for request in odile.asked(contracts.payments_of)]
    assert requests[0] == requests[1] and requests[2] == (today() - timedelta(days=30), today())


def test_a_payment_is_reversed_for_a_reason_and_nothing_is_deleted(odile: Regisseur) -> None:
    silent = odile.sends(REVERSAL)
    answer = odile.sends(REVERSAL, reason="bank_rejected")

    assert silent.status_code == 422
    assert "La facture est de nouveau à payer." in odile.sees(answer.location)
    assert [request.reason for request in odile.asked(regie_counter.reverse_payment)] == [
        "bank_rejected"
    ]


def test_a_reversal_noted_at_a_wrong_payment_is_undone_from_the_payers_account(
    odile: Regisseur,
) -> None:
    taken_back = {**answers.payment(), "state": "reversed", "reversed_because": "bank_rejected"}
    odile.billing(contracts.payer_account, answers.account(payments=[taken_back]))
    undo = f"/regie/paiements/{HOUSEHOLD}/{PAYMENT}/retablir"
    assert f'href="{undo}"' in odile.desk.client.get(f"/regie/payeurs/{HOUSEHOLD}").text
    form = odile.sees(undo)
    assert "Rétablir ce paiement" in form and "prévenez" not in form

    answer = odile.sends(undo)

    assert "n’avaient plus à recevoir est au compte du foyer" in odile.sees(answer.location)
    (order,) = odile.asked(regie_counter.reinstate_payment)
    assert order.payment_id == PAYMENT
    odile.billing(regie_counter.reinstate_payment, regie_counter.DayClosed())
    assert "rétablissez ce paiement demain" in odile.sends(undo).text


def test_who_reinstates_a_payment_reads_that_the_accountant_claims_a_bill_still(
    odile: Regisseur,
) -> None:
    taken_back = {**answers.payment(), "state": "reversed", "reversed_because": "bank_rejected"}
    claimed = answers.bill(state="transferred")
    shown = answers.account(payments=[taken_back], bills=[claimed])
    odile.billing(contracts.payer_account, shown)

    form = odile.sees(f"/regie/paiements/{HOUSEHOLD}/{PAYMENT}/retablir")

    assert "Si la facture est partie chez le comptable, prévenez-le" in form


def test_a_reversal_of_money_without_a_payer_is_undone_from_the_money_that_waits(
    odile: Regisseur,
) -> None:
    listed = answers.answers()[regie_counter.suspense]
    waiting = {**listed, "payments": [], "taken_back": listed["payments"]}
    odile.billing(regie_counter.suspense, waiting)
    assert f'href="{WAITING}/retablir"' in odile.desk.client.get("/regie/attente").text

    answer = odile.sends(f"{WAITING}/retablir")

    assert "il attend de nouveau son payeur" in odile.sees(answer.location)
    (order,) = odile.asked(regie_counter.reinstate_payment)
    assert order.payment_id == PAYMENT


def test_a_payment_is_taken_back_tomorrow_where_the_day_is_closed(odile: Regisseur) -> None:
    odile.billing(regie_counter.reverse_payment, regie_counter.DayClosed())

    refused = odile.sends(REVERSAL, reason="bank_rejected")

    assert refused.status_code == 409 and "annulez ce paiement demain" in refused.text


def test_a_refund_is_reversed_for_a_reason_while_its_day_is_open(odile: Regisseur) -> None:
    account = odile.sees(ACCOUNT)
    silent = odile.sends(REFUND_REVERSAL)
    answer = odile.sends(REFUND_REVERSAL, reason=TAKEN_BY_MISTAKE)
    done = odile.sees(answer.location)
    odile.billing(regie_counter.reverse_refund, regie_counter.DayClosed())
    closed = odile.sends(REFUND_REVERSAL, reason=TAKEN_BY_MISTAKE)

    assert REFUND_REVERSAL in odile.desk.client.get(ACCOUNT).text and "RIB vu" in account
    assert silent.status_code == 422 and "Choisissez une raison." in silent.text
    assert "La somme est de nouveau au compte du foyer." in done
    assert odile.asked(regie_counter.reverse_refund)[0].reason == TAKEN_BY_MISTAKE
    assert closed.status_code == 409


def test_a_refund_that_was_taken_back_says_why_and_is_not_taken_back_again(
    odile: Regisseur,
) -> None:
    reversed_one = answers.refund(reversed_because=TAKEN_BY_MISTAKE, reversible=False)
    odile.billing(contracts.payer_account, answers.account(refunds=[reversed_one]))

    assert "annulé : noté par erreur" in odile.sees(ACCOUNT)
    assert odile.desk.client.get(REFUND_REVERSAL).status_code == 404


def test_a_bill_that_asks_back_an_advance_says_why_and_offers_no_credit_note(
    odile: Regisseur,
) -> None:
    asked = {**answers.answers()[contracts.payer_bill], "asks_back": True, "lines": []}
    odile.billing(contracts.payer_bill, asked)

    page = odile.sees(f"/regie/factures/{answers.INVOICE}")

    assert "Avance à rendre" in page and "Elle n’est le prix d’aucun service" in page
    assert "Faire un avoir" not in page and "Encaisser" in page


def test_a_refund_of_a_closed_day_is_asked_for_tomorrow(odile: Regisseur) -> None:
    odile.billing(regie_counter.refund, regie_counter.DayClosed())

    refused = odile.sends(REFUND_FORM, cents="33,51", paper="RIB du 3 novembre")

    assert refused.status_code == 409 and 'value="33,51"' in refused.text
    assert "notez ce remboursement demain" in refused.text


def test_a_credit_is_paid_back_from_a_paper_and_never_more_than_there_is(odile: Regisseur) -> None:
    whole = odile.desk.client.get(REFUND_FORM)
    without = odile.sends(REFUND_FORM, cents="33,51", paper="")
    answer = odile.sends(REFUND_FORM, cents="33,51", paper="RIB du 3 novembre")
    odile.billing(regie_counter.refund, contracts.TooMuch(most=100))
    too_much = odile.sends(REFUND_FORM, cents="900", paper="RIB du 3 novembre")

    assert 'value="335,17"' in whole.text
    assert without.status_code == 422 and 'value="33,51"' in without.text
    assert "Le remboursement est noté." in odile.sees(answer.location)
    assert odile.asked(regie_counter.refund)[0].cents == 3351
    assert too_much.status_code == 409 and "C’est plus que ce qui reste." in too_much.text


def test_what_a_regie_has_of_families_leads_to_their_accounts(odile: Regisseur) -> None:
    page = odile.sees("/regie/impayes")

    assert "Avances des foyers : 335,17 €" in page and "remboursez-le" in page


def test_of_a_family_with_whom_one_agent_speaks_no_regisseur_is_led_to_call(
    odile: Regisseur,
) -> None:
    row = {**answers.answers()[contracts.arrears], "bills": [answers.arrear(on_hold=True)]}
    odile.billing(contracts.arrears, row)
    odile.billing(contracts.payer_account, answers.account(on_hold=True))
    odile.billing(contracts.payer_bill, {**answers.bill_page(), "on_hold": True})

    assert "n’appelez pas : voyez le payeur" in odile.sees("/regie/impayes")
    for page in (f"/regie/payeurs/{HOUSEHOLD}", f"/regie/factures/{INVOICE}"):
        assert "N’appelez pas cette famille" in odile.sees(page)


def test_of_a_family_that_nobody_follows_any_more_a_regisseur_decides(odile: Regisseur) -> None:
    odile.billing(contracts.payer_account, answers.account(on_hold=True, hold_lapsed=True))
    odile.billing(contracts.end_lapsed_hold, {})
    two = [answers.arrear(on_hold=True, hold_lapsed=True), answers.arrear()]
    home = {"household_id": HOUSEHOLD, "payer": answers.PAYER[0], "cents": answers.OWED}
    told = {**answers.answers()[contracts.arrears], "bills": two, "undecided": [home]}
    odile.billing(contracts.arrears, told)
    page = f"/regie/payeurs/{HOUSEHOLD}"
    arrears = odile.sees("/regie/impayes")
    assert f"rien ne part d’ici là. {answers.PAYER[0]} 1 006,67 €" in arrears
    assert "à vous de décider : voyez le payeur" in arrears
    assert "tant que vous ne décidez pas" in odile.sees(page)

    answer = odile.sends(f"{page}/factures-repartent")

    assert [each.household_id for each in odile.asked(contracts.end_lapsed_hold)] == [HOUSEHOLD]
    assert "ses factures repartent" in odile.sees(answer.location)
