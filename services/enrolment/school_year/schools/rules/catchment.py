"""
The school of an address: by streets and numbers as the deliberation lists them, or by areas. Pure.

The list of streets wins over what is drawn on a map: a point may lie on the kerb across. Streets
are compared as people type them, without articles and with their usual abbreviations.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from shared.text import folded

ALL, ODD, EVEN = "all", "odd", "even"

NO_STREET, NO_NUMBER, UNKNOWN_STREET, OTHER_COMMUNE, GAP, SEVERAL, OUTSIDE, NO_LIST = (
    "no_street",
    "no_number",
    "unknown_street",
    "other_commune",
    "gap",
    "several",
    "outside",
    "no_list",
)
"""Why no school follows from an address: a person decides."""

_KINDS = {
    "r": "rue", "av": "avenue", "ave": "avenue", "aven": "avenue", "bd": "boulevard",
    "bld": "boulevard", "blvd": "boulevard", "boul": "boulevard", "pl": "place", "imp": "impasse",
    "all": "allee", "al": "allee", "allees": "allee", "ch": "chemin", "che": "chemin",
    "chem": "chemin", "rte": "route", "sq": "square", "crs": "cours", "fg": "faubourg",
    "fbg": "faubourg", "res": "residence", "lot": "lotissement", "pass": "passage", "qu": "quai",
    "ham": "hameau", "sent": "sentier", "prom": "promenade",
}  # fmt: skip
_WORDS = {
    "st": "saint", "ste": "sainte", "dr": "docteur", "gal": "general", "gen": "general",
    "mal": "marechal", "cdt": "commandant", "cne": "capitaine", "col": "colonel",
    "pdt": "president", "pr": "professeur", "prof": "professeur", "nd": "notre dame",
}  # fmt: skip
_SILENT = frozenset({"de", "du", "des", "d", "la", "le", "les", "l", "a", "au", "aux", "et"})
_SUFFIXES = {"b": "bis", "bis": "bis", "t": "ter", "ter": "ter", "q": "quater", "quater": "quater"}
_NUMBERED = re.compile(
    r"^\s*(?:n\s*[°o]\s*)?(\d{1,4})(?:\s*[-/àa]\s*\d{1,4})?\s*(bis|ter|quater|[a-z])?(?=[\s,])[\s,]*(.+)$",
    re.IGNORECASE,
)
_NO_NUMBER = 9999
"""Number that a Base Adresse Locale gives to a place without numbers."""
_FORGIVEN_FROM = 5


@dataclass(frozen=True)
class Address:
    """An address as somebody typed it; `number` None where there is none."""

    number: int | None
    suffix: str
    street_key: str


@dataclass(frozen=True)
class Stretch:
    """A stretch of a street that belongs to a school's area; None: no end on that side."""

    school_id: str
    insee: str
    street_key: str
    parity: str = ALL
    from_number: int | None = None
    to_number: int | None = None

    def covers(self, number: int) -> bool:
        """Say whether a number of the street is in it; « bis » goes with its number."""
        if self.parity != ALL and (number % 2 == 1) != (self.parity == ODD):
            return False
        below = self.from_number is not None and number < self.from_number
        return not below and (self.to_number is None or number <= self.to_number)

    @property
    def is_whole(self) -> bool:
        return self.parity == ALL and self.from_number is None and self.to_number is None


@dataclass(frozen=True)
class Answer:
    """The school of an address, or why a person decides: among `schools`, or near `streets`."""

    school_id: str = ""
    why: str = ""
    schools: tuple[str, ...] = ()
    near_street: str = ""


def parse_address_line(text: str) -> Address:
    """Return number, suffix and street of « 12 bis, r. des Lilas »."""
    line = text.replace("\u00a0", " ").strip()
    numbered = _NUMBERED.match(line)
    if numbered is None:
        return Address(None, "", street_key(line))
    number, suffix, street = numbered.groups()
    given = (suffix or "").lower()
    if given and given not in _SUFFIXES and len(given) == 1 and given in "lda":
        return Address(int(number), "", street_key(f"{suffix} {street}"))
    return Address(int(number), _SUFFIXES.get(given, given), street_key(street))


def street_key(street: str) -> str:
    """Return a street as it is compared: « Av. du Gal-de-Gaulle » is avenue general gaulle."""
    words = folded(street).split()
    if words and words[0] in _KINDS:
        words[0] = _KINDS[words[0]]
    kept = [_WORDS.get(word, word) for word in words if word not in _SILENT]
    return " ".join(kept)


def normalise_number_suffix(text: str) -> str:
    """Return « bis » however a file writes it: b, B, BIS."""
    return _SUFFIXES.get(folded(text), folded(text))


def is_house_number(number: int) -> bool:
    """Say whether a file's number is one: 9999 means that there is none."""
    return 0 < number < _NO_NUMBER


def school_of_address(
    address: Address,
    insee: str,
    stretches: Sequence[Stretch],
    areas: Mapping[str, BaseGeometry] | None = None,
    points: Sequence[tuple[float, float]] = (),
) -> Answer:
    """
    Return the school of an address in a commune, or why a person decides.

    `points` are where the town's own list of addresses has it (longitude, latitude).
    """
    if not address.street_key:
        return Answer(why=NO_STREET)
    if not stretches and not areas:
        return Answer(why=NO_LIST)
    here = [each for each in stretches if each.insee == insee]
    listed = [each for each in here if each.street_key == address.street_key]
    if listed:
        return _school_by_stretches(address, listed)
    if (areas or {}) and points:
        return _school_by_drawn_areas(areas or {}, points)
    if not here and not areas:
        return Answer(why=OTHER_COMMUNE)
    return Answer(
        why=UNKNOWN_STREET, near_street=_listed_street_one_letter_away(address.street_key, here)
    )


def _school_by_stretches(address: Address, listed: Sequence[Stretch]) -> Answer:
    schools = _sorted_school_ids({each.school_id for each in listed})
    if address.number is None:
        if len(schools) == 1 and all(each.is_whole for each in listed):
            return Answer(schools[0])
        return Answer(why=NO_NUMBER, schools=schools)
    covering = _sorted_school_ids(
        {each.school_id for each in listed if each.covers(address.number or 0)}
    )
    if len(covering) == 1:
        return Answer(covering[0])
    return Answer(why=SEVERAL, schools=covering) if covering else Answer(why=GAP, schools=schools)


def _school_by_drawn_areas(
    areas: Mapping[str, BaseGeometry], points: Iterable[tuple[float, float]]
) -> Answer:
    schools = _sorted_school_ids(
        {
            school_id
            for longitude, latitude in points
            for school_id, area in areas.items()
            if area.covers(Point(longitude, latitude))
        }
    )
    if len(schools) == 1:
        return Answer(schools[0])
    return Answer(why=SEVERAL, schools=schools) if schools else Answer(why=OUTSIDE)


def _listed_street_one_letter_away(key: str, stretches: Iterable[Stretch]) -> str:
    """Return the one listed street that is a letter away, "" of none or several."""
    if len(key) < _FORGIVEN_FROM:
        return ""
    near = {
        each.street_key
        for each in stretches
        if OSA.distance(key, each.street_key, score_cutoff=2) <= 2
    }
    return near.pop() if len(near) == 1 else ""


def _sorted_school_ids(schools: Collection[str]) -> tuple[str, ...]:
    return tuple(sorted(schools))
