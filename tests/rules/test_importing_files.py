"""Files of two invented programs, read by their mappings: tables, years, money, schools; pure."""

import csv
import io
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.importing.requests.sending import parts_that_fit_in_messages
from deploy.importing.rows.past_activities import code_of_label, school_year_of_month
from deploy.importing.table_files import table as tables
from deploy.importing.table_files.mapping import FIELDS, REQUIRED, read_mapping
from deploy.importing.table_files.table import FileRefused
from shared.contracts.billing import past_bills
from shared.contracts.dossier import activity_history_requests as histories
from shared.contracts.message import MOST_BYTES
from tests.factories.imported_files import FAMILIES, SAMPLES, read, said, sample

# Tables

LETTERS = st.characters(codec="cp1252", exclude_categories=["Cc", "Zl", "Zp"])


@given(
    cells=st.lists(
        st.lists(
            st.text(
                st.characters(codec="cp1252", exclude_categories=["Cc", "Zl", "Zp"]), max_size=8
            ),
            min_size=3,
            max_size=3,
        ).filter(lambda row: any(cell.strip() for cell in row)),
        max_size=5,
    ),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252"]),
    separator=st.sampled_from(tables.SEPARATORS),
)
def test_a_table_comes_back_whole_whatever_separated_and_encoded_it(
    cells: list[list[str]], encoding: str, separator: str
) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="\r\n").writerows(
        [["Prénom", "Né(e) le", "École"], *cells]
    )

    table = tables.read_table(written.getvalue().encode(encoding), encoding)

    assert table.separator == separator
    assert [list(row.cells.values()) for row in table.rows] == cells


def test_windows_letters_are_found_without_being_told() -> None:
    table = tables.read_table("Prénom;École\r\nZoé;Jules-Ferry\r\n".encode("cp1252"))

    assert (table.encoding, table.separator) == ("cp1252", ";")
    assert table.rows[0].cells == {"Prénom": "Zoé", "École": "Jules-Ferry"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_what_excel_calls_unicode_text_is_read(encoding: str) -> None:
    mark = "" if encoding == "utf-16" else "\ufeff"
    table = tables.read_table(f"{mark}Prénom\tÉcole\r\nZoé\tJules-Ferry\r\n".encode(encoding))

    assert (table.encoding, table.separator) == ("utf-16", "\t")
    assert [row.cells for row in table.rows] == [{"Prénom": "Zoé", "École": "Jules-Ferry"}]


@pytest.mark.parametrize(
    "first",
    ["sep=;\r\n", "SEP=; \n", "\ufeffsep=;\n"],
    ids=["windows", "capitals", "with-a-mark"],
)
def test_a_first_line_that_names_the_separator_is_no_heading_and_counts_as_a_line(
    first: str,
) -> None:
    table = tables.read_table(f"{first}a,b;c\n1;2\n".encode())

    assert table.separator == ";"
    assert [(row.line, row.cells) for row in table.rows] == [(3, {"a,b": "1", "c": "2"})]


@pytest.mark.parametrize(
    "beginning",
    [b"PK\x03\x04\x14\x00", bytes.fromhex("d0cf11e0a1b11ae1")],
    ids=["xlsx", "xls"],
)
def test_a_workbook_is_refused_with_what_to_do(beginning: bytes) -> None:
    with pytest.raises(FileRefused, match="save its sheet as CSV"):
        tables.read_table(beginning + b"\x00" * 40)


def test_empty_rows_are_none_and_rows_of_another_length_are_named() -> None:
    table = tables.read_table(b"a;b\n1;2\n;\n\n3;4;5\n6;7\n")

    assert [row.line for row in table.rows] == [2, 6]
    assert table.uneven == [5]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a;a\n1;2\n", b'a;b\n"1;2\n'])
def test_a_file_without_columns_or_with_one_twice_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        tables.read_table(content)


def test_an_encoding_that_does_not_fit_is_refused() -> None:
    with pytest.raises(FileRefused):
        tables.read_table("Zoé".encode("cp1252"), "utf-8")
    with pytest.raises(FileRefused):
        tables.read_table(b"a", "klingon")


# Mappings


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "[",
        "of: dogs\nsource: a\ncolumns: {}",
        "of: families\nsource: Ardoise 3\ncolumns: {}",
        f"{FAMILIES}  religion: culte\n",
        FAMILIES.replace("  last_name: nom\n", ""),
        f"{FAMILIES}batch: UNE REPRISE\n",
    ],
)
def test_a_mapping_that_names_what_is_not_ours_or_lacks_what_must_be_is_refused(
    wrong: str,
) -> None:
    with pytest.raises(FileRefused):
        read_mapping(wrong)


def test_a_column_that_the_file_has_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="né le"):
        read(tmp_path, "foyer,parent,enfant,prénom,nom\n")


def test_the_batch_is_the_source_s_name_unless_said() -> None:
    assert read_mapping(FAMILIES).batch == "ardoise"
    assert read_mapping(f"{FAMILIES}batch: ardoise-2\n").batch == "ardoise-2"
    assert read_mapping(FAMILIES, "third").batch == "third"


# Past years


def test_months_are_counted_by_child_activity_and_school_year() -> None:
    found = sample("ardoise-history")

    assert found.problems == []
    first = found.payloads[0]
    assert (first["child"], first["activity"]) == ("ardoise:50", "canteen")
    assert first["months"] == {"2023-09": 14, "2023-10": 11}
    assert [each["school_year"] for each in found.payloads] == [
        "2023-2024",
        "2023-2024",
        "2024-2025",
    ]
    request = {"batch": "b", "providers": list(found.providers), "lines": list(found.payloads)}
    assert histories.import_history.load_request(request)


def test_days_are_counted_in_their_months_and_forgotten(tmp_path: Path) -> None:
    mapping = (
        "of: history\nsource: lutrin\ncolumns: {child: eleve, day: date, activity: cours,"
        " label: cours}\nconstants: {provider: old_club, provider_label: Ancien club}\n"
    )
    rows = "eleve,date,cours\n1,04/10/2023,Éveil musical\n1,11/10/2023,Éveil musical\n"

    found = read(tmp_path, rows, mapping)

    (line,) = found.payloads
    assert (line["activity"], line["label"]) == ("eveil_musical", "Éveil musical")
    assert line["months"] == {"2023-10": 2}
    assert found.providers == [{"code": "old_club", "label": "Ancien club"}]


@given(month=st.dates(date(2000, 1, 1), date(2099, 12, 1)))
def test_a_school_year_holds_its_months(month: date) -> None:
    first, last = school_year_of_month(f"{month:%Y-%m}").split("-")

    assert f"{first}-09" <= f"{month:%Y-%m}" <= f"{last}-08"


def test_a_code_is_made_of_a_label() -> None:
    assert code_of_label("Centre de loisirs (mercredi)") == "centre_de_loisirs_mercredi"


# Money


def test_rows_of_one_number_are_the_lines_of_one_bill() -> None:
    found = sample("lutrin-bills")

    assert found.problems == []
    first, transferred, credit = found.payloads
    assert (first["total_cents"], first["state"], first["month"]) == (5600, "paid", "2023-09")
    assert [line["cents"] for line in first["lines"]] == [4800, 800]
    assert transferred["balance_cents"] == 4800
    assert (credit["kind"], credit["total_cents"]) == ("credit_note", -1200)


def test_bills_and_payments_keep_the_contract() -> None:
    home = "00000000-0000-7000-8000-000000000001"
    outside = ("household", "provider")
    request: dict[str, Any] = {"batch": "lutrin", "provider": "agg"}
    for kind, name in (
        (past_bills.BILLS, "lutrin-bills"),
        (past_bills.PAYMENTS, "lutrin-payments"),
    ):
        request[kind] = [
            {**{key: row[key] for key in row if key not in outside}, "household_id": home}
            for row in sample(name).payloads
        ]

    dumped = past_bills.import_past_bills.dump_request(past_bills.ImportPastBillsRequest(**request))

    assert past_bills.import_past_bills.load_request(dumped).payments[0]["cents"] == 5600


def test_a_bill_whose_rows_disagree_or_that_is_still_owed_is_wrong(tmp_path: Path) -> None:
    mapping = (SAMPLES / "lutrin-bills.yaml").read_text("utf-8")
    head = "numero,dossier,emise,echeance,mois,total,statut,reste,ligne,eleve,qte,montant\n"
    row = 'L-1,A7,2023-10-02,,2023-09,"{}",{},"0,00",Judo,Zoé,4,"48,00"\n'

    apart = read(
        tmp_path, head + row.format("48,00", "Réglée") + row.format("49,00", "Réglée"), mapping
    )
    owed = read(tmp_path, head + row.format("48,00", "Impayée"), mapping)
    less = read(tmp_path, head + row.format("40,00", "Réglée"), mapping)

    assert [(each[0], each[1]) for each in said(apart)] == [(3, "number")]
    assert apart.payloads == [] and owed.payloads == []
    assert [each[1] for each in said(owed)] == ["state"]
    assert [each.doubtful for each in less.problems] == [True]


def test_the_page_about_importing_names_every_field() -> None:
    page = (SAMPLES.parents[2] / "docs" / "import.md").read_text("utf-8")
    named = set(re.findall(r"[`*]([a-z_0-9]+)[`*]", page))
    of_the_second = {"guardian_2_number", "phone_2"}

    assert {each for some in FIELDS.values() for each in some} - named == of_the_second
    assert set(re.findall(r"\*\*([a-z_0-9]+)\*\*", page)) == {
        each for some in REQUIRED.values() for each in some
    }


@given(
    sizes=st.lists(st.integers(1, 60), max_size=40),
    label=st.text(st.characters(codec="utf-8"), min_size=1, max_size=120),
)
def test_bills_leave_in_parts_that_fit_into_a_message_none_left_out(
    sizes: list[int], label: str
) -> None:
    line = {"label": label, "child": "Zoé", "quantity": 4, "cents": 4800}
    rows = [{"number": str(number), "lines": [line] * size} for number, size in enumerate(sizes)]

    parts = list(parts_that_fit_in_messages(rows))

    assert [row for part in parts for row in part] == rows
    for part in parts:
        length = len(json.dumps(part, ensure_ascii=False).encode())
        assert len(part) == 1 or length < MOST_BYTES


# Schools

SCHOOLS = ["École Jules-Ferry", "École maternelle Jean-Moulin", "École élémentaire Jean-Moulin"]


WITH_SCHOOL = FAMILIES + "  school: école\n"


HEAD = "foyer,parent,enfant,prénom,nom,né le,école\n"


def school_of(tmp_path: Path, written: str, mapping: str = WITH_SCHOOL) -> tuple[Any, list[str]]:
    """Return the school of a row, None where the row is wrong, and what is said of it."""
    row = f"F1,Claire Roy,C1,Nora,Roy,12/04/2018,{written}\n"
    found = read(tmp_path, HEAD + row, mapping, schools=dict.fromkeys(SCHOOLS, ()))
    texts = [each.text for each in found.problems]
    if not found.payloads:
        return None, texts
    return found.payloads[0]["children"][0]["sections"]["schooling"]["school"], texts


@pytest.mark.parametrize(
    ("written", "school", "says"),
    [
        ("JULES FERRY", "École Jules-Ferry", []),
        ("hors: Jules Ferri", "Jules Ferri", []),
        ("Notre-Dame", "Notre-Dame", ["no school of the town: kept as one elsewhere"]),
    ],
    ids=["spelled otherwise", "said to be elsewhere", "near none"],
)
def test_a_school_is_the_towns_or_one_elsewhere(
    tmp_path: Path, written: str, school: str, says: list[str]
) -> None:
    assert school_of(tmp_path, written) == (school, says)


@pytest.mark.parametrize(
    ("written", "named"),
    [("Jules Fery", ["École Jules-Ferry"]), ("Jean Moulin", SCHOOLS[1:])],
    ids=["a letter less", "one of two"],
)
def test_a_school_that_the_town_has_not_is_refused_with_those_that_could_be_meant(
    tmp_path: Path, written: str, named: list[str]
) -> None:
    school, (said_of_it,) = school_of(tmp_path, written)

    assert school is None
    assert all(name in said_of_it for name in named) and f"hors: {written}" in said_of_it


def test_a_mapping_says_once_for_all_rows_which_school_was_meant(tmp_path: Path) -> None:
    values = "values:\n  school:\n    Jean Moulin: École maternelle Jean-Moulin\n"
    school, says = school_of(tmp_path, "Jean Moulin", WITH_SCHOOL + values)
    assert (school, says) == ("École maternelle Jean-Moulin", [])


def test_where_no_school_is_known_a_name_is_kept_as_it_is_written(tmp_path: Path) -> None:
    row = "F1,Claire Roy,C1,Nora,Roy,12/04/2018,Jules Fery\n"
    found = read(tmp_path, HEAD + row, WITH_SCHOOL)
    assert found.payloads[0]["children"][0]["sections"]["schooling"]["school"] == "Jules Fery"
    assert found.problems == []
