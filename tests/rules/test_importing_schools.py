"""A town's schools and classes from a CSV file, before the provider is asked to take them."""

from pathlib import Path
from typing import Any

import pytest

from deploy.importing.schools import COLUMNS, read_schools
from deploy.importing.table_files.table import FileRefused
from shared.contracts.enrolment.school_year.schools import import_schools

HEADER = ";".join(COLUMNS)
FERRY = "École Jules-Ferry;0750654D;1 rue de l’École;28990;Démonstration;28901;CP CE1 C.E.2"


def read(tmp_path: Path, *rows: str) -> dict[str, Any]:
    file = tmp_path / "ecoles.csv"
    file.write_bytes("\r\n".join((HEADER, *rows)).encode("cp1252"))
    request = read_schools(file, "2026-2027")
    return import_schools.dump_request(
        import_schools.load_request(import_schools.dump_request(request))
    )


def test_a_school_has_the_classes_of_its_lines(tmp_path: Path) -> None:
    read_ = read(
        tmp_path,
        f"{FERRY};CP A;Mme Aubin;25;CP",
        "École Jules-Ferry;;;;;;;CE1-CE2;M. Fauvel;;ce1 ce2",
    )

    (school,) = read_["schools"]
    assert (school["uai"], school["levels"]) == ("0750654D", ["CP", "CE1", "CE2"])
    assert [(row["name"], row["places"], row["levels"]) for row in school["classes"]] == [
        ("CP A", 25, ["CP"]),
        ("CE1-CE2", None, ["CE1", "CE2"]),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (FERRY.replace("654D", "654E") + ";;;;", "line 2: a UAI has seven figures"),
        (FERRY.replace("CP CE1 C.E.2", "CE3") + ";;;;", "line 2: levels such as"),
        (f"{FERRY};CM2 A;;;CM2", "line 2: the school has no CM2"),
        (f"{FERRY};CP A", "line 2: another number of cells"),
        (";;;;;;CP;;;;", "line 2: a school has a name"),
    ],
    ids=["uai", "level", "class-level", "short", "nameless"],
)
def test_a_file_with_a_wrong_line_is_refused_with_the_line(
    tmp_path: Path, row: str, why: str
) -> None:
    with pytest.raises(FileRefused, match=why):
        read(tmp_path, row)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "autre.csv"
    file.write_text("a;b\n1;2\n")
    with pytest.raises(FileRefused, match="the columns are ecole;uai"):
        read_schools(file, "2026-2027")
