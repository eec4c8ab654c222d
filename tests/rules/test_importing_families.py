"""Families read from files of two invented programs: homes, numbers, disagreeing rows; pure."""

from collections import Counter
from pathlib import Path

import pytest

from deploy.importing import printing
from deploy.importing.requests.sending import Sent
from shared.contracts.dossier.families import imports as arrivals
from tests.factories.imported_files import FAMILIES, SAMPLES, read, said, sample


def test_the_first_program_s_families_are_read_whole() -> None:
    found = sample("ardoise-families")

    assert (found.table.encoding, found.table.separator) == ("cp1252", ";")
    assert found.wrong_problems == [] and len(found.payloads) == 4
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
        HOMES + "1,Anne Petit,0639980101,,,10,Lou,PETIT,02/03/2019,Jules-Ferry,no_pork,,lait,"
        "3 rue du Four,28901,Démo,ens\n"
        "2,Paul Noir,0639980102,,,10,LOU,Petit,02/03/2019,JULES FERRY,,gluten,arachide,"
        "8 rue du Puits,28901,Démo,agg\n",
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

    assert found.wrong_problems == []
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


OTHERS = (
    FAMILIES
    + "  phone_1: tél\n  contact: autre\n  contact_phone: tél autre\n  contact_relation: lien\n"
    + "  pickup_1: vient\n  pickup_1_phone: tél vient\n  class_name: classe\n  school: école\n"
)
LOU = {
    "foyer": "1", "parent": "Anne Petit", "enfant": "10", "prénom": "Lou", "nom": "Petit",
    "né le": "02/03/2019", "tél": "0639980101", "autre": "Rose Blanc", "tél autre": "0639980103",
    "lien": "voisine", "vient": "Jo Gris", "tél vient": "0639980104", "classe": "CE1",
    "école": "Jules-Ferry",
}  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "field", "kept"),
    [
        ({"tél": "le soir"}, "phone_1", ["Rose Blanc"]),
        ({"tél autre": "063998"}, "contact_phone", ["Anne Petit"]),
        ({"autre": "M. et Mme Blanc"}, "contact", ["Anne Petit"]),
        ({"lien": "v" * 61}, "contact_relation", ["Anne Petit", "Rose Blanc"]),
        ({"tél vient": "?"}, "pickup_1_phone", ["Anne Petit", "Rose Blanc"]),
        ({"vient": "12"}, "pickup_1", ["Anne Petit", "Rose Blanc"]),
        ({"classe": "C" * 61}, "class_name", ["Anne Petit", "Rose Blanc"]),
        ({"autre": "R" * 121}, "contact", ["Anne Petit", "R" + "r" * 119]),
    ],
    ids=[
        *("parent-number", "contact-number", "contact-name", "relation"),
        *("collector-number", "collector-name", "class", "long-name"),
    ],
)
def test_what_can_be_asked_again_keeps_no_family_back_and_is_named_with_its_line(
    wrong: dict[str, str], field: str, kept: list[str], tmp_path: Path
) -> None:
    row = LOU | wrong
    found = read(tmp_path, ",".join(row) + "\n" + ",".join(row.values()) + "\n", OTHERS)

    assert found.wrong_problems == []
    ((line, named, text),) = said(found)
    assert (line, named) == (2, field) and text.endswith("left out")
    (lou,) = found.payloads[0]["children"]
    assert [each["name"] for each in lou["sections"]["contacts"]["people"]] == kept
    request = {"batch": found.reading.batch, "families": found.payloads}
    assert arrivals.bring_families.load_request(arrivals.bring_families.dump_request(request))


@pytest.mark.parametrize("name", ["tél", "nom", "né le"])
def test_what_a_family_is_known_by_and_what_excel_has_cut_still_keep_it_back(
    name: str, tmp_path: Path
) -> None:
    row = LOU | {name: "1,23E+11"}
    found = read(tmp_path, ";".join(row) + "\n" + ";".join(row.values()) + "\n", OTHERS)

    assert found.payloads == []


def test_a_collector_whose_number_is_unreadable_may_come_all_the_same(tmp_path: Path) -> None:
    row = LOU | {"tél vient": "le soir"}
    found = read(tmp_path, ",".join(row) + "\n" + ",".join(row.values()) + "\n", OTHERS)

    (person,) = found.payloads[0]["children"][0]["sections"]["pickup"]["people"]
    assert (person["name"], person["phone"]) == ("Jo Gris", "")


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


def test_a_child_whom_one_home_has_under_two_numbers_is_wrong_and_no_twin(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "foyer,parent,enfant,prénom,nom,né le\n"
        "1,Anne Petit,10,Zoé,PETIT,02/03/2019\n"
        "1,Anne Petit,11,Zoe,Petit,02/03/19\n"
        "1,Anne Petit,12,Max,Petit,02/03/2019\n",
    )

    (problem,) = said(found)
    assert problem == (3, "child", "line 2 has this child under another number: give both one")
    assert found.wrong_problems and found.payloads == []


def test_an_adult_whom_both_homes_of_a_child_name_is_wrong_on_both_lines(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "foyer,parent,parent 2,enfant,prénom,nom,né le\n"
        "1,Anne Petit,M. Loïc NOIR,10,Lou,Petit,02/03/2019\n"
        "2,Loic Noir,,10,Lou,Petit,02/03/2019\n"
        "3,Rose Blanc,Loïc Noir,20,Max,Blanc,03/03/2019\n",
        FAMILIES.replace("guardian_1: parent", "guardian_1: parent\n  guardian_2: parent 2"),
    )

    assert [(line, field) for line, field, _ in said(found)] == [
        (2, "guardian_2"),
        (3, "guardian_1"),
    ]
    assert "line 3 gives this adult in another home of the child" in found.problems[0].text
    assert [family["reference"] for family in found.payloads] == ["ardoise:3"]


@pytest.mark.parametrize(
    ("hers", "wrong"), [("A57", []), ("A12", [2, 3]), ("", [2, 3])], ids=["two", "one", "not said"]
)
def test_two_numbers_make_two_people_of_one_name_in_two_homes_of_a_child(
    hers: str, wrong: list[int], tmp_path: Path
) -> None:
    found = read(
        tmp_path,
        "foyer,parent,numéro,enfant,prénom,nom,né le\n"
        "1,Marie Martin,A12,10,Lou,Petit,02/03/2019\n"
        f"2,Marie Martin,{hers},10,Lou,Petit,02/03/2019\n",
        FAMILIES.replace("guardian_1: parent", "guardian_1: parent\n  guardian_1_number: numéro"),
    )

    assert sorted({line for line, _, _ in said(found)}) == wrong


def test_a_home_without_an_address_is_told_to_get_no_letter_once(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        HOMES + "1,Anne Petit,,,,10,Lou,Petit,02/03/2019,,,,,,,,ens\n"
        "1,Anne Petit,,,,11,Zoé,Petit,02/03/2020,,,,,,,,ens\n"
        "2,Paul Noir,,,,20,Max,Noir,02/03/2019,,,,,,,,ens\n"
        "2,Paul Noir,,,,21,Tom,Noir,02/03/2020,,,,,3 rue du Four,28901,Démo,ens\n",
        WHOLE,
    )

    assert [(one.line, one.field, one.doubtful) for one in found.problems] == [(2, "street", True)]
    assert "no letter" in found.problems[0].text and len(found.payloads) == 2


def test_a_family_that_is_refused_is_told_by_the_number_of_whom_it_is_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    why = ["Ce numéro est déjà celui d’une autre personne."]
    errors = {"children": {"ardoise:10": {"identity": why}}, "reference": why}
    family = {"reference": "ardoise:1", "outcome": arrivals.REFUSED, "doubts": []}
    refused = {**family, "why": arrivals.TAKEN, "errors": errors}

    printing.print_families(Sent(Counter({arrivals.REFUSED: 1}), [refused]))

    shown = capsys.readouterr().out
    assert "ardoise:10" in shown and "identity: Ce" in shown
    assert "{" not in shown and "children" not in shown
