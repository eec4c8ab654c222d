"""Sums of closed sessions, and the shares that figures say of them. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Sums:
    """
    Sums of several sessions.

    `places` and `taken` are of sessions with a limit alone: who is excused gives its place back,
    who comes too late or not at all keeps it.
    """

    sessions: int = 0
    places: int = 0
    taken: int = 0
    present: int = 0
    unexpected: int = 0
    absent: int = 0
    excused: int = 0
    cancelled_late: int = 0
    own_meals: int = 0

    @property
    def came(self) -> int:
        return self.present + self.unexpected

    @property
    def booked(self) -> int:
        """Return how many were booked, whatever became of it."""
        return self.present + self.absent + self.excused + self.cancelled_late

    @property
    def away(self) -> int:
        """Return how many were booked and did not come."""
        return self.booked - self.present

    @property
    def meals(self) -> int:
        """Return how many meals were served: who brings its own eats that one."""
        return self.came - self.own_meals

    @property
    def occupancy(self) -> int | None:
        """Return the places taken of all, in percent; None without a limit."""
        return percent(self.taken, self.places)

    @property
    def attendance(self) -> int | None:
        """Return who came of those booked, in percent."""
        return percent(self.present, self.booked)


NAMES = tuple(field.name for field in fields(Sums))


def sum_of_attendances(sums: Iterable[Sums]) -> Sums:
    """Return the sum of several sums of sessions."""
    rows = [[getattr(each, name) for name in NAMES] for each in sums]
    return Sums(*map(sum, zip(*rows, strict=True))) if rows else Sums()


def percent(part: int, whole: int) -> int | None:
    """Return a part in percent, halves upwards; None of nothing."""
    return (200 * part + whole) // (2 * whole) if whole else None
