"""Payment plans at the desk: listed, granted for what was shown, refused in a sentence."""

import re
from datetime import date, timedelta

from shared.contracts.billing import payment_plans as contracts
from shared.contracts.billing.bills import PaymentUnderWay
from shared.contracts.billing.payment_plans import PlanNotOffered
from shared.contracts.errors import Outdated
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import regie_answers as answers
from tests.factories.plan_answers import PLAN, plan
from tests.factories.regie import Regisseur
from tests.factories.regie_answers import HOUSEHOLD, INVOICE, NUMBER, OWED

LIST = "/regie/echeanciers"
PAGE = f"{LIST}/{HOUSEHOLD}"


def first_on() -> date:
    return today() + timedelta(days=9)


def asked_for(odile: Regisseur) -> None:
    """Let the family have asked, and the régisseur not answered."""
    waits = {"state": "asked", "asked_parts": 2, "decided_on": None, "parts": []}
    waiting = plan(HOUSEHOLD, INVOICE, NUMBER, **waits, part_cents=0, part_on=None)
    odile.billing(contracts.plans, {"plans": [waiting], "next": ""})


def grants(odile: Regisseur, **more: str) -> object:
    form = {
        "invoices": INVOICE,
        f"shown-{INVOICE}": str(OWED),
        "parts": "3",
        "first_on": first_on().isoformat(),
        "answer": "",
        "plan": "",
        **more,
    }
    return odile.sends(PAGE, **form)


def test_plans_are_one_list_with_state_next_part_and_a_file(odile: Regisseur) -> None:
    page = odile.sees(LIST)

    for shown in ("Mme Canari Lefèvre", "en cours", NUMBER, "411,17", "822,34"):
        assert shown in page, shown
    exported = odile.desk.client.get(f"{LIST}?fichier=csv")
    assert exported.status_code == 200 and NUMBER in exported.text


def test_a_plan_of_which_nothing_is_owed_here_any_more_says_so_and_not_how_it_ended(
    odile: Regisseur,
) -> None:
    paid = plan(HOUSEHOLD, INVOICE, NUMBER, owed_cents=0, part_cents=0, part_on=None)
    odile.billing(contracts.plans, {"plans": [paid], "next": ""})

    assert "plus rien à payer ici" in odile.sees(LIST) and "en cours" not in odile.sees(LIST)


def test_a_late_plan_of_a_family_that_is_left_in_peace_says_so_and_not_that_it_is_late(
    odile: Regisseur,
) -> None:
    late = plan(HOUSEHOLD, INVOICE, NUMBER, part_on=today() - timedelta(days=1), on_hold=True)
    odile.billing(contracts.plans, {"plans": [late], "next": ""})

    page = odile.sees(LIST)

    assert "n’appelez pas : voyez le payeur" in page
    assert "une échéance en retard" not in page


def test_a_plan_with_a_late_part_is_seen_in_the_list(odile: Regisseur) -> None:
    late = plan(HOUSEHOLD, INVOICE, NUMBER, part_on=today() - timedelta(days=1))
    odile.billing(contracts.plans, {"plans": [late], "next": ""})

    assert "une échéance en retard" in odile.sees(LIST)


def test_a_request_is_granted_as_asked_for_what_was_on_the_screen(odile: Regisseur) -> None:
    asked_for(odile)
    page = odile.desk.client.get(PAGE).text
    assert "Répondre à la demande" in page and f'value="{PLAN}"' in page
    assert f'name="shown-{INVOICE}" value="{OWED}"' in page

    answer = grants(odile, plan=PLAN, parts="2", answer="D’accord.")

    assert answer.status_code == 303  # type: ignore[attr-defined]
    [order] = odile.asked(contracts.grant_plan)
    assert (order.household_id, order.invoices, order.parts) == (HOUSEHOLD, [INVOICE], 2)
    assert (order.total_cents, order.plan_id, order.first_on) == (OWED, PLAN, first_on())
    assert order.answer == "D’accord."


def test_a_plan_is_granted_at_the_counter_without_a_request(odile: Regisseur) -> None:
    odile.billing(contracts.plans, {"plans": [], "next": ""})
    assert "Accorder un échéancier" in odile.sees(f"{PAGE}?facture={INVOICE}")

    grants(odile)

    [order] = odile.asked(contracts.grant_plan)
    assert order.plan_id is None


def test_no_more_parts_are_offered_than_the_least_of_each_allows(odile: Regisseur) -> None:
    odile.billing(contracts.plans, {"plans": [], "next": ""})
    small = [answers.bill(balance_cents=4_500), answers.bill(balance_cents=2_500) | OTHER]

    def offered() -> list[str]:
        return re.findall(r'name="parts" value="(\d)"', odile.desk.client.get(PAGE).text)

    odile.billing(answers.contracts.payer_account, answers.account(bills=small))
    assert offered() == ["2", "3"]
    assert "3, pour 60" in odile.sees(PAGE)
    refused = grants(odile, **{f"shown-{INVOICE}": "4500"})
    assert refused.status_code == 422 and "cochez une facture de plus" in refused.text  # type: ignore[attr-defined]
    assert odile.asked(contracts.grant_plan) == []

    odile.billing(answers.contracts.payer_account, answers.account(bills=small[:1]))
    assert offered() == ["2"]
    odile.billing(answers.contracts.payer_account, answers.account(bills=small[1:]))
    assert offered() == [] and "Trop peu pour plusieurs échéances" in odile.sees(PAGE)


OTHER = {"invoice_id": new_id(), "number": "2026-ENS-000188"}
"""A second bill of the household."""


def test_what_is_missing_or_refused_is_said_on_the_form(odile: Regisseur) -> None:
    nothing = odile.sends(PAGE, parts="", first_on="", answer="")
    assert nothing.status_code == 422
    for sentence in ("Cochez au moins une facture", "en combien de fois", "Écrivez une date"):
        assert sentence in nothing.text, sentence
    for refusal, said in (
        (PlanNotOffered(why="parts", most=4), "Au plus 4 échéances à cette régie"),
        (PlanNotOffered(why="months"), "La dernière échéance est trop loin"),
        (PaymentUnderWay(), "Un prélèvement est déjà annoncé"),
        (Outdated(), "Quelqu’un a changé cela entre-temps"),
    ):
        odile.billing(contracts.grant_plan, refusal)
        refused = grants(odile)
        assert refused.status_code == 422 and said in refused.text, said  # type: ignore[attr-defined]


def test_a_request_is_refused_with_a_sentence_and_not_without(odile: Regisseur) -> None:
    asked_for(odile)
    end = f"{PAGE}/fin/{PLAN}"

    silent = odile.sends(end, why=" ")
    given = odile.sends(end, why="Venez nous voir.")

    assert silent.status_code == 422 and "Écrivez à la famille pourquoi" in silent.text
    assert given.status_code == 303
    [order] = odile.asked(contracts.end_plan)
    assert (order.plan_id, order.answer) == (PLAN, "Venez nous voir.")


def test_the_bill_and_the_account_lead_to_the_plan(odile: Regisseur) -> None:
    parts = {"plan": "granted", "part_cents": 41_117, "part_on": today()}
    whole = answers.bill_page(**parts, payment_plan=plan(HOUSEHOLD, INVOICE, NUMBER))
    listed = {k: v for k, v in whole["payment_plan"].items() if k not in LISTED_ALONE}
    odile.billing(answers.contracts.payer_bill, {**whole, "payment_plan": listed})

    page = odile.sees(f"/regie/factures/{INVOICE}")

    assert "en plusieurs fois" in page and "Échéances" in page
    assert "Étaler le paiement" in page and "Étaler le paiement" in odile.sees(
        f"/regie/payeurs/{HOUSEHOLD}"
    )


LISTED_ALONE = ("regie", "household_id", "payer", "owed_cents", "part_cents", "part_on")
"""Fields of a plan in a list, and not on its bill."""
