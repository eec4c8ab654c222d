"""
The day's main act of each role, on its own device, while another provider is stopped.

The front desk's is in `test_counter_household.py`, the régisseur's in `test_letters_on_paper.py`.
"""

import csv
import io
import re
from datetime import date, timedelta
from urllib.parse import urljoin

import holidays
from babel.dates import format_date
from playwright.sync_api import Page, expect

from deploy.demo.invented.account_holders import DemoAgent, accounts_of_agents
from deploy.processes.ops_requests import ops_client
from shared.contracts.identity import accounts
from shared.dates.clock import now, today
from tests.journeys.bus import stopped
from tests.journeys.conftest import DESK, PHONE, NewPage
from tests.journeys.looks import is_sound
from tests.journeys.offers import give_place, offer_every_day
from tests.journeys.people import Agent, Parent, child_id, until_shown
from tests.journeys.reader import Reader
from tests.journeys.taps import Hand
from tests.journeys.town import DemoTown

TABLET = (1024, 768)

COOK = DemoAgent("marthe.guyot", "Marthe Guyot", "ens", ("kitchen",), "École L’Épinette")
"""A cook of one school; whoever cooks in the demo's file of agents does so for all of them."""
HER_LUNCH, LUNCH_ELSEWHERE = "Repas de L’Épinette", "Repas des Tilleuls"
EATS, EATS_ELSEWHERE = "magali.bonnefoy@example.com", "dominique.kerbrat@example.org"

POOL, LESSON = "Piscine de l’agglomération", "Jardin aquatique"
JUDO, STAGE, WORKSHOP = "Éveil judo", "Stage de dessin", "Atelier jardin"
TEXT = "Quels services ont lu le dossier de Wassim cette année ?"
ANSWER = "Trois services l’ont lu : leurs noms et les dates sont sur la page « Qui a lu »."


def test_the_cook_of_one_school_has_its_meals_by_diet_and_its_file_with_the_sports_stopped(
    town: DemoTown, new_page: NewPage
) -> None:
    for label, site, login, child in (
        (HER_LUNCH, COOK.site, EATS, "Quentin"),
        (LUNCH_ELSEWHERE, "École des Tilleuls", EATS_ELSEWHERE, "Romane"),
    ):
        offer_every_day(town, "ens", f"roles {label}", label, "canteen", site=site)
        give_place(town, "ens", f"roles {label}", child_id(town, login, child))
    mother = Parent(town, new_page(PHONE), EATS)
    mother.sign_in()
    cook = Agent(town, new_page(TABLET, touch=True), "ens", COOK.login)
    _has_an_account(town)
    cook.sign_in_with(COOK.code_of_now)
    page, day = cook.page, _next_lunch()

    with stopped(town, "agg"):
        mother.tell_diet("Quentin", "Végétarien")
        until_shown(page, "Végétarien", f"{cook.desk}/effectifs?jour={day}")
        _reads_tomorrow(cook, day)
        page.get_by_role("link", name="Repas de la semaine").tap()
        _reads_the_week(page, day)


def test_an_animator_marks_a_group_and_closes_it_on_a_tablet_with_the_schools_stopped(
    town: DemoTown, new_page: NewPage
) -> None:
    login, here, away = "malgorzata.kowalczyk@example.org", "Zofia", "Łukasz"
    offer_every_day(town, "agg", "roles judo", JUDO, "judo")
    for child in (here, away):
        give_place(town, "agg", "roles judo", child_id(town, login, child))
    mother = Reader(town, login)
    lea = Agent(town, new_page(TABLET, touch=True), "agg", "lea.moreau")
    lea.sign_in()
    page = lea.page

    with stopped(town, "ens"):
        hand = Hand(page)
        hand.begins_at(lea.desk)
        hand.taps_on(page.get_by_role("link", name="Pointer", exact=True))
        hand.taps_on(page.locator("#sessions").get_by_text(JUDO).first)
        absent = page.get_by_role("group", name=away).locator(".ticks").get_by_text("Absent")
        hand.taps_on(absent)
        hand.taps_on(page.get_by_role("button", name=re.compile("^Pointer présent")))
        expect(page.locator("#counts")).to_contain_text("1 présent")
        is_sound(page)
        page.on("dialog", lambda dialog: dialog.accept())
        hand.taps_on(page.get_by_role("button", name="Clôturer le pointage"))
        expect(page.locator("#closed")).to_be_visible()
        hand.tells("a group marked and closed, one child absent", most=5)
        mother.until_told("absence notée")

        page.goto(lea.desk)
        expect(page.get_by_role("link").filter(has_text=JUDO)).to_contain_text("Pointage clôturé à")


def test_the_school_office_accepts_a_request_and_the_mother_reads_it_with_the_sports_stopped(
    town: DemoTown, new_page: NewPage
) -> None:
    criteria = [{"code": "first_time", "label": "Première fois", "points": 10}]
    offer_every_day(
        town,
        "ens",
        "roles stage",
        STAGE,
        "evening_care",
        places=12,
        allocation="criteria",
        criteria=criteria,
        closes_at=now() + timedelta(days=20),
    )
    mother = Parent(town, new_page(PHONE), "pauline.mercadier@example.org")
    mother.sign_in()
    solene = Agent(town, new_page(DESK), "ens", "solene.vidal")
    solene.sign_in()
    page = solene.page

    with stopped(town, "agg"):
        mother.apply_for(STAGE, "Siméon")
        expect(mother.page.get_by_role("heading", level=1)).not_to_contain_text("Demander")
        application = mother.page.url
        assert "a une place" not in mother.text()
        until_shown(page, STAGE, f"{solene.desk}/demandes")
        hand = Hand(page)
        hand.begins_at(solene.desk)
        hand.taps_on(page.get_by_role("banner").get_by_role("link", name="Les demandes"))
        asked = page.get_by_role("listitem").filter(has_text=STAGE).filter(has_text="Siméon")
        hand.taps_on(asked.get_by_role("checkbox"))
        hand.taps_on(page.get_by_role("button", name="Accepter les demandes choisies"))
        expect(page.locator("main")).to_contain_text("1 demande est acceptée.")
        hand.tells("accept one application", most=3)
        is_sound(page)
        until_shown(mother.page, "Siméon a une place", application)


def test_who_directs_one_pool_closes_a_group_and_takes_it_back_with_the_schools_stopped(
    town: DemoTown, new_page: NewPage
) -> None:
    login = "severine.chauvin@example.net"
    group = offer_every_day(town, "agg", "roles pool", LESSON, "swimming_school", site=POOL)
    give_place(town, "agg", "roles pool", child_id(town, login, "Kélian"))
    mother = Reader(town, login)
    mother.until_told(LESSON)
    yasmine = Agent(town, new_page(PHONE, touch=True), "agg", "yasmine.cherif")
    yasmine.sign_in()
    page, main = yasmine.page, yasmine.page.locator("main")

    with stopped(town, "ens"):
        page.goto(yasmine.desk)
        page.get_by_role("link", name="Fermer un groupe").tap()
        expect(main).to_contain_text(LESSON)
        expect(main).not_to_contain_text("Dojo")
        for box in page.locator("input[name=groups]").all():
            box.set_checked(box.get_attribute("value") == group)
        page.get_by_label("Locaux indisponibles").tap()
        page.get_by_role("button", name="Annuler et prévenir les familles").tap()
        expect(main).to_contain_text("1 famille est prévenue")
        mother.until_told("Séance annulée par le service", "/nouvelles")

        closed = page.get_by_role("listitem").filter(has_text=LESSON)
        closed.locator("summary").tap()
        closed.get_by_role("button", name="Rouvrir").tap()
        expect(main).to_contain_text("C’est rouvert")
        is_sound(page)
        mother.until_told("La séance aura bien lieu", "/nouvelles")


def test_a_lead_has_read_the_news_of_a_group_and_the_mother_sees_it_with_the_sports_stopped(
    town: DemoTown, new_page: NewPage
) -> None:
    login = "justine.fontanel@example.org"
    offer_every_day(town, "ens", "roles garden", WORKSHOP, "evening_care")
    give_place(town, "ens", "roles garden", child_id(town, login, "Isaac"))
    mother = Parent(town, new_page(PHONE), login)
    mother.sign_in()
    karim = Agent(town, new_page(TABLET, touch=True), "ens", "karim.haddad")
    karim.sign_in()
    page = karim.page

    with stopped(town, "agg"):
        what = ("kiwi", "des plaques", "appeler le 15", "dans le bureau", "2099-07-05")
        mother.tell_allergy_and_plan("Isaac", *what)
        expect(mother.page.locator("main")).to_contain_text("Enseignement")
        until_shown(page, WORKSHOP, f"{karim.desk}/a-voir")
        page.get_by_role("link", name=re.compile(WORKSHOP)).tap()
        expect(page.get_by_role("heading", level=1)).to_contain_text(WORKSHOP)
        expect(page.locator("main")).to_contain_text("appeler le 15")
        is_sound(page)
        page.get_by_role("button", name=re.compile("J’ai lu")).tap()
        expect(page.locator("main")).to_contain_text("Vu pour 1 enfant.")
        assert WORKSHOP not in karim.text()
        mother.open_page("Isaac", "qui-sait-quoi")
        until_shown(mother.page, "Responsable", mother.page.url)


def test_the_data_protection_officer_answers_within_the_delay_with_the_sports_stopped(
    town: DemoTown, new_page: NewPage
) -> None:
    mother = Parent(town, new_page(PHONE), "peggy.zimmer@example.com")
    mother.sign_in()
    office = Agent(town, new_page(DESK), "front_desk", "frederique.arnaud")
    office.sign_in()
    page = office.page

    with stopped(town, "agg"):
        asked = _asks(mother)
        hand = Hand(page)
        hand.begins_at(office.desk)
        line = page.get_by_role("link", name=re.compile("Peggy Zimmer"))
        expect(line).to_contain_text("avant le")
        hand.taps_on(line)
        expect(page.locator("main")).to_contain_text(TEXT)
        hand.taps_on(page.get_by_role("button", name="Prendre en charge"))
        page.get_by_label("La réponse").fill(ANSWER)
        hand.taps_on(page.get_by_role("button", name="Envoyer la réponse"))
        expect(page.locator("main")).to_contain_text(ANSWER)
        hand.tells("answer a family’s question about its data", most=3)
        is_sound(page)
        until_shown(mother.page, ANSWER, asked)


def _has_an_account(town: DemoTown) -> None:
    with ops_client(town.applied) as client:
        opened = accounts.OpenAccountsRequest(accounts_of_agents([COOK]))
        client.ask(accounts.open_accounts, opened, deadline=30.0)


def _next_lunch() -> date:
    """Return the first day after today that is no public holiday: lunch is had on all others."""
    days = (today() + timedelta(days=ahead) for ahead in range(1, 10))
    return next(day for day in days if day not in holidays.France(years=day.year))


def _reads_tomorrow(cook: Agent, day: date) -> None:
    page, main = cook.page, cook.page.locator("main")
    page.goto(f"{cook.desk}/effectifs")
    for _ in range((day - today()).days):
        page.get_by_role("navigation", name="Jours").get_by_role("link").nth(1).tap()
    lunch = main.locator("section").filter(has_text=HER_LUNCH)
    expect(lunch).to_contain_text("1 enfant")
    expect(lunch).to_contain_text("Végétarien 1")
    expect(main).not_to_contain_text("Tilleuls")
    is_sound(page)


def _reads_the_week(page: Page, day: date) -> None:
    """Compare the week's page with its file: her school alone, the vegetarian of that day."""
    table = page.get_by_role("table")
    expect(table).to_contain_text(HER_LUNCH)
    expect(table).not_to_contain_text("Tilleuls")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tableur").tap()
    assert download.value.suggested_filename == "Repas de la semaine.xlsx"
    of_csv = page.get_by_role("link", name="Télécharger en CSV").get_attribute("href") or ""
    taken = page.request.get(urljoin(page.url, of_csv)).body().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(taken), delimiter=";"))
    assert {row["Site"] for row in rows} <= {COOK.site, ""}
    meals = next(
        row for row in rows if HER_LUNCH in row["Groupe"] and row["Régime"] == "Végétarien"
    )
    assert meals[format_date(day, "EEE d MMM", locale="fr")] == "1"


def _asks(mother: Parent) -> str:
    """Ask who read a child's dossier; return the address at which the answer is read."""
    page = mother.page
    page.goto(f"{mother.town.portal}/vos-droits")
    page.get_by_role("link", name="Faire une demande").click()
    page.get_by_label("Voir").check()
    page.get_by_label("Wassim Zimmer").check()
    page.get_by_label("En quelques mots").fill(TEXT)
    page.get_by_role("button", name="Envoyer la demande").click()
    expect(page.locator("main")).to_contain_text("Votre demande est envoyée")
    return page.url
