"""Places, quotients and mandates as files have them, with the mistakes that people make; pure."""

import io
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from deploy.importing.requests.progress import Progress
from deploy.importing.rows.places import Offer
from deploy.importing.table_files.table import FileRefused, read_table
from deploy.importing.whole_file import Read
from shared.contracts.billing import debits
from shared.contracts.billing.prices.quotients import ImportQuotientsRequest, import_quotients
from shared.contracts.enrolment.places import imports
from tests.factories.imported_files import SAMPLES, TODAY, read, said, sample

HOME, CHILD = "00000000-0000-7000-8000-000000000001", "00000000-0000-7000-8000-000000000002"
SEPTEMBER, JULY = date(2026, 9, 1), date(2027, 7, 2)


def group(group_id: str, label: str, site: str, **more: Any) -> dict[str, Any]:
    canteen = {
        "reference": "",
        "activity": "canteen",
        "activity_label": "Restauration scolaire",
        "school_year": "2026-2027",
        "booking": "by_day",
        "weekdays": [1, 2, 4, 5],
        "first_day": SEPTEMBER,
        "last_day": JULY,
    }
    return {**canteen, "group_id": group_id, "label": label, "site": site, **more}


FERRY = group("ferry", "Cantine Jules-Ferry", "École Jules-Ferry", reference="canteen-ferry")
EPINETTE = group("epinette", "Cantine de L’Épinette", "École L’Épinette")
JUDO = group(
    "judo", "Judo débutants", "Dojo", activity="judo", activity_label="Judo", booking="whole",
    weekdays=[3],
)  # fmt: skip
OFFER = Offer({"ens": [FERRY, EPINETTE], "agg": [JUDO]}, TODAY)

PLACES = """
of: places
source: ardoise
columns: {child: n, first_name: prénom, last_name: nom, birth_date: né le, provider: service}
"""
COLUMNS = "  , activity: activité, site: école, from: du, to: au, days: jours, status: état}"
MAPPING = PLACES.replace("service}", "service" + COLUMNS.strip()) + (
    "values:\n  status: {Inscrit: confirmed, Attente: waiting, Annulé: none}\n"
    "  provider: {ENS: ens, AGGLO: agg}\n"
)
HEAD = "n,prénom,nom,né le,service,activité,école,du,au,jours,état\n"
ZOE = "50,Zoé,ROY,12/03/2018,ENS,{},{},{},{},{},{}\n"


def row(
    activity: str = "canteen", site: str = "École Jules-Ferry", first: str = "01/09/2026",
    last: str = "", days: str = "", status: str = "Inscrit",
) -> str:  # fmt: skip
    return ZOE.format(activity, site, first, last, days, status)


def places(tmp_path: Path, *rows: str, offer: Offer = OFFER) -> Read:
    return read(tmp_path, HEAD + "".join(rows), MAPPING, offer=offer)


def fields_of(found: Read) -> list[tuple[str, str]]:
    return [(each[1], each[2]) for each in said(found)]


def test_a_place_begins_with_the_day_from_which_the_town_counts_and_not_in_september(
    tmp_path: Path,
) -> None:
    today, later = (
        places(tmp_path, row(), offer=Offer(OFFER.groups, since))
        for since in (TODAY, date(2027, 1, 4))
    )

    assert [each["valid_from"] for each in today.payloads] == [TODAY]
    assert [each["valid_from"] for each in later.payloads] == [date(2027, 1, 4)]


def test_of_a_child_of_whom_one_row_is_wrong_no_day_is_sent(tmp_path: Path) -> None:
    """A place comes once: the day that was wrong would never come any more."""
    other = row(days="lundi").replace("50,Zoé", "51,Ana")

    found = places(tmp_path, row(days="lundi"), row(days="mercredi"), other)

    assert [(each["named"]["first_name"], each["weekdays"]) for each in found.payloads] == [
        ("Ana", [1])
    ]
    assert found.left_out == 2


@pytest.mark.parametrize("numberless", [0, 1], ids=["first-row", "second-row"])
def test_a_child_whose_number_one_row_leaves_out_is_one_child_and_loses_no_day(
    tmp_path: Path, numberless: int
) -> None:
    rows = [row(days="lundi"), row(days="jeudi").replace("Zoé,ROY", "ZOE,Roy")]
    rows[numberless] = rows[numberless].replace("50,", ",")

    found = places(tmp_path, *rows)

    assert [(each["named"]["reference"], each["weekdays"]) for each in found.payloads] == [
        ("ardoise:50", [1, 4])
    ]
    assert found.problems == []


def test_a_row_without_a_number_is_refused_where_two_children_are_called_so(tmp_path: Path) -> None:
    other = row(days="mardi").replace("50,", "51,")

    found = places(tmp_path, row(days="lundi"), other, row(days="jeudi").replace("50,", ","))

    assert said(found) == [(4, "child", "lines 2, 3 number several of these names: which one?")]
    assert found.payloads == []  # a place comes once: whose day that is would never come


def test_a_row_that_is_left_out_says_nothing_of_whom_it_means(tmp_path: Path) -> None:
    other = row(days="mardi").replace("50,", "51,")
    ended = row(days="jeudi", status="Annulé").replace("50,", ",")

    found = places(tmp_path, row(days="lundi"), other, ended)

    assert said(found) == []
    assert [each["weekdays"] for each in found.payloads] == [[1], [2]]


def test_a_wrong_row_without_a_number_keeps_the_numbered_rows_of_its_child_back(
    tmp_path: Path,
) -> None:
    found = places(tmp_path, row(days="lundi"), row(days="mercredi").replace("50,", ","))

    assert found.payloads == []
    assert found.left_out == 2


@pytest.mark.parametrize(
    ("days", "read_as"),
    [
        ("", []),
        ('"lun, mar"', [1, 2]),
        ("lundi et jeudi", [1, 4]),
        ("1 2 4 5", [1, 2, 4, 5]),
        ("LMJV", [1, 2, 4, 5]),
        ("L M J V", [1, 2, 4, 5]),
        ("Ma/Je", [2, 4]),
    ],
    ids=["none-said", "short", "and", "figures", "letters", "letters-apart", "slash"],
)
def test_days_are_read_as_people_write_them(tmp_path: Path, days: str, read_as: list[int]) -> None:
    found = places(tmp_path, row(days=days))

    assert found.problems == []
    assert [each["weekdays"] for each in found.payloads] == [read_as]


@pytest.mark.parametrize(
    ("wrong", "field", "text"),
    [
        (row(days="L M V"), "days", "LMJV"),
        (row(days="mercredi"), "days", "does not meet on wednesday"),
        (row(activity="Cantine"), "activity", "Restauration scolaire"),
        (row(activity="", site=""), "activity", "must be filled"),
        (row(site='"1,23E+11"'), "site", "Excel has cut"),
        (row(site="Jules Fery"), "site", "École Jules-Ferry; École L’Épinette"),
        (row(site=""), "group", "more than one is meant"),
        (row(first="31/09/2026"), "from", "a day such as"),
        (row(first="01/02/2027", last="01/01/2027"), "to", "before the first"),
        (row(first="01/09/2027"), "activity", "nothing"),
        (row(status="?"), "status", "translates"),
        (row().replace("ENS", "MUSIQUE"), "provider", "translates"),
        (row().replace("50,", '"1,23E+11",'), "child", "Excel has cut"),
    ],
    ids=[
        "which-m", "day-of-no-session", "activity", "no-activity", "site-cut", "site", "two-groups",
        "day", "period", "next-year", "status", "provider", "number-cut",
    ],
)  # fmt: skip
def test_a_row_that_is_not_understood_names_its_field_and_what_there_is(
    tmp_path: Path, wrong: str, field: str, text: str
) -> None:
    found = places(tmp_path, wrong)

    assert found.payloads == []
    [(named, says)] = fields_of(found)
    assert named == field and text in says


def test_rows_of_one_place_day_by_day_are_one_and_a_second_period_is_wrong(tmp_path: Path) -> None:
    found = places(tmp_path, row(days="lundi"), row(days="jeudi"), row(days="lundi"))
    apart = places(tmp_path, row(days="lundi"), row(days="jeudi", last="18/12/2026"))

    assert [each["weekdays"] for each in found.payloads] == [[1, 4]]
    assert fields_of(apart) == [("from", "another period or state in this group than line 2")]


def test_what_is_over_or_cancelled_is_no_place_and_who_waits_says_since_when(
    tmp_path: Path,
) -> None:
    found = places(
        tmp_path,
        row(last="30/09/2026"),
        row(status="Annulé"),
        row(activity="Judo", site="Dojo", status="Attente").replace("ENS", "AGGLO"),
    )

    assert [each["group"] for each in found.payloads] == ["judo"]
    assert found.payloads[0]["waits_since"] == TODAY
    assert [(each.field, each.doubtful) for each in found.problems] == [("to", True)]


def test_ticks_are_read_as_people_make_them() -> None:
    found = sample("ardoise-places")

    assert said(found) == [] and list(found.table.above) == [1]
    days = [(each["named"]["reference"], each["weekdays"]) for each in found.payloads]
    assert days == [("ardoise:50", [1, 2, 4, 5]), ("ardoise:51", [1, 4]), ("ardoise:51", [4])]
    assert found.payloads[2]["waits_since"] == date(2026, 6, 15)


def _without(each: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in each.items() if name not in names}


def test_samples_of_this_year_keep_the_contracts() -> None:
    rows = [
        {**_without(each, "line", "provider", "named"), "child_id": CHILD}
        for each in sample("ardoise-places").payloads
    ]
    quotients = [
        {**_without(each, "line", "named"), "household_id": HOME}
        for each in sample("ardoise-quotients").payloads
    ]
    mandates = [
        {**_without(each, "line", "provider", "named"), "household_id": HOME, "given_by": CHILD}
        for each in sample("ardoise-mandates").payloads
    ]

    imports.import_places.dump_request(imports.ImportPlacesRequest(rows, "ardoise"))
    import_quotients.dump_request(ImportQuotientsRequest(quotients))
    debits.import_mandates.dump_request(debits.ImportMandatesRequest("ardoise", "ens", mandates))
    assert [each["cents"] for each in quotients] == [41250, 123456]
    assert mandates[0]["iban"] == "FR5710071280000000101234557"


QUOTIENTS = """
of: quotients
source: ardoise
columns: {household: foyer, adult: parent, amount: qf, kind: caisse, from: du, to: au}
"""


def test_a_household_says_one_quotient_of_a_day_and_all_of_its_rows_stay_out_otherwise(
    tmp_path: Path,
) -> None:
    head = "foyer;parent;qf;caisse;du;au\n"
    found = read(
        tmp_path,
        head
        + "1;Ana Roy;1 234,56 €;caf;01/01/2026;\n1;Ana Roy;1 234,56 €;caf;01/01/2026;\n"
        + "2;Luc Mas;600;caf;01/01/2026;\n2;Luc Mas;650;caf;01/01/2026;\n"
        + "3;Zoé Lo;-5;caf;01/01/2026;\n4;Zoé Lo;700;pôle emploi;01/01/2026;\n"
        + "5;Mia Ba;800;msa;01/01/2025;31/12/2025\n",
        QUOTIENTS,
    )

    kept = [(each["named"]["reference"], each["cents"]) for each in found.payloads]
    assert kept == [("ardoise:1", 123456), ("ardoise:5", 80000)]
    assert [(each.line, each.field, each.doubtful) for each in found.problems] == [
        (5, "amount", False),
        (6, "amount", False),
        (7, "kind", False),
        (8, "to", True),
    ]


def test_a_mandate_with_a_wrong_account_or_a_reference_of_no_bank_or_twice_is_wrong(
    tmp_path: Path,
) -> None:
    mapping = (SAMPLES / "ardoise-mandates.yaml").read_text("utf-8")
    head = "N° famille;Payeur;RUM;Titulaire;IBAN;BIC;Signé le;Dernier prélèvement\n"
    good = "1;Ana Roy;{};;{};{};02/09/2024;{}\n"
    iban = "FR57 1007 1280 0000 0010 1234 557"
    rows = (
        good.format("A-1", iban, "", ""),
        good.format("A-1", iban, "", ""),
        good.format("A-2", "FR57 1007 1280 0000 0010 1234 558", "", ""),
        good.format("Été", iban, "", ""),
        good.format("A-3", iban, "BNP", ""),
        good.format("A-4", iban, "", "01/12/2026"),
    )

    found = read(tmp_path, head + "".join(rows), mapping)

    assert [(each[0], each[1]) for each in said(found)] == [
        (3, "rum"),
        (4, "iban"),
        (5, "rum"),
        (6, "bic"),
        (7, "used_on"),
    ]
    assert [(each["rum"], each["holder"]) for each in found.payloads] == [("A-1", "Ana Roy")]


# Files


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for each in rows:
        book.active.append(each)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_workbook_reads_as_the_csv_that_excel_would_make_of_it() -> None:
    table = read_table(
        workbook(
            ["Export du 3 février"],
            ["Nom", "Né le", "QF", "Numéro", "Cantine", "Rempli le"],
            ["Zoé", datetime(2018, 3, 12), 1234.5, 52, True, datetime(2018, 3, 12, 8, 30)],
            ["Paul", None, 12.0, 1234567890123456, False],
        ),
        named=["Nom", "QF"],
    )

    assert list(table.above) == [1] and table.uneven == [] and table.sheet == "Sheet"
    assert [list(row.cells.values()) for row in table.rows] == [
        ["Zoé", "12/03/2018", "1234,5", "52", "oui", "12/03/2018 08:30"],
        ["Paul", "", "12", "####", "non", ""],
    ]


@pytest.mark.parametrize("named", [["Prénom", "École"], []], ids=["named", "not-named"])
def test_letters_of_an_old_mac_are_found_and_those_of_windows_stay(named: list[str]) -> None:
    text = "Prénom;École;Père\r\nZoé;Jules-Ferry;Ibrahima Keïta, « électricien »\r\n"

    for encoding in ("mac_roman", "cp1252"):
        table = read_table(text.encode(encoding), named=named)
        assert table.encoding == encoding
        assert table.rows[0].cells["Père"] == "Ibrahima Keïta, « électricien »"


def test_accents_that_a_mac_writes_apart_are_those_of_the_mapping() -> None:
    table = read_table("Pre\u0301nom;E\u0301cole\nZoe\u0301;Jules-Ferry\n".encode())

    assert table.columns == ["Prénom", "École"] and table.rows[0].cells["Prénom"] == "Zoé"


def test_a_title_with_commas_above_the_columns_parts_no_cell_and_is_named() -> None:
    content = "Élèves, classes, au 1er septembre\n\nPrénom;École\nZoé;Ferry, Jules\n"

    table = read_table(content.encode(), named=["Prénom", "École"])

    assert list(table.above) == [1] and table.separator == ";"
    assert [row.cells for row in table.rows] == [{"Prénom": "Zoé", "École": "Ferry, Jules"}]


def test_empty_cells_behind_the_last_column_part_nothing_and_filled_ones_do() -> None:
    table = read_table(b"a;b\n1;2;;\n3;4;;5\n")

    assert [row.cells for row in table.rows] == [{"a": "1", "b": "2"}]
    assert table.uneven == [3]


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    with pytest.raises(FileRefused):
        read_table(workbook(["a"])[:200])


def test_what_takes_long_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("places", 1500)

    progress.add(50)
    progress.said -= 60
    progress.add(50)

    [line] = capsys.readouterr().err.splitlines()
    assert "100 of 1500 places" in line


def test_what_is_taken_back_says_how_many_where_nobody_knows_of_how_many(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = Progress("families looked at")
    progress.said -= 60

    progress.add(40)

    assert capsys.readouterr().err == "  · 40 families looked at\n"
