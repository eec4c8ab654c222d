"""« Vos droits sur vos données » on the portal: at once, in writing, and what came of it."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.contracts.dossier import guardians
from shared.contracts.dossier.data_protection import person_requests
from shared.contracts.dossier.data_protection.person_requests import RequestClosed, TooManyRequests
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import portal as make
from tests.factories.portal import Child, Portal, main_of
from tests.factories.register import demo_rows

CLAIRE, JULIEN, HOME, REQUEST = (new_id() for _ in range(4))
MANON = Child("Manon", providers=("ens",))
HUGO = Child("Hugo", providers=("agg",))
PAGE = "/vos-droits"
TYPED = {"kind": "rectification", "whom": MANON.id, "provider": "ens", "text": "Un accent manque."}


@pytest.fixture
def portal(database: Database, tmp_path: Path) -> Iterator[Portal]:
    with make.portal_on(database, tmp_path) as portal:
        yield portal


@pytest.fixture
def browser(portal: Portal) -> FlaskClient:
    return signed_in(portal)


def signed_in(portal: Portal) -> FlaskClient:
    """Give Claire's browser; she has asked once for Manon."""
    portal.receives_guardian_card(CLAIRE, [HOME], MANON, HUGO)
    me = {"guardian": {"id": CLAIRE, "name": "Claire Lefèvre"}, "households": [HOME]}
    children = {"children": [MANON.row, HUGO.row]}
    portal.callees.answers("dossier", guardians.my_children, lambda _: me | children)
    answers(portal)
    filed = {"person_request_id": REQUEST, "due_on": date(2026, 12, 28)}
    portal.callees.answers("dossier", person_requests.file_person_request, lambda _: filed)
    browser = portal.site.test_client()
    make.sign_in(browser, CLAIRE)
    return browser


def answers(portal: Portal, *acts: dict[str, Any], **more: Any) -> None:
    """Let the dossier know one request with these acts after it was filed."""
    asked = {
        "person_request_id": REQUEST,
        "kind": "rectification",
        "provider": "ens",
        "child_id": MANON.id,
        "received_on": today(),
        "due_on": today() + timedelta(days=31),
        "state": "received",
        "closed_on": None,
        "prolonged": False,
        **more,
    }
    done = [{"act": "filed", "at": now(), "text": "", "until": None}, *acts]
    whole = asked | {"text": "Un accent manque.", "acts": done}
    portal.callees.answers(
        "dossier", person_requests.my_person_requests, lambda _: {"requests": [asked]}
    )
    portal.callees.answers("dossier", person_requests.read_my_request, lambda _: whole)


def sends(browser: FlaskClient, **more: str) -> Any:
    return make.posts(browser, f"{PAGE}/nouvelle", **{**TYPED, **more})


def test_the_page_first_says_what_one_does_oneself_and_who_answers(browser: FlaskClient) -> None:
    page = browser.get(PAGE).text

    for place in ("/enfants", "/historique", f"/enfants/{MANON.id}/parcours", "/compte/courriels"):
        assert f'href="{place}"' in page
    said = main_of(page)
    assert said.index("Tout de suite, sans rien demander") < said.index("Faire une demande")
    for words in ("Corriger : Manon", "reçue", "réponse au plus tard le", "dpo@", "CNIL"):
        assert words in said


def test_a_mother_asks_a_service_that_has_her_child(portal: Portal, browser: FlaskClient) -> None:
    page = main_of(browser.get(f"{PAGE}/nouvelle").text)
    for words in ("Voir", "Limiter", "Manon Lefèvre", "Service Enseignement", "Agglomération"):
        assert words in page

    answer = sends(browser)

    assert answer.headers["Location"].endswith(f"{PAGE}/{REQUEST}")
    (asked,) = [each[3] for each in portal.callees.asked if each[1] == "file_person_request"]
    assert (asked.kind, asked.provider, asked.child_id) == ("rectification", "ens", MANON.id)
    assert "Votre demande est envoyée" in main_of(browser.get(answer.headers["Location"]).text)


def test_for_herself_and_to_the_town_no_child_is_named(
    portal: Portal, browser: FlaskClient
) -> None:
    assert sends(browser, whom="moi", provider="ville").status_code == 303

    asked = portal.callees.asked[-1][3]
    assert (asked.provider, asked.child_id) == ("", None)


def test_the_same_form_twice_is_one_request(portal: Portal, browser: FlaskClient) -> None:
    act = new_id()
    sends(browser, act=act)
    sends(browser, act=act)
    sends(browser, act=act, text="Autre chose.")

    ids = [each[2] for each in portal.callees.asked if each[1] == "file_person_request"]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "everything"},
        {"whom": new_id()},
        {"provider": "agg"},  # has Hugo, and not Manon
        {"provider": "nobody"},
        {"text": "  "},
        {"text": "a" * 2001},
    ],
)
def test_what_cannot_be_asked_comes_back_with_its_mistake(
    portal: Portal, browser: FlaskClient, wrong: dict[str, str]
) -> None:
    answer = sends(browser, **wrong)

    assert answer.status_code == 422
    assert "est à corriger" in answer.text
    assert portal.callees.count(person_requests.file_person_request) == 0


def test_refusals_and_a_silent_dossier_give_the_form_back_as_it_was_typed(
    portal: Portal, browser: FlaskClient
) -> None:
    for refusal, words in (
        (NotFound(), "ne suit pas cet enfant"),
        (TooManyRequests(most=10), "10 demandes attendent déjà"),
    ):
        portal.callees.answers("dossier", person_requests.file_person_request, refusal)
        answer = sends(browser)
        assert (answer.status_code, words in main_of(answer.text)) == (422, True)

    portal.callees.answers("dossier", person_requests.file_person_request, None)
    answer = sends(browser)
    assert answer.status_code == 503
    assert "Un accent manque." in answer.text


def test_a_prolonged_and_answered_request_says_each_step_with_its_words(
    portal: Portal, browser: FlaskClient
) -> None:
    moment, later = now(), today() + timedelta(days=90)
    steps = [
        {"act": "taken", "at": moment, "text": "", "until": None},
        {"act": "prolonged", "at": moment, "text": "Trois services.", "until": later},
        {"act": "answered", "at": moment, "text": "C’est corrigé.\nPartout.", "until": None},
    ]
    answers(portal, *steps, state="answered", prolonged=True, due_on=later, closed_on=moment.date())

    page = main_of(browser.get(f"{PAGE}/{REQUEST}").text)

    for words in (
        "réponse donnée", "prise en charge", "Pourquoi c’est plus long", "Trois services.",
        "La réponse", "C’est corrigé.", "TSA 80715", "cinq ans",
    ):  # fmt: skip
        assert words in page
    assert "au plus tard le" not in page


def test_a_refusal_says_why_and_where_to_complain(portal: Portal, browser: FlaskClient) -> None:
    refused = {"act": "refused", "at": now(), "text": "La loi impose de le garder.", "until": None}
    answers(portal, refused, state="refused", closed_on=today())

    page = main_of(browser.get(f"{PAGE}/{REQUEST}").text)

    assert "Pourquoi c’est refusé" in page and "La loi impose" in page and "CNIL" in page


def test_a_late_answer_is_said_to_be_late(portal: Portal, browser: FlaskClient) -> None:
    answers(portal, due_on=today() - timedelta(days=1))

    assert "Le délai de réponse est passé" in main_of(browser.get(f"{PAGE}/{REQUEST}").text)
    assert "en retard" in main_of(browser.get(PAGE).text)


def test_another_guardians_request_is_not_there(portal: Portal, browser: FlaskClient) -> None:
    portal.callees.answers("dossier", person_requests.read_my_request, NotFound())

    assert browser.get(f"{PAGE}/{REQUEST}").status_code == 404


def test_while_the_dossier_is_silent_the_ways_of_ones_own_are_shown_all_the_same(
    portal: Portal, browser: FlaskClient
) -> None:
    browser.get(PAGE)
    portal.callees.answers("dossier", person_requests.my_person_requests, None)

    page = main_of(browser.get(PAGE).text)

    assert "Tout de suite" in page and "ne sont pas lisibles en ce moment" in page


def test_news_of_an_answer_are_for_who_asked_alone(portal: Portal, browser: FlaskClient) -> None:
    portal.receives_guardian_card(JULIEN, [HOME], MANON)
    told = {"person_request_id": REQUEST, "subject": CLAIRE, "act": "answered", "at": now()}
    for _ in range(2):
        portal.receives(person_requests.person_request_changed, "dossier", **told)

    news = browser.get("/nouvelles").text
    assert main_of(news).count("Une réponse à votre demande sur vos données") == 1
    assert f"{PAGE}/{REQUEST}" in news
    assert "Notifications, 1 non lue" in browser.get("/enfants").text
    father = portal.site.test_client()
    make.sign_in(father, JULIEN, "Julien Lefèvre")
    assert "votre demande sur vos données" not in father.get("/nouvelles").text
    assert "1 non lue" not in father.get("/aide").text


def test_where_no_front_desk_answers_the_page_says_to_whom_one_writes(
    database: Database, tmp_path: Path
) -> None:
    rows = demo_rows()
    rows["front_desk"] = None
    with make.portal_on(database, tmp_path, rows=rows) as portal:
        browser = signed_in(portal)

        page = browser.get(PAGE).text

        assert "Écrivez au délégué" in main_of(page) and "dpo@" in page
        assert f"{PAGE}/nouvelle" not in page
        assert browser.get(f"{PAGE}/nouvelle").status_code == 302


def test_the_foot_of_every_page_leads_there_for_who_is_signed_in(
    portal: Portal, browser: FlaskClient
) -> None:
    assert f'href="{PAGE}"' in browser.get("/aide").text
    assert f'href="{PAGE}"' not in portal.site.test_client().get("/aide").text


def test_who_asked_withdraws_it_and_reads_that_no_answer_comes(
    portal: Portal, browser: FlaskClient
) -> None:
    assert "Retirer cette demande" in main_of(browser.get(f"{PAGE}/{REQUEST}").text)
    portal.callees.answers("dossier", person_requests.withdraw_my_request, lambda _: {})

    sent = make.posts(browser, f"{PAGE}/{REQUEST}/retirer")
    gone = {"act": "withdrawn", "at": now(), "text": "", "until": None}
    answers(portal, gone, state="withdrawn", closed_on=today())

    page = main_of(browser.get(sent.headers["Location"]).text)
    assert "Votre demande est retirée" in page and "Retirer cette demande" not in page
    assert "retirée le" in main_of(browser.get(PAGE).text)


def test_withdrawn_after_the_answer_shows_the_answer(portal: Portal, browser: FlaskClient) -> None:
    closed = RequestClosed(state="answered")
    portal.callees.answers("dossier", person_requests.withdraw_my_request, closed)
    erased = {"act": "erased", "at": now(), "text": "diet course\nManon Lefèvre", "until": None}
    done = {"act": "answered", "at": now(), "text": "C’est fait.", "until": None}
    answers(portal, erased, done, state="answered", closed_on=today(), kind="erasure")

    sent = make.posts(browser, f"{PAGE}/{REQUEST}/retirer")

    page = main_of(browser.get(sent.headers["Location"]).text)
    for words in ("ne se retire plus", "C’est fait.", "Manon Lefèvre : Régime", "Parcours"):
        assert words in page.replace("\u00a0", " ")
