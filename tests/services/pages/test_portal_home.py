"""The first page: what is to do, today and tomorrow, from one local read and without a question."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.session import provider_health
from shared.contracts.dossier import dossier
from shared.contracts.enrolment import places
from shared.contracts.errors import NoAnswer
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import (
    AGG,
    CLAIRE,
    ENS,
    NAME_OF_SIXTY,
    Child,
    Portal,
    day,
    main_of,
    part,
)

HOUSEHOLD = new_id()


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal; everybody whom it asks is silent."""
    with make.portal_on(database, tmp_path) as portal:
        yield portal


def home(browser: FlaskClient) -> str:
    answer = browser.get("/")
    assert answer.status_code == 200
    return main_of(answer.text)


def test_the_first_page_asks_nobody(portal: Portal, browser: FlaskClient) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[day()]))

    page = home(browser)

    assert "Restauration scolaire" in page
    assert portal.callees.asked == []


def test_before_the_first_card_the_dossier_is_asked_once(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    answer = {"guardian": {"id": CLAIRE, "name": "Claire"}, "households": [HOUSEHOLD]}
    portal.callees.answers(
        "dossier", dossier.my_children, lambda _request: {**answer, "children": [manon.row]}
    )
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[day()]))

    page = home(browser)

    assert "Restauration scolaire" in page
    assert [name for _, name, _, _ in portal.callees.asked] == ["my_children"]
    assert portal.callees.rounds == 1


def test_a_day_that_can_be_cancelled_says_until_when_and_has_its_button(
    portal: Portal, browser: FlaskClient
) -> None:
    manon, later = Child(), now() + timedelta(days=3)
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(
        ENS,
        HOUSEHOLD,
        part(manon, days=[day(until=later), day(activity="Garderie", until=None)]),
    )

    page = home(browser)

    assert "annulation possible jusqu’à" in page
    assert "réservé, délai d’annulation passé" in page
    assert page.count("Annuler") == 1


def test_the_page_says_when_a_child_was_seen(portal: Portal, browser: FlaskClient) -> None:
    manon = Child()
    seen = day(places.PRESENT, on=today(), seen_at=make.at(today(), "11:52"))
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon, Child("Louis"))
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[seen]))

    page = home(browser)

    assert "vu à 11 h 52" in page
    assert "Louis : rien" in page


def test_a_day_of_the_other_household_says_so_and_offers_nothing(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[day(places.OTHER)]))

    page = home(browser)

    assert "réservé par l’autre foyer" in page
    assert "Annuler" not in page


def test_a_place_to_accept_stands_first_with_its_deadline(
    portal: Portal, browser: FlaskClient
) -> None:
    louis = Child("Louis", missing=("pickup",))
    offered = make.application(places.OFFERED, answer_until=now() + timedelta(days=2))
    waiting = make.application(places.WAITING, "École de natation", rank=3)
    over = make.application(places.OFFERED, "Natation", answer_until=now() - timedelta(hours=1))
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], louis)
    portal.receives_family_card(AGG, HOUSEHOLD, part(louis, applications=[offered, waiting, over]))

    page = home(browser)

    assert page.index("Une place pour Louis : Judo") < page.index("Compléter le dossier de Louis")
    assert "à accepter avant" in page
    assert "sur liste d’attente, rang 3" in page
    assert "Une place pour Louis : Natation" not in page


def test_what_is_only_to_be_read_is_not_said_to_be_done(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_notice(ENS, HOUSEHOLD, "closure-1", kind="closure", child_ids=[manon.id])

    page = home(browser)

    assert "À lire Séance annulée par le service" in page
    assert "À faire" not in page and "Rien à faire" not in page


def test_nothing_to_do_is_good_news_and_a_first_day_says_whom_to_call(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], Child())
    nothing = home(browser)
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], version=2)
    first_day = home(browser)

    assert "Rien à faire" in nothing
    assert "Aucun enfant n’est encore lié à votre compte" in first_day
    assert "Signaler une absence" not in first_day


def test_five_children_and_a_name_of_sixty_characters_all_have_their_line(
    portal: Portal, browser: FlaskClient
) -> None:
    names = ["Manon", "Louis", NAME_OF_SIXTY, "Zoé", "Tom"]
    children = [Child(name, date(2015 + at, 3, 2)) for at, name in enumerate(names)]
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], *children)

    page = home(browser)

    for name in names:
        assert page.count(f"{name} : rien") == 2


def test_the_first_page_shows_no_health(portal: Portal, browser: FlaskClient) -> None:
    manon = Child(missing=("health", "diet"))
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[day(places.EXCUSED)]))

    page = home(browser)

    assert "absence excusée" in page
    for word in ("malad", "llergi", "PAI", "santé"):
        assert word not in page


def test_a_silent_providers_part_says_its_time_and_the_rest_is_as_ever(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(ENS, HOUSEHOLD, part(manon, days=[day()]))
    portal.receives_family_card(AGG, HOUSEHOLD, part(manon, days=[day(activity="Judo")]))

    provider_health.note([("agg", NoAnswer())], now())
    page = home(browser)

    assert page.count("état de") == 1
    assert page.index("Judo") < page.index("état de") < page.index("Restauration")
    assert portal.callees.asked == []


def test_a_provider_that_speaks_again_is_no_longer_said_to_be_silent(
    portal: Portal, browser: FlaskClient
) -> None:
    manon = Child()
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], manon)
    portal.receives_family_card(AGG, HOUSEHOLD, part(manon, days=[day(activity="Judo")]))
    provider_health.note([("agg", NoAnswer())], now())

    portal.receives_family_card(AGG, HOUSEHOLD, part(manon, days=[day(activity="Judo")]), version=2)

    assert "état de" not in home(browser)
