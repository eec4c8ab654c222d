"""Targets: one child, provider and projection that a change may concern."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from shared.register.entitlement import ON_OCCASION


class Target(NamedTuple):
    """One projection of one child at one provider."""

    child_id: str
    provider: str
    projection: str


def food_targets(pairs: Iterable[Any]) -> set[Target]:
    """Return what a session with food opens of these children at these providers."""
    return {
        Target(child_id, provider, projection)
        for child_id, provider in pairs
        for projection in ON_OCCASION
    }
