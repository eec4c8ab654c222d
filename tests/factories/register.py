"""The register of the demo town, as its town file makes it, for services alone."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from deploy.register import compile_register
from deploy.town import Town, read_town

DEMO_TOWN = Path(__file__).resolve().parents[2] / "deploy" / "towns" / "demo.yaml"


def demo_rows(
    declared: Sequence[Any] = (),
    states: Mapping[str, Any] | None = None,
    announced: Sequence[Any] = (),
) -> dict[str, Any]:
    """
    Return the register's rows; a test may change them.

    `declared` is what services declare of themselves, `states` the providers that are not live,
    `announced` what providers are to learn from a day to come.
    """
    return compile_register(_demo_town(), list(declared), dict(states or {}), list(announced))


@cache
def _demo_town() -> Town:
    return read_town(DEMO_TOWN)
