"""
Quotients that CAF or MSA gave: asked once at a time, kept for a day, counted once accepted.

The funds are asked outside any transaction. After a crash in between, the household may ask again.
A household has one request at a time and its tries in common; what is given is each guardian's own.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, select

from services.billing.accounts.commands import quotients
from services.billing.models import FundRefusal, FundRequest
from services.billing.payers.api_particulier.rules.answers import FundQuotient, TownRefused
from services.billing.payers.queries.fund_requests import given_quotient
from services.billing.payers.queries.recorded_quotients import has_quotient_of_source_from
from services.billing.payers.rules.fund_request_limits import (
    GIVEN_FOR,
    LONGEST_CALL,
    AnswerWaits,
    Asked,
    RequestUnderWay,
    is_same_day,
    require_may_ask,
)
from services.billing.payers.rules.new_quotients import CORRECTED, FETCHED, NewQuotient
from shared.contracts.billing.prices.fund_quotients import QuotientCorrected
from shared.contracts.errors import NotFound
from shared.database import Write
from shared.runtime.ids import new_id

KEPT_REFUSALS = timedelta(days=30)


def begin_request(write: Write, household_id: str, *, by: str, at: datetime) -> str:
    """
    Note that a guardian is having the funds asked; return the id of the request.

    What waited for this guardian longer than it may is let go of. Raises AnswerWaits for what may
    still be answered, RequestUnderWay, AskedTooOften and FundsSilent.
    """
    quotients.lock_quotients(write, [household_id])
    if given_quotient(write, household_id, by, at) is not None:
        raise AnswerWaits  # a second click would lose it to a fund that is silent by now
    requests = _requests_of(write, household_id)
    if any(each.under_way and at < each.asked_at + LONGEST_CALL for each in requests):
        raise RequestUnderWay
    require_may_ask(
        [Asked(each.asked_at, each.tries, each.failures, each.again_at) for each in requests], at
    )
    request = next((each for each in requests if each.asked_by == by), None)
    if request is None:
        request = FundRequest(
            household_id=household_id, asked_by=by, asked_at=at, tries=0, failures=0
        )
        write.add(request)
    elif not is_same_day(request.asked_at, at):
        request.tries = request.failures = 0
    request.request_id, request.asked_at = new_id(), at
    request.under_way, request.again_at = True, None
    request.tries += 1
    _let_go_of_given(request)
    write.flush()
    return request.request_id


def end_request_with_quotient(
    write: Write, household_id: str, request_id: str, quotient: FundQuotient
) -> None:
    """Keep what a fund gave until the guardian says whether it counts."""
    if request := _end_request(write, household_id, request_id):
        request.cents, request.kind = quotient.cents, quotient.kind
        request.valid_from, request.fund_proof = quotient.valid_from, quotient.proof
        for each in _requests_of(write, household_id):
            each.failures = 0


def end_request_without_quotient(
    write: Write,
    household_id: str,
    request_id: str,
    *,
    again_at: datetime | None = None,
    failed: bool = False,
) -> None:
    """Note that nothing was given, and from when on the household may ask again."""
    if request := _end_request(write, household_id, request_id):
        request.again_at = again_at
        request.failures += failed


def withdraw_request(write: Write, household_id: str, request_id: str) -> None:
    """End a request of which the funds were not asked after all: it was no try."""
    if request := _end_request(write, household_id, request_id):
        request.tries -= 1


def note_town_refused(write: Write, token_digest: str, refused: TownRefused, at: datetime) -> None:
    """Note that the town may not ask with this token; operations read it."""
    said = {"status": refused.status, "code": refused.code, "refused_at": at}
    row = write.upsert_into(FundRefusal).values(token_digest=token_digest, **said)
    write.execute(row.on_conflict_do_update(index_elements=["token_digest"], set_=said))


def note_town_answered(write: Write) -> None:
    """Forget refusals: the town is answered."""
    write.execute(delete(FundRefusal))


def accept_given_quotient(
    write: Write, household_id: str, request_id: str, *, by: str, at: datetime, on: date
) -> None:
    """
    Let what a fund gave count from its month on, as if an agent had seen the statement.

    Raises NotFound where it does not wait for this guardian, and QuotientCorrected.
    """
    quotients.lock_quotients(write, [household_id])
    given = _require_given(write, household_id, request_id, by, at)
    assert given.cents is not None and given.kind is not None and given.valid_from is not None
    if has_quotient_of_source_from(write, household_id, [CORRECTED], given.valid_from):
        raise QuotientCorrected
    new = NewQuotient(
        household_id, given.cents, given.kind, given.valid_from, None, FETCHED, given.fund_proof
    )
    quotients.record_quotients(write, [new], by=by, at=at, on=on)
    _let_go_of_given(given)


def leave_given_quotient(
    write: Write, household_id: str, request_id: str, *, by: str, at: datetime
) -> None:
    """Let go of what a fund gave; raises NotFound where it does not wait for this guardian."""
    quotients.lock_quotients(write, [household_id])
    _let_go_of_given(_require_given(write, household_id, request_id, by, at))


def delete_old_requests(write: Write, token_digest: str, at: datetime) -> None:
    """Delete requests of former days, and refusals of another token than the one in use."""
    write.execute(delete(FundRequest).where(FundRequest.asked_at <= at - GIVEN_FOR))
    former = FundRefusal.token_digest != token_digest
    write.execute(delete(FundRefusal).where(former))
    write.execute(delete(FundRefusal).where(FundRefusal.refused_at < at - KEPT_REFUSALS))


def _requests_of(write: Write, household_id: str) -> Sequence[FundRequest]:
    """Return the last request of each guardian of a household."""
    return write.scalars(select(FundRequest).where(FundRequest.household_id == household_id)).all()


def _end_request(write: Write, household_id: str, request_id: str) -> FundRequest | None:
    """Return the request as ended; None where another one has begun meanwhile."""
    quotients.lock_quotients(write, [household_id])
    requests = _requests_of(write, household_id)
    request = next((each for each in requests if each.request_id == request_id), None)
    if request is not None:
        request.under_way = False
    return request


def _require_given(
    write: Write, household_id: str, request_id: str, by: str, at: datetime
) -> FundRequest:
    given = given_quotient(write, household_id, by, at)
    if given is None or given.request_id != request_id:
        raise NotFound
    return given


def _let_go_of_given(request: FundRequest) -> None:
    request.cents = request.kind = request.valid_from = None
    request.fund_proof = ""
