"""« En cours, sans rien à faire »: what waits for an answer of others, and needs no act."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from flask import url_for
from flask_babel import gettext as _

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills.rules.bills import Bill
from services.portal_gateway.enrolment.rules.renewals import Progress
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.notices.queries.news import StoredOrder
from services.portal_gateway.overview.queries.family import FamilyOverview, orders_not_on_cards
from services.portal_gateway.pages.page_parts.list_lines import Line
from services.portal_gateway.schedule.rules.family_days import Application
from shared.contracts.enrolment.places import states

UNDECIDED = (states.EN_ROUTE, states.DECIDING, states.WAITING)


def lines_under_way(overview: FamilyOverview, going_on: Progress | None) -> list[Line]:
    """Return what goes on: departures, debits, payments being checked, applications, orders."""
    accounts, names = overview.accounts, overview.family.first_names
    return [
        *_lines_of_departures(overview),
        *(_line_of_debit(bill) for bill in accounts.bills_with_announced_debit),
        *(_line_of_checked_payment(bill) for bill in accounts.bills_with_pending_payment),
        *(
            _line_of_application(each, names)
            for each in overview.applications
            if each.state in UNDECIDED
        ),
        *(_line_of_order(each, names) for each in orders_not_on_cards(overview)),
        *_line_of_renewal(going_on),
    ]


def _lines_of_departures(overview: FamilyOverview) -> Iterator[Line]:
    """Yield who leaves the town after which day: the other parent may have said it alone."""
    leaving: dict[date, list[str]] = defaultdict(list)
    for child in overview.family.wards:
        if child.leaves_after is not None:
            leaving[child.leaves_after].append(child.first_name)
    for day, names in sorted(leaving.items()):
        yield Line(
            url_for("departure.choose_household"),
            _("Départ de la ville après le %(day)s", day=enrolment_labels.short_day(day)),
            enrolment_labels.join_names(names),
            drawing="end",
        )


def _line_of_debit(bill: Bill) -> Line:
    assert bill.debit_on is not None  # as bills_with_announced_debit has it
    return Line(
        url_for("bills.show"),
        _(
            "%(amount)s seront prélevés le %(day)s",
            amount=bill_labels.euros(bill.balance_cents),
            day=bill_labels.day_label(bill.debit_on),
        ),
        bill_labels.bill_month(bill.month),
        provider=bill.provider,
    )


def _line_of_checked_payment(bill: Bill) -> Line:
    amount = bill_labels.euros(bill.balance_cents)
    return Line(
        url_for("bills.show"),
        _("%(amount)s : paiement en cours de vérification", amount=amount),
        bill_labels.owed_if_not_paid_sentence(bill),
        provider=bill.provider,
    )


def _line_of_application(application: Application, names: dict[str, str]) -> Line:
    said = enrolment_labels.APPLICATIONS[application.state][2]
    if application.state == states.WAITING and application.rank:
        said = _("sur liste d’attente, rang %(rank)s", rank=application.rank)
    return Line(
        url_for(
            "applications.show",
            provider=application.provider,
            application_id=application.application_id,
        ),
        f"{application.activity}, {names[application.child_id]}",
        str(said),
        provider=application.provider,
    )


def _line_of_order(order: StoredOrder, names: dict[str, str]) -> Line:
    parts = [str(enrolment_labels.METHODS[order.method]), names.get(order.child_id, "")]
    return Line(
        url_for("applications.show_order", order_id=order.order_id),
        ", ".join(filter(None, parts)),
        " · ".join(filter(None, [_("en route"), order.label])),
        provider=order.provider,
    )


def _line_of_renewal(going_on: Progress | None) -> Iterator[Line]:
    if going_on is not None and going_on.done:
        yield Line(
            url_for("renewal.show"),
            _("Inscriptions pour %(year)s", year=going_on.school_year),
            _("tout est répondu"),
            drawing="school",
        )
