"""Pages that a notice is about: its own bill, application, week or child."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.notices.queries.news import ReceivedNotice
from services.portal_gateway.overview.queries.family import FamilyOverview
from services.portal_gateway.pages.notices import labels as notice_labels
from shared.contracts.billing.bills import NOTICE_KINDS

OF_DAYS = ("closure", "closure_lifted", "outing", "place_ended")
"""Notices about sessions: the week of their first day shows them."""
OF_SHARING = ("widening", "also_told", "food")


@dataclass(frozen=True)
class NoticeLink:
    """The address of a page, and what the link to it says."""

    address: str
    label: str


def links_of_notice(notice: ReceivedNotice, overview: FamilyOverview) -> list[NoticeLink]:
    """Return the ways to what a notice is about, the nearest first; none where it says it all."""
    if notice.kind == "mandate_ended":
        return [NoticeLink(url_for("mandates.show"), _("Voir le prélèvement"))]
    if notice.kind in NOTICE_KINDS:
        return [_link_to_bill(notice, overview)]
    if notice.kind in notice_labels.PERSON_REQUESTS:
        address = url_for(
            "person_requests.show", person_request_id=notice.detail["person_request_id"]
        )
        return [NoticeLink(address, _("Lire la suite de votre demande"))]
    if notice.kind in notice_labels.RENEWALS:
        return [NoticeLink(url_for("renewal.show"), _("Répondre pour la rentrée"))]
    if notice.kind in notice_labels.SCHOOL_NOTICES:
        return _links_to_children(notice, "school.show", _("Voir l’inscription à l’école"))
    if notice.kind == "paper_expiring":
        return _links_to_children(notice, "papers.show", _("Voir les papiers"))
    if notice.kind in OF_SHARING:
        return [
            NoticeLink(
                url_for("transparency.who_knows", child_id=child_id),
                _("Qui sait quoi sur %(name)s", name=overview.family.first_names[child_id]),
            )
            for child_id in notice.child_ids
        ]
    if notice.kind == "menu_to_check":
        first_day = enrolment_labels.read_day(next(iter(notice.detail.get("days", ())), ""))
        week = first_day.isoformat() if first_day else None
        return [NoticeLink(url_for("menus.show", semaine=week), _("Voir les menus"))]
    if overview.is_on_card(notice.application_id):
        address = url_for(
            "applications.show",
            provider=notice.provider,
            application_id=notice.application_id,
        )
        return [NoticeLink(address, _("Voir la demande"))]
    return [_link_to_week(notice)] if notice.kind in OF_DAYS else []


def _link_to_bill(notice: ReceivedNotice, overview: FamilyOverview) -> NoticeLink:
    """Lead to the bill that bears the notice's number; to all of them where no card has it."""
    number = notice.detail.get("number")
    for bill in overview.accounts.bills:
        if (bill.provider, bill.number) == (notice.provider, number) and not bill.taken_over:
            return NoticeLink(
                url_for("bills.explain", invoice_id=bill.invoice_id), _("Voir la facture")
            )
    return NoticeLink(url_for("bills.show"), _("Voir les factures"))


def _links_to_children(notice: ReceivedNotice, endpoint: str, label: str) -> list[NoticeLink]:
    return [
        NoticeLink(url_for(endpoint, child_id=child_id), label) for child_id in notice.child_ids
    ]


def _link_to_week(notice: ReceivedNotice) -> NoticeLink:
    days = (enrolment_labels.read_day(day) for day in notice.detail.get("days", ()))
    first = min((day for day in days if day), default=None)
    return NoticeLink(
        url_for("week.show", du=first.isoformat() if first else None), _("Voir la semaine")
    )
