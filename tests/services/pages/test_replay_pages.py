"""A grid tried at the desk of a régie: what it would bring, who would pay more, nobody named."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from services.enrolment.offer.tariffs import queries
from services.enrolment.offer.tariffs.commands import editing
from services.enrolment.store import store
from shared.contracts.billing.prices import grid_replays
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import today
from tests.databases import Database
from tests.factories import regie as make
from tests.factories import tariffs
from tests.factories.regie import Regisseur
from tests.factories.regie_answers import replay, replayed_band
from tests.factories.tariffs import band, column, last_year, later

PAGE = "/regie/essais/meal"


@pytest.fixture
def odile(database: Database, tmp_path: Path) -> Iterator[Regisseur]:
    """Give who holds the régie of a canteen with a grid that runs and one to come."""
    with make.regisseur_on(database, tmp_path) as regisseur:
        has_a_grid_to_come()
        yield regisseur


def has_a_grid_to_come() -> None:
    tariffs.with_tariff(_grid(last_year(), 300, 400))
    with store.write() as write:
        editing.add_grid(write, "meal", _grid(later(), 310, 420), today(), variants=[""])


def _grid(first: date, low: int, high: int) -> tariffs.Content:
    return tariffs.grid(first, parts=[tariffs.part(_prices(low, high))])


def _prices(low: int, high: int) -> tariffs.Content:
    return column([band(0, 400, low), band(400, None, high)], tariffs.TOWN, tariffs.OUTSIDE)


def sent(odile: Regisseur, **form: str) -> tuple[int, str]:
    usual = {"grid": later().isoformat(), "year": last_year_of_school(odile)}
    answer = odile.sends(PAGE, **usual | form)
    return answer.status_code, answer.text


def last_year_of_school(odile: Regisseur) -> str:
    """Return the school year that the page offers first."""
    years = odile.desk.client.get(PAGE).text.split('name="year" value="')
    return years[1].split('"')[0]


def test_a_grid_to_come_is_replayed_over_the_last_school_year(odile: Regisseur) -> None:
    assert sent(odile)[0] == 303

    (asked,) = odile.asked(grid_replays.order_replay)
    assert asked.first.endswith("-09") and asked.last.endswith("-08")
    assert asked.last < today().isoformat()[:7]
    prices = [each["price"]["cents"] for each in asked.grid["parts"][0]["columns"][0]["bands"]]
    assert prices == [310, 420]


def test_a_percentage_is_tried_without_writing_or_publishing_anything(odile: Regisseur) -> None:
    with store.read() as read:
        before = queries.require_tariff(read, "meal")

    assert sent(odile, percent="10")[0] == 303

    (asked,) = odile.asked(grid_replays.order_replay)
    prices = [each["price"]["cents"] for each in asked.grid["parts"][0]["columns"][0]["bands"]]
    assert prices == [341, 462] and "10 % sur" in asked.grid["decision"]
    with store.read() as read:
        assert queries.require_tariff(read, "meal") == before


def test_the_report_has_revenue_and_who_pays_more_by_band_and_hides_few(odile: Regisseur) -> None:
    page = odile.sees(PAGE)

    for words in ("8 000,00 €", "8 123,45 €", "+ 123,45 €", "Paieraient plus", "26"):
        assert words in page, words
    assert "Recalculée avec les grilles d’alors, l’année donne 7 900,00 €" in page
    assert "caché" in page
    for band_of_few in ("1 002,00 €", "6 998,00 €"):
        assert band_of_few in page, "bands of twelve and of thirty-two are shown"


def test_a_band_of_few_hides_its_sums_and_those_of_another(odile: Regisseur) -> None:
    few = [
        replayed_band(0, 40_000, more=2, old_cents=12_300, new_cents=12_500),
        replayed_band(40_000, 80_000, more=30, old_cents=45_600, new_cents=46_700),
        replayed_band(80_000, None, more=20, old_cents=78_900, new_cents=79_100),
    ]
    odile.billing(grid_replays.read_replay, replay(bands=few))

    page = odile.sees(PAGE)

    assert "456,00 €" in page
    for hidden in ("123,00 €", "125,00 €", "789,00 €", "791,00 €"):
        assert hidden not in page, hidden


def test_fewer_than_five_households_show_no_number_at_all(odile: Regisseur) -> None:
    four = [replayed_band(0, None, more=4, old_cents=12_300, new_cents=12_500)]
    odile.billing(grid_replays.read_replay, replay(bands=four, issued_cents=12_300))

    page = odile.sees(PAGE)

    assert "Moins de 5 foyers" in page and "123,00 €" not in page


def test_a_replay_at_work_says_how_far_it_is_and_one_of_nothing_that_there_is_none(
    odile: Regisseur,
) -> None:
    odile.billing(grid_replays.read_replay, replay(state="working", households=1_200))
    assert "1 200 foyers comptés" in odile.sees(PAGE)

    odile.billing(grid_replays.read_replay, replay(bands=[], households=0))
    assert "Rien à rejouer" in odile.sees(PAGE)

    odile.billing(grid_replays.read_replay, NotFound())
    assert "Dernier essai" not in odile.sees(PAGE)


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"percent": "beaucoup"}, "Écrivez de combien"),
        ({"grid": "2001-01-01"}, "Choisissez une grille."),
        ({"year": "1999-2000"}, "Choisissez une année."),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nothing_is_asked(
    odile: Regisseur, form: dict[str, str], sentence: str
) -> None:
    status, page = sent(odile, **form)

    assert status == 422 and sentence in page
    assert odile.asked(grid_replays.order_replay) == []


def test_a_tariff_that_billing_does_not_have_yet_is_said_to_be_so(odile: Regisseur) -> None:
    odile.billing(grid_replays.order_replay, BadRequest())

    status, page = sent(odile)

    assert status == 422 and "La facturation n’a pas encore ce tarif" in page


def test_who_writes_tariffs_without_the_regie_tries_none(
    database: Database, tmp_path: Path
) -> None:
    with make.regisseur_on(database, tmp_path, "administrator") as claire:
        has_a_grid_to_come()

        assert "/regie/essais" not in claire.desk.client.get("/tarifs/meal").text
        claire.sees(PAGE, 404)


def test_who_holds_both_goes_from_the_tariff_to_its_trial(
    database: Database, tmp_path: Path
) -> None:
    with make.regisseur_on(database, tmp_path, "administrator", "treasurer") as both:
        has_a_grid_to_come()

        assert f'href="{PAGE}"' in both.desk.client.get("/tarifs/meal").text
        assert "Essayer une grille" in both.sees("/regie/essais")
