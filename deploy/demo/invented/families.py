"""
The invented families of a demonstration, as a file and as what is sent to the services.

`deploy/towns/demo-families.csv` is UTF-8 with `;` between columns and one line per child; lines
that begin with # are comments. A cell may hold several entries, parted by " | ", each of several
parts, parted by " / ":

    foyer                  the household's reference, the same on each of its lines
    responsable_1, _2      the guardians' full names (the second may be empty)
    courriel_1, _2         their addresses, by which they sign in; empty: no account
    autorite               which of the two answer for this child: 1, 2, or empty for all
    enfant                 the child's reference; a child of two households has a line in each,
                           and only the first of them says more
    prenom, nom, naissance who the child is (naissance: 2019-03-02)
    ecole, niveau, classe  schooling
    contacts               name / relation / phone, in the order in which to call
    recuperation           name / relation / phone of who may collect the child
    interdits              name / kind of paper / its date / from / until (or empty)
    menu, sans             standard, vegetarian or no_pork; gluten, lactose, egg, fish
    allergies              substance / mild or severe / reaction (or empty)
    traitements            name / dosage / when (or empty)
    pai                    what one sees / what one does / where the kit is / valid until
    remarques              free text of the health sheet
    vaccins                oui where checked
    services               codes of the providers with a link
    semaines               paires or impaires: the ISO weeks in which a child of two households
                           is in this one, from Friday evening on; empty where nothing is agreed

Where the cells of a section are all empty, it was never filled in. Nobody in the file exists:
telephone numbers are from the ranges kept for fiction, addresses from domains kept for examples.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shared.contracts.sections.care.allergens import read_allergen
from shared.json_values import JsonObject

FILE = Path(__file__).resolve().parents[2] / "towns" / "demo-families.csv"

COLUMNS = (
    "foyer",
    "responsable_1",
    "courriel_1",
    "responsable_2",
    "courriel_2",
    "autorite",
    "enfant",
    "prenom",
    "nom",
    "naissance",
    "ecole",
    "niveau",
    "classe",
    "contacts",
    "recuperation",
    "interdits",
    "menu",
    "sans",
    "allergies",
    "traitements",
    "pai",
    "remarques",
    "vaccins",
    "services",
    "semaines",
)

_WEEKS = {"": None, "paires": "even", "impaires": "odd"}

Line = dict[str, str]


class FamiliesRefused(Exception):
    """The file cannot be used; the message says on which line and why."""


@dataclass(frozen=True)
class Account:
    """A guardian who signs in; the import's answer maps the reference `guardian` to an id."""

    guardian: str
    login: str
    name: str


@dataclass(frozen=True)
class Families:
    """Payloads to send: requests of dossier.import_household, then accounts of identity."""

    households: tuple[JsonObject, ...]
    accounts: tuple[Account, ...]

    def whole_and_second_households(self) -> tuple[list[JsonObject], list[JsonObject]]:
        """Return the households with their children in full, and second homes, sent later."""
        whole: list[JsonObject] = []
        second: list[JsonObject] = []
        for household in self.households:
            recorded = all("identity" in child["sections"] for child in household["children"])
            (whole if recorded else second).append(household)
        return whole, second


def read_families(path: Path = FILE) -> Families:
    """Read the file; raises FamiliesRefused."""
    return families_from_text(path.read_text(encoding="utf-8"))


def families_from_text(text: str) -> Families:
    """Return what to send for the families of this text; raises FamiliesRefused."""
    return families_of_lines(numbered_lines(text))


def families_of_lines(numbered: Iterable[tuple[int, Line]]) -> Families:
    """Return what to send for these lines; raises FamiliesRefused, naming a line's number."""
    households: dict[str, JsonObject] = {}
    accounts: dict[str, Account] = {}
    for number, line in numbered:
        guardians = _read_guardians(line)
        household = households.setdefault(
            line["foyer"], {"reference": line["foyer"], "guardians": guardians, "children": []}
        )
        if household["guardians"] != guardians:
            raise FamiliesRefused(f"line {number}: the guardians of {line['foyer']} differ")
        household["children"].append(_read_child(number, line, guardians))
        accounts.update((account.guardian, account) for account in _accounts_of(guardians))
    return Families(tuple(households.values()), tuple(accounts.values()))


def numbered_lines(text: str) -> Iterator[tuple[int, Line]]:
    """Yield the lines of this text with their numbers; raises FamiliesRefused."""
    numbered = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.startswith("#")
    ]
    rows = csv.reader((line for _, line in numbered), delimiter=";")
    for (number, _), row in zip(numbered, rows, strict=True):
        if number == numbered[0][0]:
            if tuple(row) != COLUMNS:
                raise FamiliesRefused(f"line {number}: the columns are {';'.join(COLUMNS)}")
        elif len(row) != len(COLUMNS):
            raise FamiliesRefused(f"line {number}: {len(row)} columns, not {len(COLUMNS)}")
        else:
            yield number, dict(zip(COLUMNS, map(str.strip, row), strict=True))


def _read_guardians(line: Line) -> list[JsonObject]:
    return [
        {
            "reference": f"{line['foyer']}-{number}",
            "name": line[f"responsable_{number}"],
            "email": line[f"courriel_{number}"],
        }
        for number in (1, 2)
        if line[f"responsable_{number}"]
    ]


def _accounts_of(guardians: list[JsonObject]) -> Iterator[Account]:
    for guardian in guardians:
        if guardian["email"]:
            yield Account(guardian["reference"], guardian["email"], guardian["name"])


def _read_child(number: int, line: Line, guardians: list[JsonObject]) -> JsonObject:
    known = [guardian["reference"] for guardian in guardians]
    named = [f"{line['foyer']}-{each}" for each in line["autorite"].split()]
    return {
        "reference": line["enfant"],
        "guardians": named or known,
        "sections": {
            section: content
            for section, read in _SECTIONS.items()
            if (content := _read_section_or_refuse(number, section, read, line)) is not None
        },
        "links": line["services"].split(),
        "weeks": _read_even_or_odd_weeks(number, line),
    }


def _read_even_or_odd_weeks(number: int, line: Line) -> str | None:
    try:
        return _WEEKS[line["semaines"]]
    except KeyError:
        raise FamiliesRefused(f"line {number}: semaines is paires, impaires or empty") from None


def _read_section_or_refuse(
    number: int, section: str, read: Callable[[Line], JsonObject | None], line: Line
) -> JsonObject | None:
    try:
        return read(line)
    except ValueError:
        raise FamiliesRefused(f"line {number}: {section} cannot be read") from None


def _read_identity(line: Line) -> JsonObject | None:
    if not line["prenom"]:
        return None
    return {
        "first_name": line["prenom"],
        "last_name": line["nom"],
        "birth_date": line["naissance"],
    }


def _read_schooling(line: Line) -> JsonObject | None:
    if not line["ecole"]:
        return None
    return {"school": line["ecole"], "grade": line["niveau"], "class_name": line["classe"]}


def _read_contacts(line: Line) -> JsonObject | None:
    return _entries_as_rows("people", line["contacts"], ("name", "relation", "phone"))


def _read_pickup(line: Line) -> JsonObject | None:
    return _entries_as_rows("people", line["recuperation"], ("name", "relation", "phone"))


def _read_custody(line: Line) -> JsonObject | None:
    paper = ("name", "paper_kind", "paper_date", "valid_from", "valid_to")
    recorded = _entries_as_rows("barred", line["interdits"], paper)
    for ruling in recorded["barred"] if recorded else ():
        ruling["valid_to"] = ruling["valid_to"] or None
    return recorded


def _read_diet(line: Line) -> JsonObject | None:
    return {"menu": line["menu"], "without": line["sans"].split()} if line["menu"] else None


def _read_health(line: Line) -> JsonObject | None:
    recorded = ("allergies", "traitements", "pai", "remarques", "vaccins")
    if not any(line[column] for column in recorded):
        return None
    plans = _split_cell(line["pai"], ("signs", "conduct", "kit", "valid_until"))
    return {
        "allergies": [
            {**entry, "allergen": read_allergen(entry["substance"]) or ""}
            for entry in _split_cell(line["allergies"], ("substance", "severity", "reaction"))
        ],
        "treatments": _split_cell(line["traitements"], ("name", "dosage", "moment")),
        "care_plan": plans[0] if plans else None,
        "remarks": line["remarques"],
        "vaccinations_checked": line["vaccins"] == "oui",
    }


_SECTIONS: dict[str, Callable[[Line], JsonObject | None]] = {
    "identity": _read_identity,
    "schooling": _read_schooling,
    "contacts": _read_contacts,
    "pickup": _read_pickup,
    "custody": _read_custody,
    "diet": _read_diet,
    "health": _read_health,
}


def _entries_as_rows(name: str, cell: str, parts: tuple[str, ...]) -> JsonObject | None:
    return {name: _split_cell(cell, parts)} if cell else None


def _split_cell(cell: str, parts: tuple[str, ...]) -> list[JsonObject]:
    """Return the entries of a cell; raises ValueError where one has too many parts, or too few."""
    return [
        dict(zip(parts, (part.strip() for part in f"{entry} ".split(" / ")), strict=True))
        for entry in cell.split(" | ")
        if entry.strip()
    ]
