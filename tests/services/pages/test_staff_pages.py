"""The staff's pages: a week at a site, planned and copied, and the day's alert at home."""

import csv
import io
import time
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.enrolment.children.rules.place_codes_of_rights import (
    place_code_of_group,
    place_code_of_site,
)
from services.enrolment.models import ReceptionTerms, StaffShift
from services.enrolment.store import store
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import today
from shared.dates.periods import monday_of
from tests.factories import enrolment as make
from tests.factories.enrolment import Desk, Provider, words
from tests.factories.staff import NORTH, SOUTH, a_reception, come, is_declared, works

HOURS = {"name": "Léa Martin", "qualification": "qualified", "starts": "08:00", "ends": "12:00"}


def page_of(day: date, site: str = NORTH) -> str:
    return f"/equipe?jour={day.isoformat()}&lieu={site}"


def plans(desk: Desk, *days: date, site: str = NORTH, **form: str) -> Any:
    fields = HOURS | {"jour": days[0].isoformat(), "lieu": site} | form
    return desk.sends("/equipe", at="/equipe", **fields, days=[each.isoformat() for each in days])


def planned() -> list[tuple[date, str]]:
    with store.read() as read:
        rows = read.scalars(select(StaffShift).order_by(StaffShift.day, StaffShift.name))
        return [(row.day, row.name) for row in rows]


def test_a_week_is_planned_in_one_form_and_says_what_lacks(ens: Provider, lead: Desk) -> None:
    day = monday_of(today()) + timedelta(days=8)
    come(ens, a_reception(starts="13:00", ends="17:00"), 38, day)
    is_declared()
    empty = lead.sees(page_of(day))
    assert "Il manque 4 personnes pour 38 enfants de moins de 6 ans" in empty
    assert "1 personne pour 10 enfants de moins de 6 ans, 14 de 6 ans et plus" in empty
    assert "CASF R227-16, I" in empty

    sent = plans(lead, day, day + timedelta(days=1), starts="13 h", ends="17:00")
    assert sent.status_code == 303
    for name in ("Tom Roy", "Ana Sow"):
        works(name, day, starts="13:00", ends="17:00")

    page = lead.sees(page_of(day))
    assert "C’est noté, pour 2 jours." in page
    assert "Il manque 1 personne pour 38 enfants de moins de 6 ans" in page
    assert "Léa Martin 13 h – 17 h · Diplômé" in page
    assert [name for _day, name in planned()] == ["Ana Sow", "Léa Martin", "Tom Roy", "Léa Martin"]


def test_who_is_planned_at_that_hour_is_said_at_the_field_and_nothing_is_kept(
    ens: Provider, lead: Desk
) -> None:
    a_reception()
    a_reception(SOUTH)
    monday = monday_of(today()) + timedelta(days=7)
    works("Léa Martin", monday + timedelta(days=1), starts="11:00", ends="14:00")

    here = plans(lead, monday, monday + timedelta(days=1))
    elsewhere = plans(lead, monday, monday + timedelta(days=1), site=SOUTH)

    assert here.status_code == elsewhere.status_code == 422
    assert "Léa Martin est déjà dans l’équipe mardi" in words(here.text)
    assert "11 h – 14 h. Rien n’a été noté." in words(here.text)
    assert "Léa Martin travaille déjà sur un autre lieu" in words(elsewhere.text)
    assert NORTH not in words(elsewhere.text).partition("travaille déjà")[2][:80]
    assert 'value="Léa Martin"' in here.text, "what was typed is still there"
    assert len(planned()) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": " - "}, "Écrivez le nom de la personne"),
        ({"name": "x" * 81}, "80 lettres au plus"),
        ({"qualification": "chef"}, "Choisissez la qualification."),
        ({"starts": "midi"}, "Écrivez une heure"),
        ({"ends": "07:30"}, "L’heure de fin vient après celle du début."),
    ],
)
def test_a_mistake_is_said_at_its_field(
    ens: Provider, lead: Desk, wrong: dict[str, str], sentence: str
) -> None:
    a_reception()

    sent = plans(lead, today(), **wrong)

    assert sent.status_code == 422 and sentence in words(sent.text)
    assert planned() == []


def test_without_a_day_of_that_week_nothing_is_planned(ens: Provider, lead: Desk) -> None:
    a_reception()
    fields = HOURS | {"jour": today().isoformat(), "lieu": NORTH}
    far = (today() + timedelta(days=30)).isoformat()

    for days in ([], [far], ["demain"]):
        sent = lead.sends("/equipe", at="/equipe", **fields, days=days)
        assert sent.status_code == 422 and "Choisissez au moins un jour." in words(sent.text)
    assert planned() == []


def test_the_week_before_is_copied_in_one_act_and_hours_are_taken_out(
    ens: Provider, lead: Desk
) -> None:
    a_reception()
    before = monday_of(today())
    works("Léa Martin", before, before + timedelta(days=2))
    week = {"jour": (before + timedelta(days=7)).isoformat(), "lieu": NORTH}

    assert lead.sends("/equipe/copie", at="/equipe", **week).status_code == 303
    assert "2 présences copiées" in lead.sees(page_of(before + timedelta(days=7)))
    lead.sends("/equipe/copie", at="/equipe", **week)
    assert "rien n’a changé" in lead.sees(page_of(before + timedelta(days=7)))
    assert len(planned()) == 4

    with store.read() as read:
        shift = read.scalars(select(StaffShift.id).filter_by(day=before)).one()
    gone = {"jour": before.isoformat(), "lieu": NORTH, "shift": shift}
    assert lead.sends("/equipe/retirer", at="/equipe", **gone).status_code == 303
    assert lead.sends("/equipe/retirer", at="/equipe", **gone).status_code == 404
    assert len(planned()) == 3


def test_qualifications_that_are_not_as_the_law_asks_are_said(ens: Provider, lead: Desk) -> None:
    come(ens, a_reception(), 5, today())
    is_declared()
    works("Léa Martin", today())
    works("Tom Roy", today(), qualification="in_training")
    works("Ana Sow", today(), qualification="unqualified")

    page = lead.sees(page_of(today()))

    assert "1 diplômé sur 3 : la moitié au moins doit l’être." in page
    assert "1 sans qualification sur 3 : un cinquième au plus." in page and "R227-12" in page


def test_home_alerts_where_too_few_are_planned_today(ens: Provider, lead: Desk) -> None:
    come(ens, a_reception(), 11, today())
    works("Léa Martin", today())
    assert "il manque" not in lead.sees("/"), "nobody said that the evening is declared"

    is_declared()
    page = lead.sees("/")

    assert f"{NORTH}, maintenant : il manque 1 personne pour 11 enfants de moins de 6 ans" in page
    assert "1 prévue, 2 demandées" in page
    works("Tom Roy", today())
    assert "il manque" not in lead.sees("/")


def test_how_activities_are_declared_is_for_who_answers_for_the_whole(
    ens: Provider, lead: Desk
) -> None:
    a_reception()
    page = lead.sees("/equipe/declarations")
    assert "Accueil du soir" in page and "Pas déclaré" in page

    wrong = lead.sends("/equipe/declarations", at="/equipe/declarations", evening_care="si")
    assert wrong.status_code == 422 and "Choisissez comment" in words(wrong.text)
    lead.sends("/equipe/declarations", at="/equipe/declarations", evening_care="pedt")
    with store.read() as read:
        stated = [(row.code, row.with_pedt) for row in read.scalars(select(ReceptionTerms))]
    assert stated == [("evening_care", True)]

    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead", places=[place_code_of_site(NORTH)]))
    assert desk.client.get("/equipe/declarations").status_code == 404
    assert "Accueils déclarés" not in desk.sees("/equipe")


def test_a_right_at_one_site_plans_there_and_nowhere_else(ens: Provider) -> None:
    group = a_reception()
    a_reception(label="Garderie")
    a_reception(SOUTH)
    works("Zoé Ailleurs", today(), site=SOUTH)
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead", places=[place_code_of_site(NORTH)]))

    page = desk.sees("/equipe")
    assert NORTH in page and SOUTH not in page and "Zoé" not in page
    assert desk.client.get(page_of(today(), SOUTH)).status_code == 404
    assert desk.client.get(f"/equipe/semaine?lieu={SOUTH}").status_code == 404
    assert plans(desk, today(), site=SOUTH).status_code == 404
    assert plans(desk, today()).status_code == 303

    of_one_group = make.desk_of(ens)
    of_one_group.signs_in(ens.has_agent("lead", places=[place_code_of_group(group.id)]))
    assert "Aucun accueil cette semaine-là" in of_one_group.sees("/equipe")
    assert of_one_group.client.get(page_of(today())).status_code == 404


def test_who_does_not_answer_for_a_day_sees_no_staff(ens: Provider) -> None:
    a_reception()
    for role in ("kitchen", "school_desk", "director", "treasurer", "administrator"):
        desk = make.desk_of(ens)
        desk.signs_in(ens.has_agent(role))
        for page in ("", "/semaine", "/encadrement", "/declarations"):
            assert desk.client.get(f"/equipe{page}").status_code == 404, (role, page)


def test_the_week_is_a_list_with_its_file_and_leaves_no_line_of_a_child(
    ens: Provider, lead: Desk
) -> None:
    a_reception()
    monday = monday_of(today())
    works("Léa Martin", monday, starts="08:30", ends="12:00", directs=True)
    ens.clear_outbox()

    address = f"/equipe/semaine?semaine={monday.isoformat()}&lieu={NORTH}"
    assert "Léa Martin" in lead.sees(address)
    answer = lead.client.get(f"{address}&fichier=csv")
    (row,) = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";")

    assert (row["Nom"], row["Qualification"], row["Direction"]) == ("Léa Martin", "Diplômé", "oui")
    assert ens.published("list_taken") == ens.published("projection_read") == []


def test_the_ratio_of_a_week_is_a_list_hour_by_hour_with_its_file(
    ens: Provider, lead: Desk
) -> None:
    come(ens, a_reception(starts="09:00", ends="17:00"), 9, today())
    is_declared()
    works("Léa Martin", today(), starts="09:00", ends="17:00")
    works("Tom Roy", today(), starts="10:00", ends="17:00")

    answer = lead.client.get(f"/equipe/encadrement?lieu={NORTH}&fichier=csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))

    told = ("Moins de 6 ans", "Demandées", "Prévues", "Manque")
    assert [tuple(row[name] for name in told) for row in rows] == [
        ("9", "2", "1", "1"),
        ("9", "2", "2", "0"),
    ]
    assert "9 h" in lead.sees(f"/equipe/encadrement?lieu={NORTH}")


def test_no_event_says_who_works(ens: Provider, lead: Desk) -> None:
    a_reception()
    ens.clear_outbox()

    plans(lead, today())
    lead.sees(page_of(today()))

    outbox = kit_table(store.metadata, "outbox")
    with store.read() as read:
        assert planned() and read.execute(select(outbox)).all() == []


def test_a_day_out_of_the_calendar_is_brought_back_and_another_year_is_no_error(
    ens: Provider, lead: Desk
) -> None:
    a_reception()
    for day in ("9999-12-31", "0001-01-01", "hier", ""):
        assert lead.client.get(f"/equipe?jour={day}").status_code == 200, day
        assert lead.client.get(f"/equipe/semaine?semaine={day}").status_code == 200, day


def test_a_week_of_two_hundred_children_and_thirty_persons_is_there_at_once(
    ens: Provider, lead: Desk
) -> None:
    group = a_reception()
    is_declared()
    come(ens, group, 200, today())
    for number in range(30):
        works(f"Personne {number}", *(monday_of(today()) + timedelta(days=d) for d in range(7)))
    lead.sees(page_of(today()))

    best = min(_seconds_of(lead) for _ in range(5))

    assert best < 0.15, best


def _seconds_of(desk: Desk) -> float:
    began = time.perf_counter()
    desk.client.get(page_of(today()))
    return time.perf_counter() - began
