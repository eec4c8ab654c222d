"""Nominative, dated rights: plain rules. Both ends of a period are days that count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from shared.contracts.identity.accounts import WHOLE_OFFICE

ADMINISTRATOR = "administrator"
"""The role that every provider has: it gives and withdraws the others."""

EVER_AFTER = date.max


@dataclass(frozen=True, slots=True)
class Period:
    """The days from a first to a last one; without a last day it stays open."""

    first: date
    last: date | None = None

    @property
    def last_day_or_ever_after(self) -> date:
        return self.last or EVER_AFTER

    def holds_on(self, day: date) -> bool:
        """Say whether the day is in it."""
        return self.first <= day <= self.last_day_or_ever_after

    def is_past(self, day: date) -> bool:
        """Say whether it ended before the day."""
        return self.last_day_or_ever_after < day

    def overlaps(self, other: "Period") -> bool:
        """Say whether one day is in both."""
        return (
            self.first <= other.last_day_or_ever_after
            and other.first <= self.last_day_or_ever_after
        )

    def covers(self, other: "Period") -> bool:
        """Say whether each day of the other is in it."""
        return (
            self.first <= other.first
            and other.last_day_or_ever_after <= self.last_day_or_ever_after
        )


@dataclass(frozen=True, slots=True)
class Right:
    """A role from a first to a last day: at the whole office, or at one place as it names them."""

    role: str
    period: Period
    place: str = WHOLE_OFFICE

    @property
    def is_first_day_before_last(self) -> bool:
        return self.period.first <= self.period.last_day_or_ever_after


def rights_at_places(role: str, period: Period, places: Sequence[str]) -> list[Right]:
    """Return a role at each of these places, each once; at the whole office where none is named."""
    return [Right(role, period, place) for place in dict.fromkeys(places or [WHOLE_OFFICE])]


def mistakes_in_right(
    right: Right, roles: Iterable[str], active: Iterable[Period], of_whole_office: Iterable[str]
) -> dict[str, list[str]]:
    """
    Return what is wrong with a right to be granted, as sentences by field.

    `active` are its periods of before, of the same role at the same place; roles
    `of_whole_office` hold at no single place, and who administers decides for the whole.
    """
    if right.role != ADMINISTRATOR and right.role not in roles:
        return {"role": ["Ce service n’a pas de fonction de ce nom."]}
    if right.place != WHOLE_OFFICE and right.role in {ADMINISTRATOR, *of_whole_office}:
        return {"places": ["Cette fonction vaut pour tout le service : ne cochez aucun lieu."]}
    if not right.is_first_day_before_last:
        return {"valid_to": ["La fin ne peut pas être avant le début."]}
    if any(right.period.overlaps(period) for period in active):
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
