"""Direct debit: a day's bills are debited, the bank's file is downloaded, rejects are noted."""

from datetime import date
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import LONG_SECONDS, PERMISSION
from services.enrolment.desk.regie.labels import treasury as treasury_labels
from services.enrolment.desk.regie.regie_lists import DEBIT_RUNS, DEBITS
from shared.contracts.billing import debits as contracts
from shared.contracts.billing.debits import REASONS
from shared.contracts.errors import Outdated, Refusal
from shared.contracts.message import Empty
from shared.dates.clock import today
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.base.errors import ErrorPage, show_error_page
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

blueprint = billing_client.regie_blueprint("regie_debits", "/regie/prelevements")

OTHER_KEY = ErrorPage(
    503,
    _l("Les prélèvements sont arrêtés"),
    _l("La facturation a une autre clé que celle qui protège les comptes des familles : rien "
       "n’est prélevé, aucun fichier ne part à la banque. Factures et mandats sont toujours là."),
    _l("Prévenez la DSI : la commande « preau doctor » lui dit quelle clé remettre."),
    "alert",
)  # fmt: skip


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show_mandates_and_runs() -> ResponseReturnValue:
    """Show mandates in numbers, and list the last runs."""
    seen = billing_client.ask_billing(contracts.debits, Empty())
    return show_list(
        DEBIT_RUNS,
        seen.runs,
        lambda listing: _page("debits", seen=seen, listing=listing),
        lambda _rows: None,
    )


@blueprint.get("/preparer")
@agent.for_agents_who_may(PERMISSION)
def preview_debits() -> ResponseReturnValue:
    """Show what would be debited on a day, or on the first that leaves families their notice."""
    form = Form({"day": request.args.get("day", "").strip()})
    return _prepare_page(form)


@blueprint.post("/preparer")
@agent.for_agents_who_may(PERMISSION)
def order_debits() -> ResponseReturnValue:
    """Debit what was shown, and notify each family."""
    form = Form({"day": request.form.get("day", "").strip()})
    day = read_day(form.value("day"))
    count, total = (request.form.get(name, None, type=int) for name in ("debits", "total"))
    if day is None or count is None or total is None:
        abort(400)
    order = contracts.OrderDebitsRequest(billing_client.chosen_regie().code, day, count, total)
    try:
        run = billing_client.write_at_billing_once(contracts.order_debits, order, LONG_SECONDS)
    except Refusal as refusal:
        return _prepare_page(billing_client.say_refusal_on_form(form, refusal, "day")), 409
    return redirect(url_for("regie_debits.show_run", run_id=run.run_id), 303)


@blueprint.get("/<uuid:run_id>")
@agent.for_agents_who_may(PERMISSION)
def show_run(run_id: UUID) -> ResponseReturnValue:
    """List the debits of a run."""
    return _run_page(run_id, Form())


@blueprint.get("/<uuid:run_id>/fichier.xml")
@agent.for_agents_who_may(PERMISSION)
def download_bank_file(run_id: UUID) -> ResponseReturnValue:
    """Hand over the bank's file; it is kept nowhere here."""
    file = contracts.DebitFileRequest(str(run_id))
    return billing_client.file_response(contracts.debit_file, "application/xml", file)


@blueprint.post("/<uuid:run_id>/pris")
@agent.for_agents_who_may(PERMISSION)
def confirm_taken(run_id: UUID) -> ResponseReturnValue:
    """Say that the bank has taken them."""
    confirmed = contracts.ConfirmDebitsRequest(str(run_id))
    try:
        billing_client.write_at_billing_once(contracts.confirm_debits, confirmed, LONG_SECONDS)
    except contracts.TooEarly:
        form = Form()
        form.errors["run"] = _("Le jour du prélèvement n’est pas encore venu.")
        return _run_page(run_id, form), 409
    except Refusal as refusal:
        return _run_page(run_id, billing_client.say_refusal_on_form(Form(), refusal, "run")), 409
    return redirect(url_for("regie_debits.show_run", run_id=run_id), 303)


@blueprint.post("/<uuid:run_id>/rejet/<uuid:payment_id>")
@agent.for_agents_who_may(PERMISSION)
def note_rejected(run_id: UUID, payment_id: UUID) -> ResponseReturnValue:
    """Note that the bank rejects a debit: its bill is owed again."""
    reason = request.form.get("reason", "")
    if reason not in REASONS:
        form = Form()
        form.errors["run"] = _("Choisissez le motif du rejet, sur la ligne. Rien n’est noté.")
        return _run_page(run_id, form), 422
    rejected = contracts.RejectDebitRequest(str(payment_id), reason)
    try:
        billing_client.write_at_billing_once(contracts.reject_debit, rejected)
    except Outdated:
        form = Form()
        form.errors["run"] = _("Ce rejet est déjà noté, pour un autre motif : rien n’est changé.")
        return _run_page(run_id, form), 409
    flash("rejected", "debits")
    return redirect(url_for("regie_debits.show_run", run_id=run_id), 303)


@blueprint.errorhandler(contracts.AccountsUnreadable)
def _show_other_key(_refusal: Refusal) -> tuple[str, int]:
    return show_error_page(OTHER_KEY)


def _prepare_page(form: Form) -> str | BaseResponse:
    form.labels = {"day": _("Jour du prélèvement")}
    collecting, day = billing_client.chosen_regie(), read_day(form.value("day"))
    if form.value("day") and day is None:
        form.errors["day"] = _("Écrivez un jour, par exemple 15/01/2027.")
    seen = _preview_or_say_refusal(collecting.code, day)
    chosen = day or seen.earliest
    form.values["day"] = chosen.isoformat()
    refusal = _refusal_of_day(chosen, seen)
    if refusal and not form.errors:
        billing_client.say_refusal_on_form(form, refusal, "day")
    return _page("debits_prepare", form=form, regie=collecting, seen=seen, fits=refusal is None)


def _refusal_of_day(day: date, seen: contracts.PreviewDebitsAnswer) -> Refusal | None:
    """Return how an order for that day would be refused, so that it is said before one orders."""
    if day < seen.earliest:
        return contracts.TooEarly(earliest=seen.earliest.isoformat())
    if day != seen.banks_collect_on:
        return contracts.NoBankingDay(next=seen.banks_collect_on.isoformat())
    return None


def _preview_or_say_refusal(code: str, day: date | None) -> contracts.PreviewDebitsAnswer:
    """Ask what would be debited on a day; without one, on the earliest."""
    first = _preview_on_day(code, day or today())
    return first if day is not None else _preview_on_day(code, first.earliest)


def _preview_on_day(code: str, day: date) -> contracts.PreviewDebitsAnswer:
    return billing_client.ask_billing(
        contracts.preview_debits, contracts.PreviewDebitsRequest(code, day)
    )


def _run_page(run_id: UUID, form: Form) -> str | BaseResponse:
    run, debits = billing_client.ask_every_page(
        contracts.read_debits,
        contracts.ReadDebitsRequest(str(run_id)),
        lambda answer: answer.debits,
    )

    def page(listing: Listing[contracts.DebitedBill]) -> str:
        has_come = run.collect_on <= today()
        return _page(
            "debits_run", run=run, run_id=run_id, form=form, listing=listing, has_come=has_come
        )

    return show_list(DEBITS, debits, page, billing_client.note_exported_payers)


def _page(name: str, **shown: object) -> str:
    return render_template(
        f"desk/regie/treasury/{name}.html", treasury_labels=treasury_labels, **shown
    )
