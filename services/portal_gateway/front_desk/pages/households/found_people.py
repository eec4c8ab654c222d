"""People found by a search, and a household, as the desk's pages show them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

from shared.contracts.dossier.front_desk import FoundPerson, OpenedChild
from shared.contracts.sections import SECTIONS
from shared.register import Register


@dataclass(frozen=True)
class FoundLine:
    """
    One row of a search: a child with its birth date, or a guardian with the children's years.

    `child_id` is "" of a guardian; `guardians` are those of this home, where another one of the
    same person was found.
    """

    household_id: str
    child_id: str
    name: str
    born: date | None
    years: str
    commune: str
    guardians: Sequence[str]


@dataclass(frozen=True)
class HouseholdChild:
    """
    A child of the opened household: `missing` are labels of the sections never filled.

    `ids` are its own and those of its other files, by which a service may have it.
    """

    id: str
    ids: tuple[str, ...]
    name: str
    born: date
    missing: tuple[str, ...]
    leaves_after: date | None = None


def found_lines(register: Register, rows: Iterable[FoundPerson]) -> list[FoundLine]:
    """Return the people found by a search as the page shows them."""
    return [_found_line(register, row) for row in rows]


def children_with_missing_sections(
    register: Register, rows: Iterable[OpenedChild]
) -> list[HouseholdChild]:
    """Return the children with what is missing, as the town calls the sections."""
    labels = {section.code: section.label for section in register.now.sections}
    return [
        HouseholdChild(
            row["id"],
            (row["id"], *row["also"]),
            f"{row['first_name']} {row['last_name']}",
            row["birth_date"],
            tuple(labels.get(code, code) for code in row["missing"] if not SECTIONS[code].asked_by),
            row.get("leaves_after"),
        )
        for row in rows
    ]


def commune_name(register: Register, insee: str) -> str:
    """Name a commune of the town's list; "" for another."""
    return next((commune.name for commune in register.now.communes if commune.insee == insee), "")


def whereabouts_in_words(register: Register, communes: Collection[str], born: str) -> str:
    """Say where an adult lives, and when the children of that home were born: homonyms differ."""
    places = [commune_name(register, insee) for insee in communes]
    children = _("enfants nés en %(years)s", years=born) if born else ""
    return " · ".join(part for part in (*places, children) if part)


def _found_line(register: Register, row: FoundPerson) -> FoundLine:
    is_child = row["child_id"] is not None
    return FoundLine(
        row["household_id"],
        row["child_id"] or "",
        row["name"],
        date.fromisoformat(row["born"]) if is_child else None,
        "" if is_child else row["born"],
        commune_name(register, row["insee"]),
        row["guardians"],
    )
