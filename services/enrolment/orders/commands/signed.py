"""
Acts that a family ordered while this provider was down, done once it is back.

The portal hands them on; identity's signature says who ordered exactly this, of this provider, and
when. What had been done before without an answer is not done twice: the act carries the id of that
request.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from services.enrolment.bookings.commands.absences import Regimes
from services.enrolment.families.rules.order_time import When
from services.enrolment.orders.commands.dispatch import ORDERS, Order
from shared.contracts.enrolment.places import ActSettled, act_settled
from shared.contracts.errors import BadRequest, NotSignedIn, Refusal
from shared.contracts.message import Caller, ContractBroken
from shared.database import Write
from shared.person.signed_orders import ActVerifier, digest_of
from shared.person.tokens import FAMILY
from shared.runtime.logs import log

DONE = "done"

Answer = dict[str, Any]


@dataclass(frozen=True)
class Acts:
    """Takes the acts that come to one provider, the principal `here`."""

    here: str
    verifier: ActVerifier
    regimes: Callable[[], Regimes]

    def settle(self, write: Write, fact: SimpleNamespace, now: datetime) -> None:
        """Do what was ordered, or refuse it, and tell the portal which."""
        try:
            with write.part():
                code, answer = DONE, self._done(write, fact, now)
        except Refusal as refusal:
            code, answer = refusal.code, refusal.detail
            log("act_refused", act_id=fact.act_id, method=fact.method, code=code)
        settled = ActSettled(act_id=fact.act_id, code=code, answer=_as_json(answer), at=now)
        write.publish(act_settled, settled)

    def _done(self, write: Write, fact: SimpleNamespace, now: datetime) -> Answer:
        order = ORDERS.get(fact.method)
        if order is None:
            raise BadRequest(errors={"method": ["may not be ordered by an act"]})
        request, caller, ordered_at = self._proven(fact, order, now)
        if not write.first_request(fact.source, fact.act_id, fact.method):
            return _earlier(write, fact)
        when = When(min(ordered_at, now), now)
        decided = order.decide(write, request, caller, when, self.regimes())
        answer = order.contract.dump_answer(decided)
        write.keep_answer(fact.source, fact.act_id, json.dumps(answer, ensure_ascii=False))
        return answer

    def _proven(
        self, fact: SimpleNamespace, order: Order[Any, Any], now: datetime
    ) -> tuple[Any, Caller, datetime]:
        """Return the request, its caller and when it was ordered; raises a Refusal."""
        digest = digest_of(self.here, fact.method, fact.act_id, fact.payload)
        person, ordered_at = self.verifier.person(fact.signed, digest, now)
        if person.azp != fact.source or person.kind != FAMILY:
            raise NotSignedIn
        try:
            request = order.contract.load_request(fact.payload)
        except ContractBroken as broken:
            raise BadRequest(errors=broken.errors) from None
        return request, Caller(fact.source, person, fact.act_id), ordered_at


def _earlier(write: Write, fact: SimpleNamespace) -> Answer:
    answer = write.earlier_answer(fact.source, fact.act_id, fact.method)
    if answer is None:
        raise BadRequest(errors={"act_id": ["belongs to another request"]})
    return dict(json.loads(answer))


def _as_json(answer: Answer) -> Answer:
    """A refusal's detail may hold days and moments; an answer is JSON already."""
    return dict(json.loads(json.dumps(answer, default=_text)))


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
