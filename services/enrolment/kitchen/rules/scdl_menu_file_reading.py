"""
Menus of a file of the schema SCDL « menus-collectifs » 1.2.3: one line for each dish. Pure.

Older files name four columns otherwise. Lunches alone are read. A file with a mistake is not read
at all: half a week of menus would be believed to be the whole.
"""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.enrolment.kitchen.rules.dishes_as_typed import (
    NONE,
    UnknownAllergen,
    UnknownMenu,
    dishes_in_serving_order,
    make_dish,
    read_menus_of_dish,
)
from shared.contracts.enrolment.kitchen.menus import MOST_DISHES, Dish
from shared.contracts.sections.care.town_diets import TownDiets
from shared.files import cell_parsing, decoding
from shared.text import folded

MOST_BYTES, MOST_LINES = 2 * 2**20, 20_000

(
    NOT_TEXT,
    NO_HEADER,
    NO_MENUS,
    TOO_LARGE,
    BAD_DAY,
    NO_NAME,
    UNKNOWN_SITE,
    UNKNOWN_ALLERGEN,
    UNKNOWN_MENU,
    TWO_MENUS,
    TOO_MANY,
) = (
    "not_text",
    "no_header",
    "no_menus",
    "too_large",
    "bad_day",
    "no_name",
    "unknown_site",
    "unknown_allergen",
    "unknown_menu",
    "two_menus",
    "too_many",
)
LUNCH = "dejeuner"
NO_ALLERGEN = "aucun des 14 allergenes"
"""Words of a dish's precision, folded, where its allergens are none."""
SEPARATORS = ";,|"
"""Between the words of one cell."""
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "site": ("menuRestaurantNom",),
    "guests": ("menuRestaurantConvive",),
    "day": ("menuDate",),
    "meal": ("menuRepasType", "menuTypeRepas"),
    "course": ("menuPlatType", "menuTypePlat"),
    "name": ("menuPlatNom", "menuNomPlat"),
    "allergens": ("menuPlatAllergene", "menuAllergenePlat"),
    "menus": ("menuPlatRegime", "menuRegimePlat"),
    "precision": ("menuPlatPrecision",),
}
_REQUIRED = ("site", "day", "course", "name")
_COURSES: Mapping[str, str] = {
    "entree": "starter",
    "plat principal": "main",
    "plat": "main",
    "garniture": "side",
    "accompagnement": "side",
    "produit laitier": "dairy",
    "fromage": "dairy",
    "dessert": "dessert",
    "pain": "bread",
}


class MenusRefused(ValueError):
    """A file cannot be read: `code` says why, at which line, and what stood there."""

    def __init__(self, code: str, line: int = 0, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.line, self.detail = code, line, detail


@dataclass(frozen=True)
class FileMenu:
    """A menu of a file."""

    site: str
    day: date
    dishes: Sequence[Dish]


@dataclass(frozen=True)
class _Line:
    number: int
    menu: tuple[str, date]
    guests: str
    dish: Dish


def read_menus(content: bytes, sites: Collection[str], diets: TownDiets) -> list[FileMenu]:
    """Return the lunches of a file, for sites that the provider has; raises MenusRefused."""
    if len(content) > MOST_BYTES:
        raise MenusRefused(TOO_LARGE)
    known = {folded(site): site for site in sites}
    lines = [
        _read_line(number, row, known, diets) for number, row in _numbered_lines_of_lunches(content)
    ]
    if not lines:
        raise MenusRefused(NO_MENUS)
    menus: dict[tuple[str, date], list[_Line]] = {}
    for line in lines:
        menus.setdefault(line.menu, []).append(line)
    for served in menus.values():
        _refuse_two_menus(served)
    return [
        FileMenu(site, day, dishes_in_serving_order(line.dish for line in served))
        for (site, day), served in sorted(menus.items(), key=lambda item: (item[0][1], item[0][0]))
    ]


def _numbered_lines_of_lunches(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """Return the lines of lunches with their numbers, as cells by what they are."""
    try:
        text = decoding.decode(content)
        first = text.split("\n", 1)[0]
        delimiter = ";" if first.count(";") > first.count(",") else ","
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        lines = [(reader.line_num, row) for row in reader if any(map(str.strip, row))]
    except (decoding.NotText, csv.Error):
        raise MenusRefused(NOT_TEXT) from None
    if len(lines) > MOST_LINES:
        raise MenusRefused(TOO_LARGE)
    places = _positions_of_columns(lines[0][1] if lines else [])
    cut = [
        (
            number,
            {
                name: cell_parsing.text(row[at]) if at < len(row) else ""
                for name, at in places.items()
            },
        )
        for number, row in lines[1:]
    ]
    return [(n, row) for n, row in cut if folded(row.get("meal") or LUNCH) == LUNCH]


def _positions_of_columns(header: Sequence[str]) -> dict[str, int]:
    names = [cell.strip().lower() for cell in header]
    places = {
        column: names.index(written.lower())
        for column, spellings in _COLUMNS.items()
        for written in reversed(spellings)
        if written.lower() in names
    }
    for column in _REQUIRED:
        if column not in places:
            raise MenusRefused(NO_HEADER, 1, _COLUMNS[column][0])
    return places


def _read_line(
    number: int, row: Mapping[str, str], sites: Mapping[str, str], diets: TownDiets
) -> _Line:
    site = sites.get(folded(row["site"]))
    if site is None:
        raise MenusRefused(UNKNOWN_SITE, number, row["site"])
    if not row["name"]:
        raise MenusRefused(NO_NAME, number)
    try:
        day = cell_parsing.day(row["day"])
        course = _COURSES.get(folded(row["course"]), "other")
        menus = read_menus_of_dish(row.get("menus", ""), diets, SEPARATORS)
        allergens = row.get("allergens", "")
        if not allergens and folded(row.get("precision", "")) == NO_ALLERGEN:
            allergens = NONE
        dish = make_dish(course, row["name"], allergens, menus, separators=SEPARATORS)
    except cell_parsing.Unreadable:
        raise MenusRefused(BAD_DAY, number, row["day"]) from None
    except UnknownAllergen as unknown:
        raise MenusRefused(UNKNOWN_ALLERGEN, number, unknown.word) from None
    except UnknownMenu as unknown:
        raise MenusRefused(UNKNOWN_MENU, number, unknown.word) from None
    return _Line(number, (site, day), folded(row.get("guests", "")), dish)


def _refuse_two_menus(served: Sequence[_Line]) -> None:
    """Refuse two menus of one site and day: for other guests, or a dish that is there twice."""
    seen: set[tuple[str, str]] = set()
    for line in served:
        named = line.dish["course"], folded(line.dish["name"])
        if line.guests != served[0].guests or named in seen:
            raise MenusRefused(TWO_MENUS, line.number, line.menu[0])
        seen.add(named)
    if len(served) > MOST_DISHES:
        raise MenusRefused(TOO_MANY, served[-1].number, served[0].menu[0])
