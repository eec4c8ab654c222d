"""Refusals of acts, as codes, for tests of services."""

from collections.abc import Callable
from typing import Any

import pytest

from shared.contracts.errors import Refusal


def refused(act: Callable[[], Any], refusal: type[Refusal]) -> Refusal:
    """Return the refusal that an act must earn."""
    with pytest.raises(refusal) as caught:
        act()
    return caught.value


def outcome(act: Callable[[], Any]) -> Any:
    """Return what came of an act, a refusal included."""
    try:
        return act()
    except Refusal as refusal:
        return refusal
