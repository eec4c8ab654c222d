"""Acts of the data protection office on a request, each noted with its agent and moment."""

from services.dossier.data_protection.person_requests.commands.sealed_requests import (
    lock_open_request,
    note_act,
)
from services.dossier.data_protection.person_requests.queries.requests import (
    may_request_be_prolonged,
)
from services.dossier.data_protection.person_requests.rules.answer_deadline import (
    last_day_to_answer,
)
from services.dossier.models import PersonRequest
from shared.contracts.dossier.data_protection.person_requests import (
    ANSWERED,
    ASKED,
    COPIED,
    DOCUMENT,
    IN_HAND,
    KEPT,
    PROLONGED,
    PROOF_SEEN,
    RECEIVED,
    TAKEN,
)
from shared.contracts.errors import BadRequest
from shared.database import Write
from shared.dates.instant import Instant
from shared.dates.retention_periods import day_after


def take_request_in_hand(write: Write, request_id: str, *, by: str, when: Instant) -> None:
    """Take a request in hand; taking it twice changes nothing."""
    row = lock_open_request(write, request_id)
    if row.state == RECEIVED:
        row.state = IN_HAND
        note_act(write, row, TAKEN, by=by, when=when)


def note_identity_proof(write: Write, request_id: str, *, by: str, when: Instant) -> None:
    """Note that the proof of identity has come which was asked for."""
    row = lock_open_request(write, request_id)
    if row.proof == ASKED:
        row.proof = DOCUMENT
        note_act(write, row, PROOF_SEEN, by=by, when=when)


def note_copy_gathered(write: Write, request_id: str, *, by: str, when: Instant) -> None:
    """Note that a copy of the person's data was gathered; raises RequestClosed once it is over."""
    note_act(write, lock_open_request(write, request_id), COPIED, by=by, when=when)


def prolong_answer_deadline(
    write: Write, request_id: str, more: int, reason: str, *, by: str, when: Instant
) -> PersonRequest:
    """Take one month more, or two; raises BadRequest a second time, and after the first month."""
    row = lock_open_request(write, request_id)
    if not may_request_be_prolonged(row, when):
        raise BadRequest(errors={"more": ["once, within the first month"]})
    row.more, row.due_on = more, last_day_to_answer(row.received_on, more)
    note_act(write, row, PROLONGED, by=by, when=when, text=reason, until=row.due_on)
    return row


def close_request(
    write: Write, request_id: str, outcome: str, text: str, *, by: str, when: Instant
) -> None:
    """Answer or refuse; raises BadRequest for an answer to whom nobody has made sure of."""
    row = lock_open_request(write, request_id)
    if outcome == ANSWERED and row.proof == ASKED:
        raise BadRequest(errors={"outcome": ["who it is was asked for and not proven"]})
    row.state, row.closed_on = outcome, when.day
    row.forget_on = day_after(when.day, KEPT)
    note_act(write, row, outcome, by=by, when=when, text=text)
