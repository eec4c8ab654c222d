"""
The town's list of streets by postcode, made of its Base Adresse Nationale by `preau import`. Pure.

It completes what is typed and says which postcodes a commune has; a street that it does not have is
taken as it was written.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from shared.text import collation_key

MOST_STREETS = 60_000
"""Streets of one list: an agglomération of a million people has some 20,000."""
MOST_OF_POSTCODE = 6_000


class Street(NamedTuple):
    """A street of a commune, as one row of the list has it."""

    postcode: str
    insee: str
    commune: str
    name: str


@dataclass(frozen=True)
class PostcodeArea:
    """Area of one postcode: communes by code, and streets with the code of their commune."""

    communes: Mapping[str, str]
    streets: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class StreetList:
    """A whole list, by postcode; empty where the town has brought none in."""

    areas: Mapping[str, PostcodeArea]

    def postcodes_of(self, insee: str) -> list[str]:
        """Return the postcodes of a commune; none where the list does not have it."""
        return sorted(code for code, area in self.areas.items() if insee in area.communes)

    @property
    def usual_postcode(self) -> str:
        """Return the postcode of the most streets, with which completion begins; "" for none."""
        return max(self.areas, key=lambda code: len(self.areas[code].streets), default="")


NO_STREETS = StreetList({})


class TooManyStreets(ValueError):
    """A list has more streets than pages can answer; the message says where."""


def streets_as_json(streets: Iterable[Street]) -> dict[str, Any]:
    """Return the file of a list: each street once, by postcode and name; raises TooManyStreets."""
    rows = sorted(set(streets), key=lambda each: (each.postcode, collation_key(each.name), each))
    areas: dict[str, Any] = {}
    for row in rows:
        area = areas.setdefault(row.postcode, {"communes": {}, "streets": []})
        area["communes"].setdefault(row.insee, row.commune)
        if [row.name, row.insee] not in area["streets"][-1:]:
            area["streets"].append([row.name, row.insee])
    _require_bounds(areas)
    return areas


def parse_streets(read: Mapping[str, Any]) -> StreetList:
    """Return the list of a file; raises LookupError, TypeError or ValueError where it is none."""
    return StreetList(
        {
            str(code): PostcodeArea(
                {str(insee): str(name) for insee, name in area["communes"].items()},
                tuple((str(name), str(insee)) for name, insee in area["streets"]),
            )
            for code, area in read.items()
        }
    )


def _require_bounds(areas: Mapping[str, Mapping[str, Collection[object]]]) -> None:
    counts = {code: len(area["streets"]) for code, area in areas.items()}
    if sum(counts.values()) > MOST_STREETS:
        raise TooManyStreets(f"more than {MOST_STREETS} streets: keep those of the town's communes")
    for code, count in counts.items():
        if count > MOST_OF_POSTCODE:
            raise TooManyStreets(f"more than {MOST_OF_POSTCODE} streets under {code}")
