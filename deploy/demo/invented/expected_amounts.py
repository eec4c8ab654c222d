"""
Expected amounts of a demonstration's months: its grids times the planned use. Pure.

Reckoned apart from billing, from the files of the town alone, to be held against what billing says:
nothing here is imported from there. Amounts are integer cents.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from deploy.demo.invented.families import Families
from deploy.demo.invented.offer import Child, Offer
from shared.contracts.enrolment.attendance import ImportedLine, ImportedSheet
from shared.dates.two_home_weeks import Weeks
from shared.json_values import JsonObject

Cents = dict[str, int]
"""Cents of a month, by household reference."""


@dataclass(frozen=True)
class Kid:
    """A child as prices see it: when it was born, and in which households it lives which weeks."""

    id: str
    born: date
    homes: Mapping[str, str | None]

    def household_of_child_on_day(self, day: date, ids: Mapping[str, str]) -> str:
        """Return the household of a day: changed on Friday evenings, else the first by its id."""
        by_parity = {weeks: household for household, weeks in self.homes.items()}
        if {"even", "odd"} <= by_parity.keys():
            return Weeks(by_parity["even"], by_parity["odd"]).household_on(day)
        return min(self.homes, key=lambda household: ids[household])


def kids_by_id(families: Families, ids: Mapping[str, str]) -> dict[str, Kid]:
    """Return the children by their ids; `ids` maps their references to them."""
    born: dict[str, date] = {}
    homes: dict[str, dict[str, str | None]] = defaultdict(dict)
    for household in families.households:
        for child in household["children"]:
            reference = child["reference"]
            homes[reference][household["reference"]] = child["weeks"]
            if "identity" in child["sections"]:
                born[reference] = date.fromisoformat(child["sections"]["identity"]["birth_date"])
    return {
        ids[reference]: Kid(ids[reference], born[reference], homes[reference]) for reference in born
    }


Charge = tuple[str, str, int | None, int | None]
"""A priced thing: an activity, the basis of its price, and the limits of its band."""

FLAT, BAND, MAXIMUM, SURCHARGE = "flat", "band", "maximum", "surcharge"
EFFORT, EFFORT_FLOOR, EFFORT_CEILING = "effort", "effort_floor", "effort_ceiling"


@dataclass(frozen=True)
class Item:
    """The units of one tariff, of one child, "" for the household as such; cents by charge."""

    child_id: str
    label: str
    quantity: int
    charges: Mapping[Charge, int]

    @property
    def cents_of_charges(self) -> int:
        return sum(self.charges.values())


@dataclass(frozen=True)
class Used:
    """Use of a provider's children: its offer, its attendance, and their places in groups."""

    provider: str
    offer: Offer
    sheets: Sequence[ImportedSheet]
    taken: Mapping[str, Sequence[Child]]


class Reckoning:
    """
    The months of one provider.

    `tariffs` is the provider's block of the town's tariffs, `ids` map references of homes to ids,
    `members` are the INSEE codes of the communes that count as of the town.
    """

    def __init__(
        self,
        tariffs: JsonObject,
        least_cents: int,
        kids: Mapping[str, Kid],
        homes: Mapping[str, Mapping[str, str]],
        ids: Mapping[str, str],
        members: Iterable[str],
    ) -> None:
        self._block, self._least = tariffs, least_cents
        self._kids, self._homes, self._ids = kids, homes, ids
        self._members = set(members)

    def billed_by_month(self, months: Sequence[str], used: Used) -> dict[str, Cents]:
        """
        Return by month what each household is billed, of months billed one after the other.

        What is less than the least amount of a bill goes on to the next month.
        """
        carried: Cents = defaultdict(int)
        found: dict[str, Cents] = {}
        for month in months:
            owed = {
                home: sum(each.cents_of_charges for each in some)
                for home, some in self.items_of_month(month, used)
            }
            bills: Cents = {}
            for household in owed.keys() | carried.keys():
                cents = owed.get(household, 0) + carried.pop(household, 0)
                if cents >= max(self._least, 1):
                    bills[household] = cents
                elif cents:
                    carried[household] = cents
            found[month] = bills
        return found

    def income_of_month(self, month: str, used: Used) -> dict[Charge, int]:
        """Return what a month comes to by activity and band, whoever pays it."""
        found: Counter[Charge] = Counter()
        for _household, items in self.items_of_month(month, used):
            for item in items:
                found.update(item.charges)
        return {charge: cents for charge, cents in found.items() if cents}

    def items_of_month(self, month: str, used: Used) -> Iterator[tuple[str, list[Item]]]:
        """Yield each household with what a month comes to for it."""
        found: dict[str, list[Item]] = defaultdict(list)
        for household, item in [
            *self._cost_of_sheets(month, used),
            *self._cost_of_places(month, used),
        ]:
            found[household].append(item)
        yield from found.items()

    def _cost_of_sheets(self, month: str, used: Used) -> Iterator[tuple[str, Item]]:
        """Yield what the month's sheets cost: each line at the price of its household's day."""
        activities = used.offer.activity_of_groups(used.provider)
        lines: list[tuple[str, Kid, ImportedLine, str]] = []
        for sheet in used.sheets:
            if f"{sheet['day']:%Y-%m}" == month:
                for line in sheet["lines"]:
                    kid = self._kids[line["child_id"]]
                    if line["quantity"]:
                        home = kid.household_of_child_on_day(sheet["day"], self._ids)
                        lines.append((home, kid, line, activities[sheet["group"]]))
        together: dict[tuple[str, str], set[str]] = defaultdict(set)
        for household, kid, _, activity in lines:
            together[household, activity].add(kid.id)
        units: Counter[tuple[str, str, str]] = Counter()
        charged: dict[tuple[str, str, str], Counter[Charge]] = defaultdict(Counter)
        for household, kid, line, activity in lines:
            rank = self._rank_of_child(kid, together[household, activity])
            for tariff in self._tariffs_of_activity(activity, "session"):
                key = (household, kid.id, tariff["label"])
                units[key] += line["quantity"]
                charged[key].update(self._cost_of_units(tariff, household, rank, line["quantity"]))
                charged[key].update(_surcharges_of_line(tariff, line))
        for key, charges in charged.items():
            household, child_id, label = key
            yield household, Item(child_id, label, units[key], charges)

    def _cost_of_places(self, month: str, used: Used) -> Iterator[tuple[str, Item]]:
        """
        Yield what places make due in a month: once a year or a term, from its first day.

        A place is the home's of its first day.

        In another year than that of the grids, terms begin on the same days.
        """
        activities = used.offer.activity_of_groups(used.provider)
        back = self._block["valid_from"].year - used.offer.first_day.year
        for tariff in self._block["tariffs"]:
            starts = [f"{used.offer.first_day:%Y-%m}"] if tariff["unit"] == "year" else []
            terms = [each["first"] for each in tariff.get("periods", [])]
            starts += [f"{first.year - back}-{first:%m}" for first in terms]
            if not (times := starts.count(month)):
                continue
            began = used.offer.first_day
            holding = {
                (self._kids[child.id].household_of_child_on_day(began, self._ids), child.id)
                for group, some in used.taken.items()
                if activities[group] == tariff["activity"]
                for child in some
            }
            if tariff.get("per") == "household":
                holding = {(household, "") for household, _ in holding}
            for household, child_id in sorted(holding):
                charges = self._cost_of_units(tariff, household, 1, times)
                yield household, Item(child_id, tariff["label"], times, charges)

    def _tariffs_of_activity(self, activity: str, unit: str) -> list[JsonObject]:
        return [
            each
            for each in self._block["tariffs"]
            if each["activity"] == activity and each["unit"] == unit
        ]

    def _rank_of_child(self, kid: Kid, among: set[str]) -> int:
        eldest_first = sorted((self._kids[each].born, each) for each in among)
        return [each for _, each in eldest_first].index(kid.id) + 1

    def _cost_of_units(
        self, tariff: JsonObject, household: str, rank: int, quantity: int
    ) -> Counter[Charge]:
        """Return what so many units cost a household's child of that rank, each part half up."""
        home = self._homes[household]
        inside, *_ = self._block["classes"]
        lives = inside if home["insee"] in self._members else self._block["elsewhere"]
        quotient = int(home["quotient"]) if home["quotient"] else None
        found: Counter[Charge] = Counter()
        for part in tariff["parts"]:
            less = part.get("sibling_percent", [])
            percent = less[min(rank - 2, len(less) - 1)] if less and rank > 1 else 0
            basis, price = _price_of_part(
                part[lives], list(self._block["bands"].values()), quotient
            )
            cents = _half_up(price * (100 - percent) / 100)
            found[tariff["activity"], *basis] += quantity * cents
        return found


def _price_of_part(
    amount: Any, bands: Sequence[int], quotient: int | None
) -> tuple[tuple[str, int | None, int | None], Fraction]:
    """Return why and what a part costs before siblings; without a quotient it is the highest."""
    if isinstance(amount, int):
        return (FLAT, None, None), Fraction(amount)
    if isinstance(amount, list):
        if quotient is None:
            return (MAXIMUM, None, None), Fraction(amount[-1])
        at = sum(quotient >= limit for limit in bands) - 1
        to_cents = bands[at + 1] if at + 1 < len(bands) else None
        return (BAND, bands[at], to_cents), Fraction(amount[at])
    floor, ceiling = Fraction(amount["floor"]), Fraction(amount["ceiling"])
    if quotient is None:
        return (MAXIMUM, None, None), ceiling
    effort = Fraction(quotient * amount["rate_ppm"], 1_000_000)
    basis = EFFORT_FLOOR if effort < floor else EFFORT_CEILING if effort > ceiling else EFFORT
    return (basis, None, None), min(max(effort, floor), ceiling)


def _surcharges_of_line(tariff: JsonObject, line: ImportedLine) -> dict[Charge, int]:
    cents = sum(
        line["quantity"] * each["cents"]
        for each in tariff.get("surcharges", [])
        if each["when"] == line["outcome"]
    )
    return {(tariff["activity"], SURCHARGE, None, None): cents} if cents else {}


def _half_up(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))
