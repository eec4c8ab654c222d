"""
Contracts of messages: a method, requested and answered, or an event, published.

Each contract is declared once, in the module of the principal that owns it, beside the types of its
messages. Unknown fields are refused in requests, and ignored in answers and events, so that two
releases can talk during an upgrade.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from marshmallow import Schema, ValidationError

from shared.contracts.event_lanes import UNKEYED, lane_of
from shared.contracts.schema_from_type import schema_of
from shared.json_values import JsonMapping, JsonObject

MOST_BYTES = 256 * 1024
"""The largest body on the bus; a larger one is not read."""

Payload = JsonObject

Q = TypeVar("Q")
A = TypeVar("A")
E = TypeVar("E")


@dataclass(frozen=True)
class Empty:
    """A message without content."""


class ContractBroken(Exception):
    """
    A payload does not fit its contract.

    `errors` maps field names to sentences; it never holds the values that were refused.
    """

    def __init__(self, contract: str, errors: JsonMapping) -> None:
        super().__init__(contract)
        self.contract = contract
        self.errors = dict(errors)


def _load_payload(contract: str, schema: Schema, message: Callable[..., Any], payload: Any) -> Any:
    try:
        loaded = schema.load(payload)
    except ValidationError as error:
        raise ContractBroken(contract, error.normalized_messages()) from None
    return message(**loaded)


class Method(Generic[Q, A]):
    """
    A method of the principal `owner`, of a type of request and a type of answer.

    `writes` says that it changes something: it is then idempotent by its request id. `once` says so
    of one whose answer is kept nowhere, as it holds a secret: it is not sent again by itself.
    """

    def __init__(
        self,
        owner: str,
        name: str,
        request: type[Q],
        answer: type[A],
        *,
        writes: bool = False,
        once: bool = False,
        version: int = 1,
    ) -> None:
        self.owner = owner
        self.name = name
        self.request: Callable[..., Q] = request
        self.answer: Callable[..., A] = answer
        self.writes = writes
        self.once = once
        self.version = version
        self.full_name = f"{owner}.{name}"
        self._request = schema_of(request, "raise")
        self._answer = schema_of(answer, "exclude")

    def dump_request(self, request: Q) -> Payload:
        """Return the request as JSON types."""
        return self._request.dump(request)

    def load_request(self, payload: object) -> Q:
        """Return the validated request; raises ContractBroken."""
        return _load_payload(self.full_name, self._request, self.request, payload)

    def dump_answer(self, answer: A) -> Payload:
        """Return the answer as JSON types; only what the contract names leaves."""
        return self._answer.dump(answer)

    def load_answer(self, payload: object) -> A:
        """Return the validated answer; raises ContractBroken."""
        return _load_payload(self.full_name, self._answer, self.answer, payload)


@dataclass(frozen=True)
class Gathers:
    """
    Gathering of events of a kind into one: those equal but for the list `field` join their lists.

    `most` is how many items the list may have. Only for states of which each item says the whole
    state of one thing, and which of two states is the later: they have no order among themselves.
    Those that do not `wait` for others are joined where they leave at the same moment anyway.
    """

    field: str
    most: int
    wait: bool = True


_gathered: dict[tuple[str, int], Gathers] = {}


def gathers_of(full_name: str, version: int) -> Gathers | None:
    """Return how events of this name are gathered; None where each leaves alone."""
    return _gathered.get((full_name, version))


class Event(Generic[E]):
    """
    An event that `owner` publishes, in the past tense, of a type of content.

    An addressed event goes to one principal by a key of its own (`event.<principal>.<topic>`), the
    others to every subscriber that the register lists (`event.<name>`). `owner` is a service: the
    events of `enrolment` are published by each provider's principal. One that `gathers` waits a
    moment, and leaves together with others of its kind. `ordered_by` returns the id of the child
    (or household, …) among whose events this one keeps its order; without it, an event keeps it
    among all that have none.
    """

    def __init__(
        self,
        owner: str,
        name: str,
        content: type[E],
        *,
        addressed: bool = False,
        gathers: "Gathers | None" = None,
        version: int = 1,
        ordered_by: Callable[[E], str] | None = None,
    ) -> None:
        self.owner = owner
        self.name = name
        self.content: Callable[..., E] = content
        self.addressed = addressed
        self.waits = gathers is not None and gathers.wait
        self.version = version
        self.full_name = f"{owner}.{name}"
        self._schema = schema_of(content, "exclude")
        if gathers:
            _gathered[self.full_name, version] = gathers
        self._ordered_by = ordered_by

    def lane(self, content: E) -> int:
        """
        Return the lane in which this event is kept in order (shared/contracts/event_lanes.py).
        """
        return lane_of(self._ordered_by(content)) if self._ordered_by else UNKEYED

    def dump(self, content: E) -> Payload:
        """Return the event as JSON types, checked against its own contract before it leaves."""
        dumped = self._schema.dump(content)
        self.load(dumped)
        return dumped

    def load(self, payload: object) -> E:
        """Return the validated event; raises ContractBroken."""
        return _load_payload(self.full_name, self._schema, self.content, payload)


@dataclass(frozen=True)
class Person:
    """
    The person behind a request, proven by a token.

    `azp` is the principal the token was issued to; `kind` is "family" or "agent". `actor` is the
    agent beside whom a family acts at the front desk (RFC 8693), "" where it acts alone.
    """

    subject: str
    azp: str
    kind: str
    actor: str = ""


class _Page(Protocol):
    @property
    def next(self) -> str: ...


P = TypeVar("P", bound=_Page)
R = TypeVar("R")


def all_rows(
    ask: Callable[..., Any],
    method: Method[Any, P],
    rows_of: Callable[[P], Iterable[R]],
    **payload: object,
) -> Iterator[R]:
    """Yield the rows of an answer in pages (`values.PageRequest`), read to its end."""
    after = ""
    while True:
        page: P = ask(method, method.request(after=after, **payload))
        yield from rows_of(page)
        after = page.next
        if not after:
            return


@dataclass
class Caller:
    """
    The sender of a request: its principal, the person behind it, and the id of the request.

    `person` is None where the method's right needs none. `role` is set by a right that found one.
    """

    principal: str
    person: Person | None
    request_id: str
    role: str = ""

    @property
    def subject(self) -> str:
        """The person's id; raises LookupError where the method's right asks for no person."""
        if self.person is None:
            raise LookupError("no person is behind this request")
        return self.person.subject

    @property
    def kind(self) -> str:
        """The kind of the person: "family", "agent", or "" without one."""
        return self.person.kind if self.person else ""

    @property
    def actor(self) -> str:
        """The agent beside whom a family acts at the front desk, or ""."""
        return self.person.actor if self.person else ""


@dataclass(frozen=True)
class Delivery:
    """Delivery of an event: its publishing principal, its id across principals, its trace."""

    source: str
    message_id: str
    trace: str
