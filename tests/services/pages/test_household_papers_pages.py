"""« Papiers du foyer » at the portal, and « vu et conforme » at the front desk."""

import base64
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians, registrations
from shared.contracts.dossier.papers import household_papers
from shared.dates.clock import today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import sent_files
from tests.factories.front_desk.counter import Counter
from tests.factories.portal import CLAIRE, Child, Portal, main_of, posts

HOME = new_id()
MANON = Child("Manon", providers=("ens",))
PAGE = f"/foyer/{HOME}/papiers"


def paper(kind: str = "address_proof", **more: Any) -> dict[str, Any]:
    usual = {"id": new_id(), "kind": kind, "kept_on": today(), "state": "waiting", "reason": ""}
    return usual | {"valid_until": None, "decided_on": None} | more


class Safe:
    """The dossier as far as papers of a household go."""

    def __init__(self, portal: Portal) -> None:
        self.parts: list[Any] = []
        self.shown: list[dict[str, Any]] = []
        me = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOME]}
        answers = portal.callees.answers
        answers("dossier", guardians.my_children, lambda _: me | {"children": [MANON.row]})
        answers("dossier", household_papers.household_papers, lambda _: {"papers": self.shown})
        answers("dossier", household_papers.keep_household_paper, self.keeps)
        drafts = {"registrations": []}
        answers("dossier", registrations.my_child_registrations, lambda _: drafts)

    def keeps(self, request: Any) -> dict[str, Any]:
        self.parts.append(request)
        return {}


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOME], MANON)
        yield portal


@pytest.fixture
def safe(portal: Portal) -> Safe:
    return Safe(portal)


@pytest.fixture
def claire(portal: Portal) -> FlaskClient:
    browser = portal.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser


def photo() -> tuple[io.BytesIO, str]:
    return io.BytesIO(sent_files.photographed("JPEG")), "quittance.jpg"


def test_a_proof_of_address_is_kept_and_the_page_says_what_became_of_it(
    safe: Safe, claire: FlaskClient
) -> None:
    answer = posts(claire, PAGE, kind="address_proof", pages=[photo()])

    assert answer.status_code == 303
    assert {(one.household_id, one.kind) for one in safe.parts} == {(HOME, "address_proof")}
    safe.shown = [
        paper(),
        paper(state="refused", reason="other_address", decided_on=today()),
        paper("judgment", state="accepted", decided_on=today()),
        paper(state="former"),
    ]
    page = main_of(claire.get(PAGE).text)
    for words in (
        "à vérifier",
        "vu et conforme",
        "L’adresse n’est pas celle du foyer.",
        "avant votre changement d’adresse",
        "Si ce papier n’est pas de la nouvelle, déposez-en un qui l’est.",
    ):
        assert words in page


def test_what_is_wrong_comes_back_beside_its_field_and_nothing_is_kept(
    safe: Safe, claire: FlaskClient
) -> None:
    answer = posts(claire, PAGE, kind="")

    assert answer.status_code == 422
    assert "Choisissez de quel papier il s’agit." in answer.text
    assert "Choisissez d’abord une photo ou un PDF." in answer.text
    assert safe.parts == []


def test_the_papers_of_another_household_are_not_there(safe: Safe, claire: FlaskClient) -> None:
    for address in (f"/foyer/{new_id()}/papiers", f"/foyer/{new_id()}/papiers/{new_id()}"):
        assert claire.get(address).status_code == 404


def test_a_family_with_a_kept_proof_of_address_is_not_asked_for_one_again(
    safe: Safe, claire: FlaskClient
) -> None:
    assert 'name="domicile"' in claire.get("/enfants/ajouter").text

    for state, asked in (("waiting", False), ("accepted", False), ("former", True)):
        safe.shown = [paper(state=state)]
        page = claire.get("/enfants/ajouter").text
        assert ('name="domicile"' in page, "est déjà déposé" in page) == (asked, not asked)


# At the front desk


def shows(counter: Counter, *papers: dict[str, Any]) -> None:
    home = {"names": ["Nora Bekri"], "papers": list(papers)}
    counter.callees.answers("dossier", household_papers.papers_at_desk, lambda _: home)
    counter.callees.answers("dossier", household_papers.decide_household_paper, lambda _: {})
    part = base64.b64encode(sent_files.document()).decode()
    file = {"media_type": "application/pdf", "parts": 1, "content": part}
    counter.callees.answers("dossier", household_papers.read_household_paper, lambda _: file)


def decided(counter: Counter) -> list[Any]:
    asked = counter.callees.asked
    return [each for _, name, _, each in asked if name == "decide_household_paper"]


def test_an_agent_opens_a_paper_and_notes_that_it_is_in_order_until_a_day(
    counter: Counter,
) -> None:
    counter.signs_in("counter")
    one = paper()
    shows(counter, one)
    address = f"/papiers/{HOME}/{one['id']}"

    assert counter.desk.client.get(address).mimetype == "application/pdf"
    last = today() + timedelta(days=90)
    until = {f"until-{one['id']}": last.strftime("%d/%m/%Y")}
    counter.desk.sends(address, at=f"/papiers/{HOME}", verdict="good", **until)

    (decision,) = decided(counter)
    assert (decision.accepted, decision.valid_until, decision.reason) == (True, last, "")


def test_a_refusal_without_a_reason_and_a_day_that_is_past_come_back_and_decide_nothing(
    counter: Counter,
) -> None:
    counter.signs_in("counter")
    one = paper()
    shows(counter, one)
    at, address = f"/papiers/{HOME}", f"/papiers/{HOME}/{one['id']}"

    refused = counter.desk.sends(address, at=at, verdict="refused")
    until = {f"until-{one['id']}": "01/01/2020"}
    past = counter.desk.sends(address, at=at, verdict="good", **until)

    assert [answer.status_code for answer in (refused, past)] == [422, 422]
    assert "Choisissez pourquoi" in refused.text
    assert "Ce jour est passé." in past.text
    assert decided(counter) == []


def test_who_neither_checks_nor_protects_finds_no_page_of_papers(counter: Counter) -> None:
    counter.signs_in("data_protection")
    shows(counter, paper())

    for address in ("/papiers", f"/papiers/{HOME}"):
        assert counter.desk.client.get(address).status_code == 404
