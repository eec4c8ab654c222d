"""The régisseur at the desk: a month closed, drafted and issued; payers, bills, certificates."""

import re
from datetime import UTC, datetime

from shared.contracts.billing.regie import payers as contracts
from shared.contracts.billing.regie import runs as regie_runs
from shared.contracts.errors import NotFound, Outdated
from shared.dates.clock import today
from tests.factories import regie_answers as answers
from tests.factories.enrolment import words
from tests.factories.regie import Regisseur
from tests.factories.regie_answers import (
    CHILD,
    DISPUTE,
    HOUSEHOLD,
    INVOICE,
    OTHER_HOUSEHOLD,
    PAYMENT,
    RUN,
    last_month,
)

ACCOUNT, BILL, SHEET = (
    f"/regie/payeurs/{HOUSEHOLD}",
    f"/regie/factures/{INVOICE}",
    f"/regie/facturation/{RUN}",
)


# At a glance


def test_the_overview_draws_twelve_months_and_writes_them_in_a_table(odile: Regisseur) -> None:
    page = odile.desk.client.get("/regie").text

    assert page.count('<rect class="billed"') == 12 == page.count('<rect class="paid"')
    assert len(re.findall(r'<th scope="row">', page)) == 12
    assert "plafond : 1 200,00 €" in odile.sees("/regie")


# A month


def test_what_billing_knows_to_be_open_asks_for_a_reason(odile: Regisseur) -> None:
    page = f"/regie/facturer/{last_month()}"

    page_text = odile.sees(page)
    silent = odile.sends(page, reason="")
    given = odile.sends(page, reason="Le tarif arrive demain.")

    for shown in (
        "Contestée : Restauration scolaire",
        "Sans tarif : Accueil du soir",
        "2 quotients expirés",
        "1 foyer sans adresse",
        "septembre 2026",
    ):
        assert shown in page_text, shown
    assert silent.status_code == 422 and "Écrivez pourquoi" in silent.text
    assert given.location == SHEET
    assert [request.reason for request in odile.asked(regie_runs.open_run)] == [
        "Le tarif arrive demain."
    ]


def test_a_month_in_which_nothing_is_open_needs_no_reason(odile: Regisseur) -> None:
    odile.billing(regie_runs.closing, answers.CLEAR | {"unknown_quotients": 3})

    page = odile.sees(f"/regie/facturer/{last_month()}")
    answer = odile.sends(f"/regie/facturer/{last_month()}")

    assert "Tous les groupes sont clos" in page and "Pourquoi facturer" not in page
    assert answer.location == SHEET


def test_a_disputed_line_is_settled_on_the_closing_page(odile: Regisseur) -> None:
    answer = odile.sends(f"/regie/facturer/{last_month()}/regle/{DISPUTE}")

    assert "La contestation est réglée." in odile.sees(answer.location)
    assert [request.dispute_id for request in odile.asked(regie_runs.resolve_dispute)] == [DISPUTE]


def test_a_month_that_is_billed_says_where_the_rest_goes(odile: Regisseur) -> None:
    odile.billing(regie_runs.open_run, regie_runs.MonthIssued())

    answer = odile.sends(f"/regie/facturer/{last_month()}", reason="Parce que")

    assert answer.status_code == 409
    assert "va sur la facture suivante" in answer.text and "Parce que" in answer.text


def test_nonsense_in_an_address_is_not_found(odile: Regisseur) -> None:
    for page in (
        "/regie/facturer/2026-13",
        "/regie/facturer/hier",
        f"/regie/facturer/{last_month()}?regie=agg",
        f"{SHEET}?voir=everything",
        "/regie/encaisser/paiement?payeur=x",
    ):
        assert odile.desk.client.get(page).status_code == 404, page


def test_a_draft_in_progress_counts_up_by_itself(odile: Regisseur) -> None:
    odile.billing(
        regie_runs.read_run,
        {**answers.run(state="drafting", done=1, states={}, anomalies={}), "next": "", "rows": []},
    )

    page = odile.desk.client.get(SHEET).text

    assert "data-refresh" in page and '<progress max="4" value="1"' in page
    assert "1 foyer sur 4" in odile.sees(SHEET)
    assert "Émettre" not in page


def test_a_draft_shows_totals_beside_last_month_and_filters_what_is_unusual(
    odile: Regisseur,
) -> None:
    page_text = odile.sees(f"{SHEET}?voir=much_more")

    assert "Émettre 3 factures, total 2 013,39 €" in page_text
    assert "+ 1 006,72 € par rapport au mois précédent" in page_text
    assert "beaucoup plus que le mois précédent 1" in page_text
    assert [request.only for request in odile.asked(regie_runs.read_run)] == ["much_more"]


def test_all_households_of_a_run_are_one_list(odile: Regisseur) -> None:
    pages = iter(("201339:x", ""))
    odile.callees.answers(
        "billing",
        regie_runs.read_run,
        lambda _request: {**answers.run(), "next": next(pages), "rows": [answers.run_row()]},
    )

    assert "2 lignes" in odile.sees(SHEET)

    assert [request.after for request in odile.asked(regie_runs.read_run)] == ["", "201339:x"]


def test_a_households_draft_explains_each_price(odile: Regisseur) -> None:
    page_text = odile.sees(f"{SHEET}/{HOUSEHOLD}")

    assert "Tranche 3 : quotient de 742,19 € (CAF, depuis" in page_text
    assert "Manon · Restauration scolaire · Nourriture" in page_text


def test_bills_are_issued_for_the_total_that_was_on_the_screen(odile: Regisseur) -> None:
    page = odile.desk.client.get(f"{SHEET}/emettre").text
    total = re.search(r'name="total" value="(\d+)"', page)
    assert total is not None

    answer = odile.sends(f"{SHEET}/emettre", total=total[1])

    assert answer.location == SHEET
    assert [request.total_cents for request in odile.asked(regie_runs.issue_run)] == [answers.TOTAL]


def test_another_total_by_now_is_shown_before_anything_is_issued(odile: Regisseur) -> None:
    odile.billing(regie_runs.issue_run, Outdated())
    changed = answers.run(total_cents=300)
    odile.billing(regie_runs.read_run, {**changed, "next": "", "rows": []})

    answer = odile.sends(f"{SHEET}/emettre", total=str(answers.TOTAL))

    assert answer.status_code == 409
    assert "Regardez de nouveau" in answer.text and "3,00" in answer.text


def test_an_issued_run_is_not_issued_from_an_old_page(odile: Regisseur) -> None:
    odile.billing(regie_runs.read_run, {**answers.run(state="issued"), "next": "", "rows": []})

    assert odile.desk.client.get(f"{SHEET}/emettre").location == SHEET
    assert "Émettre" not in odile.sees(SHEET)


# Payers


def test_the_only_payer_who_answers_is_opened_at_once(odile: Regisseur) -> None:
    odile.billing(contracts.find_payers, {"payers": [answers.found()]})

    assert odile.desk.client.get("/regie/payeurs?q=canari").location == ACCOUNT


def test_an_account_shows_bills_payments_credit_quotient_and_shares(odile: Regisseur) -> None:
    page_text = odile.sees(ACCOUNT)

    for shown in (
        "Mme Canari Lefèvre",
        answers.NUMBER,
        "en retard",
        answers.RECEIPT,
        "335,17 €",
        "742,19 € · CAF",
        "vu sur l’attestation",
        "ce foyer paie 50 %",
        "Remboursements Aujourd’hui à",
        "RIB vu",
    ):
        assert shown in page_text, shown


def test_an_account_says_why_a_payment_was_taken_back_and_that_one_cheque_paid_several_bills(
    odile: Regisseur,
) -> None:
    because = {"state": "reversed", "reversed_because": "bank_rejected"}
    parts = [answers.payment(means="credit", came_by="cheque"), answers.payment(**because)]
    mistaken = answers.payment(**because | {"reversed_because": "taken_by_mistake"})
    odile.billing(contracts.payer_account, answers.account(payments=[*parts, mistaken]))

    page_text = odile.sees(ACCOUNT)

    for shown in (
        "chèque, pour plusieurs factures",
        "annulé : rejeté par la banque",
        "annulé : erreur de saisie",
    ):
        assert shown in page_text, shown
    assert "avance du foyer 2026" not in page_text


def test_what_another_software_billed_stands_in_the_account_and_leads_to_nothing(
    odile: Regisseur,
) -> None:
    past = answers.bill(number="F-2023-0815", state="paid", balance_cents=0, taken_over=True)
    noon = datetime(2023, 7, 11, 10, tzinfo=UTC)  # a day alone was taken over
    paid = answers.payment(number="F-2023-0815", receipt="", taken_over=True, at=noon)
    odile.billing(contracts.payer_account, answers.account(bills=[past], payments=[paid]))

    page_text, page = odile.sees(ACCOUNT), odile.desk.client.get(ACCOUNT).text

    assert page_text.count("F-2023-0815 historique") == 2
    assert "11 juillet 2023" in page_text and "11 juillet 2023 à" not in page_text
    assert f'href="{BILL}"' not in page and f"/{PAYMENT}/annuler" not in page


def test_a_household_that_has_no_account_here_is_not_found(odile: Regisseur) -> None:
    odile.billing(contracts.payer_account, NotFound())

    assert odile.desk.client.get(ACCOUNT).status_code == 404


def test_a_corrected_quotient_says_which_months_change_and_when(odile: Regisseur) -> None:
    entered = {"cents": "1 742,50", "kind": "caf", "source": "corrected", **since()}

    answer = odile.sends(f"{ACCOUNT}/quotient", **entered)

    assert "2 mois déjà facturés changent" in answer.text
    assert "octobre 2026, novembre 2026" in answer.text.replace("\u00a0", " ")
    assert "viennent avec la prochaine facturation" in answer.text
    (request,) = odile.asked(contracts.correct_quotient)
    assert (request.cents, request.kind, request.source) == (174250, "caf", "corrected")
    assert (request.valid_from.isoformat(), request.valid_to) == ("2026-09-01", None)


def test_a_quotient_with_its_comma_lost_is_asked_for_again(odile: Regisseur) -> None:
    entered = {"cents": "74250", "kind": "caf", "source": "checked", **since()}

    answer = odile.sends(f"{ACCOUNT}/quotient", **entered)
    assert answer.status_code == 422 and "vérifiez la virgule" in answer.text
    assert odile.asked(contracts.correct_quotient) == []

    odile.sends(f"{ACCOUNT}/quotient", **entered, that_much="7425000")
    (request,) = odile.asked(contracts.correct_quotient)
    assert request.cents == 7_425_000


def test_an_amount_that_is_none_is_refused_with_a_sentence_and_kept(odile: Regisseur) -> None:
    for entered in ("", "sept cents", "12,505", "-3", "1,2,3", "999999999"):
        form = {"cents": entered, "kind": "caf", "source": "checked", **since()}

        answer = odile.sends(f"{ACCOUNT}/quotient", **form)

        assert answer.status_code == 422, entered
        assert "Écrivez le quotient en euros" in answer.text
        assert f'name="cents" value="{entered}"' in answer.text
    assert odile.asked(contracts.correct_quotient) == []


def test_a_child_is_shared_between_two_payers_from_a_paper_seen(odile: Regisseur) -> None:
    entered = {"child_id": CHILD, "share": "33,33", "paper": "Jugement du 12 mai 2026", **since()}

    searched = odile.sends(f"{ACCOUNT}/partage", search="yes", q="canari", **entered)
    alone = odile.sends(f"{ACCOUNT}/partage", **entered)
    both = odile.sends(f"{ACCOUNT}/partage", q="canari", other=OTHER_HOUSEHOLD, **entered)

    assert OTHER_HOUSEHOLD in searched.text and 'value="33,33"' in searched.text
    assert f'name="other" value="{HOUSEHOLD}"' not in searched.text
    assert alone.status_code == 422 and "Cherchez l’autre payeur" in alone.text
    assert both.location == ACCOUNT
    (request,) = odile.asked(contracts.set_shares)
    parts = [(share["household_id"], share["share_bp"]) for share in request.shares]
    assert parts == [(HOUSEHOLD, 3333), (OTHER_HOUSEHOLD, 6667)]


def test_the_whole_part_ends_a_share_and_a_part_of_nothing_is_none(odile: Regisseur) -> None:
    entered = {"child_id": CHILD, "paper": "Accord du 3 mai", **since()}

    none = odile.sends(f"{ACCOUNT}/partage", share="0", **entered)
    odile.sends(f"{ACCOUNT}/partage", share="100", **entered)

    assert none.status_code == 422 and "Écrivez une part entre" in none.text
    (request,) = odile.asked(contracts.set_shares)
    assert [share["share_bp"] for share in request.shares] == [10_000]


def test_a_line_of_a_bill_adds_up_where_two_households_pay_it(odile: Regisseur) -> None:
    shared = answers.line(quantity=10, unit_cents=80, cents=480, share_bp=6_000)
    odile.billing(contracts.payer_bill, answers.bill_page(lines=[shared]))

    for page in (odile.sees(BILL), odile.sees(f"{BILL}/avoir")):
        assert "0,80 € × 60 %" in words(page).replace("\u00a0", " ")


def test_lines_are_taken_back_by_a_credit_note_never_more_than_billed(odile: Regisseur) -> None:
    absent = answers.line(outcome="absent")
    odile.billing(contracts.payer_bill, answers.bill_page(lines=[absent]))
    nothing = odile.sends(f"{BILL}/avoir", reason="Absente")
    too_many = odile.sends(f"{BILL}/avoir", **{"quantity-1": "10", "reason": "Absente"})
    answer = odile.sends(f"{BILL}/avoir", **{"quantity-1": "2", "reason": "Absente le 3 et le 4"})

    assert "pour une ligne au moins" in nothing.text
    assert "Absence non signalée à temps : 3, 4" in words(nothing.text)
    assert "Écrivez un nombre entre 0 et 9." in too_many.text and 'value="10"' in too_many.text
    assert "L’avoir 2026-ENS-000140 est créé" in words(answer.text)
    (request,) = odile.asked(contracts.credit_lines)
    assert (request.lines, request.reason) == ([{"line": 1, "quantity": 2}], "Absente le 3 et le 4")


def test_more_than_a_line_still_holds_is_refused_by_billing_and_said(odile: Regisseur) -> None:
    odile.billing(contracts.credit_lines, contracts.TooMuch(most=1))

    answer = odile.sends(f"{BILL}/avoir", **{"quantity-1": "2", "reason": "Absente"})

    assert answer.status_code == 422
    assert "C’est plus que ce qui reste." in answer.text and 'value="2"' in answer.text


def test_a_document_is_shown_as_it_is_and_kept_nowhere(odile: Regisseur) -> None:
    answer = odile.desk.client.get(f"{BILL}.pdf")

    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-1.7")
    assert "2026-ENS-000123.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


# Certificates


def test_certificates_are_issued_and_replaced_only_where_that_was_ticked(
    odile: Regisseur,
) -> None:
    year = str(today().year - 1)

    page = odile.sees("/regie/attestations")
    answer = odile.sends("/regie/attestations", annee=year)
    odile.sends("/regie/attestations", annee=year, replace="yes")

    assert f"Attestations fiscales {year}" in page and "Attestations à recalculer" in page
    assert "et 30,00" in page and "en titres" in page
    assert "3 attestations émises" in odile.sees(answer.location)
    requests = odile.asked(contracts.issue_certificates)
    assert [(request.year, request.replace) for request in requests] == [
        (int(year), False),
        (int(year), True),
    ]


def test_a_certificate_is_printed_once_more_from_its_payer_s_account(odile: Regisseur) -> None:
    page = odile.desk.client.get(f"/regie/payeurs/{answers.HOUSEHOLD}").text
    address = f"/regie/attestations/{answers.CERTIFICATE}.pdf"

    assert address in page and f"Imprimer l’attestation {today().year - 1} de Manon" in page
    assert odile.desk.client.get(address).data.startswith(b"%PDF-1.7")


def test_certificates_of_a_year_that_goes_on_are_issued_only_where_that_was_ticked(
    odile: Regisseur,
) -> None:
    year = str(today().year)
    assert "Émettre avant la fin de" in odile.sees(f"/regie/attestations?annee={year}")

    by_mistake = odile.sends("/regie/attestations", annee=year)
    assert by_mistake.status_code == 422
    assert "Cochez pour émettre avant la fin de l’année" in by_mistake.text
    assert odile.asked(contracts.issue_certificates) == []

    assert odile.sends("/regie/attestations", annee=year, early="yes").status_code == 303
    (request,) = odile.asked(contracts.issue_certificates)
    assert request.year == int(year)


def since() -> dict[str, str]:
    return {"valid_from": "2026-09-01", "valid_to": ""}
