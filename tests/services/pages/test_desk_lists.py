"""Lists of the desk: their files are what the page shows, and leave a line of the read log."""

import csv
import io
import re
from datetime import date, timedelta

import openpyxl
import pytest

from services.enrolment.children.commands.search_index import index_children
from services.enrolment.store import store
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.factories import attendance, offer
from tests.factories import enrolment as make
from tests.factories.enrolment import Child, Desk, Provider, item
from tests.factories.roll_call_pages import what_came_is_known_since_yesterday

PAUL = {"name": "Paul Roy", "relation": "voisin", "phone": "0612345678"}


@pytest.fixture
def desk(ens: Provider) -> Desk:
    """Give the desk with somebody signed in who sees children, counts and diets."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead"))
    return desk


def monday() -> date:
    """Return the Monday of next week."""
    return today() + timedelta(days=7 - today().weekday())


def eats(ens: Provider, child: Child, day: date, menu: str | None = None, *without: str) -> Child:
    """Let a child arrive with its diet, booked for lunch on a day."""
    ens.receives_child(child, diet=make.diet(menu, *without) if menu else None)
    with store.write() as write:
        group = offer.a_group(
            write,
            offer.an_activity(write, site=f"École {child.last_name}"),
            label=f"Cantine {child.last_name}",
            weekdays="".join(sorted({"1", "2", str(day.isoweekday())})),
        )
        attendance.booked(write, offer.session_on(write, group, day), child.id)
    return child


def rows_of(desk: Desk, address: str) -> list[list[str]]:
    """Return the cells of a list's CSV."""
    answer = desk.client.get(address + ("&" if "?" in address else "?") + "fichier=csv")
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_of_a_name_that_many_have_the_first_fifty_are_shown_and_the_file_has_all(
    ens: Provider, desk: Desk
) -> None:
    named = [f"Martin-{chr(97 + nth // 26)}{chr(97 + nth % 26)}" for nth in range(52)]
    with store.write() as write:
        born = {"first_name": "Léa", "birth_date": "2018-05-03"}
        index_children(write, {new_id(): {"last_name": last, **born} for last in named})

    page, whole = desk.sees("/enfants?q=martin"), desk.sees("/enfants")

    assert [last for last in named if last in page] == named[:50]
    assert "52 lignes" in page and "les 50 premières" in page
    assert all(last in whole for last in named)
    assert [row[0] for row in rows_of(desk, "/enfants?q=martin")[1:]] == named


def test_the_file_of_a_list_has_its_rows_as_filtered_and_sorted(ens: Provider, desk: Desk) -> None:
    for last, born in (("Évrard", "2019-03-02"), ("Zola", "2018-01-01"), ("Eluard", "2017-05-06")):
        ens.receives_child(Child("Léa", last, born))

    whole, of_e = rows_of(desk, "/enfants"), rows_of(desk, "/enfants?lettre=E&tri=-nom")
    assert whole[0][:3] == ["Nom", "Prénom", "Naissance"]
    assert [row[0] for row in whole[1:]] == ["Eluard", "Évrard", "Zola"]
    assert [row[0] for row in of_e[1:]] == ["Évrard", "Eluard"]
    assert [row[0] for row in rows_of(desk, "/enfants?q=evrrd")[1:]] == ["Évrard"]

    answer = desk.client.get("/enfants?fichier=xlsx&lettre=Z")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    assert [cell.value for cell in list(sheet.iter_rows())[1]][:2] == ["Zola", "Léa"]


def test_a_file_leaves_a_line_for_each_child_in_it_and_a_page_of_names_none(
    ens: Provider, desk: Desk
) -> None:
    children = [Child("Léa", last) for last in ("Petit", "Roy", "Pons")]
    for child in children:
        ens.receives_child(child)

    desk.sees("/enfants")
    assert ens.published("list_taken") == []
    rows_of(desk, "/enfants?lettre=P")

    (event,) = ens.published("list_taken")
    assert set(event["child_ids"]) == {children[0].id, children[2].id}
    assert (event["part"], event["role"]) == ("care_core", "lead")


def test_who_is_expected_is_listed_by_site_and_hour_and_only_for_who_sees_names(
    ens: Provider, desk: Desk
) -> None:
    for last in ("Roy", "Adam"):
        eats(ens, Child("Léa", last), monday())

    address = f"/effectifs/enfants?jour={monday().isoformat()}"
    rows = rows_of(desk, address)

    assert [(row[0], row[3]) for row in rows[1:]] == [("Adam", "École Adam"), ("Roy", "École Roy")]
    assert rows[0][3:] == ["Site", "Activité", "Groupe", "Début", "Fin", "Pointage"]
    assert "Adam Léa" in desk.sees(address)
    assert [row[0] for row in rows_of(desk, f"{address}&site=École Roy")[1:]] == ["Roy"]


def test_the_kitchens_week_is_one_page_by_site_and_diet_without_days_off(
    ens: Provider, desk: Desk
) -> None:
    tuesday = monday() + timedelta(days=1)
    eats(ens, Child("Léa", "Roy"), monday(), "vegetarian", "egg")
    eats(ens, Child("Tom", "Adam"), tuesday, "standard")
    address = f"/effectifs/semaine?lundi={tuesday.isoformat()}"

    rows = rows_of(desk, address)

    assert len(rows[0]) == 4 + 2 + 1
    assert rows[0][:4] == ["Groupe", "Site", "Activité", "Régime"]
    said = {(row[0], row[3]): row[4:] for row in rows[1:]}
    assert said["Cantine Roy", "Végétarien"] == ["1", "0", "1"]
    assert said["Cantine Roy", "dont sans œuf"] == ["1", "0", "1"]
    assert said["Cantine Adam", "Standard"] == ["0", "1", "1"]
    assert said["Ensemble", "Total"] == ["1", "1", "2"]
    assert "Repas, semaine du" in desk.sees(address)
    assert ens.published("list_taken") == [], "numbers hold no person"


def test_the_weeks_meals_are_one_tap_from_home(ens: Provider, desk: Desk) -> None:
    assert "/effectifs/semaine" in desk.client.get("/").text


def test_a_child_that_is_gone_is_in_no_file(ens: Provider, desk: Desk) -> None:
    child = Child()
    ens.receives_child(child)
    ens.receives("care_core", item(child.id, 2, None))

    assert len(rows_of(desk, "/enfants")) == 1


def test_the_list_for_the_door_says_whom_to_call_and_its_readings_are_noted(
    ens: Provider, desk: Desk
) -> None:
    child = eats(ens, Child(), monday())
    core = child.care_core(not_to_hand_over=["Marc Morel"], care_plan=make.care_plan())
    ens.receives("care_core", item(child.id, 2, core))
    ens.receives("pickup", item(child.id, 1, {"people": [PAUL]}))
    address = f"/effectifs/remise?jour={monday().isoformat()}"

    words = desk.sees(address)
    assert "Marc Morel" in words and "Claire Lefèvre 06 39 98 00 01" in words
    read = {(line["child_id"], line["projection"]) for line in ens.published("projection_read")}
    assert read == {(child.id, "care_core"), (child.id, "pickup")}

    head, row = rows_of(desk, address)
    cells = dict(zip(head, row, strict=True))
    assert cells["Ne pas remettre à"] == "Marc Morel"
    assert cells["Peut venir aussi"] == "Paul Roy 06 12 34 56 78"
    assert "stylo" in cells["PAI : conduite à tenir"] and cells["Reçu ce jour"] == ""
    taken = [line["part"] for line in ens.published("list_taken")]
    assert taken == ["care_core", "pickup", "consents"]


def test_what_arrived_on_the_day_itself_is_marked_on_the_list_for_the_door(
    ens: Provider, desk: Desk
) -> None:
    manon, amine = Child(), Child("Amine", "Benali")
    for child in (manon, amine):
        eats(ens, child, today())
        ens.receives("pickup", item(child.id, 1, {"people": [{**PAUL, "name": "Léa Roy"}]}))
    what_came_is_known_since_yesterday()
    assert [row[2] for row in rows_of(desk, "/effectifs/remise")[1:]] == ["", ""]

    ens.receives("pickup", item(manon.id, 2, {"people": [PAUL]}))
    of_manon = rows_of(desk, "/effectifs/remise")[2][2]
    ens.receives("care_core", item(manon.id, 2, manon.care_core(care_plan=make.care_plan())))
    ens.receives("pickup", item(amine.id, 2, {"people": []}))

    head, of_amine, with_plan = rows_of(desk, "/effectifs/remise")
    at = r"\d{1,2} h(?: \d\d)?"
    assert head[2] == "Reçu ce jour" and re.fullmatch(f"Remise {at}", of_manon)
    assert re.fullmatch(f"Remise {at}", of_amine[2])
    assert re.fullmatch(f"Santé {at}.*Remise {at}", with_plan[2], re.DOTALL)
    assert re.search(f"Santé {at}", desk.sees("/effectifs/remise"))


def test_the_list_for_the_door_says_what_parents_allow_and_who_has_not_answered(
    ens: Provider, desk: Desk
) -> None:
    manon, amine = eats(ens, Child(), monday()), eats(ens, Child("Amine", "Benali"), monday())
    said = [("alone", "given"), ("image", "one_more"), ("outing", "given")]
    acts = [
        {"act": act, "state": state, "since": "2026-09-01", "version": "2026-11"}
        for act, state in said
    ]
    ens.receives("consents", item(manon.id, 1, {"acts": acts}))
    ens.receives("consents", item(amine.id, 1, {"acts": []}))
    address = f"/effectifs/remise?jour={monday().isoformat()}"

    head, *rows = rows_of(desk, address)

    at = head.index("Autorisations")
    assert {row[1]: row[at] for row in rows} == {
        "Manon": "photo : il manque un accord, peut rentrer seul",
        "Amine": "photo et sortie : pas de réponse",
    }


def test_a_name_that_is_a_formula_is_text_in_both_files(ens: Provider, desk: Desk) -> None:
    ens.receives_child(Child("=1+1", "@SUM(A1)"))

    assert rows_of(desk, "/enfants")[1][:2] == ["'@SUM(A1)", "'=1+1"]
    answer = desk.client.get("/enfants?fichier=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None and [cell.data_type for cell in sheet[2]][:2] == ["s", "s"]
