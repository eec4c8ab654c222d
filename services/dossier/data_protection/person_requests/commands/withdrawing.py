"""Withdrawal of a request until it is answered: by who asked, or noted by an agent."""

from services.dossier.data_protection.person_requests.commands.sealed_requests import (
    lock_request,
    note_act,
    refuse_closed_request,
)
from services.dossier.models import PersonRequest
from shared.contracts.dossier.data_protection.person_requests import KEPT, UNKNOWN, WITHDRAWN
from shared.contracts.errors import BadRequest, NotFound
from shared.database import Write
from shared.dates.instant import Instant
from shared.dates.retention_periods import day_after


def withdraw_own_request(write: Write, request_id: str, *, by: str, when: Instant) -> None:
    """Withdraw what this guardian asked; raises NotFound for another's, RequestClosed."""
    row = lock_request(write, request_id)
    if row.asked_by != by:
        raise NotFound(person_request_id=request_id)
    _withdraw(write, row, by=None, when=when)


def note_withdrawal_by_person(
    write: Write, request_id: str, said: str, *, by: str, when: Instant
) -> None:
    """
    Note that a person without an account withdraws its request, and how it said so.

    Raises RequestClosed, and BadRequest for who has an account.
    """
    row = lock_request(write, request_id)
    if row.asked_by:
        raise BadRequest(errors={UNKNOWN: ["who has an account withdraws it itself"]})
    _withdraw(write, row, by=by, when=when, said=said)


def _withdraw(
    write: Write, row: PersonRequest, *, by: str | None, when: Instant, said: str = ""
) -> None:
    if row.state == WITHDRAWN:
        return
    refuse_closed_request(row)
    row.state, row.closed_on = WITHDRAWN, when.day
    row.forget_on = day_after(when.day, KEPT)
    note_act(write, row, WITHDRAWN, by=by, when=when, text=said)
