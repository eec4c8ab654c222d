"""Definitions of what is added to a broker, each with the change in words."""

from dataclasses import dataclass

from deploy.engines.broker_topology import Binding, Exchange, Queue
from shared.json_values import JsonObject

LASTING: JsonObject = {"durable": True, "auto_delete": False}
KINDS_BOUND = {"q": "queue", "e": "exchange"}
"""Kinds of what a binding may lead to, as it is addressed and as it is listed."""
USER_LIMITS = {"max-connections": 60, "max-channels": 200}
"""Limits of each principal: some six connections a process; a flood of them stops here."""


@dataclass(frozen=True)
class Change:
    """One step of `apply_topology`, in words for `planned_changes`."""

    verb: str
    what: str

    def __str__(self) -> str:
        return f"{self.verb} {self.what}"


Defined = tuple[Change, JsonObject]
"""A change that adds something, and that as the broker's definitions have it."""


def definition_of_exchange(exchange: Exchange) -> Defined:
    """Return how an exchange that is made is defined."""
    made = {"name": exchange.name, "type": exchange.type, "arguments": dict(exchange.arguments)}
    return Change("make", f"exchange {exchange.name}"), {**LASTING, **made}


def definition_of_queue(queue: Queue) -> Defined:
    """Return how a queue that is made is defined."""
    made = {"name": queue.name, "arguments": dict(queue.arguments)}
    return Change("make", f"queue {queue.name}"), {**LASTING, **made}


def definition_of_user(user: str, password: str) -> Defined:
    """Return how a user who is made, or made anew is defined."""
    made = {"name": user, "password": password, "tags": "", "limits": USER_LIMITS}
    return Change("make", f"user {user}"), made


def definition_of_binding(binding: Binding) -> Defined:
    """Return how a binding is defined."""
    made = {
        "source": binding.exchange,
        "destination": binding.queue,
        "destination_type": KINDS_BOUND[binding.to],
        "routing_key": binding.key,
        "arguments": dict(binding.arguments),
    }
    return Change("bind", binding_in_words(binding)), made


def binding_in_words(binding: Binding) -> str:
    """Return a binding as a change names it."""
    return f"{binding.exchange} --{binding.key}--> {binding.queue}"
