"""What billing answers a régisseur about public finance: lots, their files, returns."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from services.billing.handlers.rights import provider_of, regie, regie_of
from services.billing.treasury.commands import returns
from services.billing.treasury.commands import transfer as handing_over
from services.billing.treasury.queries import files, lots, returned_rows
from services.billing.treasury.queries.eligible_bills import Choice, candidates, preview
from shared.bus import PROVIDERS, Service, answers
from shared.contracts.billing import treasury as contracts
from shared.contracts.values import FilePart
from shared.database import Write
from shared.dates.clock import now, today


class Treasury(Service):
    """The provider is the caller: another one's lots and returns are not to be found."""

    @answers(contracts.preview_lot, callers=[PROVIDERS], right=regie)
    def preview_lot(self, request: SimpleNamespace) -> Mapping[str, Any]:
        """Say what would be handed over, and what stays and why."""
        one = regie_of(provider_of(self.store, request.caller), request.regie)
        with self.store.read() as read:
            found = candidates(read, one, _choice(request), today())
        return preview(found, one.channel)

    @answers(contracts.order_lot, callers=[PROVIDERS], right=regie)
    def order_lot(self, write: Write, request: SimpleNamespace) -> Mapping[str, Any]:
        """Order what was shown to be handed over; the worker does it."""
        provider = provider_of(self.store, request.caller)
        lot_id = handing_over.order(
            write,
            provider,
            regie_of(provider, request.regie),
            _choice(request),
            (request.bills, request.total_cents),
            by=request.person.subject,
            at=now(),
        )
        return {"lot_id": lot_id}

    @answers(contracts.lots, callers=[PROVIDERS], right=regie)
    def lots(self, request: SimpleNamespace) -> Mapping[str, Any]:
        """List lots, the latest first."""
        with self.store.read() as read:
            return lots.lots_of(read, provider_of(self.store, request.caller), request.after)

    @answers(contracts.read_lot, callers=[PROVIDERS], right=regie)
    def read_lot(self, request: SimpleNamespace) -> Mapping[str, Any]:
        """Return a lot with a page of its bills."""
        with self.store.read() as read:
            lot = lots.lot_of(read, provider_of(self.store, request.caller), request.lot_id)
            finance = self.store.register.regie(lot.regie)[1].finance
            return {
                **lots.lot_shown(read, lot),
                **lots.pieces_shown(read, lot, request.after),
                **files.pes_state(finance, self.settings.pes_xsd_dir),
            }

    @answers(contracts.lot_file, callers=[PROVIDERS], right=regie)
    def lot_file(self, request: SimpleNamespace) -> FilePart:
        """Return a part of a lot's file."""
        with self.store.read() as read:
            lot = lots.lot_of(read, provider_of(self.store, request.caller), request.lot_id)
            return files.lot_part(
                lot.id,
                lambda: lots.batch_of(read, lot),
                request.kind,
                request.part,
                self.settings.pes_xsd_dir,
            )

    @answers(contracts.read_return, callers=[PROVIDERS], right=regie)
    def read_return(self, write: Write, request: SimpleNamespace) -> Mapping[str, Any]:
        """Read what the accountant sends back, row by row."""
        provider = provider_of(self.store, request.caller)
        return_id, counts = returns.read_return(
            write,
            provider,
            regie_of(provider, request.regie),
            request.content,
            by=request.person.subject,
            at=now(),
        )
        return {"return_id": return_id, "counts": counts}

    @answers(contracts.returned_rows, callers=[PROVIDERS], right=regie)
    def returned_rows(self, request: SimpleNamespace) -> Mapping[str, Any]:
        """List the rows of a return, or those that wait to be seen to."""
        provider = provider_of(self.store, request.caller)
        with self.store.read() as read:
            return returned_rows.rows_of(read, provider, request.return_id, request.after)

    @answers(contracts.see_row, callers=[PROVIDERS], right=regie)
    def see_row(self, write: Write, request: SimpleNamespace) -> None:
        """Note that somebody has seen to a row."""
        returns.see(write, provider_of(self.store, request.caller), request.row_id, now())


def _choice(request: SimpleNamespace) -> Choice:
    return Choice(request.overdue_days, request.reminders)
