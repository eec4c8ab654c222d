"""
Rounds of requests sent in parallel by a page: the outcome of each is an answer or a Refusal.

So mypy refuses a field that a contract does not name, also where several are asked at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypedDict, TypeVar, cast, overload

from shared.contracts.errors import Refusal
from shared.contracts.message import Method, Payload

Q = TypeVar("Q")
A = TypeVar("A")
A1 = TypeVar("A1")
A2 = TypeVar("A2")
A3 = TypeVar("A3")
A4 = TypeVar("A4")
A5 = TypeVar("A5")
Q_contra = TypeVar("Q_contra", contravariant=True)
A_co = TypeVar("A_co", covariant=True)


class AskOptions(TypedDict, total=False):
    """Options of a single request, as `Client.ask` has them."""

    to: str | None
    deadline: float
    request_id: str | None


class Contract(Protocol[Q_contra, A_co]):
    """A `Method` by the types of its messages."""

    def dump_request(self, request: Q_contra, /) -> Payload: ...

    def load_answer(self, payload: object, /) -> A_co: ...


@dataclass(frozen=True)
class Asked(Generic[A_co]):
    """A request in a round, made by `round_request`, which holds it to its contract."""

    method: Method[Any, Any]
    request: object
    to: str | None
    request_id: str | None


def round_request(
    method: Contract[Q, A], request: Q, *, to: str | None = None, request_id: str | None = None
) -> Asked[A]:
    """
    Return the request of a method, for a round.

    `to` is the callee where several answer the method. One that writes has an id, by which it is
    done once.
    """
    return Asked(cast("Method[Any, Any]", method), request, to, request_id)


class Round(Protocol):
    """Asks all at once; the outcomes are in the order of the requests."""

    @overload
    def __call__(
        self, first: Asked[A1], second: Asked[A2], /, *, deadline: float = ...
    ) -> tuple[A1 | Refusal, A2 | Refusal]: ...

    @overload
    def __call__(
        self, first: Asked[A1], second: Asked[A2], third: Asked[A3], /, *, deadline: float = ...
    ) -> tuple[A1 | Refusal, A2 | Refusal, A3 | Refusal]: ...

    @overload
    def __call__(self, *requests: Asked[A], deadline: float = ...) -> tuple[A | Refusal, ...]: ...


class RoundWithMany(Protocol):
    """Asks all at once: several requests of one kind, and others; the many come first."""

    @overload
    def __call__(
        self, many: Sequence[Asked[A]], first: Asked[A1], /, *, deadline: float = ...
    ) -> tuple[Sequence[A | Refusal], A1 | Refusal]: ...

    @overload
    def __call__(
        self,
        many: Sequence[Asked[A]],
        first: Asked[A1],
        second: Asked[A2],
        /,
        *,
        deadline: float = ...,
    ) -> tuple[Sequence[A | Refusal], A1 | Refusal, A2 | Refusal]: ...

    @overload
    def __call__(
        self,
        many: Sequence[Asked[A]],
        first: Asked[A1],
        second: Asked[A2],
        third: Asked[A3],
        fourth: Asked[A4],
        fifth: Asked[A5],
        /,
        *,
        deadline: float = ...,
    ) -> tuple[
        Sequence[A | Refusal],
        A1 | Refusal,
        A2 | Refusal,
        A3 | Refusal,
        A4 | Refusal,
        A5 | Refusal,
    ]: ...


def make_round_with_many(ask_all: Round) -> RoundWithMany:
    """Return the round for several requests of one kind beside others."""

    def ask_with_many(
        many: Sequence[Asked[Any]], /, *others: Asked[Any], **deadline: float
    ) -> tuple[Any, ...]:
        outcomes = ask_all(*many, *others, **deadline)
        return outcomes[: len(many)], *outcomes[len(many) :]

    return ask_with_many
