"""Requests for approval, the latest first."""

from base64 import b64decode
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.portal_gateway.front_desk.approvals.rules import ApprovalRequest, Decision
from services.portal_gateway.front_desk.models import AskedApproval, approval_binding
from services.portal_gateway.front_desk.store import store, vault
from shared.database import Unreadable
from shared.runtime.logs import log_error

MOST_LISTED = 50


def approval_requests(read: Session) -> list[ApprovalRequest]:
    """Return the latest requests, but for rows that were not sealed here."""
    query = select(AskedApproval).order_by(AskedApproval.asked_at.desc()).limit(MOST_LISTED)
    return [found for row in read.scalars(query) if (found := read_or_log(row))]


class DecidedOtherwise(Unreadable):
    """A row of before, put back: the office has decided otherwise since."""


def request_of_row(row: AskedApproval) -> ApprovalRequest:
    """
    Return what is sealed of a request.

    Raises Unreadable for a row that was not sealed here, DecidedOtherwise for one of before.
    """
    place = approval_binding(row.id)
    content = store.unseal(place, row.content)
    try:
        decisions = vault.open(content["key"], place, b64decode(content["decisions"]))
    except Unreadable:
        raise DecidedOtherwise from None
    return ApprovalRequest(
        row.id,
        content["widenings"],
        [_parse_decision(each) for each in decisions],
        row.asked_at,
        row.taken_at,
        row.withdrawn_at,
    )


def vault_key_of_decisions(row: AskedApproval) -> str:
    """Return under which key of the vault the decisions of a request are; raises Unreadable."""
    key: str = store.unseal(approval_binding(row.id), row.content)["key"]
    return key


def read_or_log(row: AskedApproval) -> ApprovalRequest | None:
    """Return what is sealed of a request; None, with a line in the log, where it is not ours."""
    try:
        return request_of_row(row)
    except Unreadable as error:
        log_error("approval_unreadable", error, request_id=row.id)
        return None


def _parse_decision(kept: dict[str, Any]) -> Decision:
    return Decision(**{**kept, "at": datetime.fromisoformat(kept["at"])})
