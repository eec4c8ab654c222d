"""Situation of a payer on a day: its quotient, and the residence class of its address."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.billing.pricing.rules.inputs_and_lines import Address, Payer, Quotient
from services.billing.pricing.rules.residence_classes import Residences
from shared.dates.periods import holds_on


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """Inputs of a price other than the child; `quotient` None: none is known for that day."""

    quotient: Quotient | None
    residence: str
    residence_label: str
    commune: str


def quotient_on(quotients: Sequence[Quotient], day: date) -> Quotient | None:
    """Return the quotient that counts on a day: the latest `valid_from`, then the last said."""
    quotient = None
    for candidate in quotients:
        if holds_on(candidate, day):
            rank = (candidate.valid_from, candidate.order)
            if quotient is None or rank > (quotient.valid_from, quotient.order):
                quotient = candidate
    return quotient


def address_on(addresses: Sequence[Address], day: date) -> Address | None:
    """
    Return where a household lives on a day.

    Before the first address that is known that one holds: a dossier's day of birth is no move.
    """
    latest = first = None
    for address in addresses:
        if address.valid_from <= day and (latest is None or address.valid_from > latest.valid_from):
            latest = address
        if first is None or address.valid_from < first.valid_from:
            first = address
    return latest or first


class Situations:
    """The situations of one payer by day; days that are alike share one."""

    def __init__(self, payer: Payer, residences: Residences) -> None:
        self._payer = payer
        self._residences = residences
        self._by_day: dict[date, Situation] = {}
        self._alike: dict[tuple[int, int, str], Situation] = {}

    def situation_on(self, day: date) -> Situation:
        """Return the payer's situation on a day."""
        situation = self._by_day.get(day)
        if situation is None:
            situation = self._by_day[day] = self._find_situation(day)
        return situation

    def _find_situation(self, day: date) -> Situation:
        quotient = quotient_on(self._payer.quotients, day)
        address = address_on(self._payer.addresses, day)
        code, label = self._residences.residence_class_on(address.insee if address else "", day)
        alike = (id(quotient), id(address), code)
        if alike not in self._alike:
            commune = address.commune if address else ""
            self._alike[alike] = Situation(quotient, code, label, commune)
        return self._alike[alike]
