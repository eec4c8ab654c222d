"""« École » on the portal: a guardian asks for a school and keeps the certificate."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.contracts.enrolment.school_year import enrolments as contracts
from shared.contracts.enrolment.school_year import schools as school_contracts
from shared.contracts.errors import NoAnswer
from shared.contracts.identity import sign_ins
from shared.contracts.portal_gateway import portal_events as portal_contracts
from shared.dates.clock import now, today
from shared.files.types import digest_of_file
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import CLAIRE, Child, Portal, main_of

HOME = new_id()
MANON = Child("Manon")
ENS = "enrolment_ens"
PAGE = f"/enfants/{MANON.id}/ecole"
REQUEST, ENROLMENT, WAIVER = new_id(), new_id(), new_id()
VEIL = "École Simone-Veil"
PDF = b"%PDF-1.7 certificate"
TYPED = {
    "level": "CE2",
    "street": "12 rue des Lilas",
    "postcode": "28990",
    "insee": "28901",
    "child_identity": "shown",
    "guardian_identity": "sworn",
    "domicile": "later",
}


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    with make.portal_on(database, tmp_path) as portal:
        portal.callees.answers("dossier", guardians.open_link, lambda _: {"version": 4})
        portal.receives_guardian_card(CLAIRE, [HOME], MANON)
        yield portal


def school_year() -> str:
    first = today().year if today().month >= 9 else today().year - 1
    return f"{first}-{first + 1}"


def asks(browser: FlaskClient, **more: Any) -> Any:
    fields = {**TYPED, "school_year": school_year(), "act": new_id(), **more}
    return make.posts(browser, PAGE, **fields)


def asked_of_school(portal: Portal) -> list[SimpleNamespace]:
    name = contracts.request_school.name
    return [request for _, method, _, request in portal.callees.asked if method == name]


def enrolment(**more: Any) -> dict[str, Any]:
    return {
        "enrolment_id": ENROLMENT,
        "number": "2027-0012",
        "school": "École Jules-Ferry",
        "level": "CE2",
        "holds_from": today(),
        "withdrawn_at": None,
        "admitted_on": None,
        **more,
    }


def card(portal: Portal, version: int = 1, **told: Any) -> None:
    portal.receives_family_card(ENS, HOME, make.part(MANON, **told), version=version)


def asked(**more: Any) -> dict[str, Any]:
    """Return a request on a card, to be decided."""
    papers = {"child_identity": "shown", "guardian_identity": "shown", "domicile": "later"}
    row = {"request_id": REQUEST, "school_year": school_year(), "level": "CE2"}
    return row | {"submitted_at": now(), "papers": papers} | more


def waiver(state: str = "waiting", **more: Any) -> dict[str, Any]:
    row = {
        "waiver_id": WAIVER,
        "request_id": REQUEST,
        "school": "",
        "state": state,
        "proof": "later",
    }
    return row | {"entered_at": now(), "decided_at": None} | more


def schools_are_published(portal: Portal, *levels: str) -> str:
    """Publish a school and a motive of the school service; return the school's id."""
    school = new_id()
    content = {"name": VEIL, "commune": "Démonstration", "levels": list(levels), "classes": []}
    told = {"school_id": school, "version": 1, "content": content}
    portal.receives(school_contracts.school_published, ENS, **told)
    motives = [{"code": "frere", "label": "frère ou sœur dans l’école"}]
    portal.receives(school_contracts.waiver_motives_published, ENS, version=1, motives=motives)
    return school


def wishes(browser: FlaskClient, **more: Any) -> Any:
    fields = {"wish_school": VEIL, "motives": ["frere"], "proof": "later", "act": new_id(), **more}
    return make.posts(browser, f"{PAGE}/ens/{REQUEST}/derogation", **fields)


def wished_of_school(portal: Portal) -> list[SimpleNamespace]:
    name = contracts.request_waiver.name
    return [request for _, method, _, request in portal.callees.asked if method == name]


def test_the_form_has_the_address_of_the_home_and_none_where_nobody_knows_it(
    portal: Portal, browser: FlaskClient
) -> None:
    street = {"street": "12 rue des Lilas", "postcode": "28990"}
    lives = {**street, "insee": "28901", "commune": "Démonstration", "valid_from": today()}
    known = {"version": 1, "guardians": [], "addresses": [lives]}
    written = ('value="12 rue des Lilas"', 'value="28990"', '<option value="28901" selected')
    unknown = browser.get(PAGE).text
    portal.callees.answers("dossier", guardians.my_household, lambda _: known)

    page = browser.get(PAGE).text

    assert [words in unknown for words in written] == [False] * 3
    assert all(words in " ".join(page.split()) for words in written)


def test_a_family_asks_for_a_school_with_address_and_three_papers(
    portal: Portal, browser: FlaskClient
) -> None:
    answer = {"request_id": REQUEST, "state": "asked"}
    portal.callees.answers(ENS, contracts.request_school, lambda _: answer)
    words = main_of(browser.get(PAGE).text)
    assert "je l’atteste sur l’honneur" in words and "Ces trois-là et aucune autre" in words

    sent = asks(browser)

    assert sent.status_code == 303
    (wanted,) = asked_of_school(portal)
    assert (wanted.link_version, wanted.level) == (4, "CE2")
    assert wanted.address["commune"] == "Démonstration"
    assert wanted.papers["guardian_identity"] == "sworn"
    assert "Votre demande est envoyée" in main_of(browser.get(PAGE).text)


def test_what_is_missing_comes_back_with_what_was_typed(
    portal: Portal, browser: FlaskClient
) -> None:
    sent = asks(browser, level="", insee="")
    assert sent.status_code == 422 and "12 rue des Lilas" in sent.text
    assert "Choisissez le niveau" in sent.text and "Choisissez la commune" in sent.text
    assert asked_of_school(portal) == []


def test_a_request_made_while_the_service_is_down_is_on_its_way(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers(ENS, contracts.request_school, NoAnswer())
    portal.callees.answers("identity", sign_ins.sign_act, lambda _: {"signed": "signed"})

    assert asks(browser).status_code == 303

    words = main_of(browser.get(PAGE).text)
    assert "Votre demande est en route" in words and "Demander une école" not in words
    (act,) = portal.published(portal_contracts.family_act)
    assert act["method"] == "request_school"
    assert act["payload"]["address"]["street"] == "12 rue des Lilas"


def test_a_request_that_is_there_already_is_said(portal: Portal, browser: FlaskClient) -> None:
    portal.callees.answers(ENS, contracts.request_school, contracts.AlreadyAsked())
    sent = asks(browser)
    assert sent.status_code == 422 and "attend déjà sa réponse" in sent.text


def test_a_request_is_followed_and_taken_back(portal: Portal, browser: FlaskClient) -> None:
    card(portal, school_requests=[asked()])
    answer = {"request_id": REQUEST, "state": "withdrawn"}
    portal.callees.answers(ENS, contracts.withdraw_school_request, lambda _: answer)
    words = main_of(browser.get(PAGE).text)
    assert "à l’étude depuis le" in words and "Demander une école" not in words

    back = make.posts(browser, f"{PAGE}/ens/{REQUEST}/retrait", act=new_id())

    assert back.status_code == 303
    assert portal.callees.count(contracts.withdraw_school_request) == 1
    other = make.posts(browser, f"{PAGE}/ens/{new_id()}/retrait", act=new_id())
    assert other.status_code == 404


def test_a_certificate_is_read_and_downloaded(portal: Portal, browser: FlaskClient) -> None:
    part = {
        "name": "certificat-inscription-2027-0012.pdf",
        "content": base64.b64encode(PDF).decode(),
        "parts": 1,
        "sha256": digest_of_file(PDF),
    }
    portal.callees.answers(ENS, contracts.enrolment_certificate, lambda _: part)
    card(portal, school_enrolments=[enrolment()])
    words = main_of(browser.get(PAGE).text)
    assert "n° 2027-0012" in words and "à présenter à la direction" in words

    file = browser.get(f"{PAGE}/ens/{ENROLMENT}/certificat")

    assert file.data == PDF and file.mimetype == "application/pdf"
    assert "certificat-inscription-2027-0012.pdf" in file.headers["Content-Disposition"]
    assert browser.get(f"{PAGE}/ens/{new_id()}/certificat").status_code == 404
    assert browser.get(f"{PAGE}/agg/{ENROLMENT}/certificat").status_code == 404


def test_a_waiver_is_followed_and_the_letter_of_a_refusal_downloaded(
    portal: Portal, browser: FlaskClient
) -> None:
    part = {"name": "refus-derogation.pdf", "content": base64.b64encode(PDF).decode()}
    portal.callees.answers(ENS, contracts.waiver_letter, lambda _: part | {"parts": 1})
    refused = waiver("refused", waiver_id=ENROLMENT)
    waiting = waiver(waiver_id=REQUEST)
    card(portal, school_waivers=[refused, waiting])

    words = main_of(browser.get(PAGE).text)

    assert "dérogation refusée" in words and "dérogation à l’étude" in words
    assert "école d’une autre commune" in words
    assert browser.get(f"{PAGE}/ens/derogations/{ENROLMENT}/lettre").data == PDF
    assert browser.get(f"{PAGE}/ens/derogations/{REQUEST}/lettre").status_code == 404


def test_admission_and_withdrawal_are_read(portal: Portal, browser: FlaskClient) -> None:
    card(
        portal,
        school_enrolments=[
            enrolment(admitted_on=today()),
            enrolment(enrolment_id=new_id(), withdrawn_at=now() - timedelta(days=1)),
        ],
    )
    words = main_of(browser.get(PAGE).text)
    assert "admis par l’école le" in words and "retiré le" in words


def test_a_notice_leads_to_the_page(portal: Portal, browser: FlaskClient) -> None:
    detail = {"activity": "École Jules-Ferry, CE2", "days": [today().isoformat()]}
    told = {"kind": "school_decided", "child_ids": [MANON.id], "detail": detail}
    portal.receives_notice(ENS, HOME, f"school_decided-{ENROLMENT}", **told)
    page = browser.get("/nouvelles").text
    assert "L’inscription à l’école est décidée" in main_of(page) and PAGE in page


def test_another_familys_child_is_not_there(browser: FlaskClient) -> None:
    assert browser.get(f"/enfants/{new_id()}/ecole").status_code == 404


def test_a_family_asks_for_another_school_from_the_page_of_its_request(
    portal: Portal, browser: FlaskClient
) -> None:
    school = schools_are_published(portal, "CE1", "CE2")
    card(portal, school_requests=[asked()])
    answer = {"waiver_id": WAIVER, "state": "waiting"}
    portal.callees.answers(ENS, contracts.request_waiver, lambda _: answer)
    assert "Encore à montrer : domicile" in main_of(browser.get(PAGE).text)
    page = main_of(browser.get(f"{PAGE}/ens/{REQUEST}/derogation").text)
    assert "Frère ou sœur dans l’école" in page and "Raison de santé" in page

    sent = wishes(browser, motives=["frere", "health"])

    assert sent.status_code == 303
    (wanted,) = wished_of_school(portal)
    assert wanted.request_id == REQUEST
    assert wanted.wish["school_id"] == school
    assert wanted.wish["motives"] == ["frere"]  # inside the town the law's are none
    assert "Votre demande de dérogation est envoyée" in main_of(browser.get(PAGE).text)


def test_a_school_of_another_commune_is_wished_for_motives_of_the_law(
    portal: Portal, browser: FlaskClient
) -> None:
    schools_are_published(portal, "CE2")
    card(portal, school_requests=[asked()])
    answer = {"waiver_id": WAIVER, "state": "waiting"}
    portal.callees.answers(ENS, contracts.request_waiver, lambda _: answer)
    elsewhere = {"wish_school": "other", "wish_school_other": "École du Bourg, Ailleurs"}

    wishes(browser, **elsewhere, motives=["frere", "health"])

    (wanted,) = wished_of_school(portal)
    assert wanted.wish["school_id"] is None
    assert wanted.wish["elsewhere"] == "École du Bourg, Ailleurs"
    assert wanted.wish["motives"] == ["health"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"motives": []}, "Cochez au moins un motif"),
        ({"wish_school": "École inventée"}, "Choisissez une école de la liste"),
        ({"wish_school": ""}, "Choisissez une école"),
        ({"wish_school": "other", "motives": ["health"]}, "nom de l’école et sa commune"),
    ],
    ids=["no motive", "an invented school", "no school", "another commune without a name"],
)
def test_a_wish_that_says_too_little_comes_back_as_it_was_typed(
    portal: Portal, browser: FlaskClient, typed: dict[str, Any], said: str
) -> None:
    schools_are_published(portal, "CE2")
    card(portal, school_requests=[asked()])

    sent = wishes(browser, proof="shown", **typed)

    assert sent.status_code == 422 and said in sent.text
    assert '<option value="shown" selected>' in sent.text
    assert wished_of_school(portal) == []


def test_a_school_without_the_level_is_not_wished(portal: Portal, browser: FlaskClient) -> None:
    schools_are_published(portal, "PS", "MS")
    card(portal, school_requests=[asked()])
    sent = wishes(browser)
    assert sent.status_code == 422 and "Cette école n’a pas ce niveau" in sent.text


def test_a_wish_made_while_the_service_is_down_is_on_its_way(
    portal: Portal, browser: FlaskClient
) -> None:
    school = schools_are_published(portal, "CE2")
    card(portal, school_requests=[asked()])
    portal.callees.answers(ENS, contracts.request_waiver, NoAnswer())
    portal.callees.answers("identity", sign_ins.sign_act, lambda _: {"signed": "signed"})

    assert wishes(browser).status_code == 303

    words = main_of(browser.get(PAGE).text)
    assert "Votre demande est en route" in words and "Demander une autre école" not in words
    (act,) = portal.published(portal_contracts.family_act)
    assert act["method"] == "request_waiver"
    assert act["payload"]["wish"]["school_id"] == school


def test_a_wish_that_could_neither_be_sent_nor_kept_comes_back_whole(
    portal: Portal, browser: FlaskClient
) -> None:
    schools_are_published(portal, "CE2")
    card(portal, school_requests=[asked()])
    portal.callees.answers(ENS, contracts.request_waiver, NoAnswer())
    portal.callees.answers("identity", sign_ins.sign_act, NoAnswer())

    sent = wishes(browser, proof="sworn")

    assert sent.status_code == 503 and "Ce n’est pas encore envoyé" in sent.text
    assert f"<option selected>{VEIL}</option>" in sent.text
    assert 'value="frere" checked' in sent.text and '"sworn" selected' in sent.text


def test_school_and_wish_are_sent_together(portal: Portal, browser: FlaskClient) -> None:
    school = schools_are_published(portal, "CE2")
    answer = {"request_id": REQUEST, "state": "asked"}
    portal.callees.answers(ENS, contracts.request_school, lambda _: answer)

    assert asks(browser, wish_school=VEIL, motives=[]).status_code == 422
    assert asks(browser, wish_school=VEIL, motives=["frere"]).status_code == 303

    (wanted,) = asked_of_school(portal)
    assert wanted.waiver["school_id"] == school


def test_a_waiver_that_waits_is_taken_back(portal: Portal, browser: FlaskClient) -> None:
    card(portal, school_requests=[asked()], school_waivers=[waiver()])
    answer = {"waiver_id": WAIVER, "state": "withdrawn"}
    portal.callees.answers(ENS, contracts.withdraw_waiver, lambda _: answer)
    words = main_of(browser.get(PAGE).text)
    assert "Demander une autre école" not in words
    assert "Encore à montrer : la pièce du motif" in words

    back = make.posts(browser, f"{PAGE}/ens/derogations/{WAIVER}/retrait", act=new_id())

    assert back.status_code == 303 and portal.callees.count(contracts.withdraw_waiver) == 1
    assert "La dérogation est retirée" in main_of(browser.get(PAGE).text)
    other = make.posts(browser, f"{PAGE}/ens/derogations/{new_id()}/retrait", act=new_id())
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("waiver_decided", "Une réponse à votre demande de dérogation"),
        ("school_papers", "Un papier est encore à montrer pour l’école"),
        ("school_admitted", "L’école a noté l’admission"),
    ],
)
def test_a_notice_of_a_decision_leads_to_the_page(
    portal: Portal, browser: FlaskClient, kind: str, said: str
) -> None:
    told = {"kind": kind, "child_ids": [MANON.id], "detail": {}}
    portal.receives_notice(ENS, HOME, f"{kind}-{ENROLMENT}", **told)
    page = browser.get("/nouvelles").text
    assert said in main_of(page) and PAGE in page
