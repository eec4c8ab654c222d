"""
Widenings handed to the data protection office at the front desk; what it approved there, signed.

The page decides, and this machine signs: the key is here alone, and signs nothing but what the town
file asks for at this moment. Without a front desk that answers, the command remains.
"""

from collections.abc import Iterable
from pathlib import Path

from deploy.applied_town import Applied
from deploy.processes.ops_requests import ops_client, service_principals
from deploy.provisioning.data_protection_answers import OfficeAnswers
from deploy.provisioning.pending_widenings import (
    note_approval_of_widenings,
    requests_signed_before,
    widenings_to_approve,
)
from deploy.register.widenings import Widening, digest_of_widenings
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.portal_gateway.widening_approvals import (
    APPROVED,
    MOST_WIDENINGS,
    REFUSED,
    AskApprovalAnswer,
    AskApprovalRequest,
    AskedWidening,
    ask_approval,
)
from shared.register.declarations import FRONT_DESK

PATIENCE = 10.0
_NOT_ASKED = "the data protection office was not asked: the front desk "

_SET_BACK = (
    "the front desk answers with an older decision than before: its database was set back. Nothing "
    "is signed; let the data protection office decide anew, or use `preau approve`"
)


def ask_and_sign_approved_widenings(applied: Applied) -> str:
    """
    Ask the data protection office for what the town file widens, and sign it where it approved.

    Return what is to be said of it, "" where nothing is.
    """
    asked, known = widenings_to_approve(applied), _read_answers(applied)
    if not asked and known.answer is None:
        return ""
    if FRONT_DESK not in service_principals(applied):
        return ""
    digest = digest_of_widenings(asked)
    known = known.with_new_question(digest)
    try:
        answer = _ask_data_protection_office(applied, asked, known.over)
    except (NoAnswer, Unavailable, OSError):
        return f"{_NOT_ASKED}does not answer" if asked else ""
    except Refusal as refusal:
        return f"{_NOT_ASKED}refuses ({refusal.code}), see its log" if asked else ""
    if known.were_more_decisions_seen(answer):
        return _SET_BACK
    known = known.with_answer(answer, digest)
    known.write_answers(_answers_path(applied))
    if not asked or answer.request_id is None:
        return ""
    if answer.verdict == APPROVED:
        note_approval_of_widenings(
            applied, asked, name=answer.name, reason=answer.reason, request=answer.request_id
        )
        known.without_question().write_answers(_answers_path(applied))
        return f"approved at the front desk by {answer.name}"
    if answer.verdict == REFUSED:
        return f"refused at the front desk by {answer.name}: {answer.reason}"
    return "the data protection office was asked, at the front desk under « Élargissements »"


def answer_of_office(applied: Applied, asked: Iterable[Widening]) -> AskApprovalAnswer | None:
    """Return what the office had said of exactly this; None where it was not asked about it."""
    return _read_answers(applied).answer_if_same_difference(digest_of_widenings(asked))


def _ask_data_protection_office(
    applied: Applied, asked: list[Widening], over: Iterable[str]
) -> AskApprovalAnswer:
    rows = [_widening_as_asked(each) for each in asked]
    no_more = [*requests_signed_before(applied, asked), *over]
    request = AskApprovalRequest(rows, no_more[-MOST_WIDENINGS:])
    with ops_client(applied) as client:
        return client.ask(ask_approval, request, deadline=PATIENCE)


def _widening_as_asked(widening: Widening) -> AskedWidening:
    return AskedWidening(
        kind=widening.kind,
        provider=widening.provider,
        what=widening.what,
        before=widening.before,
        after=widening.after,
    )


def _read_answers(applied: Applied) -> OfficeAnswers:
    return OfficeAnswers.read_answers(_answers_path(applied))


def _answers_path(applied: Applied) -> Path:
    return applied.instance.home / "asked.json"
