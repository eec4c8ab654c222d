"""
Widenings handed to the data protection office at the front desk; what it approved there, signed.

The page decides, and this machine signs: the key is here alone, and signs nothing but what the town
file asks for at this moment. Without a front desk that answers, the command remains.
"""

import json
from dataclasses import asdict
from pathlib import Path

from deploy.applied import Applied
from deploy.instance.instance import replace_file
from deploy.processes.ops_requests import ops_client, service_principals
from deploy.provisioning.pending_widenings import (
    approve_widenings,
    requests_signed,
    widenings_to_approve,
)
from deploy.register.widenings import Widening
from shared.contracts.errors import NoAnswer, Refusal, Unavailable
from shared.contracts.portal_gateway.front_desk import (
    APPROVED,
    REFUSED,
    AskApprovalAnswer,
    AskApprovalRequest,
    AskedWidening,
    ask_approval,
)
from shared.register.declarations import FRONT_DESK

PATIENCE = 10.0
_NOT_ASKED = "the data protection office was not asked: the front desk "


def sign_what_was_approved(applied: Applied) -> str:
    """
    Ask the data protection office for what the town file widens, and sign it where it approved.

    Return what is to be said of it, "" where nothing is.
    """
    asked = widenings_to_approve(applied)
    if not asked and not _asked_path(applied).exists():
        return ""
    if FRONT_DESK not in service_principals(applied):
        return ""
    try:
        answer = _ask(applied, asked)
    except (NoAnswer, Unavailable, OSError):
        return f"{_NOT_ASKED}does not answer" if asked else ""
    except Refusal as refusal:
        return f"{_NOT_ASKED}refuses ({refusal.code}), see its log" if asked else ""
    if not asked or answer.request_id is None:
        _asked_path(applied).unlink(missing_ok=True)
        return ""
    if answer.verdict == APPROVED:
        approve_widenings(
            applied, asked, name=answer.name, reason=answer.reason, request=answer.request_id
        )
        _asked_path(applied).unlink(missing_ok=True)
        return f"approved at the front desk by {answer.name}"
    replace_file(_asked_path(applied), json.dumps(asdict(answer), ensure_ascii=False))
    if answer.verdict == REFUSED:
        return f"refused at the front desk by {answer.name}: {answer.reason}"
    return "the data protection office was asked, at the front desk under « Élargissements »"


def what_the_office_said(applied: Applied) -> AskApprovalAnswer | None:
    """Return what the office had said when it was last asked; None where it was not."""
    try:
        return AskApprovalAnswer(**json.loads(_asked_path(applied).read_text("utf-8")))
    except FileNotFoundError:
        return None


def _ask(applied: Applied, asked: list[Widening]) -> AskApprovalAnswer:
    rows = [_row(each) for each in asked]
    request = AskApprovalRequest(rows, requests_signed(applied, asked))
    with ops_client(applied) as client:
        return client.ask(ask_approval, request, deadline=PATIENCE)


def _row(widening: Widening) -> AskedWidening:
    return AskedWidening(
        kind=widening.kind,
        provider=widening.provider,
        what=widening.what,
        before=widening.before,
        after=widening.after,
    )


def _asked_path(applied: Applied) -> Path:
    return applied.instance.home / "asked.json"
