"""Tax certificates (art. 200 quater B CGI): issued once, replaced on purpose, printed again."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from services.enrolment.desk.access import agent
from services.enrolment.desk.page_parts.parsing import read_number
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import LONG_SECONDS, PERMISSION
from shared.contracts.billing.bills import CertificatePdfRequest
from shared.contracts.billing.regie import payers as contracts
from shared.dates.clock import today
from shared.web.forms.form_data import Form

blueprint = billing_client.regie_blueprint("regie_certificates", "/regie/attestations")

OFFERED_YEARS = 4
MOST_PARTS = 8
"""Billing looks at some hundred households at a time; so many times in one press of the button."""


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show() -> str:
    """Show a year's certificates, and those that would differ by now."""
    return _page(_chosen_year(request.args.get("annee", "")), Form())


@blueprint.post("")
@agent.for_agents_who_may(PERMISSION)
def issue() -> ResponseReturnValue:
    """
    Issue what is missing; those that would differ are replaced only where that was ticked.

    Of a year that goes on they are issued only where that was ticked too: what is paid until its
    end would be on none of them.
    """
    year, form = _chosen_year(request.form.get("annee", "")), Form(request.form.to_dict())
    replace = form.value("replace") == "yes"
    if not _has_ended(year) and form.value("early") != "yes":
        form.errors["early"] = _("Cochez pour émettre avant la fin de l’année.")
        form.labels = {"early": _("Année en cours")}
        return _page(year, form), 422
    order = contracts.IssueCertificatesRequest(year, replace)
    counts = [0, 0, 0]
    for nth in range(MOST_PARTS):
        done = billing_client.write_at_billing_once(
            contracts.issue_certificates, order, LONG_SECONDS, nth
        )
        counts = [counts[0] + done.issued, counts[1] + done.replaced, done.remaining]
        if not done.remaining:
            break
    flash(" ".join(map(str, counts)), "issued")
    return redirect(url_for("regie_certificates.show", annee=year), 303)


@blueprint.get("/<uuid:certificate_id>.pdf")
@agent.for_agents_who_may(PERMISSION)
def show_document(certificate_id: UUID) -> Response:
    """Show a certificate to be printed, for who asks for it once more."""
    return billing_client.document_response(
        contracts.payer_certificate_pdf,
        CertificatePdfRequest(certificate_id=str(certificate_id)),
    )


def _page(year: int, form: Form) -> str:
    known = billing_client.ask_billing(
        contracts.certificates, contracts.CertificatesRequest(year), deadline=LONG_SECONDS
    )
    return render_template(
        "desk/regie/certificates.html",
        year=year,
        years=range(today().year, today().year - OFFERED_YEARS, -1),
        ended=_has_ended(year),
        known=known,
        form=form,
    )


def _has_ended(year: int) -> bool:
    return year < today().year


def _chosen_year(written: str) -> int:
    """Return the year of an address; last year where it names none of those on the page."""
    year = read_number(written, most=today().year)
    return year if year and year > today().year - OFFERED_YEARS else today().year - 1
