"""Tax certificates of child care, as each régie issued them (art. 200 quater B CGI)."""

from flask import Blueprint, Response, render_template

from services.portal_gateway.bills import labels as bill_words
from services.portal_gateway.calls import billing as till
from services.portal_gateway.overview.queries import family as mine
from services.portal_gateway.pages import downloads as documents
from services.portal_gateway.pages import parsing as typed
from services.portal_gateway.session import current_user as person
from shared.contracts.billing import bills
from shared.contracts.errors import NoAnswer, Unavailable

blueprint = Blueprint("certificates", __name__)


@blueprint.get("/factures/attestations")
@person.signed_in
def show() -> str:
    """List the certificates, the latest year first."""
    own = mine.here().family.households
    answers = till.ask_all(
        *((bills.my_certificates, bills.MyCertificatesRequest(household)) for household in own)
    )
    return render_template(
        "portal/certificates.html",
        years=_by_year(answers),
        silent=till.is_silent(),
        words=bill_words,
    )


@blueprint.get("/attestations/<certificate_id>/document")
@person.signed_in
def document(certificate_id: str) -> Response:
    """Hand over one certificate."""
    certificate = bills.CertificatePdfRequest(certificate_id=typed.known_id(certificate_id))
    return documents.file_of(bills.certificate_pdf, certificate)


def _by_year(answers: list[till.Outcome]) -> dict[int, list[bills.Certificate]]:
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
