"""What operations may ask where the town is a demonstration: its past months, billed."""

from datetime import datetime, time
from types import SimpleNamespace
from typing import Any

from services.billing.hearing.quantities import sheets_of
from services.billing.months import first_of, next_month
from services.billing.runs import opening
from services.billing.store import store
from shared.bus import DEMO_OPS, Service, answers, service_only
from shared.clock import PARIS, now
from shared.contracts import regie_runs
from shared.contracts.regie_runs import DRAFTED
from shared.database import Write

LISTENING = "listening"
NOBODY = "00000000-0000-0000-0000-000000000000"
"""Whoever bills a demonstration is no person."""


class Demonstration(Service):
    """In any other town there is no binding to it."""

    @answers(regie_runs.bill_demo_month, callers=[DEMO_OPS], right=service_only)
    def bill_demo_month(self, write: Write, request: SimpleNamespace) -> dict[str, Any]:
        """Open the run of a month, or order what was drafted to be issued; say how far it is."""
        provider, regie = store.register.regie(request.regie)
        run_id = opening.run_id_of(regie.code, request.month)
        at = min(now(), _second_of(next_month(request.month)))
        if not opening.is_open(write, run_id):
            if sheets_of(write, provider.code, request.month) < request.sheets:
                return {"state": LISTENING}
            opening.open_run(
                write, provider.code, regie.code, request.month, reason="", by=NOBODY, at=at
            )
        elif opening.locked_state(write, run_id) == DRAFTED:
            total = opening.total_of(write, run_id)
            opening.issue_run(write, provider.code, run_id, total_cents=total, by=NOBODY, at=at)
        return {"state": opening.locked_state(write, run_id)}


def _second_of(month: str) -> datetime:
    """Return when a month's bills are issued: what nobody paid since is late by now."""
    return datetime.combine(first_of(month).replace(day=2), time(9), PARIS)
