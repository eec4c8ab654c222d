"""A paper at a desk: read and checked where the role sees it, its date alone elsewhere."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from services.enrolment.desk.app import create_app
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.errors import NotFound
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import enrolment as make
from tests.factories import sent_files
from tests.factories.enrolment import Child, Desk, Provider
from tests.factories.regie import Bus

PAPER = new_id()
PDF = sent_files.scripted()
HALF = len(PDF) // 2 + 1
WAITS = {
    "id": PAPER,
    "valid_until": "2099-08-31",
    "kept_on": "2026-09-01",
    "reason": "",
    "decided_on": None,
    "decided_by": "",
    "state": "waiting",
}


@pytest.fixture
def ens(database: Database, tmp_path: Path) -> Iterator[Provider]:
    with make.provider_on(database, tmp_path) as provider:
        yield provider


@pytest.fixture
def agg(database: Database, tmp_path: Path) -> Iterator[Provider]:
    with make.provider_on(database, tmp_path, "enrolment_agg") as provider:
        yield provider


def desk_of(provider: Provider, role: str, bus: Bus) -> Desk:
    app = create_app(provider.settings)
    app.config["RATELIMIT_ENABLED"] = False
    app.extensions["preau_bus"] = bus
    desk = Desk(app.test_client(), provider.settings.principal)
    desk.signs_in(provider.has_agent(role))
    return desk


def comes(provider: Provider, **told: Any) -> Child:
    child = Child()
    provider.receives_child(child, **told)
    return child


def handing_over(asked: list[Any]) -> Bus:
    bus = Bus()

    def answer(request: Any) -> dict[str, Any]:
        asked.append(request)
        content = base64.b64encode(PDF[request.part * HALF : (request.part + 1) * HALF]).decode()
        return {"media_type": "application/pdf", "parts": 2, "content": content}

    bus.answers("dossier", papers.read_paper, answer)
    return bus


def test_who_sees_the_insurance_opens_the_paper_in_the_role_that_sees_it(ens: Provider) -> None:
    asked: list[Any] = []
    karim = desk_of(ens, "school_desk", handing_over(asked))
    child = comes(ens, insurance={"paper": WAITS})

    page = karim.sees(f"/enfants/{child.id}")
    file = karim.client.get(f"/enfants/{child.id}/papiers/insurance/{PAPER}")

    assert "Attestation d’assurance État à vérifier Valable jusqu’au" in page
    with pikepdf.open(io.BytesIO(file.data)) as shown:
        assert len(shown.pages) == 1
        assert "/OpenAction" not in shown.Root  # made anew at the reader's door as well
    assert file.headers["Content-Disposition"].startswith("inline")
    assert [(one.projection, one.role, one.part) for one in asked] == [
        ("insurance", "school_desk", 0),
        ("insurance", "school_desk", 1),
    ]


def test_a_paper_is_refused_with_a_reason_out_of_the_list_or_not_at_all(ens: Provider) -> None:
    decided: list[Any] = []
    bus = Bus()
    bus.answers("dossier", papers.decide_paper, lambda request: decided.append(request) or {})
    karim = desk_of(ens, "school_desk", bus)
    child = comes(ens, insurance={"paper": WAITS})
    page, form = f"/enfants/{child.id}", f"/enfants/{child.id}/papiers/insurance/{PAPER}"

    karim.sends(form, at=page, verdict="refused", reason="")
    assert "Choisissez pourquoi le papier ne convient pas" in karim.sees(page)
    karim.sends(form, at=page, verdict="refused", reason="wrong_child")
    assert "C’est noté" in karim.sees(page)
    karim.sends(form, at=page, verdict="good", reason="")

    assert [(one.accepted, one.reason) for one in decided] == [(False, "wrong_child"), (True, "")]


def test_two_agents_who_check_one_paper_and_a_dossier_that_is_away_are_said(ens: Provider) -> None:
    bus = Bus()
    karim = desk_of(ens, "school_desk", bus)
    child = comes(ens, insurance={"paper": WAITS})
    page, form = f"/enfants/{child.id}", f"/enfants/{child.id}/papiers/insurance/{PAPER}"

    karim.sends(form, at=page, verdict="good")
    assert "Ce n’est pas encore noté" in karim.sees(page)
    bus.answers("dossier", papers.decide_paper, papers.PaperDecided())
    karim.sends(form, at=page, verdict="good")
    assert "Un autre agent a déjà vérifié ce papier" in karim.sees(page)


def test_a_role_that_sees_no_paper_finds_no_such_page(ens: Provider) -> None:
    asked: list[Any] = []
    kitchen = desk_of(ens, "kitchen", handing_over(asked))
    child = comes(ens, insurance={"paper": WAITS})

    assert "assurance" not in kitchen.sees(f"/enfants/{child.id}")
    kitchen.sees(f"/enfants/{child.id}/papiers/insurance/{PAPER}", status=404)
    assert asked == []


def test_what_is_no_paper_has_no_such_page(ens: Provider) -> None:
    karim = desk_of(ens, "lead", handing_over([]))
    child = comes(ens, insurance={"paper": WAITS})

    karim.sees(f"/enfants/{child.id}/papiers/care_core/{PAPER}", status=404)


def test_a_paper_that_the_dossier_does_not_hand_over_is_not_found(ens: Provider) -> None:
    bus = Bus()
    bus.answers("dossier", papers.read_paper, NotFound())
    karim = desk_of(ens, "school_desk", bus)
    child = comes(ens, insurance={"paper": WAITS})

    karim.sees(f"/enfants/{child.id}/papiers/insurance/{PAPER}", status=404)


def test_a_coach_reads_the_last_day_alone_and_what_the_parents_allow(agg: Provider) -> None:
    lea = desk_of(agg, "coach", Bus())
    said = {"act": "outing", "state": "refused", "since": "2026-11-02", "version": "2026-11"}
    child = comes(
        agg,
        insurance_date={"checked": True, "valid_until": "2027-08-31"},
        consents={"acts": [said]},
    )

    page = lea.sees(f"/enfants/{child.id}")

    assert "Attestation d’assurance, date seule Valable jusqu’au 31 août 2027" in page
    assert "Ouvrir le papier" not in page
    assert "Sorties non, depuis le 2 novembre 2026" in page
    assert "Photos et vidéos non : personne n’a répondu" in page
    lines = [line["projection"] for line in agg.published("projection_read")]
    assert {"consents", "insurance_date"} <= set(lines)
