"""
Orders of a family to its providers: sent at once, stored if a provider is unavailable.

Identity signs an order that its provider could not take, and the outbox publishes it. The provider
does it later under the same request id, so that it cannot be done twice.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Generic, TypeVar

from sqlalchemy import select

from services.portal_gateway.cards.rules.json_values import to_json
from services.portal_gateway.models import FamilyOrder
from services.portal_gateway.models.sealed_value_bindings import order_binding
from services.portal_gateway.session import (
    current_accompanied_session,
    current_user,
    provider_health,
)
from services.portal_gateway.session.provider_health import is_unavailable
from services.portal_gateway.store import seal_for_row, store
from shared.contracts.enrolment.places import family_acts
from shared.contracts.errors import Refusal
from shared.contracts.identity import sign_ins
from shared.contracts.message import Method
from shared.contracts.portal_gateway import portal_events
from shared.database import Write
from shared.dates.clock import now
from shared.json_values import JsonMapping, JsonObject
from shared.person import digest_of_request
from shared.web.base.app import shell_here
from shared.web.session.request_rounds import round_request

SHORT_SECONDS = 2.0
"""Time for which a page waits for a provider before the order is stored."""


Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True)
class Order(Generic[Q, A]):
    """One order: `order_id` names its form; `label` describes it on later pages."""

    order_id: str
    method: Method[Q, A]
    provider: str
    request: Q
    label: str
    more: JsonMapping = field(default_factory=dict)
    """Ids, days and codes that later pages need to describe it."""

    @property
    def principal(self) -> str:
        return shell_here().register.provider(self.provider).principal


@dataclass(frozen=True)
class OnItsWay:
    """The order is stored; its provider does it once it is available again."""

    order_id: str


Outcome = object
"""The provider's answer, its Refusal, or OnItsWay."""


def send_order(order: Order[Q, A]) -> A | Refusal | OnItsWay:
    """Send one order; return the provider's answer, its refusal, or that it is on its way."""
    [outcome] = send_orders([order])
    return outcome


def send_orders(orders: Sequence[Order[Q, A]]) -> list[A | Refusal | OnItsWay]:
    """
    Send several orders in one parallel round, to several providers.

    An order that could neither be sent nor stored has NoAnswer or Unavailable as its outcome.
    """
    stored = _stored_order_ids([order.order_id for order in orders])
    new = [order for order in orders if order.order_id not in stored]
    calls = [
        round_request(order.method, order.request, to=order.principal, request_id=order.order_id)
        for order in new
    ]
    answers = current_user.ask_all(*calls, deadline=SHORT_SECONDS) if calls else ()
    provider_health.note_which_providers_answered(
        zip((order.provider for order in new), answers, strict=True), now()
    )
    outcomes: dict[str, A | Refusal | OnItsWay]
    outcomes = {order.order_id: OnItsWay(order.order_id) for order in orders}
    outcomes |= {order.order_id: answer for order, answer in zip(new, answers, strict=True)}
    unanswered = [order for order in new if is_unavailable(outcomes[order.order_id])]
    outcomes |= {order_id: OnItsWay(order_id) for order_id in _sign_and_publish(unanswered)}
    current_accompanied_session.note_action_for_summary(
        _action_in_summary(order, outcomes[order.order_id])
        for order in orders
        if not isinstance(outcomes[order.order_id], Refusal)
    )
    return [outcomes[order.order_id] for order in orders]


def _action_in_summary(order: Order[Q, A], outcome: Outcome) -> dict[str, str]:
    """Return what the summary of an accompanied session says of an order that was taken."""
    return {
        "label": order.label,
        "child_id": getattr(order.request, "child_id", ""),
        "outcome": "on_its_way" if isinstance(outcome, OnItsWay) else "done",
    }


def store_answer(order: Order[Q, family_acts.ApplyAnswer], answer: family_acts.ApplyAnswer) -> None:
    """Store the answer until the provider's card has it, for the page that shows the order."""
    with store.write() as write:
        _insert_order(write, order, answer=to_json(asdict(answer)))


def _stored_order_ids(order_ids: Sequence[str]) -> set[str]:
    with store.read() as read:
        rows = select(FamilyOrder.act_id).where(
            FamilyOrder.act_id.in_(order_ids), FamilyOrder.subject == current_user.subject_of_user()
        )
        return set(read.scalars(rows))


def _sign_and_publish(orders: Sequence[Order[Q, A]]) -> list[str]:
    """Have the orders signed and publish them; return the ids of those that are stored now."""
    if not orders:
        return []
    payloads = [order.method.dump_request(order.request) for order in orders]
    digests = [
        digest_of_request(order.principal, order.method.name, order.order_id, payload)
        for order, payload in zip(orders, payloads, strict=True)
    ]
    signatures = current_user.ask_all(
        *(round_request(sign_ins.sign_act, sign_ins.SignActRequest(digest)) for digest in digests)
    )
    with store.write() as write:
        return [
            order.order_id
            for order, payload, signature in zip(orders, payloads, signatures, strict=True)
            if isinstance(signature, sign_ins.SignActAnswer)
            and _publish_order(write, order, payload, signature.signed)
        ]


def _publish_order(write: Write, order: Order[Q, A], payload: JsonObject, signed: str) -> bool:
    """Put the order into the outbox, once; the same form sent twice is one order."""
    if _insert_order(write, order):
        event = portal_events.FamilyAct(order.order_id, order.method.name, payload, signed)
        write.publish(portal_events.family_act, event, to=order.principal)
    return True


def _insert_order(write: Write, order: Order[Q, A], **answered: object) -> bool:
    content = {
        "method": order.method.name,
        "child_id": getattr(order.request, "child_id", ""),
        "application_id": getattr(order.request, "application_id", ""),
        "label": order.label,
        "more": dict(order.more),
        "at_counter": current_accompanied_session.current_accompanied_session() is not None,
        **answered,
    }
    row = {
        "act_id": order.order_id,
        "subject": current_user.subject_of_user(),
        "provider": order.provider,
        "content": seal_for_row(order_binding(order.order_id, "content"), content),
        "asked_at": now(),
    }
    stored = write.upsert_into(FamilyOrder).values(**row).on_conflict_do_nothing()
    return bool(write.execute(stored.returning(FamilyOrder.act_id)).first())
