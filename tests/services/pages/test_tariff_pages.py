"""The administrator's pages of tariffs, with and without JavaScript; the broker is down."""

import re
from datetime import timedelta
from typing import Any

import pytest

from services.enrolment.offer.tariffs import queries as stored
from services.enrolment.offer.tariffs.commands import editing
from services.enrolment.offer.tariffs.rules import grid_succession
from services.enrolment.store import store
from shared.dates.clock import today
from tests.factories import enrolment as make
from tests.factories import tariffs as tariff
from tests.factories.enrolment import Desk, Provider
from tests.factories.tariffs import OUTSIDE, TOWN, grid, last_year, later, soon

DAY = timedelta(days=1)
NEW = "/tarifs/nouveau"

HEAD = {"activity": "canteen", "label": "Repas", "unit": "session"}
GRID = {
    "decision": "Délibération n° 2026-058",
    "ranks": "1",
    "effort": "",
    "variants": "",
    "parts-0-label": "Nourriture",
    "parts-0-tax": "food",
    "parts-0-budget": "7067-251",
    "parts-0-siblings": "10, 20",
    "table-0-variant": "",
    "table-0-residences": f"{TOWN},{OUTSIDE}",
    "b0-0-from": "0",
    "b0-0-to": "400",
    f"b0-0-p0-{TOWN}-r0-cents": "0,50",
    f"b0-0-p0-{OUTSIDE}-r0-cents": "6,50",
    "b0-1-from": "",
    "b0-1-to": "",
    f"b0-1-p0-{TOWN}-r0-cents": "1,75 €",
    f"b0-1-p0-{OUTSIDE}-r0-cents": "6.5",
}
START = f"{NEW}?activity=canteen&label=Repas&unit=session"


@pytest.fixture
def desk(ens: Provider) -> Desk:
    """Give the desk with the provider's administrator signed in."""
    desk = make.desk_of(ens)
    desk.signs_in(ens.has_agent("administrator"))
    return desk


@pytest.fixture
def classes(ens: Provider) -> None:
    tariff.with_classes()


def adds(desk: Desk, **more: Any) -> Any:
    """Send the form of a new tariff; None takes a field out."""
    typed = HEAD | GRID | {"valid_from": soon().isoformat()} | more
    form = {name: value for name, value in typed.items() if value is not None}
    return desk.sends(NEW, at=START, **form)


def fields(page: str) -> dict[str, str]:
    """Return the fields of a page as a browser would send them."""
    tags = re.findall(r"<input[^>]+>", page)
    found = {}
    for tag in tags:
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        box = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and "__at__" not in tag and (not box or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select[^>]+name="([^"]+)">(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        if chosen and "__at__" not in name:
            found[name] = chosen[1]
    return found


def only_tariff() -> tuple[str, Any]:
    with store.read() as read:
        ((code, content),) = stored.tariffs_by_code(read).items()
    return code, content


# A new tariff


def test_classes_are_asked_for_first_and_communes_put_into_them(ens: Provider, desk: Desk) -> None:
    assert "Dites d’abord qui habite où." in desk.sees("/tarifs")
    assert desk.client.get(NEW).headers["Location"] == "/residences"
    assert desk.sends("/residences", at="/residences", here="").status_code == 422
    desk.sends("/residences", at="/residences", here="Habitants", elsewhere="Extérieurs")
    placing_form = {"residence": "habitants", "first": "01/01/2012"}
    assert desk.sends("/residences/communes", at="/residences", **placing_form).status_code == 422

    desk.sends("/residences/communes", at="/residences", communes="28901", **placing_form)

    words = desk.sees("/residences")
    assert "Démonstration 1er janvier 2012 sans fin" in words
    assert [each["version"] for each in ens.published("residences_published")] == [1, 2]


@pytest.mark.usefixtures("classes")
def test_a_grid_is_typed_as_it_is_printed_and_told(ens: Provider, desk: Desk) -> None:
    words = desk.sees(START)
    assert "Restauration scolaire · À la séance" in words and "Habitants" in words

    assert adds(desk).status_code == 303

    code, content = only_tariff()
    assert (code, content["activity"], content["unit"]) == ("repas", "canteen", "session")
    (part,) = content["grids"][0]["parts"]
    assert (part["tax"], part["budget"], part["sibling_percent"]) == ("food", "7067-251", [10, 20])
    inside, outside = part["columns"]
    limits = [(band["from_cents"], band["to_cents"]) for band in inside["bands"]]
    assert limits == [(0, 40_000), (40_000, None)]
    assert [band["price"]["cents"] for band in inside["bands"]] == [50, 175]
    assert [band["price"]["cents"] for band in outside["bands"]] == [650, 650]
    assert len(ens.published("tariff_published")) == 1
    words = desk.sees("/tarifs/repas")
    assert "moins de 400 0,50 € 6,50 €" in words and "400 et plus 1,75 € 6,50 €" in words
    assert "2e enfant −10 %, 3e enfant −20 %" in words
    assert "à partir du" in desk.sees("/tarifs")


@pytest.mark.usefixtures("classes")
def test_what_is_due_of_a_part_of_a_month_is_chosen_with_the_grid_and_said(desk: Desk) -> None:
    start = START.replace("unit=session", "unit=month")
    assert "euls les mois commencés" not in desk.sees(start)
    words = desk.sees(start)
    assert "Place prise ou quittée en cours de mois" in words
    assert "Seules les semaines commencées sont dues" in words
    assert "Place prise ou quittée" not in desk.sees(START)

    refused = adds(desk, unit="month", per="child", proration="sometimes")
    assert refused.status_code == 422
    assert "en cours de mois : Choisissez une réponse." in make.words(refused.text)
    assert adds(desk, unit="month", per="child", proration="weeks").status_code == 303

    assert only_tariff()[1]["grids"][0]["proration"] == "weeks"
    assert (
        "Place prise ou quittée en cours de mois seules les semaines commencées sont dues"
        in desk.sees("/tarifs/repas")
    )
    assert fields(desk.client.get("/tarifs/repas/grille").text)["proration"] == "weeks"


@pytest.mark.usefixtures("classes")
@pytest.mark.parametrize(
    ("unit", "case", "of_months"),
    [
        ("term", "en cours de période", "Un mois commencé compte en entier. Seules"),
        ("year", "en cours d’année", "Une année en a douze : pour dix, facturez à la période."),
    ],
    ids=["term", "year"],
)
def test_what_a_choice_means_is_said_of_its_own_period(
    desk: Desk, unit: str, case: str, of_months: str
) -> None:
    words = desk.sees(START.replace("unit=session", f"unit={unit}"))

    assert f"Place prise ou quittée {case}" in words
    assert of_months in words
    assert "Chaque mois en a deux" in words
    assert "Au début ou à la fin, moins de quatre jours n’en font pas une." in words


@pytest.mark.usefixtures("classes")
def test_each_mistake_stands_by_its_field_and_what_was_typed_is_kept(desk: Desk) -> None:
    wrong = {
        "decision": "",
        "parts-0-siblings": "dix",
        "parts-0-budget": "7067/251",
        "b0-1-from": "410",
        f"b0-1-p0-{TOWN}-r0-cents": "un euro",
        "b0-1-label": "Tranche rare",
    }

    answer = adds(desk, **wrong)

    assert answer.status_code == 422
    assert "Il y a un trou : la tranche d’avant finit à 400." in answer.text.replace("\xa0", " ")
    for name in (
        "decision",
        "parts-0-siblings",
        "parts-0-budget",
        "b0-1-from",
        f"b0-1-p0-{TOWN}-r0-cents",
    ):
        assert f'id="{name}-mistake"' in answer.text
    kept = fields(answer.text)
    assert kept["b0-1-label"] == "Tranche rare" and kept["b0-1-from"] == "410"
    assert kept[f"b0-1-p0-{TOWN}-r0-cents"] == "un euro"
    with store.read() as read:
        assert stored.tariffs_by_code(read) == {}


@pytest.mark.usefixtures("classes")
def test_what_a_new_tariff_lacks_is_listed_with_the_name_of_its_field(desk: Desk) -> None:
    words = desk.sees(f"{NEW}?label=", status=422)

    assert "3 réponses sont à corriger" in words
    assert "Activité : Choisissez une activité." in words
    assert "Nom du tarif : Écrivez le nom du tarif." in words
    assert "Facturer : Choisissez une réponse." in words


@pytest.mark.usefixtures("classes")
def test_the_gap_that_a_town_printed_is_shown_at_its_row(desk: Desk) -> None:
    published = {"b0-0-to": "800", "b0-1-from": "860"}

    answer = adds(desk, **published)

    assert answer.status_code == 422
    assert 'id="b0-1-from-mistake"' in answer.text and "finit à 800" in answer.text


@pytest.mark.usefixtures("classes")
def test_a_first_grid_in_the_past_asks_to_be_read_again(desk: Desk) -> None:
    past = {"valid_from": last_year().isoformat()}

    asked = adds(desk, **past)

    assert asked.status_code == 422 and "Oui, j’ai relu ces prix" in asked.text
    assert adds(desk, **past, consent="yes").status_code == 303
    assert only_tariff()[1]["grids"][0]["valid_from"] == last_year()


@pytest.mark.usefixtures("classes")
def test_the_same_form_sent_twice_is_one_tariff(desk: Desk) -> None:
    adds(desk)

    again = adds(desk)

    assert again.status_code == 422 and "déjà un tarif de ce nom" in again.text
    assert only_tariff()[0] == "repas"


@pytest.mark.usefixtures("classes")
def test_rates_have_a_floor_and_a_ceiling_beside_flat_prices(desk: Desk) -> None:
    cell = f"b0-0-p0-{TOWN}-r0"
    rate = {f"{cell}-cents": "", f"{cell}-rate": "0,55", f"{cell}-floor": "0,80"}
    lacking = adds(desk, effort="yes", **rate)
    assert lacking.status_code == 422 and f'id="{cell}-ceiling-mistake"' in lacking.text

    adds(desk, effort="yes", **rate, **{f"{cell}-ceiling": "3,19"})

    band = only_tariff()[1]["grids"][0]["parts"][0]["columns"][0]["bands"][0]
    assert band["price"] == tariff.effort(5500, 80, 319)
    assert "0,55 % du quotient, de 0,80 € à 3,19 €" in desk.sees("/tarifs/repas")


@pytest.mark.usefixtures("classes")
def test_what_a_duration_a_period_or_a_household_needs_is_asked(desk: Desk) -> None:
    half_hours = {"unit": "minutes", "unit_minutes": "30", "free_minutes": "5"}
    assert adds(desk, unit="minutes").status_code == 422
    adds(desk, label="Garderie", activity="evening_care", **half_hours)
    autumn = {"periods-0-label": "Automne", "periods-0-first": "2026-09-01"}
    terms = {"unit": "term", "per": "child", **autumn, "periods-0-last": "2026-12-18"}
    adds(desk, label="Étude", **terms)
    assert adds(desk, label="Adhésion", unit="year").status_code == 422
    adds(desk, label="Adhésion", unit="year", per="household")

    with store.read() as read:
        found = stored.tariffs_by_code(read)
    assert found["garderie"]["duration"]["unit_minutes"] == 30
    assert found["etude"]["periods"][0]["label"] == "Automne"
    assert found["adhesion"]["per"] == "household"
    assert "30 min" in desk.sees("/tarifs/garderie")
    assert "ils s’ajoutent sur la facture" in desk.sees("/tarifs/etude")


# The form without JavaScript


@pytest.mark.usefixtures("classes")
def test_buttons_add_and_remove_what_there_is_to_type(desk: Desk) -> None:
    added = fields(adds(desk, add="b0").text)
    assert added["b0-2-from"] == "" and added["b0-0-to"] == "400"
    assert "b0-1-from" not in fields(adds(desk, remove="b0-1").text)
    two_parts = fields(adds(desk, add="parts").text)
    assert f"b0-0-p1-{TOWN}-r0-cents" in two_parts
    ranks = fields(adds(desk, **{"set-ranks": "2"}).text)
    assert f"b0-0-p0-{TOWN}-r1-cents" in ranks
    rates = fields(adds(desk, **{"set-effort": "yes"}).text)
    assert f"b0-0-p0-{TOWN}-r0-rate" in rates
    extra = fields(adds(desk, add="surcharges").text)
    assert "surcharges-0-label" in extra
    with store.read() as read:
        assert stored.tariffs_by_code(read) == {}


@pytest.mark.usefixtures("classes")
def test_those_from_outside_get_bands_of_their_own_and_come_back(desk: Desk) -> None:
    split = fields(adds(desk, split=f"0-{OUTSIDE}").text)
    assert split["table-1-residences"] == OUTSIDE and split["b1-0-to"] == "400"
    one_band = {name: value for name, value in split.items() if not name.startswith("b1-1")}

    desk.sends(NEW, at=START, **one_band | {"b1-0-to": ""})

    inside, outside = only_tariff()[1]["grids"][0]["parts"][0]["columns"]
    assert len(inside["bands"]) == 2 and len(outside["bands"]) == 1
    words = desk.sees("/tarifs/repas")
    assert "tous les quotients 6,50 €" in words
    joined = fields(desk.sends(NEW, at=START, **split, join="1").text)
    assert joined["table-0-residences"] == f"{TOWN},{OUTSIDE}" and "b1-0-to" not in joined


@pytest.mark.usefixtures("classes")
def test_who_brings_a_meal_gets_prices_of_its_own(desk: Desk) -> None:
    asked = fields(adds(desk, **{"set-own-meal": "yes"}).text)
    assert asked["variants"] == ",own_meal" and asked["table-1-variant"] == "own_meal"
    own = {name: "0,80" for name in asked if name.startswith("b1-") and name.endswith("-cents")}

    desk.sends(NEW, at=START, **asked | own | {"parts-0-tax": "food"})

    content = only_tariff()[1]
    assert content["variants"] == ["", "own_meal"]
    (column,) = [
        column
        for column in content["grids"][0]["parts"][0]["columns"]
        if column["variant"] == "own_meal"
    ]
    assert {band["price"]["cents"] for band in column["bands"]} == {80}
    assert "Apporte son repas" in desk.sees("/tarifs/repas")


# A tariff that is there


def test_the_next_grid_begins_with_the_last_ones_prices(ens: Provider, desk: Desk) -> None:
    meal = tariff.part(
        tariff.column([tariff.band(0, 400, 50, 40), tariff.band(400, None, 175)], TOWN),
        tariff.column([tariff.band(0, None, 650)], OUTSIDE),
        sibling_percent=[10],
    )
    late = {"label": "Retard", "when": "late_pickup", "effect": "add", "cents": 300}
    extra = {"tax": "other", "budget": "", "residences": [OUTSIDE], "tolerance_minutes": 10}
    code = tariff.with_tariff(grid(last_year(), parts=[meal], surcharges=[late | extra]))
    page = f"/tarifs/{code}/grille"
    form = fields(desk.client.get(page).text) | {
        "valid_from": soon().isoformat(),
        "decision": "D 2",
    }
    del form["csrf_token"]

    assert desk.sends(page, at=page, **form).status_code == 303

    before, after = (each for each in only_tariff()[1]["grids"])
    assert after["parts"] == before["parts"] and after["surcharges"] == before["surcharges"]
    assert before["valid_to"] == soon() - DAY
    words = desk.sees(f"/tarifs/{code}")
    assert "en ce moment" in words and "à venir" in words
    past = desk.sends(page, at=page, **form | {"valid_from": today().isoformat()})
    assert past.status_code == 422 and 'id="valid_from-mistake"' in past.text


def test_a_coming_grid_is_corrected_and_taken_out(ens: Provider, desk: Desk) -> None:
    code = tariff.with_tariff(grid(last_year()))
    with store.write() as write:
        editing.add_grid(write, code, grid(soon()), today())
    page = f"/tarifs/{code}/grille?a-la-place={soon().isoformat()}"
    form = fields(desk.client.get(page).text)
    assert form["instead"] == soon().isoformat()
    del form["csrf_token"]

    desk.sends(f"/tarifs/{code}/grille", at=page, **form | {"valid_from": later().isoformat()})

    assert [each["valid_from"] for each in only_tariff()[1]["grids"]] == [last_year(), later()]
    desk.sends(f"/tarifs/{code}/grilles/{later()}/supprimer", at=f"/tarifs/{code}")
    assert only_tariff()[1]["grids"] == [grid(last_year())]
    desk.sends(f"/tarifs/{code}/grilles/{last_year()}/supprimer", at=f"/tarifs/{code}")
    assert only_tariff()[1]["grids"] == [grid(last_year())]


def test_all_prices_change_by_a_percentage_once_they_were_seen(desk: Desk) -> None:
    code = tariff.with_tariff(grid(last_year(), cents=232))
    page = f"/tarifs/{code}/pourcentage"
    form = {"percent": "2,5", "step": "5", "valid_from": soon().isoformat(), "decision": "D 3"}
    assert desk.sends(page, at=page, **form | {"percent": "trop"}).status_code == 422

    seen = desk.sends(page, at=page, **form)

    assert seen.status_code == 200 and "2,40\xa0€" in seen.text
    assert len(only_tariff()[1]["grids"]) == 1
    assert desk.sends(page, at=page, **form, save="yes").status_code == 303
    after = grid_succession.last_grid(only_tariff()[1])
    assert after["parts"][0]["columns"][0]["bands"][0]["price"]["cents"] == 240
    assert after["decision"] == "D 3"


def test_a_tariff_ends_today_or_later_and_its_name_changes(desk: Desk) -> None:
    code = tariff.with_tariff(grid(last_year()))
    page = f"/tarifs/{code}"
    yesterday = (today() - DAY).isoformat()
    assert desk.sends(f"{page}/terminer", at=page, last_day=yesterday).status_code == 422
    desk.sends(f"{page}/retirer", at=page)
    assert "Ce qui a commencé ne se retire plus." in desk.sees(page)

    desk.sends(f"{page}/terminer", at=page, last_day=later().isoformat())
    desk.sends(f"{page}/modifier", at=f"{page}/modifier", label="Déjeuner")

    content = only_tariff()[1]
    assert content["grids"][0]["valid_to"] == later() and content["label"] == "Déjeuner"
    assert "Déjeuner" in desk.sees("/tarifs")


def test_a_tariff_that_priced_nothing_yet_is_withdrawn(desk: Desk) -> None:
    code = tariff.with_tariff(grid(soon()))

    desk.sends(f"/tarifs/{code}/retirer", at=f"/tarifs/{code}")

    assert "Le tarif est retiré." in desk.sees("/tarifs")
    desk.sees(f"/tarifs/{code}", status=404)


def test_a_class_is_added_renamed_and_taken_out(desk: Desk) -> None:
    tariff.with_tariff(grid(last_year()))
    page = "/residences"
    assert desk.sends(f"{page}/classes", at=page, label="Habitants").status_code == 422
    desk.sends(f"{page}/classes", at=page, label="Avec lien")
    desk.sends(f"{page}/classes/{TOWN}", at=page, **{f"label-{TOWN}": "Ceux de la ville"})
    assert only_tariff()[1]["residences"] == [TOWN, OUTSIDE, "avec_lien"]
    assert "Ceux de la ville" in desk.sees("/tarifs/meal/grille")
    past = {"communes": "28901", "residence": TOWN, "first": today().isoformat()}
    assert desk.sends(f"{page}/communes", at=page, **past).status_code == 422

    desk.sends(f"{page}/classes/avec_lien/retirer", at=page)
    desk.sends(f"{page}/classes/{OUTSIDE}/retirer", at=page)

    assert only_tariff()[1]["residences"] == [TOWN, OUTSIDE]
    assert "elle reste" in desk.sees(page)


def test_tariffs_are_the_administrators_pages_alone(ens: Provider, desk: Desk) -> None:
    code = tariff.with_tariff(grid(last_year()))
    lead = make.desk_of(ens)
    lead.signs_in(ens.has_agent("lead", "school_desk"))
    pages = ("", "/nouveau", f"/{code}", f"/{code}/grille", f"/{code}/pourcentage")
    for path in [f"/tarifs{page}" for page in pages] + ["/residences"]:
        desk.sees(path)
        lead.sees(path, status=404)
    desk.sees("/tarifs/unknown", status=404)
