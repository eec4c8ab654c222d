"""The portal among a telephone's applications: its name, its icons, and whose each page is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, Portal

HOME = new_id()


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal with Claire's home."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOME], make.Child())
        yield portal


def test_a_telephone_finds_name_icons_and_worker_without_signing_in(portal: Portal) -> None:
    anybody = portal.site.test_client()

    manifest = anybody.get("/application.webmanifest")
    worker = anybody.get("/travail.js")

    assert manifest.json["name"] == "Ville de Démonstration, espace familles"
    assert {icon["sizes"] for icon in manifest.json["icons"]} == {"192x192", "512x512"}
    for icon in manifest.json["icons"]:
        assert anybody.get(icon["src"], follow_redirects=True).mimetype == "image/png"
    assert worker.mimetype == "text/javascript" and b"showNotification" in worker.data
    assert 'rel="manifest"' in anybody.get("/connexion").text


def test_each_page_says_whose_it_is_and_only_home_and_week_may_be_kept(
    portal: Portal, browser: FlaskClient
) -> None:
    home, account = browser.get("/"), browser.get("/compte")
    sign_in = portal.site.test_client().get("/connexion")

    assert home.headers["X-Preau-Keep"] == "1"
    assert home.headers["X-Preau-Person"] == account.headers["X-Preau-Person"]
    assert "X-Preau-Keep" not in account.headers
    assert "X-Preau-Person" not in sign_in.headers
    other = portal.site.test_client()
    make.sign_in(other, CLAIRE)
    assert other.get("/").headers["X-Preau-Person"] != home.headers["X-Preau-Person"]
