"""« Dépenses » and « Factures passées »: a school year at a time, asked of billing in one round."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.portal_gateway.bills import labels as bill_labels
from services.portal_gateway.bills.rules.bills import Bill
from services.portal_gateway.bills.rules.spending import Spending, Spent
from services.portal_gateway.calls import billing
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.page_parts import downloads
from services.portal_gateway.session import current_user
from shared.contracts.billing.figures import spending
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.dates.clock import today
from shared.dates.months import month_of
from shared.dates.school_years import school_year_of_month
from shared.web.agents.lists.columns import EUROS, Column
from shared.web.agents.lists.files import CSV, MEDIA, XLSX, csv_of, xlsx_of
from shared.web.base.app import shell_here
from shared.web.language.provider_badges import badge_by_code
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("spending", __name__)

AT_ONCE = 10
"""Past bills on one page."""
EARLIEST, LATEST = 2000, 2100

COLUMNS: Sequence[Column[Spent]] = (
    Column("mois", _l("Mois"), lambda row: row.month),
    Column("enfant", _l("Enfant"), lambda row: row.child or _("Le foyer")),
    Column("activite", _l("Activité"), lambda row: bill_labels.activity_name(row.label)),
    Column("service", _l("Service"), lambda row: _provider_label(row.provider)),
    Column("montant", _l("Montant"), lambda row: row.cents, EUROS),
)
"""The columns of the file: one row for each child and activity of a month."""
FILES: dict[str, Callable[[str, Sequence[Spent]], bytes]] = {
    XLSX: lambda title, rows: xlsx_of(title, COLUMNS, rows),
    CSV: lambda _title, rows: csv_of(COLUMNS, rows),
}


@dataclass(frozen=True)
class Choice:
    """Filters of a page of the year; each "" for all."""

    year: int
    child: str = ""
    provider: str = ""

    @property
    def address_parameters(self) -> dict[str, str]:
        """Return the parameters of an address with this choice."""
        said = {"annee": str(self.year), "enfant": self.child, "service": self.provider}
        return {name: value for name, value in said.items() if value}


@blueprint.get("/depenses")
@current_user.signed_in
def show() -> str:
    """Show what a school year cost, by child, activity, service and month."""
    choice = _choice_asked_in_address()
    whole = _spending_of(choice.year)
    return render_template(
        "portal/spending.html",
        choice=choice,
        whole=whole,
        spending=whole and whole.narrowed_to_child_and_provider(choice.child, choice.provider),
        labels=bill_labels,
    )


@blueprint.get("/depenses.xlsx")
@current_user.signed_in
def download_workbook() -> Response:
    """Hand over the same figures as a workbook."""
    return _download(XLSX)


@blueprint.get("/depenses.csv")
@current_user.signed_in
def download_text() -> Response:
    """Hand over the same figures as text that any spreadsheet opens."""
    return _download(CSV)


def _download(form: str) -> Response:
    choice = _choice_asked_in_address()
    whole = _spending_of(choice.year)
    if whole is None:
        raise NoAnswer(callee=billing.BILLING)
    rows = sorted(
        whole.narrowed_to_child_and_provider(choice.child, choice.provider).spent,
        key=lambda row: (row.month, row.child, row.label),
    )
    title = _("Dépenses %(year)s", year=bill_labels.school_year_label(choice.year))
    return downloads.download_response(FILES[form](title, rows), f"{title}.{form}", MEDIA[form])


@blueprint.get("/factures/passees")
@current_user.signed_in
def past_bills() -> str:
    """Show the bills of a school year of which nothing is owed, ten at a time, with their total."""
    choice = _choice_asked_in_address()
    whole = _spending_of(choice.year)
    listed = (
        whole.narrowed_to_child_and_provider(provider=choice.provider).past_bills
        if whole
        else _bills_on_cards(choice)
    )
    pages = -(-len(listed) // AT_ONCE)
    page = max(0, min(request.args.get("page", 0, type=int), pages - 1))
    return render_template(
        "portal/past_bills.html",
        choice=choice,
        whole=whole,
        bills=listed[page * AT_ONCE : (page + 1) * AT_ONCE],
        count=len(listed),
        total_cents=sum(bill.total_cents for bill in listed),
        payments_of=(whole or current_overview().accounts).payments_of,
        page=page,
        pages=pages,
        as_of=current_overview().accounts.time_of_latest_card,
        labels=bill_labels,
    )


def _choice_asked_in_address() -> Choice:
    year = request.args.get("annee", _this_school_year(), type=int)
    if not EARLIEST <= year <= LATEST:
        abort(404)
    return Choice(year, request.args.get("enfant", ""), request.args.get("service", ""))


def _this_school_year() -> int:
    return school_year_of_month(month_of(today()))


def _spending_of(year: int) -> Spending | None:
    """Return what billing says of the guardian's own households, None while it does not answer."""
    households = current_overview().family.households
    answers = billing.ask_all(
        *(
            round_request(spending.spending, spending.SpendingRequest(household, year))
            for household in households
        )
    )
    known: dict[str, spending.SpendingAnswer] = {}
    for household, answer in zip(households, answers, strict=True):
        if isinstance(answer, NoAnswer | Unavailable):
            return None
        if isinstance(answer, Refusal):
            raise answer
        known[household] = answer
    return Spending.from_answers(year, known)


def _bills_on_cards(choice: Choice) -> list[Bill]:
    """Return what the cards have of a year: the latest bills of each provider."""
    return [
        bill
        for bill in current_overview().accounts.closed_bills
        if school_year_of_month(bill.month) == choice.year
        and choice.provider in ("", bill.provider)
    ]


def _provider_label(code: str) -> str:
    return badge_by_code(shell_here().register, code).label
