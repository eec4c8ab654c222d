"""RPC about quotients: what a family declares or has CAF and MSA asked for, what is imported."""

from datetime import datetime, timedelta

from services.billing.accounts.commands import fund_quotients, quotients
from services.billing.handlers.caller_rights import is_of_own_household
from services.billing.models import FundRequest, Quotient
from services.billing.payers.api_particulier.client import (
    ApiParticulierClient,
    api_particulier_client,
    digest_of_token,
)
from services.billing.payers.api_particulier.rules import answers as fund_answers
from services.billing.payers.api_particulier.rules.civil_identity import is_identity_of
from services.billing.payers.queries.fund_requests import (
    given_quotient,
    is_token_refused,
    name_of_guardian,
)
from services.billing.payers.queries.recorded_quotients import (
    has_quotient_of_source_from,
    latest_quotients_of,
    recorded_quotients,
)
from services.billing.payers.rules.fund_request_limits import (
    AnswerWaits,
    AskedTooOften,
    MayNotAskYet,
    RequestUnderWay,
)
from services.billing.payers.rules.new_quotients import (
    BACK,
    DECLARED,
    IMPORTED,
    SEEN,
    NewQuotient,
    split_imported_quotients,
)
from services.billing.store import store
from shared.bus import OPS, PORTAL, Service, answers, service_only
from shared.contracts.billing.prices import fund_quotients as fund_contracts
from shared.contracts.billing.prices import quotients as contracts
from shared.contracts.billing.prices.fund_quotients import AskFundAnswer
from shared.contracts.errors import BadRequest, NotFound
from shared.contracts.message import Caller, Empty
from shared.contracts.values import OfHousehold
from shared.database import Write
from shared.dates.clock import now, today


class Quotients(Service):
    """Another household's quotient does not exist for a family."""

    @answers(contracts.my_quotients, callers=[PORTAL], right=is_of_own_household)
    def my_quotients(self, request: OfHousehold, caller: Caller) -> contracts.MyQuotientsAnswer:
        with store.read() as read:
            rows = latest_quotients_of(read, request.household_id)
            given = given_quotient(read, request.household_id, caller.subject, now())
        return contracts.MyQuotientsAnswer(
            [_quotient_as_answered(row) for row in rows],
            _given_as_answered(given) if given else None,
        )

    @answers(contracts.declare_quotient, callers=[PORTAL], right=is_of_own_household)
    def declare_quotient(
        self, write: Write, request: contracts.DeclareQuotientRequest, caller: Caller
    ) -> Empty:
        """Record a quotient as a guardian declares it: a year back at most, over no checked one."""
        answer = _refuse_reversed_days(
            NewQuotient(
                request.household_id,
                request.cents,
                request.kind,
                request.valid_from,
                request.valid_to,
                DECLARED,
            )
        )
        if answer.valid_from < today() - BACK:
            raise BadRequest(errors={"valid_from": ["too far back"]})
        quotients.lock_quotients(write, [answer.household_id])
        if has_quotient_of_source_from(write, answer.household_id, SEEN, answer.valid_from):
            raise contracts.QuotientChecked
        quotients.record_quotients(write, [answer], by=caller.subject, at=now(), on=today())
        return Empty()

    @answers(fund_contracts.ask_fund, callers=[PORTAL], right=is_of_own_household)
    def ask_fund(self, request: fund_contracts.AskFundRequest, caller: Caller) -> AskFundAnswer:
        """Have CAF and MSA asked about the guardian who asks: about nobody else, one at a time."""
        client, home = self._require_client(), request.household_id
        access = self.settings.api_particulier
        with store.read() as read:
            known = name_of_guardian(read, home, caller.subject)
            refused = is_token_refused(read, digest_of_token(access), now())
        if refused or not access.token:
            return AskFundAnswer(fund_contracts.CLOSED, [])
        if not is_identity_of(known, request.identity):
            return AskFundAnswer(fund_contracts.OTHER_NAME, ["birth_name", "first_names"])
        try:
            with store.write() as write:
                request_id = fund_quotients.begin_request(write, home, by=caller.subject, at=now())
        except AnswerWaits:
            return AskFundAnswer(fund_contracts.GIVEN, [])
        except RequestUnderWay:
            return AskFundAnswer(fund_contracts.UNDER_WAY, [])
        except MayNotAskYet as why:
            often = isinstance(why, AskedTooOften)
            outcome = fund_contracts.TOO_OFTEN if often else fund_contracts.AWAY
            return AskFundAnswer(outcome, [], why.again_at)
        try:
            quotient = client.ask_for_quotient(request.identity, today())
        except fund_answers.NoQuotient as why:
            return self._end_without_quotient(home, request_id, why, now())
        with store.write() as write:
            fund_quotients.end_request_with_quotient(write, home, request_id, quotient)
            fund_quotients.note_town_answered(write)
        return AskFundAnswer(fund_contracts.GIVEN, [])

    @answers(fund_contracts.answer_fund, callers=[PORTAL], right=is_of_own_household)
    def answer_fund(
        self, write: Write, request: fund_contracts.AnswerFundRequest, caller: Caller
    ) -> Empty:
        """Let what a fund gave count, or let go of it, as the guardian says who read it."""
        home, request_id, by = request.household_id, request.request_id, caller.subject
        if request.accepted:
            fund_quotients.accept_given_quotient(
                write, home, request_id, by=by, at=now(), on=today()
            )
        else:
            fund_quotients.leave_given_quotient(write, home, request_id, by=by, at=now())
        return Empty()

    @answers(contracts.import_quotients, callers=[OPS], right=service_only)
    def import_quotients(
        self, write: Write, request: contracts.ImportQuotientsRequest, _caller: Caller
    ) -> contracts.ImportQuotientsAnswer:
        """Record what is new of quotients of another software, over none that was said here."""
        rows = [
            _refuse_reversed_days(NewQuotient(**row, source=IMPORTED)) for row in request.quotients
        ]
        quotients.lock_quotients(write, {row.household_id for row in rows})
        outcome = split_imported_quotients(rows, recorded_quotients(write, rows))
        if outcome.new:
            quotients.record_quotients(write, outcome.new, by=None, at=now(), on=today())
        return contracts.ImportQuotientsAnswer(len(outcome.new), outcome.same, outcome.kept)

    def _end_without_quotient(
        self, home: str, request_id: str, why: fund_answers.NoQuotient, at: datetime
    ) -> AskFundAnswer:
        """Note why nothing was given, and say it in the words of the contract."""
        again_at = None
        if isinstance(why, fund_answers.FundsAway):
            again_at = at + timedelta(seconds=why.seconds)
        with store.write() as write:
            if isinstance(why, fund_answers.NotAsked):
                fund_quotients.withdraw_request(write, home, request_id)
            elif not isinstance(why, fund_answers.AskedMeanwhile):  # that one goes on over there
                fund_quotients.end_request_without_quotient(
                    write, home, request_id, again_at=again_at, failed=again_at is not None
                )
            if isinstance(why, fund_answers.TownRefused):
                digest = digest_of_token(self.settings.api_particulier)
                fund_quotients.note_town_refused(write, digest, why, at)
            if isinstance(why, fund_answers.PersonUnknown | fund_answers.PersonMistaken):
                fund_quotients.note_town_answered(write)
        fields = list(why.fields) if isinstance(why, fund_answers.PersonMistaken) else []
        return AskFundAnswer(_OUTCOMES[type(why)], fields, again_at)

    def _require_client(self) -> ApiParticulierClient:
        """Return the way to API Particulier; raises NotFound where the town file names none."""
        service = store.register.now.town.api_particulier
        if service is None:
            raise NotFound
        return api_particulier_client(service, self.settings.api_particulier)


_OUTCOMES: dict[type[fund_answers.NoQuotient], str] = {
    fund_answers.PersonUnknown: fund_contracts.UNKNOWN,
    fund_answers.PersonMistaken: fund_contracts.MISTAKEN,
    fund_answers.AskedMeanwhile: fund_contracts.UNDER_WAY,
    fund_answers.NotAsked: fund_contracts.BUSY,
    fund_answers.FundsAway: fund_contracts.AWAY,
    fund_answers.TownRefused: fund_contracts.CLOSED,
}


def _refuse_reversed_days(quotient: NewQuotient) -> NewQuotient:
    """Return a quotient as it was sent; raises BadRequest for one that ends before it begins."""
    if quotient.valid_to is not None and quotient.valid_to < quotient.valid_from:
        raise BadRequest(errors={"valid_to": ["before the first day"]})
    return quotient


def _quotient_as_answered(row: Quotient) -> contracts.RecordedQuotient:
    return {
        "cents": row.cents,
        "kind": row.kind,
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "source": row.source,
        "recorded_at": row.recorded_at,
    }


def _given_as_answered(row: FundRequest) -> contracts.GivenQuotient:
    assert row.cents is not None and row.kind is not None and row.valid_from is not None
    return {
        "request_id": row.request_id,
        "cents": row.cents,
        "kind": row.kind,
        "valid_from": row.valid_from,
        "given_at": row.asked_at,
    }
