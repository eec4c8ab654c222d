"""The town's list of streets: read of the Base Adresse Nationale, by postcode; and postcodes."""

from pathlib import Path

import pytest

from deploy.demo.towns import STREETS
from deploy.importing.ban_streets import read_streets
from deploy.importing.table_files.table import FileRefused
from shared.town.addresses.postcodes import is_french_postcode, tidy_postcode
from shared.town.addresses.street_list import (
    MOST_OF_POSTCODE,
    Street,
    TooManyStreets,
    parse_streets,
    streets_as_json,
)

HEAD = "id;numero;rep;nom_voie;code_postal;code_insee;nom_commune"
LILAS = "28901_1;12;;rue des Lilas;28990;28901;Démonstration"


def ban(folder: Path, *lines: str) -> Path:
    file = folder / "adresses-28.csv"
    file.write_text("\n".join((HEAD, *lines)) + "\n", "utf-8")
    return file


def test_each_street_is_there_once_whatever_the_numbers(tmp_path: Path) -> None:
    other_number = LILAS.replace(";12;", ";14;bis")
    file = ban(tmp_path, LILAS, other_number.replace(";bis;", ";bis"), LILAS)

    streets = parse_streets(read_streets(file, frozenset()))

    assert streets.areas["28990"].streets == (("rue des Lilas", "28901"),)
    assert streets.areas["28990"].communes == {"28901": "Démonstration"}


def test_of_a_department_the_town_keeps_what_shares_a_postcode_with_it(tmp_path: Path) -> None:
    neighbour = "28999_1;1;;rue du Four;28990;28999;Voisine"
    far = "28085_1;1;;rue du Cygne;28000;28085;Lointaine"

    streets = parse_streets(
        read_streets(ban(tmp_path, LILAS, neighbour, far), frozenset({"28901"}))
    )

    assert list(streets.areas) == ["28990"]
    assert set(streets.areas["28990"].communes) == {"28901", "28999"}


def test_a_row_without_street_or_with_an_impossible_postcode_is_left_out(tmp_path: Path) -> None:
    hamlet = "28901_2;1;;;28990;28901;Démonstration"
    impossible = "28901_3;1;;rue Nulle;99;28901;Démonstration"

    streets = parse_streets(read_streets(ban(tmp_path, LILAS, hamlet, impossible), frozenset()))

    assert [name for name, _insee in streets.areas["28990"].streets] == ["rue des Lilas"]


def test_a_postcode_that_a_spreadsheet_has_shortened_is_whole_again(tmp_path: Path) -> None:
    bourg = "01053_1;1;;rue Basse;1000;01053;Bourg"

    assert list(read_streets(ban(tmp_path, bourg), frozenset())) == ["01000"]


@pytest.mark.parametrize(
    ("lines", "why"),
    [(["x"], "no street"), ([LILAS.replace("28901", "75056")], "no street")],
    ids=["other cells", "another town"],
)
def test_a_file_without_a_street_of_the_town_is_refused(
    tmp_path: Path, lines: list[str], why: str
) -> None:
    with pytest.raises(FileRefused, match=why):
        read_streets(ban(tmp_path, *lines), frozenset({"28901"}))


def test_a_file_that_is_no_national_one_is_refused_by_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "bal.csv"
    file.write_text("cle_interop;voie_nom;numero;commune_insee\n1;rue;2;28901\n", "utf-8")

    with pytest.raises(FileRefused, match="nom_voie, code_postal"):
        read_streets(file, frozenset())


def test_a_postcode_with_more_streets_than_a_page_takes_is_refused() -> None:
    many = [Street("28990", "28901", "D", f"rue {nth}") for nth in range(MOST_OF_POSTCODE + 1)]

    with pytest.raises(TooManyStreets, match="28990"):
        streets_as_json(many)


def test_the_demonstration_knows_its_communes_by_postcode() -> None:
    streets = parse_streets(read_streets(STREETS, frozenset()))

    assert streets.usual_postcode == "28990"
    assert streets.postcodes_of("28908") == ["28991"]
    assert streets.postcodes_of("75056") == []
    assert set(streets.areas["28990"].communes) == {"28901", "28902", "28906"}


@pytest.mark.parametrize("postcode", ["01000", "28990", "20137", "95880", "97400", "98800"])
def test_a_postcode_of_a_department_there_is_may_be_one(postcode: str) -> None:
    assert is_french_postcode(postcode)


@pytest.mark.parametrize(
    "typed", ["123", "00100", "2899", "289900", "96000", "99123", "L-1234", ""]
)
def test_what_no_department_has_is_no_postcode(typed: str) -> None:
    assert not is_french_postcode(typed)


def test_a_postcode_typed_with_a_space_is_the_same() -> None:
    assert tidy_postcode(" 28 990\u00a0") == "28990"
