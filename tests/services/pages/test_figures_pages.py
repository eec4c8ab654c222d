"""The page of figures at a desk: sums with their lists and files, for who answers for the days."""

import csv
import io
import json
import random
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from services.enrolment.children.rules.place_codes_of_rights import place_code_of_site
from services.enrolment.figures.rules.demand import CAPACITY
from services.enrolment.places.applications.commands import decisions
from services.enrolment.store import store
from shared.contracts.enrolment.places import states
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.factories import enrolment as make
from tests.factories import figures, offer
from tests.factories import places as of_places
from tests.factories.attendance import booked
from tests.factories.enrolment import Desk, Provider
from tests.factories.register import demo_rows

YEAR, QUARTER = "2025-2026", "2025-T4"


@pytest.fixture
def lead(ens: Provider) -> Desk:
    """Give the desk with who answers for the days signed in, after a past autumn."""
    children = figures.children_of(ens, 8)
    figures.an_autumn(children, random.Random(1), days=5, site="École Nord", places=20)
    figures.an_autumn(children, random.Random(2), days=4, site="École Sud", label="Repas du sud")
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead"))
    return desk


def rows_of(desk: Desk, address: str) -> list[dict[str, str]]:
    answer = desk.client.get(f"{address}&fichier=csv")
    assert answer.status_code == 200, answer.status
    text = io.StringIO(answer.data.decode("utf-8-sig"))
    return list(csv.DictReader(text, delimiter=";"))


def test_a_year_is_seen_at_a_glance_and_each_figure_opens_its_list(lead: Desk) -> None:
    page = lead.sees(f"/chiffres?periode={YEAR}&trimestre={QUARTER}")

    assert "Chiffres, année scolaire 2025-2026" in page
    for heading in ("Repas servis", "Occupation par activité", "Heures pour la CAF, 4e trimestre"):
        assert heading in page
    assert "Provisoire" not in page
    markup = lead.client.get(f"/chiffres?periode={YEAR}&trimestre={QUARTER}").text
    lists = set(re.findall(r'href="(/chiffres/[^"]+)"', markup))
    assert {address.split("?")[0] for address in lists} >= {
        "/chiffres/presences",
        "/chiffres/seances",
        "/chiffres/caf",
    }
    for address in lists:
        assert lead.client.get(address.replace("&amp;", "&")).status_code == 200, address


def test_the_files_hold_what_the_lists_show_and_leave_nobodys_line(
    ens: Provider, lead: Desk
) -> None:
    ens.clear_outbox()
    sums = rows_of(lead, f"/chiffres/presences?periode={YEAR}")
    sessions = rows_of(lead, f"/chiffres/seances?periode={YEAR}")

    assert len(sessions) == 9
    for name in ("Réservés", "Présents", "Absents", "Excusés", "Places"):
        assert sum(int(row[name]) for row in sums) == sum(int(row[name]) for row in sessions)
    assert {row["Site"] for row in sums} == {"École Nord", "École Sud"}
    assert ens.published("list_taken") == [], "sums hold no child"

    north = rows_of(lead, f"/chiffres/seances?periode={YEAR}&site=École Nord")
    assert len(north) == 5
    hours = rows_of(lead, f"/chiffres/caf?periode={QUARTER}")
    sheet = openpyxl.load_workbook(
        io.BytesIO(lead.client.get(f"/chiffres/caf?periode={QUARTER}&fichier=xlsx").data)
    ).active
    assert sheet is not None
    told = [float(row["Heures"].replace(",", ".")) for row in hours]
    assert [round(float(str(row[-1].value)), 2) for row in list(sheet.iter_rows())[1:]] == told
    assert all(row["Accueil"] == "périscolaire" for row in hours)
    assert all(row["Régime"] == "non connu ici" for row in hours)


def test_a_session_leads_to_its_children_for_who_sees_them(lead: Desk) -> None:
    page = lead.client.get(f"/chiffres/seances?periode={YEAR}&site=École Nord").text

    address = re.findall(r'href="(/effectifs/enfants[^"]+)"', page)[0].replace("&amp;", "&")
    assert "Figure" in lead.sees(address)


def open_session() -> None:
    """Hold a session that nobody closes."""
    with store.write() as write:
        group = offer.a_group(
            write, offer.an_activity(write), first_day=figures.FIRST, last_day=figures.LAST
        )
        booked(write, offer.session_on(write, group, date(2025, 12, 1)), new_id())


def test_a_quarter_that_is_not_over_or_not_closed_is_provisional(lead: Desk) -> None:
    now_on = lead.sees("/chiffres/caf?periode=2099-T4")
    assert "Provisoire : ce trimestre n’est pas terminé" in now_on

    open_session()
    page = lead.sees(f"/chiffres/caf?periode={QUARTER}")
    seen = lead.sees(f"/chiffres?periode={YEAR}&trimestre={QUARTER}")

    assert "Provisoire : 1 séance n’est pas clôturée" in page and "Provisoire" in seen
    assert "1 séance passée n’est pas clôturée" in seen


def what_families_were_told(ens: Provider, sites: Sequence[str]) -> dict[str, Counter[str]]:
    """Let families ask at sites with few places, and some think again; count their answers."""
    dice, told = random.Random(22), {}
    families = of_places.arrived(ens, 9 * len(sites))
    for at, site in enumerate(sites):
        group = of_places.a_group(places=2 + at, site=site)
        answers = {}
        for family in families[9 * at : 9 * at + 9]:
            answers[family.guardian] = str(of_places.asks(family, group)["state"])
        for family in dice.sample(families[9 * at : 9 * at + 9], 4):
            asked = of_places.application_of(group, family)
            if dice.random() < 0.5 and answers[family.guardian] == states.WAITING:
                with store.write() as write:
                    decisions.refuse_application(write, asked, CAPACITY, "canteen", now())
                answers[family.guardian] = "full"
            else:
                answers[family.guardian] = of_places.withdraws(family, asked)
        for family in families[9 * at : 9 * at + 9]:  # a place that came free is the next one's
            if answers[family.guardian] == states.WAITING:
                answers[family.guardian] = of_places.states(group)[family.child.id]
        told[site] = Counter(answers.values())
    return told


def test_demand_is_what_each_family_was_told(ens: Provider, lead: Desk) -> None:
    told = what_families_were_told(ens, ["École Est", "École Ouest"])

    page = lead.sees("/chiffres")
    rows = {row["Site"]: row for row in rows_of(lead, "/chiffres/demandes?site=")}

    assert "Demandes, refus et attente" in page and "Par site et par activité" in page
    assert rows.keys() == told.keys()
    assert sum((Counter(each) for each in told.values()), Counter())["full"] > 0
    for site, answers in told.items():
        row = {name: int(number) for name, number in rows[site].items() if number.isdecimal()}
        assert row["Demandes"] == answers.total() == 9
        assert row["Places données"] + row["Proposées"] == (
            answers[states.ACCEPTED] + answers[states.OFFERED]
        )
        assert row["En attente"] == answers[states.WAITING]
        assert row["Refusées : complet"] == answers["full"]
        assert row["Retirées"] == answers[states.WITHDRAWN]
        assert row["Sans place"] == answers[states.WAITING] + answers["full"]


def test_who_does_not_answer_for_days_finds_no_figures(ens: Provider, lead: Desk) -> None:
    for role in ("kitchen", "treasurer", "administrator", "school_desk"):
        desk = make.desk_of(ens)
        desk.signs_in(ens.has_agent(role))
        for path in ("", "/presences", "/seances", "/demandes", "/caf"):
            assert desk.client.get(f"/chiffres{path}").status_code == 404, (role, path)


def test_who_answers_for_one_site_reads_the_sums_of_that_site(ens: Provider, lead: Desk) -> None:
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead", places=[place_code_of_site("École Sud")]))

    rows = rows_of(desk, f"/chiffres/presences?periode={YEAR}")
    assert {row["Site"] for row in rows} == {"École Sud"}
    assert "École Nord" not in desk.sees(f"/chiffres?periode={YEAR}")


@pytest.mark.parametrize("code", ["x", "2026-13", "9999-12-31", "0001-01-01", "%22%3E"])
def test_a_period_that_is_none_shows_this_school_year(lead: Desk, code: str) -> None:
    assert "année scolaire" in lead.sees(f"/chiffres?periode={code}&trimestre={code}")


def test_the_councils_report_hides_small_numbers_and_is_published_by_an_act(
    ens: Provider, lead: Desk
) -> None:
    page = lead.sees(f"/chiffres/conseil?trimestre={QUARTER}")
    assert "Rapport du conseil, 4e trimestre 2025" in page and "Pas encore publié" in page
    ens.clear_outbox()

    lead.sends("/chiffres/conseil", at="/chiffres/conseil", trimestre=QUARTER)

    (event,) = ens.published("figures_published")
    assert event["period"] == QUARTER
    assert "Publié" in lead.sees(f"/chiffres/conseil?trimestre={QUARTER}")
    lead.sends("/chiffres/conseil", at="/chiffres/conseil", trimestre="2099-T4")
    assert len(ens.published("figures_published")) == 1
    assert "ne peut pas encore être publié" in lead.sees("/chiffres/conseil?trimestre=2099-T4")


def test_who_is_on_trial_publishes_nothing(ens: Provider, lead: Desk, tmp_path: Path) -> None:
    rows = demo_rows(states={"ens": "trial"})
    (tmp_path / "register.json").write_text(json.dumps(rows))
    ens.settings.register._file._looked_at = 0.0

    page = lead.sees(f"/chiffres/conseil?trimestre={QUARTER}")
    answer = lead.sends("/chiffres/conseil", at="/chiffres/conseil", trimestre=QUARTER)

    assert "Service à l’essai" in page and "Publier pour la ville" not in page
    assert answer.status_code == 404
    assert ens.published("figures_published") == []


def test_who_answers_for_one_site_does_not_publish_for_all(ens: Provider, lead: Desk) -> None:
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("lead", places=[place_code_of_site("École Sud")]))

    assert desk.client.get("/chiffres/conseil").status_code == 404
    assert "Rapport du conseil" not in desk.sees("/chiffres")
