"""Payment plans: which stand, and a household's: granted, changed, refused or stopped."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.parsing import read_number
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from services.enrolment.desk.regie.labels import billing as regie_labels
from services.enrolment.desk.regie.regie_lists import PLANS
from shared.contracts.billing import payment_plans as contracts
from shared.contracts.billing.bills import Bill
from shared.contracts.billing.payment_plans import ASKED, GRANTED, ListedPlan
from shared.contracts.errors import Refusal
from shared.dates.clock import today
from shared.register import PaymentPlanLimits, Regie
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = billing_client.regie_blueprint("regie_plans", "/regie/echeanciers")

LONGEST_ANSWER = 300
USUAL_NOTICE = timedelta(days=14)
"""Time from the answer to the first part that the form proposes: a family reads it in between."""
SHOWN = "shown-"
"""Prefix of the fields with what of each bill was owed on the screen."""


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def list_plans() -> str | BaseResponse:
    """List payment plans, those that wait for an answer among them."""
    _first, plans = billing_client.ask_every_page(
        contracts.plans, contracts.PlansRequest(), lambda answer: answer.plans
    )

    def page(listing: Listing[ListedPlan]) -> str:
        return render_template("desk/regie/plans.html", listing=listing)

    return show_list(PLANS, plans, page, billing_client.note_exported_payers)


@blueprint.get("/<uuid:household_id>")
@agent.for_agents_who_may(PERMISSION)
def show(household_id: UUID) -> str:
    """Show a household's plans, and the form that grants one or answers its request."""
    return _page(household_id, Form())


@blueprint.post("/<uuid:household_id>")
@agent.for_agents_who_may(PERMISSION)
def grant(household_id: UUID) -> ResponseReturnValue:
    """Let the chosen bills be paid in parts."""
    form = Form(
        {
            name: request.form.get(name, "").strip()
            for name in ("parts", "first_on", "answer", "plan")
        }
        | {"invoices": request.form.getlist("invoices")}
    )
    order = _read_grant(form, str(household_id))
    if order is None:
        return _page(household_id, form), 422
    try:
        billing_client.write_at_billing_once(contracts.grant_plan, order)
    except Refusal as refusal:
        return _page(household_id, billing_client.say_refusal_on_form(form, refusal, "parts")), 422
    flash("granted", "plan")
    return redirect(url_for("regie_plans.show", household_id=household_id), 303)


@blueprint.post("/<uuid:household_id>/fin/<uuid:plan_id>")
@agent.for_agents_who_may(PERMISSION)
def end(household_id: UUID, plan_id: UUID) -> ResponseReturnValue:
    """Refuse what was asked for, or stop what was granted, with a sentence."""
    sentence = request.form.get("why", "").strip()
    form = Form({"why": sentence})
    if not 0 < len(sentence) <= LONGEST_ANSWER:
        form.errors["why"] = _("Écrivez à la famille pourquoi, en 300 caractères au plus.")
        return _page(household_id, form), 422
    order = contracts.EndPlanRequest(str(plan_id), sentence)
    billing_client.write_at_billing_once(contracts.end_plan, order)
    flash("ended", "plan")
    return redirect(url_for("regie_plans.show", household_id=household_id), 303)


def _read_grant(form: Form, household_id: str) -> contracts.GrantPlanRequest | None:
    """Read what is granted; None with the form's errors."""
    invoices = [each for each in form.values["invoices"] if each][: contracts.MOST_BILLS]
    parts = read_number(form.value("parts"), most=contracts.MOST_PARTS)
    first_on = read_day(form.value("first_on"))
    if not invoices:
        form.errors["invoices"] = _("Cochez au moins une facture.")
    if parts is None or parts < contracts.LEAST_PARTS:
        form.errors["parts"] = _("Choisissez en combien de fois.")
    if first_on is None:
        form.errors["first_on"] = _("Écrivez une date, par exemple 01/09/2026.")
    if form.errors or parts is None or first_on is None:
        return None
    seen = [request.form.get(f"{SHOWN}{invoice_id}", "")[:9] for invoice_id in invoices]
    owed = sum(int(cents) for cents in seen if cents.isdecimal())
    limits = billing_client.chosen_regie().payment_plans
    if limits and parts > limits.most_parts(owed):
        form.errors["parts"] = _("Choisissez moins de fois, ou cochez une facture de plus.")
        return None
    return contracts.GrantPlanRequest(
        household_id,
        invoices,
        parts,
        first_on,
        owed,
        form.value("plan") or None,
        form.value("answer")[:LONGEST_ANSWER],
    )


def _page(household_id: UUID, form: Form) -> str:
    form.labels = {
        "invoices": _("Factures"),
        "parts": _("En combien de fois ?"),
        "first_on": _("Première échéance"),
        "why": _("Votre réponse"),
    }
    regie, home = billing_client.chosen_regie(), str(household_id)
    account = billing_client.payer_account(home)
    plans = billing_client.ask_billing(
        contracts.plans, contracts.PlansRequest(household_id=home)
    ).plans
    ours = [plan for plan in plans if plan["regie"] == regie.code]
    bills = _bills_that_may_be_planned(account.bills, regie)
    standing = _standing_plan(ours)
    limits = regie.payment_plans
    counts = _counts_of_parts(bills, limits)
    form.values = _usual_values(bills, standing, counts) | form.values
    return render_template(
        "desk/regie/plan.html",
        account=account,
        household_id=household_id,
        regie=regie,
        limits=limits,
        plans=ours,
        standing=standing,
        choices=[(bill["invoice_id"], _bill_label(bill)) for bill in bills],
        bills=bills,
        counts=counts,
        form=form,
    )


def _bills_that_may_be_planned(bills: Sequence[Bill], regie: Regie) -> list[Bill]:
    """Return a household's bills of a régie that are owed here; a number has the régie's prefix."""
    return [
        bill
        for bill in bills
        if bill["balance_cents"] > 0 and bill["state"] != "transferred" and not bill["taken_over"]
        if bill["number"].split("-")[1:2] == [regie.prefix]
    ]


def _standing_plan(plans: Sequence[ListedPlan]) -> ListedPlan | None:
    """Return the plan that waits for an answer, or the one in force."""
    running = [plan for plan in plans if plan["state"] in (ASKED, GRANTED) and plan["owed_cents"]]
    return min(running, key=lambda plan: plan["state"] != ASKED, default=None)


def _counts_of_parts(
    bills: Sequence[Bill], limits: PaymentPlanLimits | None
) -> list[tuple[str, str]]:
    """Return in how many parts all bills together may be paid, with the sum that this takes."""
    if limits is None:
        return []
    most = limits.most_parts(sum(bill["balance_cents"] for bill in bills))
    smallest = min((bill["balance_cents"] for bill in bills), default=0)
    return [
        (
            str(count),
            str(count)
            if count <= limits.most_parts(smallest)
            else _(
                "%(count)s, pour %(amount)s au moins",
                count=count,
                amount=regie_labels.euros(count * limits.least_cents),
            ),
        )
        for count in range(contracts.LEAST_PARTS, most + 1)
    ]


def _usual_values(
    bills: Sequence[Bill], standing: ListedPlan | None, counts: Sequence[tuple[str, str]]
) -> dict[str, object]:
    """Return what the form begins with: as asked for, or else the bill that the page came from."""
    named = request.args.get("facture", "")
    chosen = [bill["invoice_id"] for bill in standing["bills"]] if standing else [named]
    due = [bill["due_on"] for bill in bills if bill["invoice_id"] in chosen]
    parts = (standing["asked_parts"] or len(standing["parts"])) if standing else 0
    most = max((int(count) for count, _label in counts), default=contracts.LEAST_PARTS)
    return {
        "invoices": chosen,
        "parts": str(min(parts or 3, most)),
        "first_on": max([today() + USUAL_NOTICE, *due[:1]]).isoformat(),
        "plan": standing["plan_id"] if standing and standing["state"] == ASKED else "",
    }


def _bill_label(bill: Bill) -> str:
    return str(
        _(
            "Facture %(number)s, %(subject)s : reste %(amount)s",
            number=bill["number"],
            subject=regie_labels.bill_subject(bill["month"], bill["asks_back"]),
            amount=regie_labels.euros(bill["balance_cents"]),
        )
    )
