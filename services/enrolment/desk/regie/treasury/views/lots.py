"""Lots for the public accountant: what may leave, what stays, and the files of what has left."""

from dataclasses import asdict
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.parsing import read_number
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import LONG_SECONDS, PERMISSION
from services.enrolment.desk.regie.labels import treasury as treasury_labels
from services.enrolment.desk.regie.regie_lists import LOTS, PIECES
from shared.contracts.billing.regie import treasury as contracts
from shared.contracts.billing.regie.treasury import FILES
from shared.contracts.errors import Refusal
from shared.contracts.values import PageRequest
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form, flat_values

blueprint = billing_client.regie_blueprint("regie_treasury", "/regie/tresor")

USUAL_DAYS, USUAL_REMINDERS = 30, 1
MOST_DAYS, MOST_REMINDERS = 400, 9
DEBTORS, DEBTOR_FIELDS = "debtors", ("household_id", "name", "civility", "first_name", "last_name")
TYPES = {"csv": "text/csv", "json": "application/json", "pes": "application/xml"}


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show() -> ResponseReturnValue:
    """List the lots, the latest first, and say whether a return waits to be looked at."""
    seen, lots = billing_client.ask_every_page(
        contracts.lots, PageRequest(), lambda answer: answer.lots
    )
    return show_list(
        LOTS, lots, lambda listing: _page("lots", seen=seen, listing=listing), lambda _rows: None
    )


@blueprint.get("/preparer")
@agent.for_agents_who_may(PERMISSION)
def preview_lot() -> ResponseReturnValue:
    """Show what would leave for these limits, and what stays and why."""
    form = _read_limits_of_lot(Form(request.args.to_dict()))
    return _prepare_page(form), 422 if form.errors else 200


@blueprint.post("/preparer")
@agent.for_agents_who_may(PERMISSION)
def order_lot() -> ResponseReturnValue:
    """Hand over what was shown; something else by now is shown again."""
    form = _read_limits_of_lot(Form(request.form.to_dict()))
    bills, total = (request.form.get(name, None, type=int) for name in ("bills", "total"))
    if form.errors or bills is None or total is None:
        abort(400)
    shown = contracts.OrderLotRequest(
        **asdict(_preview_request(form)), bills=bills, total_cents=total
    )
    try:
        lot = billing_client.write_at_billing_once(contracts.order_lot, shown, LONG_SECONDS)
    except Refusal as refusal:
        return _prepare_page(billing_client.say_refusal_on_form(form, refusal, "bills")), 409
    return redirect(url_for("regie_treasury.show_lot", lot_id=lot.lot_id), 303)


@blueprint.post("/debiteurs")
@agent.for_agents_who_may(PERMISSION)
def name_debtors() -> ResponseReturnValue:
    """Write civility, first and last name of whom the agent filled in; show the lot again."""
    form = _read_limits_of_lot(Form(request.form.to_dict()))
    debtors = _read_debtors(form)
    if form.errors:
        return _prepare_page(form), 422
    regie = billing_client.chosen_regie().code
    try:
        billing_client.write_at_billing_once(
            contracts.name_debtors, contracts.NameDebtorsRequest(regie, debtors)
        )
    except Refusal as refusal:
        return _prepare_page(billing_client.say_refusal_on_form(form, refusal, DEBTORS)), 409
    days, reminders = (form.value(name) for name in ("days", "reminders"))
    again = url_for("regie_treasury.preview_lot", regie=regie, days=days, reminders=reminders)
    return redirect(again, 303)


@blueprint.get("/lots/<uuid:lot_id>")
@agent.for_agents_who_may(PERMISSION)
def show_lot(lot_id: UUID) -> ResponseReturnValue:
    """Show a lot with the list of its bills, and its files once it is whole."""
    return _lot_page(lot_id, Form())


@blueprint.get("/lots/<uuid:lot_id>/fichier.<kind>")
@agent.for_agents_who_may(PERMISSION)
def download_lot(lot_id: UUID, kind: str) -> ResponseReturnValue:
    """Hand over a lot's file as billing makes it; it is kept nowhere here."""
    if kind not in FILES:
        abort(404)
    try:
        file = contracts.LotFileRequest(str(lot_id), kind)
        return billing_client.file_response(contracts.lot_file, TYPES[kind], file)
    except Refusal as refusal:
        return _lot_page(lot_id, billing_client.say_refusal_on_form(Form(), refusal, "file")), 409


def _lot_page(lot_id: UUID, form: Form) -> str | BaseResponse:
    lot, pieces = billing_client.ask_every_page(
        contracts.read_lot,
        contracts.ReadLotRequest(str(lot_id)),
        lambda answer: answer.pieces,
        deadline=LONG_SECONDS,
    )

    def page(listing: Listing[contracts.ShownPiece]) -> str:
        return _page("lot", lot=lot, form=form, listing=listing)

    return show_list(PIECES, pieces, page, billing_client.note_exported_payers)


def _read_limits_of_lot(form: Form) -> Form:
    """Read how long bills are late, and how often their families were reminded."""
    form.labels = {"days": _("Jours de retard"), "reminders": _("Relances")}
    for name, usual, most in (
        ("days", USUAL_DAYS, MOST_DAYS),
        ("reminders", USUAL_REMINDERS, MOST_REMINDERS),
    ):
        written = str(form.values.setdefault(name, str(usual))).strip()
        if read_number(written, most=most) is None:
            form.errors[name] = _("Écrivez un nombre entre 0 et %(most)s.", most=most)
    return form


def _read_debtors(form: Form) -> list[contracts.WrittenDebtor]:
    """Read the rows in which a civility is ticked; the others wait."""
    debtors: list[contracts.WrittenDebtor] = []
    for at in form.rows(DEBTORS)[: contracts.DEBTORS_AT_ONCE]:
        row = {name: form.value(f"{DEBTORS}-{at}-{name}").strip() for name in DEBTOR_FIELDS}
        if row["civility"] not in contracts.CIVILITIES:
            continue
        for name, asked in (
            ("first_name", _("Écrivez le prénom.")),
            ("last_name", _("Écrivez le nom.")),
        ):
            field, most = f"{DEBTORS}-{at}-{name}", contracts.LONGEST_NAME
            form.labels[field] = row["name"]
            if not row[name]:
                form.errors[field] = asked
            elif len(row[name]) > most:
                form.errors[field] = _("Au plus %(most)s caractères.", most=most)
        debtors.append(contracts.WrittenDebtor(**row))  # type: ignore[typeddict-item]
    if not debtors:
        form.errors[DEBTORS] = _("Cochez Madame ou Monsieur pour une personne au moins.")
    return debtors


def _preview_request(form: Form) -> contracts.PreviewLotRequest:
    days = read_number(form.value("days"), most=MOST_DAYS)
    reminders = read_number(form.value("reminders"), most=MOST_REMINDERS)
    return contracts.PreviewLotRequest(
        billing_client.chosen_regie().code, days or 0, reminders or 0
    )


def _prepare_page(form: Form) -> str:
    are_wrong = form.errors.keys() & {"days", "reminders"}
    seen = (
        None
        if are_wrong
        else billing_client.ask_billing(
            contracts.preview_lot, _preview_request(form), deadline=LONG_SECONDS
        )
    )
    if seen and not form.rows(DEBTORS):
        form.values |= flat_values(list(seen.debtors), DEBTORS)
    return _page("prepare", form=form, regie=billing_client.chosen_regie(), seen=seen)


def _page(name: str, **shown: object) -> str:
    return render_template(
        f"desk/regie/treasury/{name}.html", treasury_labels=treasury_labels, **shown
    )
