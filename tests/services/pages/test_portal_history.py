"""A child's course a year at a time, and what a guardian takes away: whole, and its own alone."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient
from marshmallow import Schema, fields

from deploy.instance.instance import PROJECT
from services.portal_gateway.pages.account.my_data.history_file_format import schema
from shared.contracts.billing import household_accounts
from shared.contracts.dossier import activity_history_requests, guardians
from shared.contracts.dossier import activity_history_requests as history_contracts
from shared.contracts.dossier.papers import child_papers as papers
from shared.contracts.errors import NotFound
from shared.contracts.sections.consents import ACTS
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import pdf
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, Child, Portal, main_of, posts
from tests.factories.portal_bills import BILLING, bill, payment

HOUSEHOLD = new_id()
MANON = Child()
PAGE = f"/enfants/{MANON.id}/parcours"


def line(year: int, **more: Any) -> dict[str, Any]:
    return {
        "provider": "ens",
        "provider_label": "Service Enseignement",
        "activity": "canteen",
        "label": "Cantine",
        "school_year": f"{year}-{year + 1}",
        "origin": "published",
        "months": {f"{year}-09": 12},
        **more,
    }


CLUB = {"provider": "old_club", "provider_label": "Ancien club nautique", "label": "Voile"}
LINES = [line(year) for year in range(2026, 2016, -1)]
LINES += [line(2019, origin="taken_over", activity="sail", **CLUB)]


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal with Claire and Manon, whose course has ten years, and a club that left."""
    with make.portal_on(database, tmp_path) as portal:
        portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], MANON)
        portal.callees.answers("dossier", guardians.my_children, _children)
        portal.callees.answers("dossier", history_contracts.history, _history)
        portal.callees.answers("dossier", papers.child_consents, lambda _request: _allowed())
        portal.callees.answers(
            "dossier", activity_history_requests.note_export, lambda _request: {}
        )
        portal.callees.answers(BILLING, household_accounts.account_year, _account_year)
        yield portal


def _children(_request: SimpleNamespace) -> dict[str, Any]:
    guardian = {"id": CLAIRE, "name": "Claire Lefèvre"}
    return {"guardian": guardian, "households": [HOUSEHOLD], "children": [MANON.row]}


def _history(request: SimpleNamespace) -> dict[str, Any]:
    found = [each for each in LINES if request.provider in (None, each["provider"])]
    years = list(dict.fromkeys(each["school_year"] for each in found))
    wanted = request.school_year
    if wanted and wanted not in years:
        wanted = years[0]
    labels = {each["provider"]: each["provider_label"] for each in LINES}
    return {
        "lines": [each for each in found if not wanted or each["school_year"] == wanted],
        "years": years,
        "providers": [{"code": code, "label": label} for code, label in labels.items()],
    }


def _allowed() -> dict[str, Any]:
    usual = {"mine": None, "mine_on": None, "asks": True}
    rows = [usual | {"act": act, "state": "unsaid", "since": None} for act in ACTS]
    rows[0] |= {"state": "refused", "since": date(2026, 9, 1), "mine": False}
    return {"consents": rows, "said": []}


def _account_year(request: SimpleNamespace) -> dict[str, Any]:
    """Answer of 2026, and of a club's bill of 2019; of no year, which years there are."""
    of_2019 = bill(4000, number="2019-CLUB-000004", month="2019-10", state="paid", taken_over=True)
    of_2026 = bill(7130, number="2026-ENS-000123", state="paid")
    found = {2026: ("ens", of_2026), 2019: ("old_club", of_2019)}
    if request.year is None:
        return {"years": [2026, 2019], "bills": [], "payments": []}
    provider, one = found[request.year]
    return {
        "years": [2026, 2019],
        "bills": [{"provider": provider, **one}],
        "payments": [
            {"provider": provider, **payment(one, taken_over=request.year == 2019)},
        ],
    }


def asked(portal: Portal, name: str) -> list[SimpleNamespace]:
    return [each for _, method, _, each in portal.callees.asked if method == name]


def test_ten_years_are_a_page_each_the_latest_first_in_one_round(
    portal: Portal, browser: FlaskClient
) -> None:
    page = main_of(browser.get(PAGE).text)

    assert "septembre 2026 12 fois" in page and "septembre 2025" not in page
    assert asked(portal, "history")[0].school_year == history_contracts.LATEST
    assert portal.callees.rounds == 1


def test_one_chooses_a_year_or_a_service_and_who_left_still_has_its_name(
    browser: FlaskClient,
) -> None:
    year = main_of(browser.get(f"{PAGE}?annee=2019-2020").text)
    service = main_of(browser.get(f"{PAGE}?service=old_club").text)

    assert "Voile historique" in year and "Cantine" in year and "Ancien club nautique" in year
    assert "elle n’est jamais facturée" in year
    assert "Voile" in service and "Cantine" not in service


def test_the_whole_is_taken_away_as_json_with_own_bills_and_a_line_for_each_child(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = posts(browser, "/historique", form="json")
    said = json.loads(answer.data)

    assert answer.mimetype == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert schema.validate(said) == {}
    [child] = said["children"]
    assert len(child["activities"]) == 11 and child["first_name"] == "Manon"
    refused, *unsaid = child["consents"]
    assert refused == {"act": "image", "state": "refused", "since": "2026-09-01", "mine": False}
    assert {row["state"] for row in unsaid} == {"unsaid"}
    by_provider = {each["provider"]: each for each in said["accounts"]}
    assert by_provider["old_club"]["provider_label"] == "Ancien club nautique"
    assert by_provider["ens"]["bills"][0]["number"] == "2026-ENS-000123"
    assert by_provider["ens"]["payments"][0]["cents"] == 7130
    origins = {
        code: {row["origin"] for row in (*each["bills"], *each["payments"])}
        for code, each in by_provider.items()
    }
    assert origins == {"ens": {"published"}, "old_club": {"taken_over"}}
    assert [each.form for each in asked(portal, "note_export")] == ["json"]
    assert {each.household_id for each in asked(portal, "account_year")} == {HOUSEHOLD}


def test_the_pdf_says_the_same_is_tagged_and_names_its_language(browser: FlaskClient) -> None:
    made = posts(browser, "/historique", form="pdf").data
    text, roles = pdf.text(made), pdf.roles(made)

    told = ("Manon Lefèvre", "2026-2027", "Voile (historique)", "2026-ENS-000123", "71,30 €")
    for said in (*told, "2019-CLUB-000004 (historique)"):
        assert said in text
    assert {"H1", "H2", "H3", "Table", "TH", "TD"} <= set(roles)
    with pdf.opened(made) as document:
        assert document.Root.Lang == "fr-FR"
        assert document.Root.MarkInfo.Marked
        assert "pdfuaid" in document.Root.Metadata.read_bytes().decode()


def test_one_child_s_course_is_taken_without_any_bill(portal: Portal, browser: FlaskClient) -> None:
    said = json.loads(posts(browser, PAGE, form="json").data)

    assert said["accounts"] == [] and len(said["children"]) == 1
    assert asked(portal, "account_year") == []


@pytest.mark.parametrize(
    ("owner", "method"),
    [
        ("dossier", history_contracts.history),
        ("dossier", activity_history_requests.note_export),
        (BILLING, household_accounts.account_year),
    ],
)
def test_nothing_is_handed_over_that_is_not_whole_or_leaves_no_line(
    portal: Portal, browser: FlaskClient, owner: str, method: Any
) -> None:
    portal.callees.answers(owner, method, None)

    answer = posts(browser, "/historique", form="json")

    assert answer.status_code == 503
    assert "Le fichier n’a pas pu être fait." in main_of(answer.text)


def test_a_file_is_no_newer_than_what_was_read_for_it(portal: Portal, browser: FlaskClient) -> None:
    read_at = []

    def history(request: SimpleNamespace) -> dict[str, Any]:
        read_at.append(make.now())
        return _history(request)

    portal.callees.answers("dossier", history_contracts.history, history)

    said = json.loads(posts(browser, PAGE, form="json").data)

    assert datetime.fromisoformat(said["made_at"]) <= read_at[0]


def test_another_family_s_child_has_no_course_to_take(portal: Portal, browser: FlaskClient) -> None:
    assert posts(browser, f"/enfants/{new_id()}/parcours", form="json").status_code == 404

    portal.callees.answers("dossier", history_contracts.history, NotFound())
    assert posts(browser, PAGE, form="json").status_code == 404


def test_the_page_names_every_child_whose_course_is_in_the_file(
    portal: Portal, browser: FlaskClient
) -> None:
    ines = Child(first_name="Inès")
    portal.receives_guardian_card(CLAIRE, [HOUSEHOLD], ines, MANON, version=2)

    page = main_of(browser.get("/historique").text)

    assert "le parcours d’Inès et Manon, toutes les années" in page


def test_who_is_not_signed_in_takes_nothing(portal: Portal) -> None:
    assert portal.site.test_client().get("/historique").status_code == 303


def test_what_one_took_away_stands_under_who_has_read(portal: Portal, browser: FlaskClient) -> None:
    told = {"reads": [], "exports": [{"form": "pdf", "at": make.now()}]}
    portal.callees.answers("dossier", guardians.who_read, lambda _request: told)

    page = main_of(browser.get(f"/enfants/{MANON.id}/qui-a-lu").text)

    assert "Vos téléchargements" in page and "Historique des activités de Manon, en PDF" in page


def test_the_page_of_the_format_names_every_field() -> None:
    page = (PROJECT / "docs" / "family-history.md").read_text("utf-8")
    named = set(re.findall(r"`([a-z_]+)`", page))

    assert _names(schema) <= named


def _names(schema: Schema) -> set[str]:
    found = set(schema.fields)
    for field in schema.fields.values():
        inner = field.inner if isinstance(field, fields.List) else field
        if isinstance(inner, fields.Nested):
            found |= _names(inner.schema)
    return found
