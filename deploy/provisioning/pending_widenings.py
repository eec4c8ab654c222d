"""Widenings of an instance's town file: approved by the DPO, in force, or pending."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta
from pathlib import Path

from deploy.applied_town import Applied
from deploy.instance.secrets import new_token_signing_key
from deploy.register.approvals import Approval, Approvals
from deploy.register.entitlements_in_force import (
    Granted,
    Outcome,
    decide_in_force,
    unapproved_widenings,
    widenings_of_town_file,
)
from deploy.register.widenings import (
    Widening,
    digest_of_widenings,
    granted_by_register,
    granted_by_town_file,
)
from shared.dates.clock import now, today

APPROVER = "approvals"
"""Name of the secrets with the key that signs approvals; no principal of the broker."""


def widenings_to_approve(applied: Applied) -> list[Widening]:
    """Return what the town file widens and nobody has approved."""
    before = _read_granted(applied)
    asked = widenings_of_town_file(applied.read_town_file(), before, applied.providers_on_trial())
    return unapproved_widenings(
        asked, before, _open_approvals(applied).read_approvals(before.approvals)
    )


def note_approval_of_widenings(
    applied: Applied,
    shown: Sequence[Widening],
    *,
    name: str,
    reason: str,
    valid_from: date | None = None,
    request: str = "",
) -> Approval:
    """
    Write down that the DPO approves these widenings, as they were shown and not as they are now.

    It takes effect `notice_days` from today at the earliest; `request` is the front desk's on which
    it was decided. Raises ApprovalsBroken.
    """
    earliest = today() + timedelta(days=applied.read_town_file().notice_days)
    return _open_approvals(applied).add_approval(
        shown,
        name=name,
        reason=reason,
        valid_from=max(earliest, valid_from or earliest),
        at=now(),
        request=request,
    )


def requests_signed_before(applied: Applied, asked: Collection[Widening]) -> list[str]:
    """Return the front desk's requests for exactly these widenings that were signed before."""
    approvals = _open_approvals(applied).read_approvals(_read_granted(applied).approvals)
    digest = digest_of_widenings(asked)
    return [each.request for each in approvals if each.request and each.digest == digest]


def decide_town_in_force(applied: Applied) -> Outcome:
    """Return what of the town file is in force today; raises TownRefused, ApprovalsBroken."""
    before = _read_granted(applied)
    approved = _open_approvals(applied).read_approvals(before.approvals)
    return decide_in_force(
        applied.read_town_file(), before, approved, applied.providers_on_trial(), today()
    )


def path_of_granted(applied: Applied) -> Path:
    """Return where an instance keeps what is in force."""
    return applied.instance.home / "granted.json"


def _read_granted(applied: Applied) -> Granted:
    """Return what is in force; before the first `apply` all that the town file says is."""
    kept = Granted.read_granted(path_of_granted(applied))
    if kept is not None:
        return kept
    register = applied.register_in_force()
    return Granted(
        granted_by_register(register)
        if register
        else granted_by_town_file(applied.read_town_file(), applied.providers_on_trial())
    )


def _open_approvals(applied: Applied) -> Approvals:
    keys = applied.secrets.ensure_values(APPROVER, APPROVAL_SIGNING_KEY=new_token_signing_key)
    return Approvals(applied.instance.home / "approvals.jsonl", keys["APPROVAL_SIGNING_KEY"])
