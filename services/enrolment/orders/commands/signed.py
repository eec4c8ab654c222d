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
from typing import Any

from services.enrolment.bookings.commands.absences import Regimes
from services.enrolment.families.rules.order_time import When
from services.enrolment.orders.commands.dispatch import ORDERS, Order
from shared.contracts.enrolment.places import ActSettled, act_settled
from shared.contracts.errors import BadRequest, NotSignedIn, Refusal
from shared.contracts.message import Caller, ContractBroken, Payload
from shared.contracts.portal import FamilyAct
from shared.database import Write
from shared.person.signed_orders import ActVerifier, digest_of
from shared.person.tokens import FAMILY
from shared.runtime.logs import log

DONE = "done"


@dataclass(frozen=True)
class Acts:
    """Takes the acts that come to one provider, the principal `here`."""

    here: str
    verifier: ActVerifier
    regimes: Callable[[], Regimes]

    def settle(self, write: Write, event: FamilyAct, source: str, now: datetime) -> None:
        """Do what was ordered, or refuse it, and publish the outcome to the portal."""
        try:
            with write.part():
                code, answer = DONE, self._done(write, event, source, now)
        except Refusal as refusal:
            code, answer = refusal.code, refusal.detail
            log("act_refused", act_id=event.act_id, method=event.method, code=code)
        settled = ActSettled(act_id=event.act_id, code=code, answer=_as_json(answer), at=now)
        write.publish(act_settled, settled)

    def _done(self, write: Write, event: FamilyAct, source: str, now: datetime) -> Payload:
        order = ORDERS.get(event.method)
        if order is None:
            raise BadRequest(errors={"method": ["may not be ordered by an act"]})
        request, caller, ordered_at = self._proven(event, source, order, now)
        if not write.first_request(source, event.act_id, event.method):
            return _earlier(write, event, source)
        when = When(min(ordered_at, now), now)
        decided = order.decide(write, request, caller, when, self.regimes())
        answer = order.contract.dump_answer(decided)
        write.keep_answer(source, event.act_id, json.dumps(answer, ensure_ascii=False))
        return answer

    def _proven(
        self, event: FamilyAct, source: str, order: Order[Any, Any], now: datetime
    ) -> tuple[Any, Caller, datetime]:
        """Return the request, its caller and when it was ordered; raises a Refusal."""
        digest = digest_of(self.here, event.method, event.act_id, event.payload)
        person, ordered_at = self.verifier.person(event.signed, digest, now)
        if person.azp != source or person.kind != FAMILY:
            raise NotSignedIn
        try:
            request = order.contract.load_request(event.payload)
        except ContractBroken as broken:
            raise BadRequest(errors=broken.errors) from None
        return request, Caller(source, person, event.act_id), ordered_at


def _earlier(write: Write, event: FamilyAct, source: str) -> Payload:
    answer = write.earlier_answer(source, event.act_id, event.method)
    if answer is None:
        raise BadRequest(errors={"act_id": ["belongs to another request"]})
    return dict(json.loads(answer))


def _as_json(answer: Payload) -> Payload:
    """A refusal's detail may hold days and moments; an answer is JSON already."""
    return dict(json.loads(json.dumps(answer, default=_text)))


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
