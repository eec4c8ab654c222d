"""Returns of the public accountant: a file is read, and each of its rows shows its outcome."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import LONG_SECONDS, PERMISSION
from services.enrolment.desk.regie.labels import treasury as treasury_labels
from shared.contracts.billing.regie import treasury as contracts
from shared.contracts.billing.regie.treasury import MOST_CONTENT
from shared.contracts.errors import Refusal
from shared.web.forms.form_data import Form

blueprint = billing_client.regie_blueprint("regie_returns", "/regie/tresor/retours")


@blueprint.get("/lire")
@agent.for_agents_who_may(PERMISSION)
def show_form() -> str:
    """Show the form that reads a return file."""
    return _form_page(Form())


@blueprint.post("/lire")
@agent.for_agents_who_may(PERMISSION)
def read_return_file() -> ResponseReturnValue:
    """Read a return file; the file is handed on to billing and kept nowhere here."""
    form, content = Form(), _text_of_file()
    if not content.strip():
        form.errors["file"] = _("Choisissez le fichier que le comptable vous a envoyé.")
    elif len(content) > MOST_CONTENT:
        form.errors["file"] = _("Ce fichier est trop long : envoyez-le en plusieurs parties.")
    if form.errors:
        return _form_page(form), 422
    file = contracts.ReadReturnRequest(billing_client.chosen_regie().code, content)
    try:
        answer = billing_client.write_at_billing_once(contracts.read_return, file, LONG_SECONDS)
    except Refusal as refusal:
        return _form_page(billing_client.say_refusal_on_form(form, refusal, "file")), 422
    return redirect(url_for("regie_returns.show_rows", return_id=answer.return_id), 303)


@blueprint.route("/<uuid:return_id>", methods=["GET", "POST"])
@agent.for_agents_who_may(PERMISSION)
def show_rows(return_id: UUID) -> str:
    """Show the rows of a return, each with what it did."""
    return _rows_page(return_id)


@blueprint.route("/a-regarder", methods=["GET", "POST"])
@agent.for_agents_who_may(PERMISSION)
def show_unclear_rows() -> str:
    """Show the rows without effect that wait for an agent."""
    return _rows_page(None)


@blueprint.post("/a-regarder/<uuid:row_id>")
@agent.for_agents_who_may(PERMISSION)
def mark_handled(row_id: UUID) -> ResponseReturnValue:
    """Record a row as handled."""
    billing_client.write_at_billing_once(contracts.see_row, contracts.SeeRowRequest(str(row_id)))
    flash("seen", "returns")
    return redirect(url_for("regie_returns.show_unclear_rows"), 303)


def _text_of_file() -> str:
    """Return the text of the file that was sent; what is not UTF-8 is read as Latin-1."""
    sent = request.files.get("file")
    raw = sent.read() if sent else b""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _form_page(form: Form) -> str:
    form.labels = {"file": _("Fichier de retour")}
    return render_template(
        "desk/regie/treasury/read.html", form=form, regie=billing_client.chosen_regie()
    )


def _rows_page(return_id: UUID | None) -> str:
    page = contracts.ReturnedRowsRequest(
        str(return_id) if return_id else None, after=request.form.get("after", "")
    )
    answer = billing_client.ask_billing(contracts.returned_rows, page)
    return render_template(
        "desk/regie/treasury/rows.html",
        answer=answer,
        return_id=return_id,
        treasury_labels=treasury_labels,
    )
