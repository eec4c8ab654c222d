"""A draft at the portal: without script, without an account, and with equal answers."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import registrations
from shared.contracts.enrolment.school_year import schools
from shared.contracts.errors import BadRequest, NotFound
from shared.dates.clock import now
from shared.files.cleaning import clean_file
from shared.files.file_parts import join_parts
from shared.files.types import LARGEST_SENT
from shared.runtime.ids import new_id
from shared.web.base.sign_in_limits import limiter
from tests.databases import Database
from tests.factories import portal as make
from tests.factories import registrations as write
from tests.factories import sent_files
from tests.factories.portal import Portal, main_of
from tests.factories.portal_registrations import (
    HELD,
    UNPROVEN,
    begins,
    opened,
    posts_to,
    read,
    read_whole,
)

LETTER = "c3d4e-0a1b2-c3d4e-0a1b2"
LINK = f"/demande/reprendre/{HELD['reference']}/{LETTER}"


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    """Give the portal, and a dossier that has one draft."""
    with make.portal_on(database, tmp_path) as portal:
        limiter.reset()
        portal.callees.answers("dossier", registrations.open_registration, opened)
        for method in (
            registrations.ask_for_link,
            registrations.disown_registration,
            registrations.take_up_registration,
        ):
            portal.callees.answers("dossier", method, lambda _: {})
        portal.callees.answers("dossier", registrations.look_at_link, look)
        portal.callees.answers("dossier", registrations.read_registration, read)
        portal.callees.answers("dossier", registrations.save_registration, lambda _: {})
        portal.callees.answers("dossier", registrations.add_paper, lambda _: {"whole": True})
        yield portal


@pytest.fixture
def browser(portal: Portal) -> FlaskClient:
    return portal.site.test_client()


def look(request: Any, **more: Any) -> dict[str, Any]:
    """Answer for the link of a letter, of which nobody has used any yet."""
    if (request.reference, request.key) != (HELD["reference"], LETTER):
        raise NotFound
    begun = {"state": "open", "way": "email", "opened_at": now(), "proven": False, "name": ""}
    return {**begun, "address": "ines.moreau@example.org", **more}


def begins_by_email(browser: FlaskClient, email: str = "ines.moreau@example.org") -> Any:
    return posts_to(browser, "/demande", way="email", email=email)


def test_the_page_after_beginning_is_the_same_for_every_address(
    portal: Portal, browser: FlaskClient
) -> None:
    """Rule R9: the portal looks nothing up, and says the same."""
    said = []
    for email in ("claire.lefevre@example.org", "nobody@example.org"):
        assert begins_by_email(browser, email).location == "/demande/lien"
        said.append(main_of(browser.get("/demande/lien").text).replace(email, "…"))

    assert said[0] == said[1]
    assert {name for to, name, _, _ in portal.callees.asked if to != "dossier"} == set()


def test_who_begins_with_somebodys_address_holds_nothing_of_the_draft(
    browser: FlaskClient,
) -> None:
    begins_by_email(browser)

    for address in ("/demande/suite", "/demande/suite/vous"):
        assert browser.get(address).location == "/demande/reprendre"
    assert browser.get("/demande/reference").status_code == 404
    assert "commencée sur cet appareil" not in browser.get("/demande").text


def test_opening_a_link_takes_nothing_up_and_says_who_began_and_when(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers(
        "dossier", registrations.look_at_link, lambda request: look(request, name="Inès Moreau")
    )

    page = main_of(browser.get(LINK).text)

    for said in ("Inès Moreau", "ines.moreau@example.org", "aujourd’hui à", "C’est moi, continuer"):
        assert said in page, said
    assert {name for _, name, _, _ in portal.callees.asked} == {"look_at_link"}
    assert "commencée sur cet appareil" not in browser.get("/demande").text
    assert browser.head(LINK).status_code == 200
    assert portal.callees.count(registrations.take_up_registration) == 0


def carried_by(browser: FlaskClient) -> str:
    """Open a link; return what its page carries for the button, sealed."""
    return browser.get(LINK).text.partition('name="fresh" value="')[2].partition('"')[0]


def fresh_keys(portal: Portal) -> list[str]:
    """Return the keys that the draft was to have from then on."""
    return [
        each.fresh for _, name, _, each in portal.callees.asked if name == "take_up_registration"
    ]


def test_the_button_takes_the_draft_up_with_a_fresh_key_that_no_page_shows(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers(
        "dossier", registrations.read_registration, lambda _: read_whole(way="email")
    )

    posts_to(browser, LINK, fresh=carried_by(browser))
    page = browser.get("/demande/suite").text

    (key,) = fresh_keys(portal)
    assert key not in page and LETTER not in page
    read_with = {
        each.key for _, name, _, each in portal.callees.asked if name == "read_registration"
    }
    assert read_with == {key} != {LETTER}
    assert browser.get("/demande/reference").location == "/demande/suite"


def test_a_button_that_is_pressed_twice_brings_the_same_key(
    portal: Portal, browser: FlaskClient
) -> None:
    portal.callees.answers("dossier", registrations.read_registration, lambda _: read_whole())
    carried = carried_by(browser)

    for fresh in (carried, carried, "what somebody wrote"):
        posts_to(browser, LINK, fresh=fresh)

    first, second, other = fresh_keys(portal)
    assert first == second != other


def test_a_link_that_was_used_offers_another_one(browser: FlaskClient) -> None:
    for answer in (browser.get(f"{LINK}0"), browser.get("/demande/reprendre/nothing/here")):
        assert answer.status_code == 422
        assert "Ce lien ne sert plus" in main_of(answer.text)
        assert 'name="email"' in answer.text


def test_asking_for_a_link_reads_alike_for_every_address(browser: FlaskClient) -> None:
    said = []
    for email in ("claire.lefevre@example.org", "nobody@example.org"):
        assert posts_to(browser, "/demande/lien", email=email).location == "/demande/lien"
        said.append(main_of(browser.get("/demande/lien").text).replace(email, "…"))

    assert said[0] == said[1]
    assert posts_to(browser, "/demande/lien", email="nothing").status_code == 422


def test_who_did_not_begin_says_so(portal: Portal, browser: FlaskClient) -> None:
    assert "Ce n’est pas moi" in main_of(browser.get(LINK).text)

    page = posts_to(browser, f"{LINK}/pas-moi")

    assert "c’est noté" in main_of(page.text)
    assert portal.callees.count(registrations.disown_registration) == 1
    assert portal.callees.count(registrations.take_up_registration) == 0


def test_a_changed_address_shows_as_changed_and_asks_for_its_letter(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    changed = {**UNPROVEN, "changed_at": now(), "former": "i…@example.org"}
    portal.callees.answers(
        "dossier", registrations.read_registration, lambda request: read(request, email=changed)
    )

    page = main_of(browser.get("/demande/suite").text)

    for said in ("a changé aujourd’hui", "Avant : i…@example.org", "Ouvrez le lien reçu à"):
        assert said in page, said
    posts_to(browser, "/demande/adresse")
    ((*_, asked),) = [each for each in portal.callees.asked if each[1] == "ask_for_link"]
    assert asked.email == "ines.moreau@example.org"


def test_reference_and_key_are_not_readable_in_the_cookie(browser: FlaskClient) -> None:
    begins(browser)

    for cookie in browser._cookies.values():
        assert HELD["key"] not in cookie.value
        assert HELD["reference"] not in cookie.value


def test_a_wrong_reference_and_a_wrong_key_read_alike(browser: FlaskClient) -> None:
    wrong = [
        main_of(posts_to(browser, "/demande/reprendre", **{**HELD, **each}).text)
        for each in ({"key": "nothing"}, {"reference": "nothing"})
    ]

    assert wrong[0] == wrong[1]
    assert "ne vont pas ensemble" in wrong[0]
    assert posts_to(browser, "/demande/reprendre", **HELD).status_code == 303


def test_who_has_no_draft_here_is_asked_for_reference_and_key(browser: FlaskClient) -> None:
    for address in ("/demande/suite", "/demande/suite/vous"):
        assert browser.get(address).headers["Location"] == "/demande/reprendre"


def test_a_step_with_a_mistake_comes_back_as_it_was_typed(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)

    page = posts_to(browser, "/demande/suite/vous", first_name="Inès", phone="12")

    assert page.status_code == 422
    assert 'value="Inès"' in page.text and 'value="12"' in page.text
    assert portal.callees.count(registrations.save_registration) == 0


def test_a_row_is_added_without_script_and_dates_may_be_written_by_hand(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    typed = {
        "children-0-first_name": "Nora",
        "children-0-last_name": "Moreau",
        "children-0-birth_date": "12/04/2021",
    }

    page = posts_to(browser, "/demande/suite/enfants", **typed, add="children")
    posts_to(browser, "/demande/suite/enfants", **typed)

    assert 'name="children-1-first_name"' in page.text
    ((*_, saved),) = [each for each in portal.callees.asked if each[1] == "save_registration"]
    assert saved.content["children"][0]["birth_date"] == "2021-04-12"


def a_school_is_published(portal: Portal, name: str) -> None:
    content = {"name": name, "commune": "Démonstration", "levels": ["CP"], "classes": []}
    told = {"school_id": new_id(), "version": 1, "content": content}
    portal.receives(schools.school_published, "enrolment_ens", **told)


NORA = {
    "children-0-first_name": "Nora",
    "children-0-last_name": "Moreau",
    "children-0-birth_date": "2021-04-12",
    "children-0-grade": "GS",
}


@pytest.mark.parametrize(
    ("chosen", "other", "kept"),
    [
        ("École Jules-Ferry", "", "École Jules-Ferry"),
        ("École Jules-Ferry", "left from before", "École Jules-Ferry"),
        ("other", "Notre-Dame, Ailleurs", "Notre-Dame, Ailleurs"),
        ("other", "jules ferry", "École Jules-Ferry"),
        ("", "", ""),
    ],
    ids=["of the town", "of the town after all", "another one", "typed though listed", "none"],
)
def test_a_stranger_chooses_a_school_of_the_town_or_names_another(
    portal: Portal, browser: FlaskClient, chosen: str, other: str, kept: str
) -> None:
    a_school_is_published(portal, "École Jules-Ferry")
    begins(browser)
    assert "Autre école, hors de la ville" in main_of(browser.get("/demande/suite/enfants").text)
    school = {"children-0-school": chosen, "children-0-school_other": other}

    assert posts_to(browser, "/demande/suite/enfants", **NORA, **school).status_code == 303

    ((*_, saved),) = [each for each in portal.callees.asked if each[1] == "save_registration"]
    assert saved.content["children"][0]["school"] == kept


def test_a_school_that_is_not_on_the_list_comes_back_with_what_was_typed(
    portal: Portal, browser: FlaskClient
) -> None:
    a_school_is_published(portal, "École Jules-Ferry")
    begins(browser)

    page = posts_to(
        browser, "/demande/suite/enfants", **NORA, **{"children-0-school": "École inventée"}
    )
    unnamed = posts_to(browser, "/demande/suite/enfants", **NORA, **{"children-0-school": "other"})

    assert page.status_code == unnamed.status_code == 422
    assert "Choisissez une école de la liste" in main_of(page.text)
    assert "Écrivez le nom de l’école et sa commune" in main_of(unnamed.text)
    assert 'value="Nora"' in page.text and "<option selected>GS</option>" in page.text
    assert portal.callees.count(registrations.save_registration) == 0


def test_a_draft_shows_the_school_that_it_keeps(portal: Portal, browser: FlaskClient) -> None:
    a_school_is_published(portal, "École Jules-Ferry")
    begins(browser)
    child = {"first_name": "Nora", "last_name": "Moreau", "birth_date": "2021-04-12", "grade": "GS"}
    kept = [child | {"school": "Jules Ferry"}, child | {"school": "Notre-Dame, Ailleurs"}]
    content = {"guardian": write.guardian(), "children": {"children": kept}}
    portal.callees.answers(
        "dossier", registrations.read_registration, lambda request: read(request, content=content)
    )

    page = browser.get("/demande/suite/enfants").text

    assert "<option selected>École Jules-Ferry</option>" in page
    assert '<option value="other" selected>' in page and 'value="Notre-Dame, Ailleurs"' in page


def test_where_no_school_is_published_a_name_is_typed(browser: FlaskClient) -> None:
    begins(browser)
    page = browser.get("/demande/suite/enfants").text
    assert '<input type="text" id="children-0-school"' in page


def test_what_is_typed_comes_back_when_the_dossier_is_silent(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    portal.callees.answers("dossier", registrations.save_registration, None)

    page = posts_to(browser, "/demande/suite/vous", first_name="Inès")

    assert page.status_code == 503
    assert "pas encore enregistré" in main_of(page.text)
    assert 'value="Inès"' in page.text


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"%PDF-1.7", 422),
        (b"<svg><script/></svg>", 422),
        (b"", 422),
        (b"0" * (LARGEST_SENT + 1), 422),
        (b"0" * (LARGEST_SENT + 1_000_000), 413),
    ],
    ids=["pdf", "svg", "nothing", "heavy", "vast"],
)
def test_what_is_no_paper_is_refused_in_words(
    portal: Portal, browser: FlaskClient, content: bytes, status: int
) -> None:
    begins(browser)

    page = posts_to(
        browser, "/demande/papiers", kind="domicile", paper=(io.BytesIO(content), "p.jpg")
    )

    assert page.status_code == status
    assert portal.callees.count(registrations.add_paper) == 0


def test_a_photograph_leaves_in_parts_that_fit_the_bus(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    photo = write.photograph((1800, 1400))

    page = posts_to(
        browser, "/demande/papiers", kind="domicile", paper=(io.BytesIO(photo), "p.jpg")
    )

    assert page.status_code == 303
    sent = [each[3] for each in portal.callees.asked if each[1] == "add_paper"]
    assert len({each.paper_id for each in sent}) == 1
    assert {each.parts for each in sent} == {len(sent)}
    assert len(sent) > 1
    assert join_parts(each.content for each in sent) == clean_file(photo).content


def test_a_pdf_is_taken_as_a_proof_and_leaves_without_its_script(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    paper = (io.BytesIO(sent_files.scripted()), "facture.pdf")

    page = posts_to(browser, "/demande/papiers", kind="domicile", paper=paper)

    assert page.status_code == 303
    (sent,) = [each[3] for each in portal.callees.asked if each[1] == "add_paper"]
    kept = join_parts([sent.content])
    assert kept.startswith(b"%PDF-")
    assert b"JavaScript" not in sent_files.spread_out(kept)


def test_nobody_begins_drafts_by_the_hundred_from_one_address(browser: FlaskClient) -> None:
    answers = [begins(browser).status_code for _ in range(12)]

    assert answers[:10] == [303] * 10
    assert answers[10:] == [429] * 2


def test_what_cannot_be_sent_says_what_nobody_could_begin_without(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    missing = BadRequest(errors={"children": {"children": ["Écrivez au moins un enfant."]}})
    portal.callees.answers("dossier", registrations.send_registration, missing)

    page = posts_to(browser, "/demande/envoyer")

    assert page.status_code == 422
    assert "Écrivez au moins un enfant" in main_of(page.text)


def test_a_refused_draft_says_why_and_what_to_do(portal: Portal, browser: FlaskClient) -> None:
    begins(browser)
    portal.callees.answers(
        "dossier",
        registrations.read_registration,
        lambda request: read(request, state="refused", reason="papers", content={}),
    )

    page = main_of(browser.get("/demande/suite").text)

    assert "Les documents montrés ne suffisent pas" in page
    assert "Appelez le guichet" in page


def test_a_wrong_postcode_of_a_draft_comes_back_and_a_missing_one_waits(
    portal: Portal, browser: FlaskClient
) -> None:
    begins(browser)
    step = "/demande/suite/adresse"

    wrong = posts_to(browser, step, street="3 rue du Port", postcode="123")
    partial = posts_to(browser, step, street="3 rue du Port")

    assert wrong.status_code == 422 and "cinq chiffres" in main_of(wrong.text)
    assert partial.status_code == 303
    saved = [
        request.content
        for _, name, _, request in portal.callees.asked
        if name == registrations.save_registration.name
    ]
    assert [content["postcode"] for content in saved] == [""]
