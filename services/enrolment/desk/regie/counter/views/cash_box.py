"""Money that leaves the counter for the bank, and the counter's day, closed for good."""

from datetime import date
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from werkzeug.wrappers import Response as BaseResponse

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import PERMISSION
from services.enrolment.desk.regie.regie_lists import CHEQUES
from shared.contracts.billing.bills import CASH, CHEQUE
from shared.contracts.billing.regie import counter as regie_counter
from shared.contracts.errors import Refusal
from shared.dates.clock import today
from shared.register import Regie
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_cents, read_day

blueprint = billing_client.regie_blueprint("regie_cash_box", "/regie/caisse")


@blueprint.get("/versement")
@agent.for_agents_who_may(PERMISSION)
def show_deposit() -> ResponseReturnValue:
    """Show what can be deposited: the list of the cheques that wait, or cash."""
    return _deposit_page(billing_client.chosen_regie(), Form())


@blueprint.post("/versement")
@agent.for_agents_who_may(PERMISSION)
def deposit() -> ResponseReturnValue:
    """Make a deposit slip of all cheques that wait, or of so much cash."""
    regie, kind = billing_client.chosen_regie(), request.form.get("kind", CHEQUE)
    form = Form({"cents": request.form.get("cents", "").strip()})
    cents = read_cents(form.value("cents")) if kind == CASH else 0
    if cents is None or (kind == CASH and not cents):
        form.errors["cents"] = _("Écrivez le montant versé en euros, par exemple 300.")
        return _deposit_page(regie, form), 422
    order = regie_counter.DepositRequest(regie.code, kind, today(), cents)
    try:
        slip = billing_client.write_at_billing_once(regie_counter.deposit, order)
    except Refusal as refusal:
        return _deposit_page(regie, billing_client.say_refusal_on_form(form, refusal, "cents")), 409
    return render_template("desk/regie/deposited.html", slip=slip, kind=kind, regie=regie)


@blueprint.get("/bordereaux/<uuid:slip_id>.pdf")
@agent.for_agents_who_may(PERMISSION)
def show_slip(slip_id: UUID) -> Response:
    """Show a deposit slip."""
    return billing_client.document_response(
        regie_counter.deposit_pdf, regie_counter.DepositPdfRequest(slip_id=str(slip_id))
    )


@blueprint.get("/cloture")
@agent.for_agents_who_may(PERMISSION)
def show_closing() -> ResponseReturnValue:
    """Show the form that closes a day: the cash is counted first."""
    return _closing_page(billing_client.chosen_regie(), _chosen_day(), Form())


@blueprint.post("/cloture")
@agent.for_agents_who_may(PERMISSION)
def close_counter_day() -> ResponseReturnValue:
    """Ask once more with the difference in sight, then close the day; it is never opened again."""
    regie, day = billing_client.chosen_regie(), _chosen_day()
    form = Form({"counted": request.form.get("counted", "").strip()})
    counted = read_cents(form.value("counted"))
    if counted is None:
        form.errors["counted"] = _("Écrivez ce que vous avez compté en euros, par exemple 84,50.")
    elif day > today():
        form.errors["counted"] = _("Ce jour n’est pas encore venu : il se clôture le soir même.")
    if counted is None or form.errors:
        return _closing_page(regie, day, form), 422
    if request.form.get("confirm") != "yes":
        return _closing_page(regie, day, form, counted)
    try:
        closed = billing_client.write_at_billing_once(
            regie_counter.close_day, regie_counter.CloseDayRequest(regie.code, day, counted)
        )
    except Refusal as refusal:
        return _closing_page(
            regie, day, billing_client.say_refusal_on_form(form, refusal, "counted")
        ), 409
    return render_template("desk/regie/day_closed.html", regie=regie, day=day, closed=closed)


def _chosen_day() -> date:
    """Return the day of an address or form, today where none is named: none is ever closed so."""
    written = request.values.get("jour", "")
    return (read_day(written) or abort(404)) if written else today()


def _deposit_page(regie: Regie, form: Form) -> str | BaseResponse:
    form.labels = {"cents": _("Espèces versées")}
    cash_box = billing_client.ask_billing(
        regie_counter.cash_box, regie_counter.CashBoxRequest(regie=regie.code, day=today())
    )
    _first, cheques = billing_client.ask_every_page(
        regie_counter.cheques_to_deposit,
        regie_counter.ChequesToDepositRequest(regie=regie.code),
        lambda answer: answer.cheques,
    )

    def page(listing: Listing[regie_counter.CounterPayment]) -> str:
        return render_template(
            "desk/regie/deposit.html", regie=regie, form=form, cash_box=cash_box, listing=listing
        )

    return show_list(CHEQUES, cheques, page, billing_client.note_exported_payers)


def _closing_page(
    regie: Regie, day: date, form: Form, counted: int | None = None
) -> str | BaseResponse:
    form.labels = {"counted": _("Espèces comptées")}
    cash_box = billing_client.ask_billing(
        regie_counter.cash_box, regie_counter.CashBoxRequest(regie=regie.code, day=day)
    )
    if cash_box.closed_at is not None and not form.errors:
        back = url_for("regie_counter.show", regie=regie.code, jour=day.isoformat())
        return redirect(back)
    return render_template(
        "desk/regie/close_day.html",
        regie=regie,
        day=day,
        form=form,
        cash_box=cash_box,
        counted=counted,
    )
