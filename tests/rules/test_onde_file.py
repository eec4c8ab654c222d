"""ONDE's export of pupils, as ONDE writes it and as spreadsheets have saved it since."""

from datetime import date

import pytest

from services.enrolment.school_year.schools.rules.onde_file import (
    NO_BIRTH,
    NO_HEADER,
    NO_LEVEL,
    NO_NAME,
    NO_ROWS,
    NOT_TEXT,
    OTHER_SCHOOL,
    OTHER_YEAR,
    SHORT_ROW,
    TWICE,
    OndeFile,
    OndeRefused,
    read_onde_file,
)
from services.enrolment.school_year.schools.rules.onde_matching import (
    KnownChild,
    Matched,
    match_rows_to_children,
)

HEADER = (
    "Nom élève;Nom d'usage élève;Prénom élève;Date naissance;Sexe;INE;Adresse1;Cp1;Commune1;Pays1;"
    "Adresse2;Cp2;Commune2;Pays2; Cycle;Niveau;Libellé classe;Identifiant classe;"
    "Attestation fournie;Autorisation associations;Autorisation photo;Décision de passage;"
    "Civilité Responsable;Nom usage responsable;Nom responsable;Prénom responsable;"
    "Nom d'usage enfant;Nom de famille enfant;Prénom enfant;Classes enfants;"
    "Nom d'usage enfant;Nom de famille enfant;Prénom enfant;Classes enfants"
)
YEAR = "2026-2027"
INE = "123456789AB"


def line(
    last: str = "LEFÈVRE",
    first: str = "Manon",
    born: str = "02/03/2019",
    level: str = "CE1",
    class_name: str = "CE1 Œillet",
    usage: str = "",
) -> str:
    before = f"{last};{usage};{first};{born};F;{INE};3 rue des Lilas;28000;CHARTRES;FRANCE;;;;;"
    return f"{before}CYCLE II;{level};{class_name};77;O;O;N;;MME;X;Y;Z;;Autre;Prénom;CM1;;;;"


def file_of(*lines: str, end: str = "\r\n") -> str:
    return end.join((HEADER, *lines)) + end


def read(*lines: str) -> OndeFile:
    return read_onde_file(file_of(*lines).encode(), YEAR)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "iso-8859-15"])
@pytest.mark.parametrize("end", ["\r\n", "\n"], ids=["crlf", "lf"])
def test_every_encoding_and_line_end_gives_the_same_pupil(encoding: str, end: str) -> None:
    read = read_onde_file(file_of(line(), end=end).encode(encoding), YEAR)

    (row,) = read.rows
    assert (row.last_name, row.first_name, row.birth_date) == ("LEFÈVRE", "Manon", date(2019, 3, 2))
    assert (row.level, row.class_name, row.line) == ("CE1", "CE1 Œillet", 2)


def test_quoted_cells_and_further_columns_harm_nothing() -> None:
    read = read_onde_file(
        file_of(line(class_name='"CE1; Mme ""A"""') + ";;;plus;encore").encode(), YEAR
    )
    assert read.rows[0].class_name == 'CE1; Mme "A"'


def test_the_repeated_columns_of_brothers_and_sisters_are_not_the_pupil() -> None:
    assert read(line()).rows[0].last_name == "LEFÈVRE"


def test_the_national_number_of_a_pupil_leaves_the_file_nowhere() -> None:
    assert INE not in repr(read(line(), line(first="")))


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (line(born="2019"), NO_BIRTH),
        (line(born="43526"), NO_BIRTH),
        (line(born="#####"), NO_BIRTH),
        (line(first=""), NO_NAME),
        (line(level="CE3"), NO_LEVEL),
        ("LEFÈVRE;;Manon", SHORT_ROW),
    ],
    ids=["half-a-date", "serial-date", "cut-date", "no-name", "no-level", "short"],
)
def test_a_line_that_cannot_be_used_is_refused_alone(bad: str, code: str) -> None:
    found = read(bad, line(first="Lucas"))

    assert [(each.line, each.code) for each in found.refused] == [(2, code)]
    assert [row.first_name for row in found.rows] == ["Lucas"]


def test_a_pupil_twice_in_the_file_is_taken_once() -> None:
    found = read(line(), line(first="MANON"))
    assert len(found.rows) == 1 and [each.code for each in found.refused] == [TWICE]


def test_an_arrangement_in_the_place_of_a_level_keeps_the_pupil_without_one() -> None:
    assert read(line(level="ULIS")).rows[0].level == ""


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", NO_ROWS),
        (b"PK\0\0", NOT_TEXT),
        (b"Nom;Age\r\nA;3\r\n", NO_HEADER),
        (HEADER.encode(), NO_ROWS),
    ],
    ids=["empty", "spreadsheet", "other-file", "header-alone"],
)
def test_a_file_that_is_no_export_is_refused_whole(content: bytes, code: str) -> None:
    with pytest.raises(OndeRefused) as refused:
        read_onde_file(content, YEAR)
    assert refused.value.code == code


def test_the_file_of_another_school_year_is_known_by_the_ages() -> None:
    lines = [line(first=f"Enfant{at}", level="CP") for at in range(8)]

    with pytest.raises(OndeRefused) as refused:
        read(*lines)

    assert (refused.value.code, refused.value.detail) == (OTHER_YEAR, "2025-2026")


def test_some_pupils_kept_down_do_not_make_another_year() -> None:
    lines = [line(first=f"Enfant{at}") for at in range(4)]
    late = [line(first=f"Tard{at}", level="CP") for at in range(4)]
    assert len(read(*lines, *late).rows) == 8


def test_a_named_year_or_school_that_is_another_is_refused() -> None:
    header = HEADER + ";Année scolaire;UAI"
    row = line() + ";2025-2026;0750654D"

    with pytest.raises(OndeRefused) as year:
        read_onde_file(f"{header}\r\n{row}\r\n".encode(), YEAR)
    with pytest.raises(OndeRefused) as school:
        read_onde_file(f"{header}\r\n{row}\r\n".encode(), "2025-2026", "0011402U")

    assert (year.value.code, school.value.code) == (OTHER_YEAR, OTHER_SCHOOL)


MANON = KnownChild("manon", "Manon", "Lefèvre", date(2019, 3, 2))
LEA = KnownChild("lea", "Léa", "Le Goff", date(2019, 2, 3))


def matched(*lines: str, known: tuple[KnownChild, ...] = (MANON, LEA)) -> list[Matched]:
    return match_rows_to_children(read(*lines).rows, known)


@pytest.mark.parametrize(
    "row",
    [
        line(),
        line(last="lefevre"),
        line(first="MANON, Louise, Anne"),
        line(last="DURAND", usage="Lefèvre"),
    ],
    ids=["capitals", "no-accents", "all-given-names", "usage-name"],
)
def test_the_same_name_and_birth_is_surely_the_child(row: str) -> None:
    (found,) = matched(row)
    assert (found.child_id, found.candidates) == ("manon", ())


@pytest.mark.parametrize(
    ("row", "whom"),
    [
        (line(first="Manonn"), "manon"),
        (line(last="LEFEBVRE"), "manon"),
        (line(born="03/02/2019"), "manon"),
        (line(born="02/03/2018", level="CE2"), "manon"),
        (line(last="LE GOFF", first="Lia", born="03/02/2019"), "lea"),
    ],
    ids=["first-name", "last-name", "day-and-month", "year", "short-name"],
)
def test_a_slip_of_the_pen_is_shown_to_a_person(row: str, whom: str) -> None:
    (found,) = matched(row)
    assert found.child_id == "" and found.candidates == (whom,)


def test_a_child_that_nobody_has_is_nobody() -> None:
    assert matched(line(first="Zoé", last="Inconnue", born="01/01/2019"))[0] == Matched(
        read(line(first="Zoé", last="Inconnue", born="01/01/2019")).rows[0]
    )


def test_two_children_of_one_name_and_birth_are_for_a_person() -> None:
    other = KnownChild("other", "Manon", "Lefèvre", date(2019, 3, 2))
    (found,) = matched(line(), known=(MANON, other))
    assert found.child_id == "" and set(found.candidates) == {"manon", "other"}


def test_two_lines_are_never_one_child() -> None:
    found = matched(line(), line(last="DURAND", usage="LEFÈVRE"))
    assert [(each.child_id, each.candidates) for each in found] == [("", ("manon",))] * 2
