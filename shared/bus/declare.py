"""
Answers, hears, every: what a service declares of itself.

The decorators only note; nothing here loads nameko or a database, so that `deploy` can read the
declarations and compile the register without starting anything. No declaration, no start: a public
method of a service without one is refused by `declarations_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from shared.contracts import operations
from shared.contracts.message import Event, Method, Person
from shared.register import declarations

if TYPE_CHECKING:
    from shared.database import Store, Vault
    from shared.database.metrics import Measuring
    from shared.person import Standing

Check = Callable[[Any, Person | None, Any], bool]
F = TypeVar("F", bound=Callable[..., Any])


class NoDeclaration(Exception):
    """A service has a public method that declares nothing; it does not start."""


@dataclass(frozen=True)
class Right:
    """What the person behind a request must be; `text` is how the register names it."""

    text: str
    check: Check
    needs_person: bool = True

    def __call__(self, service: Any, person: Person | None, request: Any) -> bool:
        return self.check(service, person, request)


def right(text: str) -> Callable[[Check], Right]:
    """Make a right of a function `(service, person, request) -> bool`."""
    return lambda check: Right(text, check)


service_only = Right("service only", lambda *_: True, needs_person=False)
anonymous = Right("anonymous", lambda *_: True, needs_person=False)


@dataclass(frozen=True)
class Answer:
    """A method of a service that answers `contract`."""

    contract: Method
    callers: tuple[str, ...]
    right: Right


@dataclass(frozen=True)
class Hearing:
    """A method of a service that hears `contract` from `sources`."""

    contract: Event
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """A method that runs by itself every `seconds`, first after a random part of `jitter`."""

    seconds: float
    jitter: float


Declaration = Answer | Hearing | Task


def answers(contract: Method, *, callers: Sequence[str], right: Right) -> Callable[[F], F]:
    """
    Declare that a method answers `contract` for `callers` where the person has `right`.

    It is called with the request; a contract that writes gives it the open transaction first.
    """
    return _declare(Answer(contract, tuple(callers), right))


def hears(contract: Event, *, sources: Sequence[str]) -> Callable[[F], F]:
    """Declare that a method hears `contract`; it is called with an open write and the fact."""
    return _declare(Hearing(contract, tuple(sources)))


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
    measuring: ClassVar[tuple[Measuring, ...]] = ()
    """What operations may know of this service's database, beside its outbox."""
    settings: ClassVar[Any] = None
    bus: ClassVar[Any] = None
    letters: ClassVar[Any] = None

    @staticmethod
    def standing(_subject: str) -> Standing | None:
        """Return what this service knows of a person; one that asks for persons overrides it."""
        return None

    @answers(operations.health, callers=[declarations.OPS], right=service_only)
    def health(self, _request: Any) -> dict[str, Any]:
        return self.letters.health()

    @answers(operations.measure, callers=[declarations.OPS], right=service_only)
    def measure(self, _request: Any) -> dict[str, Any]:
        return {"measures": self.letters.measures()}

    @answers(operations.list_dead, callers=[declarations.OPS], right=service_only)
    def list_dead(self, _request: Any) -> dict[str, Any]:
        return {"letters": self.letters.dead()}

    @answers(operations.replay_dead, callers=[declarations.OPS], right=service_only)
    def replay_dead(self, request: Any) -> dict[str, Any]:
        return self.letters.replay(request.most)


def declared(service: type[Service]) -> dict[str, Declaration]:
    """Return the declarations of a service by method name; raises NoDeclaration."""
    found = {}
    for name in dir(service):
        method = getattr(service, name)
        if name.startswith("_") or not callable(method) or isinstance(method, type | Right):
            continue
        if name in {"store", "vault", "settings", "bus", "letters", "standing"}:
            continue
        declaration = getattr(method, "declaration", None)
        if declaration is None:
            raise NoDeclaration(f"{service.__name__}.{name} declares nothing")
        found[name] = declaration
    return found


def declarations_of(
    services: Iterable[type[Service]],
) -> tuple[list[declarations.Answers], list[declarations.Hears]]:
    """Return what the services declare, as the register is compiled from it."""
    answering, hearing = [], []
    for service in services:
        for declaration in declared(service).values():
            if isinstance(declaration, Answer):
                answering.append(_answers_row(service.name, declaration))
            elif isinstance(declaration, Hearing):
                hearing.append(_hears_row(service.name, declaration))
    return answering, hearing


def _answers_row(service: str, declaration: Answer) -> declarations.Answers:
    contract = declaration.contract
    return declarations.Answers(
        service=service,
        method=contract.name,
        version=contract.version,
        callers=declaration.callers,
        right=declaration.right.text,
        writes=contract.writes,
    )


def _hears_row(service: str, declaration: Hearing) -> declarations.Hears:
    contract = declaration.contract
    return declarations.Hears(
        service=service,
        event=contract.name,
        version=contract.version,
        owner=contract.owner,
        sources=declaration.sources,
        addressed=contract.addressed,
    )
