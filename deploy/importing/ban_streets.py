"""
The streets of a département's file of the Base Adresse Nationale, read by its header.

    id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;…

A town's own Base Adresse Locale has no postcode, and is refused: the national file has both.
"""

from pathlib import Path
from typing import Any

from deploy.importing.table_files.table import FileRefused, Row, read_table
from deploy.instance.instance import Instance, replace_file
from shared.files import cell_parsing
from shared.json_values import as_json
from shared.town.addresses.postcodes import is_french_postcode, tidy_postcode
from shared.town.addresses.street_list import Street, TooManyStreets, streets_as_json

COLUMNS = NAME, POSTCODE, INSEE, COMMUNE = ("nom_voie", "code_postal", "code_insee", "nom_commune")
LONGEST = 140
"""Characters of a street: with a number before it, it still fits into an address."""


def write_streets(
    instance: Instance, file: Path, communes: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Replace the town's list by that of a file, for all pages at once; return what it has."""
    streets = read_streets(file, communes)
    replace_file(instance.streets_path, as_json(streets), mode=0o644)
    return streets


def read_streets(file: Path, communes: frozenset[str]) -> dict[str, object]:
    """
    Return the list of the streets of a file; raises FileRefused, naming what is wrong.

    `communes` are the codes whose streets are kept with all that shares a postcode with them; none:
    the whole file.
    """
    table = read_table(file.read_bytes())
    missing = [each for each in COLUMNS if each not in table.columns]
    if missing:
        raise FileRefused(f"no column is called {', '.join(missing)}")
    found = [street for row in table.rows if (street := _street_of_row(row))]
    near = {street.postcode for street in found if street.insee in communes}
    kept = [street for street in found if not communes or street.postcode in near]
    if not kept:
        raise FileRefused("no street of the town's communes is in the file")
    try:
        return streets_as_json(kept)
    except TooManyStreets as many:
        raise FileRefused(str(many)) from None


def _street_of_row(row: Row) -> Street | None:
    """Return the street of a row; None where it is a place without one, or without a postcode."""
    name, postcode, insee, commune = (cell_parsing.text(row.cells[each]) for each in COLUMNS)
    postcode = tidy_postcode(postcode).rjust(5, "0") if postcode else ""
    if not (name and commune and is_french_postcode(postcode) and len(insee) == 5):
        return None
    return Street(postcode, insee, commune, name[:LONGEST])
