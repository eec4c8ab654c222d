"""Files of two invented programs, read by their mappings: rows, families, years, money; pure."""

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

from deploy.importing.csv_files import csv_table
from deploy.importing.csv_files.csv_table import FileRefused
from deploy.importing.csv_files.mapping import FIELDS, REQUIRED, read_mapping
from deploy.importing.past_years import code_of_label, school_year_of_month
from deploy.importing.sending import parts_that_fit
from deploy.importing.whole_file import Read, read_file
from shared.contracts.billing import past_bills
from shared.contracts.dossier import activity_history as histories
from shared.contracts.dossier.families import imports as arrivals
from shared.contracts.message import MOST_BYTES

SAMPLES = Path(__file__).resolve().parents[2] / "deploy" / "towns" / "imports"
TODAY = date(2026, 11, 26)
FAMILIES = """
of: families
source: ardoise
columns:
  household: foyer
  guardian_1: parent
  child: enfant
  first_name: prénom
  last_name: nom
  birth_date: né le
"""


def sample(name: str) -> Read:
    return read_file(SAMPLES / f"{name}.csv", SAMPLES / f"{name}.yaml", TODAY)


def read(tmp_path: Path, rows: str, mapping: str = FAMILIES, **more: Any) -> Read:
    """Read rows as they are typed, with commas."""
    (tmp_path / "file.csv").write_text(rows, "utf-8")
    (tmp_path / "mapping.yaml").write_text(mapping, "utf-8")
    return read_file(tmp_path / "file.csv", tmp_path / "mapping.yaml", TODAY, **more)


def said(found: Read) -> list[tuple[int, str, str]]:
    return [(each.line, each.field, each.text) for each in found.problems]


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
    separator=st.sampled_from(csv_table.SEPARATORS),
)
def test_a_table_comes_back_whole_whatever_separated_and_encoded_it(
    cells: list[list[str]], encoding: str, separator: str
) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=separator, lineterminator="\r\n").writerows(
        [["Prénom", "Né(e) le", "École"], *cells]
    )

    table = csv_table.read_table(written.getvalue().encode(encoding), encoding)

    assert table.separator == separator
    assert [list(row.cells.values()) for row in table.rows] == cells


def test_windows_letters_are_found_without_being_told() -> None:
    table = csv_table.read_table("Prénom;École\r\nZoé;Jules-Ferry\r\n".encode("cp1252"))

    assert (table.encoding, table.separator) == ("cp1252", ";")
    assert table.rows[0].cells == {"Prénom": "Zoé", "École": "Jules-Ferry"}


def test_empty_rows_are_none_and_rows_of_another_length_are_named() -> None:
    table = csv_table.read_table(b"a;b\n1;2\n;\n\n3;4;5\n6;7\n")

    assert [row.line for row in table.rows] == [2, 6]
    assert table.uneven == [5]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"a;a\n1;2\n", b'a;b\n"1;2\n'])
def test_a_file_without_columns_or_with_one_twice_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        csv_table.read_table(content)


def test_an_encoding_that_does_not_fit_is_refused() -> None:
    with pytest.raises(FileRefused):
        csv_table.read_table("Zoé".encode("cp1252"), "utf-8")
    with pytest.raises(FileRefused):
        csv_table.read_table(b"a", "klingon")


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


# Families


def test_the_first_program_s_families_are_read_whole() -> None:
    found = sample("ardoise-families")

    assert (found.table.encoding, found.table.separator) == ("cp1252", ";")
    assert found.wrong == [] and len(found.payloads) == 4
    marchal = found.payloads[0]
    assert [each["name"] for each in marchal["guardians"]] == ["Élodie Marchal", "Rémi Marchal"]
    zoe, paul = marchal["children"]
    assert zoe["reference"] == "ardoise:50" and zoe["links"] == ["ens"]
    assert zoe["sections"]["identity"]["birth_date"] == "2018-03-12"
    assert zoe["sections"]["diet"] == {"menu": "no_pork", "without": []}
    assert zoe["sections"]["health"]["allergies"][0]["severity"] == "severe"
    numbers = [each["phone"] for each in zoe["sections"]["contacts"]["people"]]
    assert numbers == ["06 39 98 01 01", "06 39 98 01 02"]
    assert paul["sections"]["identity"]["birth_date"] == "2021-03-03"
    assert marchal["address"]["postcode"] == "28901"


def test_the_second_program_s_are_read_by_another_mapping() -> None:
    found = sample("lutrin-families")

    assert (found.table.encoding, found.table.separator) == ("utf-8", ",")
    assert [each["reference"] for each in found.payloads] == ["lutrin:A7", "lutrin:A9"]
    assert found.payloads[1]["children"][0]["links"] == ["agg"]


@pytest.mark.parametrize("name", ["ardoise-families", "lutrin-families"])
def test_what_is_read_keeps_the_contract(name: str) -> None:
    found = sample(name)

    request = {"batch": found.reading.batch, "families": found.payloads}

    assert arrivals.bring_families.load_request(arrivals.bring_families.dump_request(request))


def test_each_wrong_cell_is_named_by_its_line_and_the_others_go_on(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "foyer,parent,enfant,prénom,nom,né le\n"
        "1,Anne Petit,10,Lou,Petit,31/02/2018\n"
        "1,Anne Petit,11,Zoé,Petit,03/02/2018\n"
        "2,M. et Mme Roux,12,,Roux,03/02/2030\n"
        "3,Paul Noir,13,Max,Noir,03/02/2018\n",
    )

    assert [(line, field) for line, field, _ in said(found)] == [
        (2, "birth_date"),
        (4, "birth_date"),
        (4, "first_name"),
        (4, "guardian_1"),
    ]
    assert [each["reference"] for each in found.payloads] == ["ardoise:3"]
    assert found.left_out == 3  # Zoé waits with Lou: half a family is not sent


def test_a_value_that_the_mapping_does_not_translate_is_wrong(tmp_path: Path) -> None:
    rows = "foyer,parent,enfant,prénom,nom,né le,menu\n1,Anne Petit,10,Lou,Petit,3/2/2018,{}\n"
    mapping = FAMILIES + "  menu: menu\nvalues: {menu: {NORMAL: standard}}\n"

    assert said(read(tmp_path, rows.format("normal"), mapping)) == []
    assert [each[1] for each in said(read(tmp_path, rows.format("HALAL"), mapping))] == ["menu"]
    other = mapping.replace("NORMAL: standard", 'NORMAL: standard, "*": vegetarian')
    (family,) = read(tmp_path, rows.format("HALAL"), other).payloads
    assert family["children"][0]["sections"]["diet"]["menu"] == "vegetarian"


def test_two_children_of_a_file_that_could_be_one_are_reported_with_their_likeness(
    tmp_path: Path,
) -> None:
    found = read(
        tmp_path,
        "foyer,parent,enfant,prénom,nom,né le\n"
        "1,Anne Petit,10,Manon,Lefèvre,02/03/2019\n"
        "2,Anne Petit,20,Manon,Lefebvre,02/03/2019\n",
    )

    (problem,) = found.problems
    assert problem.doubtful and problem.line == 2
    assert "line 3" in problem.text and "of 100" in problem.text
    assert len(found.payloads) == 2


def test_twins_of_one_household_are_no_doubt(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "foyer,parent,enfant,prénom,nom,né le\n"
        "1,Anne Petit,10,Anna,Petit,02/03/2019\n"
        "1,Anne Petit,11,Hanna,Petit,02/03/2019\n",
    )

    assert found.problems == []


HOMES = (
    "foyer,parent,tél,parent 2,tél 2,enfant,prénom,nom,né le,école,repas,sans,allergies,rue,cp,"
    "ville,pour\n"
)
WHOLE = (
    FAMILIES.replace("guardian_1: parent", "guardian_1: parent\n  guardian_2: parent 2")
    + "  phone_1: tél\n  phone_2: tél 2\n  school: école\n  menu: repas\n  without: sans\n"
    "  allergies: allergies\n  street: rue\n  postcode: cp\n  commune: ville\n  links: pour\n"
)


def test_the_other_parent_s_row_of_a_child_adds_his_telephone_and_the_first_keeps_its_own(
    tmp_path: Path,
) -> None:
    found = read(
        tmp_path,
        HOMES + "1,Anne Petit,0639980101,,,10,Lou,PETIT,02/03/2019,Jules-Ferry,no_pork,,lait,,,,ens"
        "\n2,Paul Noir,0639980102,,,10,LOU,Petit,02/03/2019,JULES FERRY,,gluten,arachide,,,,agg\n",
        WHOLE,
    )

    assert said(found) == []
    hers, his = (family["children"][0] for family in found.payloads)
    assert hers["sections"] == his["sections"]
    told = hers["sections"]
    assert told["identity"]["last_name"] == "Petit"
    assert [(each["name"], each["phone"]) for each in told["contacts"]["people"]] == [
        ("Anne Petit", "06 39 98 01 01"),
        ("Paul Noir", "06 39 98 01 02"),
    ]
    assert told["diet"] == {"menu": "no_pork", "without": ["gluten"]}
    assert [each["substance"] for each in told["health"]["allergies"]] == ["lait", "arachide"]
    assert told["schooling"]["school"] == "Jules-Ferry"
    assert (hers["links"], his["links"]) == (["ens"], ["agg"])


def test_a_file_says_on_which_day_and_when_a_child_changes_hands(tmp_path: Path) -> None:
    mapping = FAMILIES + "  weeks: semaines\n  changes_on: jour\n  changes_at: moment\n"
    found = read(
        tmp_path,
        "foyer,parent,enfant,prénom,nom,né le,semaines,jour,moment\n"
        "1,Anne Petit,10,Lou,Petit,02/03/2019,even,1,morning\n"
        "2,Paul Noir,11,Max,Noir,03/02/2018,odd,,\n"
        "3,Rita Roux,12,Zoé,Roux,03/02/2018,odd,8,noon\n",
        mapping,
    )

    assert [(line, field) for line, field, _ in said(found)] == [
        (4, "changes_at"),
        (4, "changes_on"),
    ]
    lou, max_ = (family["children"][0] for family in found.payloads)
    assert (lou["weeks"], lou["changes_on"], lou["changes_at"]) == ("even", 1, "morning")
    assert (max_["weeks"], "changes_on" in max_) == ("odd", False)


def test_of_a_hundred_children_with_two_homes_no_second_parent_loses_a_telephone(
    tmp_path: Path,
) -> None:
    of = "{home},{name},{phone},{child},Lou,{last},02/03/20{year:02}\n"
    names = "ABCDEFGHIJ"
    rows = ""
    for child in range(100):
        last = f"Le{names[child // 10]}{names[child % 10]}r"
        for home, name in (("M", "Anne"), ("P", "Paul")):
            rows += of.format(
                home=f"{home}{child}",
                name=f"{name} {last}",
                phone=f"06399{home == 'P':d}{child:04}",
                child=child,
                last=last,
                year=child % 20,
            )
    mapping = FAMILIES + "  phone_1: tél\n"

    found = read(tmp_path, "foyer,parent,tél,enfant,prénom,nom,né le\n" + rows, mapping)

    assert found.wrong == []
    called = [
        len(child["sections"]["contacts"]["people"])
        for family in found.payloads
        for child in family["children"]
    ]
    assert called == [2] * 200


def test_parents_stay_before_a_neighbour_whom_the_first_row_named(tmp_path: Path) -> None:
    mapping = FAMILIES + "  phone_1: tél\n  contact: autre\n  contact_phone: tél autre\n"
    found = read(
        tmp_path,
        "foyer,parent,tél,enfant,prénom,nom,né le,autre,tél autre\n"
        "1,Anne Petit,0639980101,10,Lou,Petit,02/03/2019,Rose Blanc,0639980103\n"
        "2,Paul Noir,0639980102,10,Lou,Petit,02/03/2019,,\n",
        mapping,
    )

    people = found.payloads[0]["children"][0]["sections"]["contacts"]["people"]
    assert [each["name"] for each in people] == ["Anne Petit", "Paul Noir", "Rose Blanc"]


def test_a_second_row_in_one_home_adds_what_the_first_had_not(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        HOMES + "1,Anne Petit,0639980101,Paul Noir,,10,Lou,Petit,02/03/2019,,,,,,,,ens\n"
        "1,ANNE PETIT,,Paul Noir,0639980102,10,Lou,Petit,02/03/2019,,,,,3 rue du Four,28901,"
        "Démo,agg\n",
        WHOLE,
    )

    assert said(found) == []
    (family,) = found.payloads
    (lou,) = family["children"]
    numbers = [each["phone"] for each in lou["sections"]["contacts"]["people"]]
    assert numbers == ["06 39 98 01 01", "06 39 98 01 02"]
    assert family["address"]["street"] == "3 rue du Four" and lou["links"] == ["ens", "agg"]


def test_a_second_row_that_says_another_thing_is_wrong_and_names_the_first(tmp_path: Path) -> None:
    row = "{},Anne Petit,,,,10,Lou,Petit,02/03/2019,{},{},,,{},28901,Démo,\n"

    found = read(
        tmp_path,
        HOMES
        + row.format(1, "Jules-Ferry", "no_pork", "3 rue du Four")
        + row.format(1, "Jean-Jaurès", "standard", "8 rue du Puits"),
        WHOLE,
    )

    assert said(found) == [
        (3, "menu", "says otherwise than line 2"),
        (3, "school", "says otherwise than line 2"),
        (3, "street", "says otherwise than line 2"),
    ]
    assert found.payloads == []


def test_a_number_that_names_two_children_is_refused_on_all_of_its_lines(tmp_path: Path) -> None:
    rows = (
        "foyer,parent,enfant,prénom,nom,né le\n"
        "1,Anne Petit,10,Lou,Petit,02/03/2019\n"
        "2,Paul Noir,10,Max,Noir,05/06/2017\n"
        "3,Rose Blanc,10,Lou,Petit,02/03/2018\n"
        "4,Jean Gris,11,Zoé,Gris,05/06/2017\n"
    )

    found = read(tmp_path, rows)

    another = "this number another child: names or birth date differ"
    assert said(found) == [
        (2, "child", f"lines 3, 4 give {another}"),
        (3, "child", f"lines 2, 4 give {another}"),
        (4, "child", f"lines 2, 3 give {another}"),
    ]
    assert [each["reference"] for each in found.payloads] == ["ardoise:4"]
    assert found.left_out == 3


def test_a_second_row_that_does_not_say_who_the_child_is_is_no_proof(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "foyer,parent,enfant,prénom,nom,né le\n"
        "1,Anne Petit,10,Lou,Petit,02/03/2019\n"
        "2,Paul Noir,10,,,\n",
    )

    assert {line for line, *_ in said(found)} == {2, 3} and found.payloads == []


def test_a_number_of_an_adult_or_a_home_that_names_two_is_refused_on_both_lines(
    tmp_path: Path,
) -> None:
    mapping = FAMILIES + "  guardian_1_number: n°\n"
    head = "foyer,parent,n°,enfant,prénom,nom,né le\n"

    adults = read(
        tmp_path,
        head + "1,Anne Petit,7,10,Lou,Petit,02/03/2019\n2,Mme Anne NOIR,7,11,Max,Noir,3/2/2018\n"
        "3,Rose Blanc,3-1,12,Zoé,Blanc,3/2/2018\n",
        mapping,
    )
    home = read(
        tmp_path,
        head + "1,Anne Petit,7,10,Lou,Petit,02/03/2019\n1,Rose Noir,8,11,Max,Noir,03/02/2018\n",
        mapping,
    )
    same = read(
        tmp_path,
        head + "1,Anne Léger,7,10,Lou,Petit,2/3/2019\n2,Mme ANNE LEGER,7,11,Max,Noir,3/2/2018\n",
        mapping,
    )

    assert said(adults) == [
        (2, "guardian_1_number", "line 3 gives this number another adult: names differ"),
        (3, "guardian_1_number", "line 2 gives this number another adult: names differ"),
    ]
    assert said(home) == [
        (2, "guardian_1", "line 3 gives this household other adults"),
        (3, "guardian_1", "line 2 gives this household other adults"),
    ]
    assert said(same) == []


EXCEL = ["1,23E+11", "1.23E+11", "1,23457E+11", " 1,23e+11 ", "1E+05", "########", "#N/A", "#REF!"]


@pytest.mark.parametrize("destroyed", EXCEL)
def test_a_number_that_excel_has_destroyed_is_wrong_wherever_it_stands(
    tmp_path: Path, destroyed: str
) -> None:
    family = f'1,Anne Petit,"{destroyed}",Lou,Petit,02/03/2019\n'
    month = f'"{destroyed}",sept. 2023,14,Cantine\n'
    years = (
        "of: history\nsource: a\ncolumns: {child: n, month: m, times: t, activity: c}\n"
        "constants: {provider: ens}\n"
    )
    bills, payments = (SAMPLES / f"lutrin-{each}.yaml" for each in ("bills", "payments"))
    head = "numero,dossier,emise,echeance,mois,total,statut,reste,ligne,eleve,qte,montant\n"
    bill = '{},{},2023-10-02,,2023-09,"48,00",Réglée,"0,00",Judo,Zoé,4,"48,00"\n'
    cell = f'"{destroyed}"'

    found = [
        read(tmp_path, "foyer,parent,enfant,prénom,nom,né le\n" + family),
        read(tmp_path, "n,m,t,c\n" + month, years),
        read(tmp_path, head + bill.format(cell, "A7"), bills.read_text("utf-8")),
        read(tmp_path, head + bill.format("L-1", cell), bills.read_text("utf-8")),
        read(
            tmp_path,
            f'recu,dossier,facture,date,mode,montant\n{cell},A7,L-1,12/10/2023,CHQ,"5,00"\n',
            payments.read_text("utf-8"),
        ),
    ]

    for each in found:
        ((line, _field, why),) = said(each)
        assert line == 2 and "Excel" in why and "as text" in why
        assert each.payloads == []


def test_numbers_keep_their_zeros_and_their_letters(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "foyer,parent,enfant,prénom,nom,né le\n"
        " 007 ,Anne Petit,12E5,Lou,Petit,02/03/2019\n"
        "7,Paul Noir,1E-05,Max,Noir,05/06/2017\n",
    )

    assert said(found) == []
    assert [each["reference"] for each in found.payloads] == ["ardoise:007", "ardoise:7"]
    assert [each["children"][0]["reference"] for each in found.payloads] == [
        "ardoise:12E5",
        "ardoise:1E-05",
    ]


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

    parts = list(parts_that_fit(rows))

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
    found = read(tmp_path, HEAD + row, mapping, schools=SCHOOLS)
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
