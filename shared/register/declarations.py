"""
Declarations of services for the register: the methods they answer, the events they subscribe to.

Plain data without nameko, so that `deploy` compiles the register without starting a service.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

IDENTITY, DOSSIER, BILLING = "identity", "dossier", "billing"
PORTAL, OPS = "portal", "ops"
FRONT_DESK = "front_desk"  # the town's central desk, where the town has one
FIXED = (BILLING, DOSSIER, IDENTITY, OPS, PORTAL)

ENROLMENT = "enrolment"  # the one service with many principals, one per provider

PROVIDERS = "*providers"  # every provider
CATERERS = "*caterers"  # providers that cook for others, each of its customers alone
CUSTOMERS = "*customers"  # providers that order from a caterer, each of its own alone
DEMO_OPS = "*demo_ops"  # ops, where the town is a demonstration
SERVICES = "*services"  # everyone but ops

# The dossier's stream to a provider: one key per projection, made only where it is entitled.
PROJECTION_EVENT = "projection"


class DeclarationRefused(ValueError):
    """A declaration that no register can hold."""


@dataclass(frozen=True, slots=True)
class Answers:
    """A method that a service answers; `callers` holds principals or the symbols above."""

    service: str
    method: str
    version: int
    callers: tuple[str, ...]
    right: str
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Subscribes:
    """An event to which a service subscribes; `owner` is the service whose contract it is."""

    service: str
    event: str
    version: int
    owner: str
    sources: tuple[str, ...]
    addressed: bool = False


class Cast(Protocol):
    """The part of a town that decides who its principals are."""

    @property
    def demo(self) -> bool: ...

    @property
    def provider_principals(self) -> Sequence[str]: ...

    @property
    def front_desk(self) -> object | None: ...

    @property
    def caterers(self) -> Mapping[str, Sequence[str]]: ...


def fixed_principals(town: Cast, single: Collection[str] = FIXED) -> list[str]:
    """Return the principals that are no provider's, sorted; `single` are those of every town."""
    return sorted([*single, *([FRONT_DESK] if town.front_desk else [])])


def expand_symbols(
    symbols: Iterable[str], town: Cast, single: Collection[str] = FIXED
) -> list[str]:
    """Turn callers or sources into principals, sorted, each once."""
    found = (_principals_of_symbol(symbol, town, single) for symbol in symbols)
    return sorted({principal for principals in found for principal in principals})


def principals_running_service(
    service: str, town: Cast, single: Collection[str] = FIXED
) -> list[str]:
    """Return the principals under which a service runs in this town, sorted."""
    return expand_symbols([PROVIDERS if service == ENROLMENT else service], town, single)


def _principals_of_symbol(symbol: str, town: Cast, single: Collection[str]) -> Sequence[str]:
    if symbol == PROVIDERS:
        return town.provider_principals
    if symbol == CATERERS:
        return [*town.caterers]
    if symbol == CUSTOMERS:
        return [customer for served in town.caterers.values() for customer in served]
    if symbol == SERVICES:
        return [name for name in fixed_principals(town, single) if name != OPS] + [
            *town.provider_principals
        ]
    if symbol == DEMO_OPS:
        return [OPS] if town.demo else []
    if symbol == FRONT_DESK:
        return [FRONT_DESK] if town.front_desk else []
    if symbol in single:
        return [symbol]
    raise DeclarationRefused(f"unknown principal or symbol {symbol!r}")
