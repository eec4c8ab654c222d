"""
Schools and classes of a CSV file, one class a line, as the provider that enrols takes them. Pure.

    ecole;uai;adresse;code_postal;commune;insee;niveaux;classe;enseignant;places;niveaux_classe

Of a school its first line says all; `niveaux` are parted by spaces, spelled as ONDE or people do.
"""

from pathlib import Path

from deploy.importing.table_files.table import FileRefused, Row, read_table
from services.enrolment.school_year.schools.rules.levels import levels_in_order, parse_level
from services.enrolment.school_year.schools.rules.uai import read_uai
from shared.contracts.enrolment.school_year.schools import (
    LEVELS,
    ImportedClass,
    ImportedSchool,
    ImportSchoolsRequest,
)
from shared.files import cell_parsing
from shared.files.cell_parsing import Unreadable

COLUMNS = (
    "ecole", "uai", "adresse", "code_postal", "commune", "insee", "niveaux",
    "classe", "enseignant", "places", "niveaux_classe",
)  # fmt: skip


def read_schools(file: Path, school_year: str) -> ImportSchoolsRequest:
    """Return the request of a file; raises FileRefused, naming every line that is wrong."""
    table = read_table(file.read_bytes())
    if tuple(table.columns) != COLUMNS:
        raise FileRefused(f"the columns are {';'.join(COLUMNS)}")
    wrong = [f"line {line}: another number of cells" for line in table.uneven]
    schools: dict[str, ImportedSchool] = {}
    for row in table.rows:
        try:
            _read_row(row, schools)
        except Unreadable as unreadable:
            wrong.append(f"line {row.line}: {unreadable}")
    if wrong or not schools:
        raise FileRefused("\n".join(wrong) or "no school is in the file")
    return ImportSchoolsRequest(school_year=school_year, schools=list(schools.values()))


def _read_row(row: Row, schools: dict[str, ImportedSchool]) -> None:
    said = {name: cell_parsing.text(cell) for name, cell in row.cells.items()}
    if not said["ecole"]:
        raise Unreadable("a school has a name")
    school = schools.get(said["ecole"])
    if school is None:
        schools[said["ecole"]] = school = _parse_school(said)
    if said["classe"]:
        school["classes"].append(_parse_class(said, school))


def _parse_school(said: dict[str, str]) -> ImportedSchool:
    uai = read_uai(said["uai"])
    if said["uai"] and not uai:
        raise Unreadable("a UAI has seven figures and the letter that follows from them")
    return ImportedSchool(
        name=said["ecole"],
        uai=uai,
        street=said["adresse"],
        postcode=cell_parsing.postcode(said["code_postal"]) if said["code_postal"] else "",
        insee=said["insee"],
        commune=said["commune"],
        levels=_parse_levels(said["niveaux"]),
        classes=[],
    )


def _parse_class(said: dict[str, str], school: ImportedSchool) -> ImportedClass:
    levels = _parse_levels(said["niveaux_classe"])
    absent = [level for level in levels if level not in school["levels"]]
    if absent:
        raise Unreadable(f"the school has no {', '.join(absent)}")
    return ImportedClass(
        name=said["classe"],
        teacher=said["enseignant"],
        places=cell_parsing.count(said["places"]) or None if said["places"] else None,
        levels=levels,
    )


def _parse_levels(written: str) -> list[str]:
    words = written.split()
    levels = [parse_level(word) for word in words]
    if not levels or any(level not in LEVELS for level in levels):
        raise Unreadable(f"levels such as {' '.join(LEVELS)}")
    return levels_in_order(levels)
