"""
Keeps what the town file asks for, and what the data protection office decides on it.

What is decided is sealed with what was asked, under the request's own id: neither can be moved
to another row, nor written by who has the database alone. Decisions have a key of their own in the
vault, which ends with the next decision: a row that was kept from before is put back in vain.
"""

from base64 import b64encode
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select, update

from services.portal_gateway.front_desk.approvals.queries import (
    DecidedOtherwise,
    read_or_log,
    request_of_row,
    vault_key_of_decisions,
)
from services.portal_gateway.front_desk.approvals.rules import (
    KEPT,
    ApprovalRequest,
    Decision,
)
from services.portal_gateway.front_desk.models import AskedApproval, approval_binding
from services.portal_gateway.front_desk.store import store, vault
from shared.contracts.errors import NotFound
from shared.contracts.portal_gateway.widening_approvals import (
    APPROVED,
    AskedWidening,
    digest_of_differences,
)
from shared.database import Unreadable, Write
from shared.runtime.ids import new_id


class DecidedMeanwhile(Exception):
    """
    A colleague has decided since the page was read, or nothing is to be decided any more.

    So it is of a row that was not sealed here, or of one of before that was put back: what the
    agent read is not what is kept.
    """


def ask_for_approval(
    write: Write, widenings: Sequence[AskedWidening], signed: Collection[str], moment: datetime
) -> ApprovalRequest | None:
    """
    Keep that exactly this is asked for, once, and return it; None where nothing is.

    Whatever else was asked is withdrawn, an approval too that was taken and never signed: asked
    again, it is decided anew. So is a row of before that somebody put back. An approval that is
    returned is taken: it may be signed, and can be decided otherwise no more. Raises Unreadable for
    a row that was not written here.
    """
    digest = digest_of_differences(widenings)
    _withdraw_others(write, digest if widenings else "", moment)
    if not widenings:
        return None
    row = _find_open_request(write, digest, signed)
    found = _read_or_withdraw(row, moment) if row is not None else None
    if row is None or found is None:
        return _new_request(write, digest, widenings, moment)
    if digest_of_differences(found.widenings) != digest:
        raise Unreadable  # the row was given another digest, by other hands
    if found.verdict == APPROVED and row.taken_at is None:
        row.taken_at = moment
    return found


def decide_on_approval(write: Write, request_id: str, decision: Decision, *, seen: int) -> None:
    """Note a decision, by who saw so many before it; raises NotFound, and DecidedMeanwhile."""
    row = write.get(AskedApproval, request_id, with_for_update=True)
    if row is None:
        raise NotFound(request_id=request_id)
    found = read_or_log(row)
    if (
        found is None
        or not found.is_open
        or len(found.decisions) != seen
        or found.verdict == decision.verdict
    ):
        raise DecidedMeanwhile
    former = vault_key_of_decisions(row)
    row.content = _seal_approval(row.id, found.widenings, [*found.decisions, decision])
    write.flush()
    vault.shred_keys(former)  # before the commit: whoever dies in between is asked anew


def delete_old_approvals(write: Write, moment: datetime) -> None:
    """Delete what was asked as long ago as it has to be kept."""
    former = AskedApproval.asked_at < moment - KEPT
    keys = []
    for row in write.scalars(select(AskedApproval).where(former)):
        with suppress(Unreadable):
            keys.append(vault_key_of_decisions(row))
    write.execute(delete(AskedApproval).where(former))
    vault.shred_keys(*keys)


def _read_or_withdraw(row: AskedApproval, moment: datetime) -> ApprovalRequest | None:
    """Return what a row says; None for one of before, which is withdrawn with it."""
    try:
        return request_of_row(row)
    except DecidedOtherwise:
        row.withdrawn_at = moment
        return None


def _new_request(
    write: Write, digest: str, widenings: Sequence[AskedWidening], moment: datetime
) -> ApprovalRequest:
    row = AskedApproval(
        id=new_id(), digest=digest, content=b"", asked_at=moment, taken_at=None, withdrawn_at=None
    )
    row.content = _seal_approval(row.id, widenings, [])
    write.add(row)
    return request_of_row(row)


def _find_open_request(write: Write, digest: str, signed: Collection[str]) -> AskedApproval | None:
    query = (
        select(AskedApproval)
        .where(
            AskedApproval.digest == digest,
            AskedApproval.withdrawn_at.is_(None),
            AskedApproval.id.not_in(signed),
        )
        .order_by(AskedApproval.asked_at.desc())
        .limit(1)
        .with_for_update()
    )
    return write.scalars(query).one_or_none()


def _withdraw_others(write: Write, digest: str, moment: datetime) -> None:
    write.execute(
        update(AskedApproval)
        .where(AskedApproval.digest != digest, AskedApproval.withdrawn_at.is_(None))
        .values(withdrawn_at=moment)
    )


def _seal_approval(
    request_id: str, widenings: Sequence[AskedWidening], decisions: Sequence[Decision]
) -> bytes:
    place, key = approval_binding(request_id), new_id()
    kept = [{**asdict(each), "at": each.at.isoformat()} for each in decisions]
    content = {
        "widenings": [dict(each) for each in widenings],
        "key": key,
        "decisions": b64encode(vault.seal(key, place, kept)).decode(),
    }
    return store.seal(place, content)
