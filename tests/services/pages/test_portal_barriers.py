"""A barrier told at the portal without an account leaves for the front desk, and stays nowhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from services.portal_gateway.store import store
from shared.contracts.portal_gateway.portal_events import barrier_reported
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import Portal, main_of
from tests.factories.portal_alone import token_on
from tests.factories.register import demo_rows

FORM = "/accessibilite/signaler"


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal; everybody whom it asks is silent."""
    with make.portal_on(database, tmp_path) as portal:
        portal.site.config["RATELIMIT_ENABLED"] = False
        yield portal


@pytest.fixture
def visitor(portal: Portal) -> FlaskClient:
    return portal.site.test_client()


def tells(visitor: FlaskClient, **fields: str) -> Any:
    told = {"text": "Le bouton « Payer » ne répond pas au clavier.", "page": "", "contact": ""}
    return visitor.post(FORM, data={"csrf_token": token_on(visitor, FORM)} | told | fields)


def test_a_barrier_that_somebody_tells_leaves_for_the_front_desk_and_is_confirmed(
    portal: Portal, visitor: FlaskClient
) -> None:
    answer = tells(visitor, page="Argent", contact="iris@example.org")

    (sent,) = portal.published(barrier_reported)
    assert sent["text"] == "Le bouton « Payer » ne répond pas au clavier."
    assert (sent["page"], sent["contact"]) == ("Argent", "iris@example.org")
    assert answer.location == f"{FORM}#confirmation"
    assert "Merci, c’est envoyé au guichet." in main_of(visitor.get(FORM).text)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": " "}, "Écrivez ce qui vous gêne"),
        ({"text": "a" * 2001}, "2000 caractères au plus"),
        ({"contact": "a" * 255}, "254 caractères au plus"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_leaves(
    portal: Portal, visitor: FlaskClient, fields: dict[str, str], sentence: str
) -> None:
    answer = tells(visitor, **fields)

    assert answer.status_code == 422
    assert sentence in main_of(answer.text)
    assert portal.published(barrier_reported) == []


def test_one_address_tells_ten_an_hour_and_no_more(portal: Portal, visitor: FlaskClient) -> None:
    portal.site.config["RATELIMIT_ENABLED"] = True

    answers = [tells(visitor).status_code for _ in range(11)]

    assert answers == [303] * 10 + [429]
    assert len(portal.published(barrier_reported)) == 10


def test_where_nobody_would_read_it_there_is_no_form(database: Database, tmp_path: Path) -> None:
    rows = {**demo_rows(), "front_desk": None}
    with make.portal_on(database, tmp_path, rows=rows) as portal:
        visitor = portal.site.test_client()

        assert visitor.get(FORM).status_code == 404
        assert FORM not in visitor.get("/accessibilite").text
    store.close()
