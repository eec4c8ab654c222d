"""
Declarations of a service: `answers`, `subscribes`, `every`.

The decorators only note; nothing here loads nameko or a database, so that `deploy` can read the
declarations and compile the register without starting anything. No declaration, no start: a public
method of a service without one is refused by `declarations_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, overload

from shared.contracts import operations
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
    from shared.database.metrics import MetricSource
    from shared.person import AccountStatus

Q = TypeVar("Q")
A = TypeVar("A")
E = TypeVar("E")
S = TypeVar("S")
Q_contra = TypeVar("Q_contra", contravariant=True)
F = TypeVar("F", bound=Callable[..., Any])
Check = Callable[[Any, Caller, Q], bool]


class NoDeclaration(Exception):
    """A service has a public method that declares nothing; it does not start."""


@dataclass(frozen=True)
class Right(Generic[Q_contra]):
    """
    A right: a check of the person behind a request; `text` is its name in the register.

    `Q_contra` is what the check reads of a request, so that a method whose request lacks it is
    refused by mypy.
    """

    text: str
    check: Check[Q_contra]
    needs_person: bool = True

    def __call__(self, service: Any, caller: Caller, request: Q_contra) -> bool:
        return self.check(service, caller, request)


def right(text: str) -> Callable[[Check[Q]], Right[Q]]:
    """Return a decorator that makes a right of `(service, caller, request) -> bool`."""
    return lambda check: Right(text, check)


service_only: Right[object] = Right("service only", lambda *_: True, needs_person=False)
anonymous: Right[object] = Right("anonymous", lambda *_: True, needs_person=False)


class Declares(Protocol[Q, A]):
    """A decorator of a handler of one contract; a handler that writes takes the transaction."""

    @overload
    def __call__(self, handler: Callable[[S, Q, Caller], A], /) -> Callable[[S, Q, Caller], A]: ...

    @overload
    def __call__(
        self, handler: Callable[[S, Write, Q, Caller], A], /
    ) -> Callable[[S, Write, Q, Caller], A]: ...


@dataclass(frozen=True)
class RpcDeclaration:
    """A method of a service that answers `contract`."""

    contract: Method[Any, Any]
    callers: tuple[str, ...]
    right: Right[Any]


@dataclass(frozen=True)
class Subscription:
    """A method of a service that handles the event `contract` from `sources`."""

    contract: Event[Any]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """A method that runs by itself every `seconds`, first after a random part of `jitter`."""

    seconds: float
    jitter: float


Declaration = RpcDeclaration | Subscription | Task


def answers(contract: Method[Q, A], *, callers: Sequence[str], right: Right[Q]) -> Declares[Q, A]:
    """
    Declare that a method answers `contract` for `callers` where the person has `right`.

    The method takes the request and its caller; the open transaction first, if the contract writes.
    """
    return _declare(RpcDeclaration(contract, tuple(callers), right))


EventHandler = Callable[[S, "Write", E, Delivery], None]


def subscribes(
    contract: Event[E], *, sources: Sequence[str]
) -> Callable[[EventHandler[S, E]], EventHandler[S, E]]:
    """Declare a method as handler of `contract`: it takes an open write, event and delivery."""
    return _declare(Subscription(contract, tuple(sources)))


def every(seconds: float, *, jitter: float = 0.0) -> Callable[[F], F]:
    """Declare that a method runs every `seconds`, in one process at a time per database."""
    return _declare(Task(seconds, jitter))


def _declare(declaration: Declaration) -> Callable[[F], F]:
    def note(function: F) -> F:
        function.declaration = declaration  # type: ignore[attr-defined]
        return function

    return note


class Service:
    """
    The base of every service: `name`, `store`, and the answers to operations that all of them give.

    `principal`, `settings`, `bus` and `vault` are set by the runner before the first message.
    """

    name: ClassVar[str]
    store: ClassVar[Store]
    vault: ClassVar[Vault | None] = None
    inbox_days: ClassVar[int] = 30
    """How long a fact is known to have been heard; whoever counts money remembers longer."""
    answer_hours: ClassVar[int] = 24
    """How long the answer to a request that writes is kept, for who asks again."""
    metric_sources: ClassVar[tuple[MetricSource, ...]] = ()
    """What operations may know of this service's database, beside its outbox."""
    settings: ClassVar[Any] = None
    bus: ClassVar[Any] = None
    dead_letters: ClassVar[Any] = None

    @staticmethod
    def account_status(_subject: str) -> AccountStatus | None:
        """Return what this service knows of a person; one that asks for persons overrides it."""
        return None

    @answers(operations.health, callers=[declarations.OPS], right=service_only)
    def health(self, _request: Empty, _caller: Caller) -> operations.HealthAnswer:
        return self.dead_letters.health()

    @answers(operations.measure, callers=[declarations.OPS], right=service_only)
    def measure(self, _request: Empty, _caller: Caller) -> operations.MeasureAnswer:
        return operations.MeasureAnswer(self.dead_letters.measures())

    @answers(operations.list_dead, callers=[declarations.OPS], right=service_only)
    def list_dead(self, _request: Empty, _caller: Caller) -> operations.ListDeadAnswer:
        return operations.ListDeadAnswer(self.dead_letters.dead())

    @answers(operations.replay_dead, callers=[declarations.OPS], right=service_only)
    def replay_dead(
        self, request: operations.ReplayDeadRequest, _caller: Caller
    ) -> operations.ReplayDeadAnswer:
        return self.dead_letters.replay(request.most)


def declared(service: type[Service]) -> dict[str, Declaration]:
    """Return the declarations of a service by method name; raises NoDeclaration."""
    found = {}
    for name in dir(service):
        method = getattr(service, name)
        if name.startswith("_") or not callable(method) or isinstance(method, type | Right):
            continue
        if name in {"store", "vault", "settings", "bus", "dead_letters", "account_status"}:
            continue
        declaration = getattr(method, "declaration", None)
        if declaration is None:
            raise NoDeclaration(f"{service.__name__}.{name} declares nothing")
        found[name] = declaration
    return found


def declarations_of(
    services: Iterable[type[Service]],
) -> tuple[list[declarations.Answers], list[declarations.Subscribes]]:
    """Return what the services declare, as the register is compiled from it."""
    answering, hearing = [], []
    for service in services:
        for declaration in declared(service).values():
            if isinstance(declaration, RpcDeclaration):
                answering.append(_answers_row(service.name, declaration))
            elif isinstance(declaration, Subscription):
                hearing.append(_subscribes_row(service.name, declaration))
    return answering, hearing


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
