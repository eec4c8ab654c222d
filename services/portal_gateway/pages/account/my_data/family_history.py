"""
A guardian's whole history, fetched in two rounds: the list, then the years of each account.

If one service does not answer, no file is made. Each child's line in the read log is written in the
second round, so that no file leaves without it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.account.my_data.file_format import (
    FORMAT,
    TAKEN_OVER,
    TOLD,
    VERSION,
)
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import Child
from shared.contracts.billing import accounts
from shared.contracts.dossier import activity_history
from shared.contracts.dossier import activity_history as history_contracts
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.errors import Refusal
from shared.contracts.message import Method
from shared.dates.clock import now
from shared.web.base.app import shell_here
from shared.web.language.provider_marks import mark_by_code

SECONDS = 5.0

History = Mapping[str, Any]
Question = tuple[Method, Any]
"""A method with its request."""


def collect_child(child: Child, form: str) -> History:
    """Return one child's course; raises a Refusal where it cannot be whole."""
    return _collect([child], (), form)


def collect_family(form: str) -> History:
    """Return the courses of all children, and the accounts of the guardian's own households."""
    family = current_overview().family
    return _collect(family.children, family.households, form)


def _collect(children: Sequence[Child], households: Sequence[str], form: str) -> History:
    moment = now()
    first_answers = _ask_all(
        *(
            (history_contracts.history, history_contracts.HistoryRequest(child.id))
            for child in children
        ),
        *((papers.child_consents, papers.OfChildsPapers(child.id)) for child in children),
        *(
            (accounts.account_year, accounts.AccountYearRequest(household))
            for household in households
        ),
    )
    count = len(children)
    courses, consents = first_answers[:count], first_answers[count : 2 * count]
    years = first_answers[2 * count :]
    account_years = [
        (household, year)
        for household, answer in zip(households, years, strict=True)
        for year in answer.years
    ]
    noted = [
        (activity_history.note_export, activity_history.NoteExportRequest(child.id, form))
        for child in children
    ]
    answers = _ask_all(
        *(
            (accounts.account_year, accounts.AccountYearRequest(*account_year))
            for account_year in account_years
        ),
        *noted,
    )
    return {
        **_history_head(moment),
        "children": [_child(*each) for each in zip(children, courses, consents, strict=True)],
        "accounts": _accounts(
            (
                (household, answer)
                for (household, _), answer in zip(
                    account_years, answers[: len(account_years)], strict=True
                )
            ),
            {
                provider["code"]: provider["label"]
                for course in courses
                for provider in course.providers
            },
        ),
    }


def _ask_all(*questions: Question) -> list[Any]:
    """Ask all at once; raises the first Refusal, since a history is whole or not at all."""
    token = current_user.session().token
    calls = [current_user.bus().call(method, request, token=token) for method, request in questions]
    answers: list[Any] = []
    for outcome in current_user.bus().ask_all(calls, SECONDS):
        if isinstance(outcome, Refusal):
            raise outcome
        answers.append(outcome)
    return answers


def _history_head(moment: datetime) -> History:
    town = shell_here().register.now.town
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": moment,
        "town": {"code": town.code, "name": town.name},
        "made_for": current_user.name(),
    }


def _child(
    child: Child, course: history_contracts.HistoryAnswer, consents: papers.ChildConsentsAnswer
) -> History:
    return {
        "id": child.id,
        "first_name": child.first_name,
        "last_name": child.last_name,
        "birth_date": child.birth_date,
        "activities": course.lines,
        "consents": [
            {name: row[name] for name in ("act", "state", "since", "mine")}
            for row in consents.consents
        ],
    }


def _accounts(
    years: Iterable[tuple[str, accounts.AccountYearAnswer]], labels: Mapping[str, str]
) -> list[History]:
    """Return an account for each household and provider; `labels` name those that left the town."""
    register = shell_here().register
    by_account: dict[tuple[str, str], dict[str, list[Any]]] = {}
    for household_id, answer in years:
        for kind in ("bills", "payments"):
            for row in getattr(answer, kind):
                account = by_account.setdefault(
                    (household_id, row["provider"]), {"bills": [], "payments": []}
                )
                origin = TAKEN_OVER if row["taken_over"] else TOLD
                account[kind].append({**row, "origin": origin})
    return [
        {
            "household_id": household_id,
            "provider": provider,
            "provider_label": mark_by_code(register, provider, labels.get(provider, "")).label,
            "bills": sorted(rows["bills"], key=lambda row: (row["issued_on"], row["number"])),
            "payments": sorted(rows["payments"], key=lambda row: row["at"]),
        }
        for (household_id, provider), rows in sorted(by_account.items())
    ]
