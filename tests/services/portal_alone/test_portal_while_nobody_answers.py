"""Pages without any answer: guards, their content, and the last known state."""

import re
from types import SimpleNamespace

import pytest
from flask import session
from flask.testing import FlaskClient

from services.portal_gateway.session import sessions
from shared.dates.clock import now
from shared.runtime.ids import new_id
from shared.web.base.app import Site
from shared.web.language.languages import local_path_or_first_page, text_of_town
from tests.factories.portal_alone import (
    CHILD,
    cookie_of,
    enters,
    knows_the_children,
    saves,
    token_on,
)


def test_who_is_not_signed_in_signs_in_first_and_comes_back(browser: FlaskClient) -> None:
    for path in ("/enfants", f"/enfants/{CHILD}/sante", "/compte"):
        answer = browser.get(path)

        assert answer.status_code == 303
        assert answer.location.startswith("/connexion?retour=/")


def test_every_answer_carries_its_guards(browser: FlaskClient) -> None:
    for path in ("/connexion", "/nulle-part", "/health"):
        headers = browser.get(path).headers

        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


def test_every_answer_says_its_type_and_its_charset(browser: FlaskClient) -> None:
    page = browser.get("/connexion")
    files = re.findall(r'(?:href|src)="(/theme/[^"]+\.(?:js|css))', page.text)

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert browser.get("/health").headers["Content-Type"] == "application/json"
    assert {path.rsplit(".", 1)[1] for path in files} == {"js", "css"}
    for path in files:
        kind = "javascript" if path.endswith(".js") else "css"
        assert browser.get(path).headers["Content-Type"] == f"text/{kind}; charset=utf-8"


def test_over_https_cookies_belong_to_this_host_alone(browser: FlaskClient) -> None:
    answer = browser.get("/connexion", base_url="https://portail.example")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-portal_form=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"))
    assert "Domain" not in cookie
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_pages_hold_no_script_or_style_of_their_own(browser: FlaskClient) -> None:
    knows_the_children(enters(browser))

    for path in ("/", "/enfants", f"/enfants/{CHILD}", "/aide", "/compte", "/connexion"):
        page = browser.get(path).text

        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page), path


def test_a_first_visit_weighs_less_than_150_kb(browser: FlaskClient) -> None:
    page = browser.get("/connexion").text
    files = {*re.findall(r'(?:href|src)="(/theme/[^"#]+)', page)}
    weight = len(page.encode()) + sum(len(browser.get(file).data) for file in files)

    assert len(files) >= 4
    assert weight < 150_000
    assert browser.get(files.pop()).cache_control.max_age == 31_536_000


def test_a_silent_dossier_leaves_the_last_known_state_with_its_time(browser: FlaskClient) -> None:
    knows_the_children(enters(browser))

    home = browser.get("/")

    assert home.status_code == 200
    assert "Le dossier ne répond pas" in home.text
    assert "aujourd’hui à" in home.text
    assert "Manon" in home.text


def test_the_home_page_shows_no_health_data(browser: FlaskClient) -> None:
    knows_the_children(enters(browser))

    page = browser.get("/").text

    assert not re.search(r"llergi|PAI|raitement|médic", page)


def test_help_sign_out_and_the_full_name_stand_on_every_page(browser: FlaskClient) -> None:
    name = "Marie-Charlotte Wilhelmine de La Rochefoucauld d’Orvilliers"
    knows_the_children(enters(browser, name=name))

    for path in ("/", "/enfants", f"/enfants/{CHILD}", "/compte", "/nulle-part"):
        page = browser.get(path).text

        assert name in page
        assert "Se déconnecter" in page
        assert "tel:0200000000" in page


def test_a_form_that_cannot_be_saved_now_comes_back_as_typed(browser: FlaskClient) -> None:
    knows_the_children(enters(browser))

    answer = saves(browser, f"/enfants/{CHILD}/alimentation", menu="no_pork", without="egg")

    assert answer.status_code == 503
    assert "pas encore enregistré" in answer.text
    assert re.search(r'value="no_pork" checked', answer.text)
    assert re.search(r'value="egg" checked', answer.text)


def test_mistakes_stand_beside_their_field_and_in_a_list_that_leads_there(
    browser: FlaskClient,
) -> None:
    knows_the_children(enters(browser))

    answer = saves(
        browser,
        f"/enfants/{CHILD}/personnes-a-appeler",
        **{"people-0-name": "Claire", "people-0-relation": "mère", "people-0-phone": "demain"},
    )

    assert answer.status_code == 422
    assert 'href="#people-0-phone"' in answer.text
    assert 'id="people-0-phone-mistake"' in answer.text
    assert 'aria-describedby="people-0-phone-mistake"' in answer.text
    assert 'value="demain"' in answer.text


def test_rows_are_added_and_removed_without_a_script(browser: FlaskClient) -> None:
    knows_the_children(enters(browser))
    path = f"/enfants/{CHILD}/qui-vient-chercher"
    paul = {"people-0-name": "Paul", "people-0-relation": "voisin", "people-0-phone": ""}

    added = saves(browser, path, add="people", **paul)
    removed = saves(browser, path, remove="people-0", **paul)

    assert (added.status_code, removed.status_code) == (200, 200)
    assert 'name="people-1-name"' in added.text
    assert 'value="Paul"' in added.text
    assert 'value="Paul"' not in removed.text


def test_the_form_says_before_saving_who_will_receive_it(browser: FlaskClient) -> None:
    knows_the_children(enters(browser))

    page = saves(browser, f"/enfants/{CHILD}/sante", add="allergies").text

    assert "ne recevra que la conduite à tenir du PAI." in page
    assert "ne recevra que les allergies et la conduite à tenir du PAI." in page


def test_a_post_without_its_token_changes_nothing_and_loses_nothing(browser: FlaskClient) -> None:
    secret = enters(browser)
    path = f"/enfants/{CHILD}/alimentation"

    answer = browser.post(path, data={"menu": "no_pork", "version": "3", "act": new_id()})

    assert (answer.status_code, answer.location) == (303, path)
    session = sessions.find(secret, now())
    assert session is not None
    assert session.saved_form == {
        "path": path,
        "values": {"menu": ["no_pork"], "version": ["3"], "act": [answer_act(session)]},
    }


def answer_act(session: sessions.Session) -> str:
    assert session.saved_form is not None
    return str(session.saved_form["values"]["act"][0])


def main_of(page: str) -> str:
    """Return what a page says, without the shell around it."""
    return page.partition("<main")[2].partition("</main>")[0]


def test_another_familys_child_looks_like_no_child_at_all(browser: FlaskClient) -> None:
    knows_the_children(enters(browser))

    unknown = browser.get("/enfants/01920000-0000-7000-8000-000000000099")
    nonsense = browser.get("/enfants/x")

    assert unknown.status_code == nonsense.status_code == 404
    assert main_of(unknown.text) == main_of(nonsense.text)


def test_signing_in_says_in_words_that_nobody_answers(browser: FlaskClient) -> None:
    token = token_on(browser, "/connexion")

    answer = browser.post(
        "/connexion", data={"csrf_token": token, "login": "claire", "password": "quatre mots"}
    )

    assert answer.status_code == 503
    assert "ne répond pas" in answer.text
    assert 'value="claire"' in answer.text
    assert "quatre mots" not in answer.text


def test_one_machine_that_tries_all_day_is_slowed_down(browser: FlaskClient) -> None:
    token = token_on(browser, "/connexion")
    tries = [
        browser.post("/connexion", data={"csrf_token": token, "login": "claire", "password": ""})
        for _ in range(13)
    ]

    assert tries[0].status_code == 422
    assert tries[-1].status_code == 429
    assert "Attendez une minute" in tries[-1].text


def test_signing_out_forgets_the_session_though_identity_is_away(browser: FlaskClient) -> None:
    secret = enters(browser)
    token = token_on(browser, "/compte")

    answer = browser.post("/deconnexion", data={"csrf_token": token})

    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert sessions.find(secret, now()) is None
    assert cookie_of(browser) == ""
    assert "session est fermée" in browser.get("/connexion").text


def test_english_is_one_click_away_and_stays(browser: FlaskClient) -> None:
    answer = browser.get("/langue/en?retour=/connexion")

    page = browser.get(answer.location).text
    assert '<html lang="en">' in page
    assert "Sign in" in page
    assert "Français" in page


def test_english_pages_say_the_towns_own_words_in_english_too(browser: FlaskClient) -> None:
    knows_the_children(enters(browser))
    in_french = browser.get(f"/enfants/{CHILD}").text
    browser.get("/langue/en")

    page = browser.get(f"/enfants/{CHILD}").text

    assert "du lundi au vendredi" in in_french and "Personnes à appeler" in in_french
    assert "Monday to Friday" in page and "People to call" in page
    assert "du lundi au vendredi" not in page and "Personnes à appeler" not in page


def test_what_the_town_file_has_no_english_for_stays_french(portal: Site) -> None:
    town = SimpleNamespace(help_hours="de 9 h à 12 h", help_hours_en="")

    with portal.test_request_context():
        session["language"] = "en"
        assert text_of_town(town, "help_hours") == "de 9\u00a0h à 12\u00a0h"
        town.help_hours_en = "9 am to noon"
        assert text_of_town(town, "help_hours") == "9 am to noon"


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil", "x"])
def test_coming_back_never_leads_to_another_site(elsewhere: str) -> None:
    assert local_path_or_first_page(elsewhere) == "/"
    assert local_path_or_first_page("/enfants?x=1") == "/enfants?x=1"


def test_a_failure_of_ours_shows_a_reference_and_logs_no_text(
    portal: Site, browser: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    portal.add_url_rule("/casse", "broken", lambda: {}["allergie de Manon"])

    answer = browser.get("/casse")
    logged = capsys.readouterr()

    assert answer.status_code == 500
    assert "Référence" in answer.text
    assert "Manon" not in answer.text + logged.out + logged.err
    assert "KeyError" in logged.out


def test_operations_learn_whether_the_portal_is_well(browser: FlaskClient) -> None:
    answer = browser.get("/health")

    assert answer.status_code == 200
    assert answer.json == {"ready": True, "database": True, "register": True}
