"""
A guardian's whole history, fetched in two rounds: the list, then the years of each account.

If one service does not answer, no file is made. Each child's line in the read log is written in the
second round, so that no file leaves without it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.account.my_data import history_file_format
from services.portal_gateway.pages.account.my_data.history_file_format import (
    FORMAT,
    PUBLISHED,
    TAKEN_OVER,
    VERSION,
    FamilyHistory,
)
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import Child
from shared.contracts.billing import household_accounts
from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.errors import Refusal
from shared.contracts.values import OfChild
from shared.dates.clock import now
from shared.web.base.app import shell_here
from shared.web.language.provider_badges import badge_by_code
from shared.web.session.request_rounds import Asked, round_request

A = TypeVar("A")

SECONDS = 5.0


def collect_history_of_child(child: Child, form: str) -> FamilyHistory:
    """Return one child's course; raises a Refusal where it cannot be whole."""
    return _collect_history([child], (), form)


def collect_history_of_family(form: str) -> FamilyHistory:
    """Return the courses of all children, and the accounts of the guardian's own households."""
    family = current_overview().family
    return _collect_history(family.children, family.households, form)


def _collect_history(
    children: Sequence[Child], households: Sequence[str], form: str
) -> FamilyHistory:
    moment = now()  # what comes while it is read may be missing: a file is no newer than this
    listed = _ask_all(
        *(
            round_request(
                activity_history_requests.history,
                activity_history_requests.HistoryRequest(child.id),
            )
            for child in children
        ),
        *(round_request(papers.child_consents, OfChild(child.id)) for child in children),
        *(_account_year_request(household) for household in households),
    )
    courses = _answers_of_type(activity_history_requests.HistoryAnswer, listed)
    consents = _answers_of_type(papers.ChildConsentsAnswer, listed)
    years = _answers_of_type(household_accounts.AccountYearAnswer, listed)
    account_years = [
        (household, year)
        for household, answer in zip(households, years, strict=True)
        for year in answer.years
    ]
    labels = {
        provider["code"]: provider["label"] for course in courses for provider in course.providers
    }
    accounts = _history_of_accounts(_note_and_read_years(children, account_years, form), labels)
    courses_of_children = zip(children, courses, consents, strict=True)
    children_read = [_history_of_child(*each) for each in courses_of_children]
    return _file_of(moment, children_read, accounts)


def _note_and_read_years(
    children: Sequence[Child], account_years: Sequence[tuple[str, int]], form: str
) -> list[tuple[str, household_accounts.AccountYearAnswer]]:
    """Note the file in the read log of each child; return each household's years of account."""
    read = _ask_all(
        *(_account_year_request(*account_year) for account_year in account_years),
        *(
            round_request(
                activity_history_requests.note_export,
                activity_history_requests.NoteExportRequest(child.id, form),
            )
            for child in children
        ),
    )
    years = _answers_of_type(household_accounts.AccountYearAnswer, read)
    return list(zip((household for household, _ in account_years), years, strict=True))


def _account_year_request(household: str, *year: int) -> Asked[object]:
    return round_request(
        household_accounts.account_year, household_accounts.AccountYearRequest(household, *year)
    )


def _file_of(
    moment: datetime,
    children: Sequence[history_file_format.Child],
    accounts: Sequence[history_file_format.Account],
) -> FamilyHistory:
    town = shell_here().register.now.town
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": moment,
        "town": {"code": town.code, "name": town.name},
        "made_for": current_user.name_of_user() or "",
        "children": [*children],
        "accounts": [*accounts],
    }


def _ask_all(*requests: Asked[object]) -> list[object]:
    """Ask all at once; raises the first Refusal, since a history is whole or not at all."""
    outcomes = current_user.ask_all(*requests, deadline=SECONDS)
    for outcome in outcomes:
        if isinstance(outcome, Refusal):
            raise outcome
    return list(outcomes)


def _answers_of_type(kind: type[A], answers: Iterable[object]) -> list[A]:
    return [answer for answer in answers if isinstance(answer, kind)]


def _history_of_child(
    child: Child,
    course: activity_history_requests.HistoryAnswer,
    consents: papers.ChildConsentsAnswer,
) -> history_file_format.Child:
    return {
        "id": child.id,
        "first_name": child.first_name,
        "last_name": child.last_name,
        "birth_date": child.birth_date,
        "activities": [*course.lines],
        "consents": [
            {"act": row["act"], "state": row["state"], "since": row["since"], "mine": row["mine"]}
            for row in consents.consents
        ],
    }


def _history_of_accounts(
    years: Iterable[tuple[str, household_accounts.AccountYearAnswer]], labels: Mapping[str, str]
) -> list[history_file_format.Account]:
    """Return an account for each household and provider; `labels` name those that left the town."""
    register = shell_here().register
    bills: dict[tuple[str, str], list[history_file_format.Bill]] = defaultdict(list)
    payments: dict[tuple[str, str], list[history_file_format.Payment]] = defaultdict(list)
    for household_id, answer in years:
        for bill in answer.bills:
            bills[household_id, bill["provider"]].append(_bill_in_history(bill))
        for payment in answer.payments:
            payments[household_id, payment["provider"]].append(_payment_in_history(payment))
    return [
        {
            "household_id": household_id,
            "provider": provider,
            "provider_label": badge_by_code(register, provider, labels.get(provider, "")).label,
            "bills": sorted(
                bills[household_id, provider], key=lambda row: (row["issued_on"], row["number"])
            ),
            "payments": sorted(payments[household_id, provider], key=lambda row: row["at"]),
        }
        for household_id, provider in sorted({*bills, *payments})
    ]


def _bill_in_history(row: household_accounts.AccountBill) -> history_file_format.Bill:
    return {
        "number": row["number"],
        "kind": row["kind"],
        "month": row["month"],
        "issued_on": row["issued_on"],
        "due_on": row["due_on"],
        "total_cents": row["total_cents"],
        "balance_cents": row["balance_cents"],
        "state": row["state"],
        "origin": _published_or_taken_over(row["taken_over"]),
    }


def _payment_in_history(row: household_accounts.AccountPayment) -> history_file_format.Payment:
    return {
        "at": row["at"],
        "means": row["means"],
        "cents": row["cents"],
        "state": row["state"],
        "number": row["number"],
        "receipt": row["receipt"],
        "origin": _published_or_taken_over(row["taken_over"]),
    }


def _published_or_taken_over(taken_over: bool) -> str:
    return TAKEN_OVER if taken_over else PUBLISHED
