"""Shares of two payers, as an agent of a régie saw them on paper: recorded, never changed."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import insert

from services.billing.models import Share, SharePart
from shared.database import Write
from shared.runtime.ids import new_id


def record_payer_shares(
    write: Write,
    provider: str,
    child_id: str,
    parts: Mapping[str, int],
    *,
    valid_from: date,
    valid_to: date | None,
    paper: str,
    by: str,
    at: datetime,
) -> None:
    """Keep who pays which part from a day on; the parts add up to 10 000."""
    share_id = new_id()
    write.execute(
        insert(Share).values(
            id=share_id,
            provider=provider,
            child_id=child_id,
            paper=paper,
            valid_from=valid_from,
            valid_to=valid_to,
            recorded_at=at,
            recorded_by=by,
        )
    )
    rows = [
        {"share_id": share_id, "household_id": household_id, "share_bp": share_bp}
        for household_id, share_bp in parts.items()
    ]
    write.execute(insert(SharePart), rows)
