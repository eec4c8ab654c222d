"""Lists of desks: French order, filters, forgiving search, and files equal to the page; pure."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, date, datetime

import openpyxl
import pytest
from markupsafe import escape

from shared.text import collation_key, index_letter
from shared.web.agents.lists.columns import (
    DAY,
    EUROS,
    HOURS,
    MOMENT,
    NAME,
    NUMBER,
    TEXT,
    Column,
    List,
    Name,
    Value,
)
from shared.web.agents.lists.files import csv_of, disarm_formula, xlsx_of
from shared.web.agents.lists.filtering_and_sorting import Asked, filter_and_sort
from shared.web.agents.lists.list_request import cell_markup


@dataclass(frozen=True)
class Payer:
    last: str
    first: str
    city: str = "Aubeval"
    owed: int = 0
    born: date | None = None
    children: tuple[str, ...] = ()
    seen: datetime | None = None


PAYERS: List[Payer] = List(
    "Payeurs [2026]",
    (
        Column(
            "nom", "Nom", lambda p: Name(p.last, p.first), NAME, searched=True, first_label="Prénom"
        ),
        Column("ville", "Ville", lambda p: p.city, filtered=True),
        Column("enfant", "Enfant", lambda p: p.children, filtered=True),
        Column("doit", "Doit", lambda p: p.owed, EUROS),
        Column("combien", "Combien", lambda p: len(p.children), NUMBER),
        Column("ne", "Naissance", lambda p: p.born, DAY),
        Column("vu", "Vu", lambda p: p.seen, MOMENT),
    ),
    sort="nom",
    index="nom",
)


def payers(*lasts: str) -> list[Payer]:
    return [Payer(last, "Zoé") for last in lasts]


def names(rows: object) -> list[str]:
    return [row.last for row in rows]  # type: ignore[attr-defined]


def test_an_accented_name_stands_with_its_letter_and_not_after_z() -> None:
    unsorted = ["Zola", "Fabre", "Évrard", "Eluard", "Œuvrard", "Le Goff", "Lebrun", "d’Alençon"]

    listing = filter_and_sort(PAYERS, payers(*unsorted), Asked())

    assert names(listing.rows) == [
        *("d’Alençon", "Eluard", "Évrard", "Fabre", "Le Goff", "Lebrun", "Œuvrard", "Zola"),
    ]
    assert set(listing.letters) == set("DEFLOZ")


def test_names_alike_but_for_an_accent_have_one_order() -> None:
    assert sorted(["Péret", "Peret", "Pérès"], key=collation_key) == ["Pérès", "Peret", "Péret"]
    assert (
        index_letter("Œuvrard"),
        index_letter("l’Hôte"),
        index_letter("محمد"),
        index_letter(""),
    ) == (
        *("O", "L"),
        *("#", "#"),
    )


def test_a_search_forgives_a_letter_accents_ligatures_and_apostrophes() -> None:
    rows = payers("Lefèvre", "Lebœuf", "D’Hérouville", "Martin")

    for typed, found in (
        ("lefvre", "Lefèvre"),
        ("leboeuf", "Lebœuf"),
        ("d'herouville", "D’Hérouville"),
        ("MARTIN zoe", "Martin"),
    ):
        assert names(filter_and_sort(PAYERS, rows, Asked(query=typed)).rows) == [found]
    assert filter_and_sort(PAYERS, rows, Asked(query="dupond")).rows == []


def test_a_letter_and_filters_narrow_what_is_listed_and_the_sort_turns_round() -> None:
    rows = [
        Payer("Petit", "Zoé", "Aubeval", 300, children=("Léa", "Tom")),
        Payer("Pons", "Zoé", "Breuil", 200, children=("Tom",)),
        Payer("Roy", "Zoé", "Breuil", 100),
    ]

    by_debt = filter_and_sort(PAYERS, rows, Asked(sort="-doit"))
    of_tom = filter_and_sort(PAYERS, rows, Asked(filters={"enfant": "Tom"}, letter="P"))
    there = filter_and_sort(PAYERS, rows, Asked(filters={"ville": "Breuil"}))

    assert names(by_debt.rows) == ["Petit", "Pons", "Roy"]
    assert names(filter_and_sort(PAYERS, rows, Asked(sort="doit")).rows) == ["Roy", "Pons", "Petit"]
    assert names(of_tom.rows) == ["Petit", "Pons"] and of_tom.is_narrowed
    assert names(there.rows) == ["Pons", "Roy"]
    assert by_debt.choices == {"ville": ["Aubeval", "Breuil"], "enfant": ["Léa", "Tom"]}
    left = filter_and_sort(PAYERS, rows[1:2], Asked(query="pons", filters={"ville": "Breuil"}))
    assert left.choices == {"ville": ["Breuil"]}, "a filter that holds stands on the page"
    elsewhere = filter_and_sort(
        PAYERS, rows[1:2], Asked(query="pons", filters={"ville": "Aubeval"})
    )
    assert not elsewhere.rows and elsewhere.choices == {"ville": ["Aubeval", "Breuil"]}
    assert names(filter_and_sort(PAYERS, rows, Asked(sort="-inconnu")).rows) == [
        "Petit",
        "Pons",
        "Roy",
    ]


def test_what_is_not_known_comes_last_whichever_way_one_sorts() -> None:
    rows = [
        Payer("A", ""),
        Payer("B", "", born=date(2019, 1, 2)),
        Payer("C", "", born=date(2018, 1, 2)),
    ]

    assert names(filter_and_sort(PAYERS, rows, Asked(sort="ne")).rows) == ["C", "B", "A"]
    assert names(filter_and_sort(PAYERS, rows, Asked(sort="-ne")).rows) == ["B", "C", "A"]


ROWS = [
    Payer(
        "=cmd|' /C calc'!A0",
        "-Zoé",
        "@Aubeval",
        -1250,
        date(2019, 3, 2),
        ("Léa", "Tom"),
        datetime(2026, 12, 1, 16, 5, tzinfo=UTC),
    ),
    Payer("Évrard", "Jean; Paul", "00123", 1_234_567),
]


def test_a_csv_is_what_a_french_spreadsheet_reads_and_no_cell_is_a_formula() -> None:
    content = csv_of(PAYERS.columns, ROWS)

    assert content.startswith("\ufeff".encode()) and b"\r\n" in content
    header, first, second = csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    assert header == ["Nom", "Prénom", "Ville", "Enfant", "Doit", "Combien", "Naissance", "Vu"]
    assert first[:3] == ["'=cmd|' /C calc'!A0", "'-Zoé", "'@Aubeval"]
    assert first[3:] == ["Léa, Tom", "-12,50", "2", "02/03/2019", "01/12/2026 17:05"]
    assert second == ["Évrard", "Jean; Paul", "00123", "", "12345,67", "0", "", ""]


def test_a_workbook_has_the_same_cells_as_text_numbers_and_days_and_no_formula() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(str(PAYERS.title), PAYERS.columns, ROWS)))
    sheet = book.active

    assert sheet is not None and sheet.title == "Payeurs 2026"
    header, first, second = sheet.iter_rows()
    assert [cell.value for cell in header][:2] == ["Nom", "Prénom"]
    assert [cell.data_type for cell in first] == ["s", "s", "s", "s", "n", "n", "d", "d"]
    assert [cell.value for cell in first] == [
        *("=cmd|' /C calc'!A0", "-Zoé", "@Aubeval", "Léa, Tom", -12.5, 2),
        datetime(2019, 3, 2),
        datetime(2026, 12, 1, 17, 5),
    ]
    assert [cell.value for cell in second][2:6] == ["00123", None, 12345.67, 0]
    assert sheet.freeze_panes == "A2" and sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.fitToHeight == 0 and sheet.print_title_rows == "$1:$1"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_a_cell_that_begins_like_a_formula_is_disarmed(sign: str) -> None:
    assert disarm_formula(f"{sign}1") == f"'{sign}1"
    assert disarm_formula(f"1{sign}") == f"1{sign}"


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        pytest.param(TEXT, ("Léa", "Tom"), "Léa, Tom", id="words"),
        pytest.param(TEXT, "", '<span class="soft none">–</span>', id="nothing"),
        pytest.param(NUMBER, 0, "0", id="none of them"),
        pytest.param(
            DAY, date(2019, 3, 2), '<time datetime="2019-03-02">02/03/2019</time>', id="day"
        ),
        pytest.param(EUROS, -1250, '<data value="-1250">−12,50\u00a0€</data>', id="amount"),
        pytest.param(HOURS, 74_070, '<data value="123450">1\u202f234,50</data>', id="hours"),
    ],
)
def test_a_page_writes_a_value_in_words_and_for_machines(
    kind: str, value: Value, written: str
) -> None:
    column = Column[None]("code", "Colonne", lambda _row: value, kind)

    assert escape(cell_markup(column, None)) == written


@pytest.mark.parametrize("kind", [TEXT, NAME])
def test_what_somebody_typed_is_never_markup_of_a_page(kind: str) -> None:
    typed = "<b>Zoé</b>"
    plain = Column[None]("code", "Colonne", lambda _row: typed, kind)
    linked = Column[None]("code", "Colonne", lambda _row: typed, kind, href=lambda _row: '/?q="<')

    assert escape(cell_markup(plain, None)) == "&lt;b&gt;Zoé&lt;/b&gt;"
    assert cell_markup(linked, None) == ('<a href="/?q=&#34;&lt;">&lt;b&gt;Zoé&lt;/b&gt;</a>')
