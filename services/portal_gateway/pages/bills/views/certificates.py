"""Tax certificates of child care, as each régie issued them (art. 200 quater B CGI)."""

from collections.abc import Iterable

from flask import Blueprint, Response, render_template

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.calls import billing
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.page_parts import downloads, parsing
from services.portal_gateway.session import current_user
from shared.contracts.billing import bills
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.values import OfHousehold
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("certificates", __name__)


@blueprint.get("/factures/attestations")
@current_user.signed_in
def show() -> str:
    """List the certificates, the latest year first."""
    own = current_overview().family.households
    answers = billing.ask_all(
        *(round_request(bills.my_certificates, OfHousehold(household)) for household in own)
    )
    return render_template(
        "portal/certificates.html",
        years=_certificates_by_year(answers),
        unavailable=billing.is_unavailable(),
        labels=bill_labels,
    )


@blueprint.get("/attestations/<certificate_id>/document")
@current_user.signed_in
def download_certificate(certificate_id: str) -> Response:
    """Hand over one tax certificate as issued."""
    certificate = bills.CertificatePdfRequest(certificate_id=parsing.require_id(certificate_id))
    return downloads.download_from_billing(bills.certificate_pdf, certificate)


def _certificates_by_year(
    answers: Iterable[bills.MyCertificatesAnswer | Refusal],
) -> dict[int, list[bills.Certificate]]:
    years: dict[int, list[bills.Certificate]] = {}
    for answer in answers:
        if isinstance(answer, bills.MyCertificatesAnswer):
            for row in answer.certificates:
                years.setdefault(row["year"], []).append(row)
        elif not isinstance(answer, NoAnswer | Unavailable):
            raise answer
    return {
        year: sorted(years[year], key=lambda row: (row["child"], row["provider"]))
        for year in sorted(years, reverse=True)
    }
