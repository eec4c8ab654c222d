"""Nominative, dated rights: plain rules. Both ends of a period are days that count."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

ADMINISTRATOR = "administrator"
"""The role that every provider has: it gives and withdraws the others."""

EVER_AFTER = date.max


@dataclass(frozen=True, slots=True)
class Period:
    """From a first to a last day; without a last day it stays open."""

    first: date
    last: date | None = None

    @property
    def end(self) -> date:
        return self.last or EVER_AFTER

    def holds_on(self, day: date) -> bool:
        """Say whether the day is in it."""
        return self.first <= day <= self.end

    def is_past(self, day: date) -> bool:
        """Say whether it ended before the day."""
        return self.end < day

    def overlaps(self, other: "Period") -> bool:
        """Say whether one day is in both."""
        return self.first <= other.end and other.first <= self.end

    def covers(self, other: "Period") -> bool:
        """Say whether each day of the other is in it."""
        return self.first <= other.first and other.end <= self.end


def mistakes_in_right(
    role: str, roles: Iterable[str], requested: Period, active: Iterable[Period]
) -> dict[str, list[str]]:
    """Return what is wrong with a right to be granted, as sentences by field."""
    if role != ADMINISTRATOR and role not in roles:
        return {"role": ["Ce service n’a pas de fonction de ce nom."]}
    if requested.end < requested.first:
        return {"valid_to": ["La fin ne peut pas être avant le début."]}
    if any(requested.overlaps(period) for period in active):
        return {
            "valid_from": [
                "Cette personne a déjà ce droit pendant une partie de ces dates : "
                "retirez-le d’abord, ou choisissez d’autres dates."
            ]
        }
    return {}


def has_other_administrator(administrators: Iterable[str], without: str) -> bool:
    """Say whether a provider keeps an administrator when one leaves: nobody else could name one."""
    return any(subject != without for subject in administrators)
