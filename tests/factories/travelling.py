"""Messages of a service as they travel on the bus, without a broker: JSON of their contracts."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from shared.bus.service_declarations import (
    Declaration,
    RpcDeclaration,
    Service,
    Subscription,
    declarations_by_method,
)
from shared.contracts.errors import NotEntitled
from shared.contracts.message import (
    MOST_BYTES,
    Caller,
    Delivery,
    Event,
    Method,
)
from shared.runtime.ids import new_id


def travelled(method: Method[Any, Any], given: Any) -> Any:
    """Return what its caller reads of an answer; fails where no message would hold it."""
    body = json.dumps({"answer": method.dump_answer(given)}, ensure_ascii=False).encode()
    assert len(body) <= MOST_BYTES, f"{method.full_name} answers {len(body)} bytes"
    return method.load_answer(json.loads(body)["answer"])


def requested(method: Method[Any, Any], **payload: Any) -> Any:
    """Return a request as its callee reads it."""
    dumped = method.dump_request(method.request(**payload))
    return method.load_request(json.loads(json.dumps(dumped)))


def answered(
    service: Service,
    method: Method[Any, Any],
    caller: Caller,
    refusal: type[Exception] = NotEntitled,
    **payload: Any,
) -> Any:
    """
    Return a service's answer: contract, right, transaction, as the bus has it after the token.

    Raises what the service refuses, and `refusal` where the right is missing.
    """
    name, declaration = declaration_of(service, method)
    request = requested(method, **payload)
    if not declaration.right(service, caller, request):
        raise refusal(declaration.right.text) if refusal is PermissionError else refusal
    handler = getattr(service, name)
    if not method.writes:
        return travelled(method, handler(request, caller))
    with service.store.write() as write:
        return travelled(method, handler(write, request, caller))


def handled(
    service: Service, event: Event[Any], source: str, message_id: str = "", **payload: Any
) -> None:
    """Let a service handle an event once, in one transaction with its inbox row."""
    content = event.load(json.loads(json.dumps(event.dump(event.content(**payload)))))
    delivery = Delivery(source, message_id or f"{source}:{new_id()}", new_id())
    name, declaration = _subscription_of(service, event)
    handler = getattr(service, name)
    with service.store.write() as write:
        if not write.claim_message(delivery.message_id):
            return
        if declaration.together:
            handler(write, [content], [delivery])
        else:
            handler(write, content, delivery)


def pages(ask: Callable[..., Any]) -> list[Any]:
    """Return the pages of an answer, each asked for with what the one before said."""
    found = [ask(after="")]
    while found[-1].next:
        found.append(ask(after=found[-1].next))
    return found


def declaration_of(service: Service, method: Method[Any, Any]) -> tuple[str, RpcDeclaration]:
    """Return the name and the declaration of a service's handler of a method."""
    for name, declaration in _declarations(type(service)).items():
        if isinstance(declaration, RpcDeclaration) and declaration.contract is method:
            return name, declaration
    raise LookupError(method.name)


def _subscription_of(service: Service, event: Event[Any]) -> tuple[str, Subscription]:
    for name, declaration in _declarations(type(service)).items():
        if isinstance(declaration, Subscription) and declaration.contract is event:
            return name, declaration
    raise LookupError(event.name)


@cache
def _declarations(service: type[Service]) -> dict[str, Declaration]:
    """Return what a service declares, read once, as by its runner."""
    return declarations_by_method(service)
