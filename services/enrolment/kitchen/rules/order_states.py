"""States of a day's order, as its provider and its caterer read them. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from shared.contracts.enrolment.kitchen.meal_orders import (
    ACCEPTED,
    CHANGE,
    ORDER,
    REFUSED,
    SiteAdults,
    SiteAllergen,
    SiteMeals,
)
from shared.json_values import digest_of_content
from shared.text import collation_key

NO_MEAL, FORECAST, TO_SEND, TOO_LATE = "no_meal", "forecast", "to_send", "too_late"
SENT, SILENT, ACKNOWLEDGED = "sent", "silent", "acknowledged"
CHANGE_SENT, CHANGE_SILENT, CHANGE_REFUSED = "change_sent", "change_silent", "change_refused"

SILENT_AFTER = timedelta(hours=2)
"""A caterer that has said nothing for so long is to be called."""
SOON = timedelta(days=1)
"""Time before its hour from which on a day's order is one to send."""


class Version(Protocol):
    """A version of an order, at either end."""

    @property
    def version(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def meals(self) -> list[SiteMeals]: ...
    @property
    def allergens(self) -> list[SiteAllergen]: ...
    @property
    def adults(self) -> list[SiteAdults]: ...
    @property
    def sent_at(self) -> datetime: ...
    @property
    def answer(self) -> str | None: ...


@dataclass(frozen=True)
class Needed:
    """
    Meals of a day by site and menu, those to be without an allergen by site, and those of adults
    by site and kind.
    """

    meals: Mapping[tuple[str, str], int]
    allergens: Mapping[tuple[str, str], int]
    adults: Mapping[tuple[str, str], int]

    @property
    def total(self) -> int:
        """Return all that is cooked, for children and adults."""
        return sum(self.meals.values()) + self.total_of_adults

    @property
    def total_of_adults(self) -> int:
        return sum(self.adults.values())

    def total_of_site(self, site: str) -> int:
        """Return all that is cooked for a site."""
        return self.children_at(site) + self.adults_at(site)

    def children_at(self, site: str) -> int:
        return sum(count for (at, _menu), count in self.meals.items() if at == site)

    def adults_at(self, site: str) -> int:
        return sum(count for (at, _kind), count in self.adults.items() if at == site)

    def total_of_menu_code(self, menu: str) -> int:
        return sum(count for (_site, code), count in self.meals.items() if code == menu)

    @property
    def sites(self) -> list[str]:
        """Return the sites with meals, by name."""
        counted = (*self.meals.items(), *self.adults.items())
        return sorted({site for (site, _of), count in counted if count}, key=collation_key)

    @property
    def menu_codes(self) -> list[str]:
        """Return the menus of which there are meals."""
        return sorted({menu for (_site, menu), count in self.meals.items() if count})

    @property
    def allergen_codes(self) -> list[str]:
        """Return the allergens that some meals have to be without."""
        return sorted({code for (_site, code), count in self.allergens.items() if count})

    def meal_lines(self) -> list[SiteMeals]:
        """Return the meals as a message has them; nothing but numbers."""
        return [
            {"site": site, "menu": menu, "meals": count}
            for (site, menu), count in sorted(self.meals.items())
            if count
        ]

    def allergen_lines(self) -> list[SiteAllergen]:
        return [
            {"site": site, "allergen": allergen, "meals": count}
            for (site, allergen), count in sorted(self.allergens.items())
            if count
        ]

    def adult_lines(self) -> list[SiteAdults]:
        return [
            {"site": site, "kind": kind, "meals": count}
            for (site, kind), count in sorted(self.adults.items())
            if count
        ]

    @property
    def mark(self) -> str:
        """
        Return a digest by which a form says what was seen: another need has another one.

        Staff and guests eat the same, and the pages say their sum.
        """
        adults = [(site, self.adults_at(site)) for site in self.sites if self.adults_at(site)]
        lines = [self.meal_lines(), self.allergen_lines(), adults]
        return digest_of_content(lines)


NOTHING = Needed({}, {}, {})


@dataclass(frozen=True)
class Difference:
    """Meals that a site needs more, or fewer, than were ordered: of a menu, None for adults."""

    site: str
    menu: str | None
    meals: int


def needs_of_version(version: Version | None) -> Needed:
    """Return what a version asked for."""
    if version is None:
        return NOTHING
    return Needed(
        {(line["site"], line["menu"]): line["meals"] for line in version.meals},
        {(line["site"], line["allergen"]): line["meals"] for line in version.allergens},
        {(line["site"], line["kind"]): line["meals"] for line in version.adults},
    )


def version_in_force(versions: Iterable[Version]) -> Version | None:
    """Return the version that is cooked: the last one sent by its hour, or accepted since."""
    holding = [each for each in versions if each.kind == ORDER or each.answer == ACCEPTED]
    return max(holding, key=lambda each: each.version, default=None)


def unanswered_change(versions: Iterable[Version]) -> Version | None:
    """Return the change to which the caterer has said nothing yet."""
    waiting = (each for each in versions if each.kind == CHANGE and each.answer is None)
    return max(waiting, key=lambda each: each.version, default=None)


@dataclass(frozen=True)
class OrderGap:
    """Meals of children that a day's order lacks, and its meals for sites where nobody eats."""

    day: date
    lacking: int
    for_nobody: int


def gap_of_order(
    day: date, versions: Collection[Version], children: Mapping[str, int]
) -> OrderGap | None:
    """
    Return what the order of a day lacks for the children booked by site; None where it fits.

    A change on its way counts as if it were accepted. A child fewer at a site is no gap: some are
    ill every day.
    """
    ordered = needs_of_version(unanswered_change(versions) or version_in_force(versions))
    lacking = sum(max(0, count - ordered.children_at(site)) for site, count in children.items())
    empty = [site for site in ordered.sites if not children.get(site)]
    gap = OrderGap(day, lacking, sum(map(ordered.children_at, empty)))
    return gap if gap.lacking or gap.for_nobody else None


def differences_of_needs(needed: Needed, ordered: Needed) -> list[Difference]:
    """Return what changed in the meals since they were ordered."""
    places = sorted(needed.meals.keys() | ordered.meals.keys())
    moved = (
        Difference(
            site, menu, needed.meals.get((site, menu), 0) - ordered.meals.get((site, menu), 0)
        )
        for site, menu in places
    )
    adults = (
        Difference(site, None, needed.adults_at(site) - ordered.adults_at(site))
        for site in sorted({*needed.sites, *ordered.sites}, key=collation_key)
    )
    return [each for each in (*moved, *adults) if each.meals]


def allergen_differences_of_needs(needed: Needed, ordered: Needed) -> list[tuple[str, str, int]]:
    """Return by site and allergen how many meals more, or fewer, have to be without it."""
    places = sorted(needed.allergens.keys() | ordered.allergens.keys())
    moved = (
        (site, code, needed.allergens.get((site, code), 0) - ordered.allergens.get((site, code), 0))
        for site, code in places
    )
    return [each for each in moved if each[2]]


def are_same_needs(one: Needed, other: Needed) -> bool:
    """Say whether two needs are one, allergens included."""
    return one.mark == other.mark


def state_of_order(
    versions: Sequence[Version], needed: Needed, until: datetime, now: datetime
) -> str:
    """Return the state of a day's order, of which the hour is `until`."""
    if not versions:
        return _state_unsent(needed, until, now)
    last = max(versions, key=lambda each: each.version)
    silent = now - last.sent_at >= SILENT_AFTER
    if last.kind == ORDER:
        if last.answer is not None:
            return ACKNOWLEDGED
        return SILENT if silent else SENT
    if last.answer is None:
        return CHANGE_SILENT if silent else CHANGE_SENT
    return CHANGE_REFUSED if last.answer == REFUSED else ACKNOWLEDGED


def _state_unsent(needed: Needed, until: datetime, now: datetime) -> str:
    if not needed.total:
        return NO_MEAL
    if now > until:
        return TOO_LATE
    return TO_SEND if until - now <= SOON else FORECAST
