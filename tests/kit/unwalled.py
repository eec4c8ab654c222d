"""
Runs a service without one of its walls: `python -m tests.kit.unwalled azp tests.kit.alpha:Alpha`.

Each function here takes exactly one check away, so that a wall's test is seen to fail without it.
"""

import sys
from types import SimpleNamespace
from typing import Any

from shared.bus import runner  # isort: skip - first: it makes the process a cooperative one

from shared.bus import service_declarations
from shared.bus.handling import request_entrypoint, subscriptions
from shared.bus.handling.envelope import Envelope, open_envelope
from shared.bus.service_declarations import Declaration
from shared.contracts.message import Person
from shared.person import TokenCheck
from shared.register import Register


class _Any:
    """Equals whatever it is compared with."""

    def __eq__(self, _other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def binding() -> None:
    """The callee lets every principal call every method, as if the broker's binding were enough."""
    Register.callers = lambda self, *_: frozenset(row.name for row in self.now.principals)  # type: ignore[method-assign]


def entitlement() -> None:
    """The consumer hears whatever arrives in its queue."""
    anything = SimpleNamespace(consumer=_Any(), key=_Any())
    Register.consumers = lambda *_: [anything]  # type: ignore[method-assign, assignment, return-value]


def user_id() -> None:
    """The callee believes who a message says it comes from, in a property that nobody checks."""

    def believing(message: Any) -> Envelope:
        claimed = message.properties.get("app_id")
        if claimed:
            message.properties["user_id"] = claimed
            message.delivery_info["exchange"] = f"out.{claimed}"
        return open_envelope(message)

    request_entrypoint.open_envelope = believing


def exchange() -> None:
    """The callee takes who asks from the exchange alone, not from the pair of it and `user_id`."""

    def believing(message: Any) -> Envelope:
        message.properties["user_id"] = message.delivery_info["exchange"].removeprefix("out.")
        return open_envelope(message)

    request_entrypoint.open_envelope = believing


def azp() -> None:
    """The callee takes a token from whoever sends it."""
    checked = TokenCheck.person

    def person(self: TokenCheck, token: str, _caller: str) -> Person:
        return checked(self, token, self._verifier.claims(token).person.azp)

    TokenCheck.person = person  # type: ignore[method-assign]


def declaration() -> None:
    """A public method without a declaration is left aside."""

    def lenient(service: type) -> dict[str, Declaration]:
        methods = {name: getattr(service, name) for name in dir(service) if name[0] != "_"}
        return {n: m.declaration for n, m in methods.items() if hasattr(m, "declaration")}

    for module in (service_declarations, subscriptions, request_entrypoint, runner):
        module.declarations_by_method = lenient  # type: ignore[attr-defined]


WALLS = {
    wall.__name__: wall for wall in (binding, entitlement, user_id, exchange, azp, declaration)
}


if __name__ == "__main__":
    WALLS[sys.argv[1]]()
    runner.main(sys.argv[2])
