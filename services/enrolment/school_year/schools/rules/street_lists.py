"""
Lists of streets as a deliberation has them, town's addresses (BAL) and drawn areas, read. Pure.

A line that cannot be read is said with its number; the others stand.
"""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from shapely.errors import GEOSException
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from services.enrolment.school_year.schools.rules.catchment import (
    ALL,
    EVEN,
    ODD,
    is_house_number,
    normalise_number_suffix,
    street_key,
)
from services.enrolment.school_year.schools.rules.onde_file import OndeRefused, decode_onde_file
from shared.text import folded

MOST_LINES = 2_000
MOST_ADDRESSES = 60_000
"""A town of 40,000 people has some 15,000 addresses."""

_NUMBERS = re.compile(
    r"^(?:(?:du|de|n[°o]s?)\s*)?(\d{1,4})?\s*(?:-|–|à|a|au|jusqu.{0,3}au)?\s*(\d{1,4})?$",
    re.IGNORECASE,
)
_PARITIES = {
    "pair": EVEN, "pairs": EVEN, "cote pair": EVEN, "p": EVEN, "impair": ODD, "impairs": ODD,
    "cote impair": ODD, "i": ODD, "tous": ALL, "tout": ALL, "tous les numeros": ALL, "": ALL,
}  # fmt: skip
_FROM_ON = re.compile(r"^(?:a partir d[ue]|des le|depuis le)\s*(?:n[°o]\s*)?(\d{1,4})$")
_UP_TO = re.compile(r"^(?:jusqu au|jusque)\s*(?:n[°o]\s*)?(\d{1,4})$")


class AreaRefused(ValueError):
    """The drawing, or the list of addresses, cannot be used; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class StreetLine:
    """A stretch of a street as it was written."""

    street: str
    parity: str
    from_number: int | None
    to_number: int | None


@dataclass(frozen=True)
class KnownAddress:
    """A line of a Base Adresse Locale; coordinates in ten-millionths of a degree."""

    insee: str
    street: str
    number: int
    suffix: str
    longitude: int
    latitude: int


def parse_street_lines(text: str) -> tuple[list[StreetLine], list[int]]:
    """
    Return the stretches of a text, « rue des Lilas ; impair ; 1-45 » on each line, and bad lines.

    Side and numbers may be left out, and may come in either order.
    """
    lines: list[StreetLine] = []
    wrong: list[int] = []
    for number, written in enumerate(text.splitlines(), start=1):
        if not written.strip():
            continue
        line = _read_street_line(written)
        if line is None or len(lines) >= MOST_LINES:
            wrong.append(number)
        else:
            lines.append(line)
    return lines, wrong


def write_street_line(line: StreetLine) -> str:
    """Return a stretch as the form has it."""
    sides = {ODD: "impair", EVEN: "pair"}
    numbers = ""
    if line.from_number is not None and line.to_number is not None:
        numbers = f"{line.from_number}-{line.to_number}"
    elif line.from_number is not None:
        numbers = f"à partir du {line.from_number}"
    elif line.to_number is not None:
        numbers = f"jusqu’au {line.to_number}"
    return " ; ".join(part for part in (line.street, sides.get(line.parity, ""), numbers) if part)


def parse_area_of_geojson(content: bytes) -> str:
    """Return a polygon, or several, as GeoJSON; raises AreaRefused."""
    try:
        drawn = json.loads(content.decode("utf-8-sig"))
        geometry = _geometry_of(drawn)
    except (ValueError, KeyError, TypeError, AttributeError, GEOSException):
        raise AreaRefused("not_geojson") from None
    if geometry.geom_type not in ("Polygon", "MultiPolygon") or geometry.is_empty:
        raise AreaRefused("no_polygon")
    west, south, east, north = geometry.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise AreaRefused("not_degrees")
    return json.dumps(geometry.__geo_interface__)


def polygon_of_stored_area(geometry: str) -> BaseGeometry:
    """Return a stored area."""
    return shape(json.loads(geometry))


def parse_address_file(content: bytes) -> list[KnownAddress]:
    """Return the addresses of a BAL file, or of the BAN's, by their header; raises AreaRefused."""
    try:
        text = decode_onde_file(content)
    except OndeRefused:
        raise AreaRefused("not_text") from None
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=_separator_of_file(text))
    names = {folded(name): name for name in rows.fieldnames or ()}
    columns = [_position_of_column(names, each) for each in _BAL]
    if None in columns[:5]:
        raise AreaRefused("no_header")
    found = []
    for row in rows:
        address = _read_address_row([row.get(column or "") or "" for column in columns])
        if address is not None:
            found.append(address)
    if not found or len(found) > MOST_ADDRESSES:
        raise AreaRefused("no_rows" if not found else "too_large")
    return found


_BAL: Sequence[tuple[str, ...]] = (
    ("commune insee", "code insee"),
    ("voie nom", "nom voie"),
    ("numero",),
    ("long", "lon"),
    ("lat",),
    ("suffixe", "rep"),
)


def _position_of_column(names: dict[str, str], spelled: Sequence[str]) -> str | None:
    return next((names[each] for each in spelled if each in names), None)


def _separator_of_file(text: str) -> str:
    first = text.partition("\n")[0]
    return ";" if first.count(";") >= first.count(",") else ","


def _read_address_row(cells: Sequence[str]) -> KnownAddress | None:
    insee, street, number, longitude, latitude, suffix = cells
    try:
        figures = int(number)
        place = round(float(longitude) * 1e7), round(float(latitude) * 1e7)
    except ValueError:
        return None
    if not is_house_number(figures) or not street_key(street) or len(insee) > 5:
        return None
    return KnownAddress(insee, street[:120], figures, normalise_number_suffix(suffix)[:10], *place)


def _geometry_of(drawn: dict[str, object]) -> BaseGeometry:
    """Return the one geometry of a GeoJSON file; several features are joined."""
    kind = drawn.get("type")
    if kind == "FeatureCollection":
        shapes = [shape(each["geometry"]) for each in drawn["features"]]  # type: ignore[attr-defined]
        joined: BaseGeometry = shapes[0]
        for each in shapes[1:]:
            joined = joined.union(each)
        return joined
    return shape(drawn["geometry"] if kind == "Feature" else drawn)


def _read_street_line(written: str) -> StreetLine | None:
    street, *parts = (part.strip() for part in re.split(r"[;,\t]", written))
    if not street_key(street) or len(parts) > 2:
        return None
    parity, first, last = ALL, None, None
    for part in parts:
        words = folded(part)
        if words in _PARITIES:
            parity = _PARITIES[words]
        elif found := _FROM_ON.match(words):
            first = int(found[1])
        elif found := _UP_TO.match(words):
            last = int(found[1])
        elif (found := _NUMBERS.match(part.strip())) and found[1]:
            first, last = int(found[1]), int(found[2] or found[1])
        else:
            return None
    if first is not None and last is not None and first > last:
        return None
    return StreetLine(street[:120], parity, first, last)
