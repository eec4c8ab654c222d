"""Lines that families report as wrong, until the régie decides. Codes, no text."""

from datetime import datetime

from sqlalchemy import insert, select, update

from services.billing.models import Dispute, Invoice, InvoiceLine
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.runtime.ids import new_id


def report_line_as_wrong(
    write: Write, invoice_id: str, line: int, *, reason: str, by: str, at: datetime
) -> None:
    """Note a line as reported, once until it is resolved; raises NotFound for no such line."""
    if write.get(InvoiceLine, (invoice_id, line)) is None:
        raise NotFound
    still_open = select(Dispute.id).where(
        Dispute.invoice_id == invoice_id, Dispute.seq == line, Dispute.resolved_at.is_(None)
    )
    if write.scalar(still_open.limit(1)) is None:
        write.execute(
            insert(Dispute).values(
                id=new_id(),
                invoice_id=invoice_id,
                seq=line,
                reason=reason,
                reported_by=by,
                reported_at=at,
            )
        )


def resolve_dispute(write: Write, provider: str, dispute_id: str, *, by: str, at: datetime) -> None:
    """Record a dispute of a provider's bill as resolved; raises NotFound for another's."""
    query = (
        select(Dispute.id)
        .join(Invoice, Invoice.id == Dispute.invoice_id)
        .where(Dispute.id == dispute_id, Invoice.provider == provider)
    )
    if write.scalar(query) is None:
        raise NotFound
    write.execute(
        update(Dispute)
        .where(Dispute.id == dispute_id, Dispute.resolved_at.is_(None))
        .values(resolved_at=at, resolved_by=by)
        .execution_options(synchronize_session=False)
    )
