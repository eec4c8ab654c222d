"""
Orders that a family signed while this provider was down, carried out once it is back.

The portal passes them on; identity's signature proves the person, the content, the provider and the
time. A request that was carried out without an answer is not carried out twice: the order has the
id of that request.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.enrolment.bookings.commands.absences import Regimes
from services.enrolment.families.rules.given_and_handled_times import OrderTime
from services.enrolment.handlers.orders.dispatch import ORDERS, Order
from shared.contracts.enrolment.places.family_acts import OrderOutcome, order_outcome
from shared.contracts.errors import BadRequest, NotSignedIn, Refusal
from shared.contracts.message import Caller, ContractBroken, Payload
from shared.contracts.portal_gateway.portal_events import FamilyAct
from shared.database import Write
from shared.json_values import as_json
from shared.person.signed_orders import OrderVerifier, digest_of_request
from shared.person.tokens import FAMILY
from shared.runtime.logs import log

DONE = "done"


@dataclass(frozen=True)
class SignedOrders:
    """Handles the signed orders to one provider, the principal `principal`."""

    principal: str
    verifier: OrderVerifier
    regimes: Callable[[], Regimes]

    def carry_out(self, write: Write, event: FamilyAct, source: str, now: datetime) -> None:
        """Carry out or refuse the order, and publish the outcome to the portal."""
        try:
            with write.savepoint():
                code, answer = DONE, self._carry_out_once(write, event, source, now)
        except Refusal as refusal:
            code, answer = refusal.code, refusal.detail
            log("act_refused", act_id=event.act_id, method=event.method, code=code)
        outcome = OrderOutcome(
            act_id=event.act_id, code=code, answer=_refusal_as_json(answer), at=now
        )
        write.publish(order_outcome, outcome)

    def _carry_out_once(
        self, write: Write, event: FamilyAct, source: str, now: datetime
    ) -> Payload:
        order = ORDERS.get(event.method)
        if order is None:
            raise BadRequest(errors={"method": ["may not be ordered by an act"]})
        request, caller, ordered_at = self._verified_request(event, source, order, now)
        if not write.claim_request(source, event.act_id, event.method):
            return _earlier_answer(write, event, source)
        order_time = OrderTime(min(ordered_at, now), now)
        decided = order.decide(write, request, caller, order_time, self.regimes())
        answer = order.contract.dump_answer(decided)
        write.keep_answer(source, event.act_id, as_json(answer))
        return answer

    def _verified_request(
        self, event: FamilyAct, source: str, order: Order[Any, Any], now: datetime
    ) -> tuple[object, Caller, datetime]:
        """Return the request, its caller and when it was ordered; raises a Refusal."""
        digest = digest_of_request(self.principal, event.method, event.act_id, event.payload)
        person, ordered_at = self.verifier.person(event.signed, digest, now)
        if person.azp != source or person.kind != FAMILY:
            raise NotSignedIn
        try:
            request = order.contract.load_request(event.payload)
        except ContractBroken as broken:
            raise BadRequest(errors=broken.errors) from None
        return request, Caller(source, person, event.act_id), ordered_at


def _earlier_answer(write: Write, event: FamilyAct, source: str) -> Payload:
    answer = write.earlier_answer(source, event.act_id, event.method)
    if answer is None:
        raise BadRequest(errors={"act_id": ["belongs to another request"]})
    return dict(json.loads(answer))


def _refusal_as_json(answer: Payload) -> Payload:
    """A refusal's detail may contain days and moments; an answer is JSON already."""
    return dict(json.loads(json.dumps(answer, default=_value_as_text)))


def _value_as_text(value: object) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
