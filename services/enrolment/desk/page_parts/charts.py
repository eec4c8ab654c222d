"""Shared parts of the desk's charts: a bar, and round steps of a scale. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One amount as a rectangle, in the units of the drawing; `series` is its colour's name."""

    series: str
    x: float
    y: float
    width: float
    height: float


def round_step(most: int) -> int:
    """Return a round amount that divides the height into two to five parts."""
    step = 10 ** (len(str(most)) - 1)
    while most < 2 * step and step >= 2:
        step //= 2
    return step if most // step < 5 else step * 2
