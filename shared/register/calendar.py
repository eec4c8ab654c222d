"""The town's calendar: its school holidays, its public holidays, and the bridges it closes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from shared.dates.school_holidays import PUBLISHED_ZONES, SchoolCalendar

TERRITORIES: Mapping[str, str] = {
    **dict.fromkeys((*PUBLISHED_ZONES, "corsica"), ""),
    "guadeloupe": "971",
    "martinique": "972",
    "guyane": "973",
    "reunion": "974",
    "mayotte": "976",
    "saint_barthelemy": "BL",
    "saint_martin": "MF",
    "saint_pierre_et_miquelon": "PM",
    "new_caledonia": "NC",
    "polynesia": "PF",
    "wallis_et_futuna": "WF",
}
"""Zones of a town, with the territory whose public holidays it has beside the national ones."""
ALSACE_MOSELLE = "6AE"
"""Good Friday (where there is a Protestant church) and Saint-Étienne, by local law (L3134-13)."""

NO_BRIDGE, ASCENSION, ALL_BRIDGES = "none", "ascension", "all"
BRIDGES = (NO_BRIDGE, ASCENSION, ALL_BRIDGES)
"""Days between a public holiday and a weekend on which offices are closed."""

SCHOOL_HOLIDAY, PUBLIC_HOLIDAY = "school_holiday", "public_holiday"
CLOSED, BRIDGE = "closed", "bridge"
KINDS = (
    SCHOOL_HOLIDAY,
    PUBLIC_HOLIDAY,
    CLOSED,  # nothing takes place
    BRIDGE,  # offices are closed: no working day, though activities may take place
)


@dataclass(frozen=True, slots=True)
class TypedDays:
    """Days that a town file sets apart by hand, both included."""

    kind: str
    label: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class TownCalendar:
    """Calendar by which a town counts days; `alsace_moselle` adds the holidays of local law."""

    zone: str
    alsace_moselle: bool = False
    bridges: str = NO_BRIDGE
    days: tuple[TypedDays, ...] = ()

    @property
    def school(self) -> SchoolCalendar:
        """Return the school holidays, those of the zone and those typed."""
        typed = [(each.first, each.last) for each in self.days if each.kind == SCHOOL_HOLIDAY]
        return SchoolCalendar(self.zone, tuple(typed))

    @property
    def holiday_territory(self) -> str:
        """Return the territory of the public holidays, "" for the national ones alone."""
        return ALSACE_MOSELLE if self.alsace_moselle else TERRITORIES.get(self.zone, "")
