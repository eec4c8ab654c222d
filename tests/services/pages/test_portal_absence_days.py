"""« Signaler une absence » : what cannot be is said at its field, with what was typed beside it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shared.contracts.enrolment.places import family_acts, states
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import AGG, CLAIRE, ENS, Child, Portal, main_of

HOME = new_id()
MANON, JULES = Child(id=new_id(), first_name="Manon"), Child(id=new_id(), first_name="Jules")


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal of a mother of two."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOME], MANON, JULES)
        yield portal


def day(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def test_an_absence_without_a_child_says_so_at_the_children(browser: FlaskClient) -> None:
    fresh = browser.get("/absence")
    answer = browser.get("/absence", query_string={"du": day(1), "au": day(2)})

    assert fresh.status_code == 200 and "Cochez au moins" not in fresh.text
    assert answer.status_code == 422
    assert "Cochez au moins un enfant." in main_of(answer.text)
    assert 'id="enfant-mistake"' in answer.text and 'href="#enfant"' in answer.text


@pytest.mark.parametrize(
    ("first", "last", "field", "sentence"),
    [
        (3, 1, "au", "Le dernier jour est avant le premier."),
        (-1, 1, "du", "Ce jour est passé"),
        (1, 15, "au", "14 jours au plus à la fois."),
        (400, 401, "du", "un an à l’avance au plus"),
        (None, 1, "du", "Écrivez un jour"),
    ],
    ids=["end before start", "past", "too long", "too far", "no day"],
)
def test_days_that_cannot_be_come_back_as_typed_with_a_sentence_at_the_field(
    browser: FlaskClient, first: int | None, last: int, field: str, sentence: str
) -> None:
    days = {"du": "bientôt" if first is None else day(first), "au": day(last)}
    query = {"enfant": MANON.id, **days}

    answer = browser.get("/absence", query_string=query)

    assert answer.status_code == 422
    assert sentence in main_of(answer.text)
    assert f'id="{field}-mistake"' in answer.text
    typed = dict(re.findall(r'name="(du|au)" value="([^"]*)"', answer.text))
    assert typed == days
    assert f'value="{MANON.id}" checked' in answer.text


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (states.BOOKED, "Plus rien à annuler ces jours-là Ce qui était réservé aujourd’hui"),
        (states.FREE, "Rien n’est réservé ces jours-là"),
    ],
)
def test_what_was_booked_and_is_over_is_not_said_to_have_been_nothing(
    portal: Portal, browser: FlaskClient, state: str, sentence: str
) -> None:
    ended = now() - timedelta(minutes=1)
    over = make.day(state, on=today()) | {"starts_at": ended, "ends_at": ended}
    for provider in (ENS, AGG):
        portal.callees.answers(provider, family_acts.calendar, lambda _request: {"days": [over]})

    page = browser.get("/absence", query_string={"enfant": MANON.id, "du": day(0)})

    assert sentence in main_of(page.text)


@pytest.mark.parametrize(
    ("ends_in", "proposed"),
    [(timedelta(minutes=-1), 1), (timedelta(minutes=1), 0)],
    ids=["over", "not over yet"],
)
def test_the_day_proposed_is_the_first_with_something_left_to_declare(
    portal: Portal, browser: FlaskClient, ends_in: timedelta, proposed: int
) -> None:
    last = now() + ends_in
    of_today = make.day(states.BOOKED, on=today()) | {"starts_at": last, "ends_at": last}
    of_tomorrow = make.day(states.BOOKED, on=today() + timedelta(days=1))
    portal.receives_family_card(ENS, HOME, make.part(MANON, days=[of_today, of_tomorrow]))

    page = browser.get("/absence").text

    assert dict(re.findall(r'name="(du|au)" value="([^"]*)"', page)) == {
        "du": day(proposed),
        "au": day(proposed),
    }
