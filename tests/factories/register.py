"""The register of the demo town, as its town file makes it, for services alone."""

import pickle
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from deploy.register.compiler import compile_register
from deploy.register.town_file.town import Town, read_town

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
    if not (declared or states or announced):
        return dict(pickle.loads(_usual_rows()))
    return compile_register(_demo_town(), list(declared), dict(states or {}), list(announced))


def rows_granting(provider: str, projection: str) -> dict[str, Any]:
    """Return the rows of the demo town whose file grants a provider one projection more."""
    rows = demo_rows()
    usual = next(
        row
        for row in rows["entitlements"]
        if (row["provider"], row["projection"]) == (provider, "family")
    )
    rows["entitlements"].append({**usual, "projection": projection})
    return rows


NINE = ("ens", "agg", *(f"n{number}" for number in range(3, 10)))


def nine_providers() -> dict[str, Any]:
    """Return the rows of a town with more providers than hues, some of them of one letter."""
    rows = demo_rows()
    judo = rows["providers"][1]
    for number, code in enumerate(NINE[2:], start=3):
        named = {"label": f"Club des grands espaces n° {number}", "short_label": f"Club {number}"}
        signs = {"letter": "CDF"[number % 3], "hue": number % 4 + 1}
        new = {**judo, "code": code, "principal": f"enrolment_{code}", **named, **signs}
        rows["providers"].append(new)
    return rows


@cache
def _usual_rows() -> bytes:
    """Return the rows that nearly every test begins with, compiled once."""
    return pickle.dumps(compile_register(_demo_town(), [], {}, []))


@cache
def _demo_town() -> Town:
    return read_town(DEMO_TOWN)
