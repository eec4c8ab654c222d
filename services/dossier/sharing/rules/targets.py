"""Targets: one child, provider and projection that a change may concern."""

from typing import NamedTuple


class Target(NamedTuple):
    """One projection of one child at one provider."""

    child_id: str
    provider: str
    projection: str
