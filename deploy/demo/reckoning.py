"""
What a demonstration's months come to: its grids times what its children are planned to use. Pure.

Reckoned apart from billing, from the files of the town alone, to be held against what billing says:
nothing here is imported from there. Amounts are integer cents.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from deploy.demo.families import Families, Payload
from deploy.demo.offer import Child, Offer

Cents = dict[str, int]
"""Of a month, by household reference."""


@dataclass(frozen=True)
class Kid:
    """A child as prices see it: when it was born, and in which households it lives which weeks."""

    id: str
    born: date
    homes: Mapping[str, str | None]

    def home_on(self, day: date, ids: Mapping[str, str]) -> str:
        """Return the household of a day: weeks change on Fridays; agreed with nobody, the first."""
        friday = day - timedelta(days=(day.isoweekday() - 5) % 7)
        parity = "even" if friday.isocalendar().week % 2 == 0 else "odd"
        for household, weeks in self.homes.items():
            if weeks == parity:
                return household
        return self.first_home(ids)

    def first_home(self, ids: Mapping[str, str]) -> str:
        """Return the household in whose name a place was imported: the first by its id."""
        return min(self.homes, key=lambda household: ids[household])


def kids_of(families: Families, ids: Mapping[str, str]) -> dict[str, Kid]:
    """Return the children by their ids; `ids` maps their references to them."""
    born: dict[str, date] = {}
    homes: dict[str, dict[str, str | None]] = defaultdict(dict)
    for household in families.households:
        for told in household["children"]:
            reference = told["reference"]
            homes[reference][household["reference"]] = told["weeks"]
            if "identity" in told["sections"]:
                born[reference] = date.fromisoformat(told["sections"]["identity"]["birth_date"])
    return {
        ids[reference]: Kid(ids[reference], born[reference], homes[reference]) for reference in born
    }


class Reckoning:
    """
    The months of one provider.

    `told` is the provider's block of the town's tariffs, `ids` map references of households to ids,
    `members` are the INSEE codes of the communes that count as of the town.
    """

    def __init__(
        self,
        told: Payload,
        least_cents: int,
        kids: Mapping[str, Kid],
        homes: Mapping[str, Mapping[str, str]],
        ids: Mapping[str, str],
        members: Iterable[str],
    ) -> None:
        self._told, self._least = told, least_cents
        self._kids, self._homes, self._ids = kids, homes, ids
        self._members = set(members)

    def billed(
        self,
        months: Sequence[str],
        sheets: Sequence[Payload],
        taken: Mapping[str, Sequence[Child]],
        offer: Offer,
        provider: str,
    ) -> dict[str, Cents]:
        """
        Return by month what each household is billed, of months billed one after the other.

        What is less than the least amount of a bill goes on to the next month.
        """
        carried: Cents = defaultdict(int)
        found: dict[str, Cents] = {}
        for month in months:
            owed = self._used(month, sheets, offer, provider)
            for household, cents in self._due(month, taken, offer, provider).items():
                owed[household] += cents
            bills: Cents = {}
            for household in owed.keys() | carried.keys():
                cents = owed.get(household, 0) + carried.pop(household, 0)
                if cents >= max(self._least, 1):
                    bills[household] = cents
                elif cents:
                    carried[household] = cents
            found[month] = bills
        return found

    def _used(
        self, month: str, sheets: Sequence[Payload], offer: Offer, provider: str
    ) -> defaultdict[str, int]:
        """Return what the month's sheets cost: each line at the price of its household's day."""
        activities = offer.activity_of_groups(provider)
        used: list[tuple[str, Kid, Payload, str]] = []
        for sheet in sheets:
            if f"{sheet['day']:%Y-%m}" == month:
                for line in sheet["lines"]:
                    kid = self._kids[line["child_id"]]
                    if line["quantity"]:
                        home = kid.home_on(sheet["day"], self._ids)
                        used.append((home, kid, line, activities[sheet["group"]]))
        together: dict[tuple[str, str], set[str]] = defaultdict(set)
        for household, kid, _, activity in used:
            together[household, activity].add(kid.id)
        owed: defaultdict[str, int] = defaultdict(int)
        for household, kid, line, activity in used:
            rank = self._rank(kid, together[household, activity])
            for tariff in self._tariffs(activity, "session"):
                units = line["quantity"] * self._unit(tariff, household, rank)
                owed[household] += units + _surcharges(tariff, line)
        return owed

    def _due(
        self, month: str, taken: Mapping[str, Sequence[Child]], offer: Offer, provider: str
    ) -> defaultdict[str, int]:
        """Return what places make due in a month: once a year or a term, from its first day."""
        activities = offer.activity_of_groups(provider)
        owed: defaultdict[str, int] = defaultdict(int)
        for tariff in self._told["tariffs"]:
            starts = [f"{offer.first_day:%Y-%m}"] if tariff["unit"] == "year" else []
            starts += [f"{each['first']:%Y-%m}" for each in tariff.get("periods", [])]
            holding = {
                (self._kids[child.id].first_home(self._ids), child.id)
                for group, some in taken.items()
                if activities[group] == tariff["activity"]
                for child in some
            }
            if tariff.get("per") == "household":
                holding = {(household, "") for household, _ in holding}
            for household, _ in holding:
                owed[household] += starts.count(month) * self._unit(tariff, household, 1)
        return owed

    def _tariffs(self, activity: str, unit: str) -> list[Payload]:
        return [
            each
            for each in self._told["tariffs"]
            if each["activity"] == activity and each["unit"] == unit
        ]

    def _rank(self, kid: Kid, among: set[str]) -> int:
        eldest_first = sorted((self._kids[each].born, each) for each in among)
        return [each for _, each in eldest_first].index(kid.id) + 1

    def _unit(self, tariff: Payload, household: str, rank: int) -> int:
        """Return what one unit costs a household's child of that rank, each part half up."""
        home = self._homes[household]
        inside, *_ = self._told["classes"]
        lives = inside if home["insee"] in self._members else self._told["elsewhere"]
        quotient = int(home["quotient"]) if home["quotient"] else None
        total = 0
        for part in tariff["parts"]:
            less = part.get("sibling_percent", [])
            percent = less[min(rank - 2, len(less) - 1)] if less and rank > 1 else 0
            price = _price(part[lives], list(self._told["bands"].values()), quotient)
            total += _half_up(price * (100 - percent) / 100)
        return total


def _price(amount: Any, bands: Sequence[int], quotient: int | None) -> Fraction:
    """Return a part's price before siblings; without a quotient it is the highest."""
    if isinstance(amount, int):
        return Fraction(amount)
    if isinstance(amount, list):
        band = len(bands) if quotient is None else sum(quotient >= limit for limit in bands)
        return Fraction(amount[band - 1])
    if quotient is None:
        return Fraction(amount["ceiling"])
    effort = Fraction(quotient * amount["rate_ppm"], 1_000_000)
    return min(max(effort, Fraction(amount["floor"])), Fraction(amount["ceiling"]))


def _surcharges(tariff: Payload, line: Payload) -> int:
    return sum(
        line["quantity"] * each["cents"]
        for each in tariff.get("surcharges", [])
        if each["when"] == line["outcome"]
    )


def _half_up(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))
