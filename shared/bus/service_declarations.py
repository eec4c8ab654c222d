"""
Declarations of a service: `answers`, `subscribes`, `every`.

The decorators only attach a declaration to the method. Nothing here imports nameko or a database,
so that `deploy` can compile the register from the declarations without starting a service. A
service with a public method that declares nothing does not start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, overload

from shared.contracts.every_service import held_data, operations
from shared.contracts.message import (
    Caller,
    Delivery,
    Empty,
    Event,
    Method,
)
from shared.register import declarations

if TYPE_CHECKING:
    from shared.database import Store, Vault, Write
    from shared.database.watching.metrics import MetricSource
    from shared.person import AccountStatus

Q = TypeVar("Q")
A = TypeVar("A")
E = TypeVar("E")
S = TypeVar("S")
Q_contra = TypeVar("Q_contra", contravariant=True)
F = TypeVar("F", bound=Callable[..., Any])
Check = Callable[["Service", Caller, Q], bool]


class NoDeclaration(Exception):
    """A public method of the service has no declaration."""


@dataclass(frozen=True)
class Right(Generic[Q_contra]):
    """
    A check of the person behind a request; `text` is its name in the register.

    `Q_contra` is a protocol of the request fields that the check reads: mypy refuses a method whose
    request has no such fields.
    """

    text: str
    check: Check[Q_contra]
    needs_person: bool = True

    def __call__(self, service: Service, caller: Caller, request: Q_contra) -> bool:
        return self.check(service, caller, request)


def right(text: str, *, needs_person: bool = True) -> Callable[[Check[Q]], Right[Q]]:
    """Return a decorator that turns `(service, caller, request) -> bool` into a Right."""
    return lambda check: Right(text, check, needs_person)


service_only: Right[object] = Right("service only", lambda *_: True, needs_person=False)
anonymous: Right[object] = Right("anonymous", lambda *_: True, needs_person=False)


class Declares(Protocol[Q, A]):
    """Decorator of a method handler; if its contract writes, the handler takes the transaction."""

    @overload
    def __call__(self, handler: Callable[[S, Q, Caller], A], /) -> Callable[[S, Q, Caller], A]: ...

    @overload
    def __call__(
        self, handler: Callable[[S, Write, Q, Caller], A], /
    ) -> Callable[[S, Write, Q, Caller], A]: ...


@dataclass(frozen=True)
class RpcDeclaration:
    """A method answers requests of `contract` from `callers`."""

    contract: Method[Any, Any]
    callers: tuple[str, ...]
    right: Right[Any]


@dataclass(frozen=True)
class Subscription:
    """A method handles events of `contract` published by `sources`, each or several `together`."""

    contract: Event[Any]
    sources: tuple[str, ...]
    together: bool = False


@dataclass(frozen=True)
class Task:
    """A method runs every `seconds`, the first time after a random part of `jitter` (seconds)."""

    seconds: float
    jitter: float


Declaration = RpcDeclaration | Subscription | Task


def answers(contract: Method[Q, A], *, callers: Sequence[str], right: Right[Q]) -> Declares[Q, A]:
    """
    Declare that a method answers `contract` for `callers`, if the person has `right`.

    The method takes the request and its Caller. If the contract writes, the open transaction comes
    first; its answer is then stored, so that a repeated request returns the same answer.
    """
    return _make_declaring_decorator(RpcDeclaration(contract, tuple(callers), right))


EventHandler = Callable[[S, "Write", E, Delivery], None]
EventsHandler = Callable[[S, "Write", Sequence[E], Sequence[Delivery]], None]


def subscribes(
    contract: Event[E], *, sources: Sequence[str]
) -> Callable[[EventHandler[S, E]], EventHandler[S, E]]:
    """
    Declare that a method handles events of `contract` published by `sources`.

    The method takes the open transaction, the event and its Delivery. A second delivery of the same
    event is not handled again.
    """
    return _make_declaring_decorator(Subscription(contract, tuple(sources)))


def subscribes_together(
    contract: Event[E], *, sources: Sequence[str]
) -> Callable[[EventsHandler[S, E]], EventsHandler[S, E]]:
    """
    Declare that a method handles events of `contract` that arrived together, at once.

    The method takes the open transaction, the events, one or many, in their order, and the Delivery
    of each. Where it fails, what it did is taken back, and it is called for each event alone.
    """
    return _make_declaring_decorator(Subscription(contract, tuple(sources), together=True))


def every(seconds: float, *, jitter: float = 0.0) -> Callable[[F], F]:
    """Declare that a method runs every `seconds`, in one process per database (by a lease)."""
    return _make_declaring_decorator(Task(seconds, jitter))


def _make_declaring_decorator(declaration: Declaration) -> Callable[[F], F]:
    def attach_declaration(function: F) -> F:
        function.declaration = declaration  # type: ignore[attr-defined]
        return function

    return attach_declaration


NOT_DECLARED = frozenset(
    {
        "store",
        "vault",
        "settings",
        "bus",
        "dead_letters",
        "comparisons",
        "held_pages",
        "account_status",
    }
)
"""Attributes of a service that are no handlers."""


class Service:
    """
    Base class of services: `name`, `store`, and the methods that operations call.

    The runner sets `settings`, `bus`, `dead_letters`, `comparisons` and `held_pages` before the
    first message.
    """

    name: ClassVar[str]
    store: ClassVar[Store]
    vault: ClassVar[Vault | None] = None
    inbox_days: ClassVar[int] = 30
    """Retention of handled message ids, in days; services that count money keep them longer."""
    answer_hours: ClassVar[int] = 24
    """Retention of answers to requests that write, in hours, for repeated requests."""
    metric_sources: ClassVar[tuple[MetricSource, ...]] = ()
    """Metrics of this service's database, beside those of its outbox."""
    published: ClassVar[Sequence[Any]] = ()
    """Facts that subscribers store of this service's events (shared/bus/comparison.py)."""
    stored: ClassVar[Sequence[Any]] = ()
    """Facts that this service stores of others' events."""
    held: ClassVar[Any] = None
    """Data of persons that it holds, for requests (shared/database/person_data/held_data.py)."""
    settings: ClassVar[Any] = None
    bus: ClassVar[Any] = None
    dead_letters: ClassVar[Any] = None
    comparisons: ClassVar[Any] = None
    held_pages: ClassVar[Any] = None

    @staticmethod
    def account_status(_subject: str) -> AccountStatus | None:
        """Return a person's account status; services whose rights need a person override it."""
        return None

    @answers(operations.health, callers=[declarations.OPS], right=service_only)
    def health(self, _request: Empty, _caller: Caller) -> operations.HealthAnswer:
        return self.dead_letters.service_health()

    @answers(operations.measure, callers=[declarations.OPS], right=service_only)
    def measure(self, _request: Empty, _caller: Caller) -> operations.MeasureAnswer:
        return operations.MeasureAnswer(self.dead_letters.service_metrics())

    @answers(operations.list_dead, callers=[declarations.OPS], right=service_only)
    def list_dead(self, _request: Empty, _caller: Caller) -> operations.ListDeadAnswer:
        return operations.ListDeadAnswer(self.dead_letters.list_letters())

    @answers(operations.replay_dead, callers=[declarations.OPS], right=service_only)
    def replay_dead(
        self, request: operations.ReplayDeadRequest, _caller: Caller
    ) -> operations.ReplayDeadAnswer:
        return self.dead_letters.replay_letters(request.most)

    @answers(operations.resync, callers=[declarations.OPS], right=service_only)
    def resync(self, request: operations.ResyncRequest, _caller: Caller) -> operations.ResyncAnswer:
        return self.comparisons.resync(request)

    @answers(held_data.held_of_person, callers=[declarations.DOSSIER], right=service_only)
    def held_of_person(
        self, request: held_data.HeldOfPersonRequest, _caller: Caller
    ) -> held_data.HeldOfPersonAnswer:
        return self.held_pages.page_of_person(request)


def declarations_by_method(service: type[Service]) -> dict[str, Declaration]:
    """Return the declarations of a service by method name; raises NoDeclaration."""
    declarations_by_name = {}
    for name in dir(service):
        method = getattr(service, name)
        if name.startswith("_") or not callable(method) or isinstance(method, type | Right):
            continue
        if name in NOT_DECLARED:
            continue
        declaration = getattr(method, "declaration", None)
        if declaration is None:
            raise NoDeclaration(f"{service.__name__}.{name} declares nothing")
        declarations_by_name[name] = declaration
    return declarations_by_name


def register_rows_of(
    services: Iterable[type[Service]],
) -> tuple[list[declarations.Answers], list[declarations.Subscribes]]:
    """Return the declarations of services as rows for the register."""
    answering, subscribing = [], []
    for service in services:
        for declaration in declarations_by_method(service).values():
            if isinstance(declaration, RpcDeclaration):
                answering.append(_answers_row(service.name, declaration))
            elif isinstance(declaration, Subscription):
                subscribing.append(_subscribes_row(service.name, declaration))
    return answering, subscribing


def _answers_row(service: str, declaration: RpcDeclaration) -> declarations.Answers:
    contract = declaration.contract
    return declarations.Answers(
        service=service,
        method=contract.name,
        version=contract.version,
        callers=declaration.callers,
        right=declaration.right.text,
        writes=contract.writes,
    )


def _subscribes_row(service: str, declaration: Subscription) -> declarations.Subscribes:
    contract = declaration.contract
    return declarations.Subscribes(
        service=service,
        event=contract.name,
        version=contract.version,
        owner=contract.owner,
        sources=declaration.sources,
        addressed=contract.addressed,
    )
