"""
The portal without a broker: forms, words, sessions, headers, and pages while nobody answers.
"""

import base64
import json
import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS as KEYWORDS
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping
from babel.messages.pofile import read_po
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from services.portal_gateway import facts, forms, holdings, readings, receivers, sessions, texts
from services.portal_gateway.app import create_app
from services.portal_gateway.models import WebSession
from services.portal_gateway.store import store
from services.portal_gateway.views.home import is_evening
from services.portal_gateway.views.services import received
from shared.clock import now
from shared.contracts import sections as contract
from shared.database import Unreadable
from shared.database.migrations import schema_differences
from shared.database.store import open_engine
from shared.ids import new_id
from shared.register import Register
from shared.settings import Settings
from shared.web import typography
from shared.web.app import Site
from shared.web.browser_secret import new_secret, open_sealed, row_id, seal
from shared.web.forms import Form, flat, sentences
from shared.web.languages import local_path
from tests.conftest import Database
from tests.factories.register import demo_rows

PROJECT = Path(__file__).resolve().parents[2]
NOBODY_LISTENS = "amqp://nobody:nothing@127.0.0.1:9/nowhere"
CHILD = "01920000-0000-7000-8000-000000000010"
HEALTH: dict[str, Any] = {
    "allergies": [{"substance": "Arachide", "severity": "severe", "reaction": "gonflement"}],
    "treatments": [{"name": "Ventoline", "dosage": "2 bouffées", "moment": ""}],
    "care_plan": {
        "signs": "Gêne pour respirer.",
        "conduct": "Stylo dans la cuisse,\npuis le 15.",
        "kit": "Infirmerie, armoire 2.",
        "valid_until": "2027-07-05",
    },
    "vaccinations_checked": True,
    "remarks": "Porte des lunettes.",
}
CONTENTS: dict[str, dict[str, Any]] = {
    "diet": {"menu": "no_pork", "without": ["egg", "fish"]},
    "contacts": {
        "people": [
            {"name": "Claire Lefèvre", "relation": "mère", "phone": "06 12 34 56 78"},
            {"name": "Élodie d’Orvilliers", "relation": "tante", "phone": "+33 6 12 34 56 79"},
        ]
    },
    "pickup": {"people": [{"name": "Paul Morel", "relation": "voisin", "phone": ""}]},
    "health": HEALTH,
}


# The register and the application


@pytest.fixture
def register(tmp_path: Path) -> Register:
    """Give the register of the demo town."""
    path = tmp_path / "register.json"
    path.write_text(json.dumps(demo_rows()))
    return Register(path)


@pytest.fixture
def portal(database: Database, register: Register, tmp_path: Path) -> Iterator[Site]:
    """Give the portal on a fresh database, while the broker is down."""
    database.migrated("portal_gateway")
    env = {
        "PREAU_HOME": str(tmp_path),
        "PREAU_PRINCIPAL": "portal",
        "AMQP_URI": NOBODY_LISTENS,
        "DATABASE_URL": database.url,
        "SECRET_KEY": "for this test alone",
        "KEY_ENCRYPTION_KEY": base64.b64encode(os.urandom(32)).decode(),
    }
    yield create_app(Settings.from_env(env))
    store.close()


@pytest.fixture
def browser(portal: Site) -> FlaskClient:
    """Give a browser that has not signed in."""
    return portal.test_client()


def enters(browser: FlaskClient, subject: str = "", name: str = "Claire Lefèvre") -> str:
    """Let identity have signed somebody in; return the secret in the cookie."""
    answer = SimpleNamespace(
        subject=subject or new_id(),
        name=name,
        session="identity-session",
        token="person-token",
        expires_at=now() + timedelta(minutes=5),
    )
    secret = sessions.start(answer, now(), former=cookie_of(browser))
    browser.set_cookie("portal_session", secret)
    return secret


def knows_the_children(secret: str) -> None:
    """Let the dossier have listed Manon once in this session."""
    manon = {
        "id": CHILD,
        "first_name": "Manon",
        "last_name": "Lefèvre",
        "birth_date": "2019-03-02",
        "school": "Jules-Ferry",
        "providers": ["ens", "agg"],
        "missing": ["pickup"],
    }
    session = sessions.find(secret, now())
    assert session is not None
    sessions.keep_children(session, {"children": [manon], "at": now().isoformat()})


def cookie_of(browser: FlaskClient) -> str:
    cookie = browser.get_cookie("portal_session")
    return cookie.value if cookie else ""


def token_on(browser: FlaskClient, path: str) -> str:
    """Return the form token of a page, as its form would send it."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(path).text)
    assert found
    return found[1]


def saves(browser: FlaskClient, path: str, **fields: str) -> Any:
    """Send a section's form as a browser does."""
    token = token_on(browser, "/compte")
    return browser.post(path, data={"csrf_token": token, "version": "3", "act": new_id(), **fields})


def time_passes(secret: str, how_long: timedelta) -> None:
    """Let a browser have been idle."""
    with store.write() as write:
        past = now() - how_long
        row = update(WebSession).where(WebSession.id == row_id(secret))
        write.execute(row.values(seen_at=past))


# Forms and content


@pytest.mark.parametrize("section", CONTENTS)
def test_what_a_form_shows_is_what_it_sends_back(section: str) -> None:
    content = CONTENTS[section]

    form = forms.fresh(section, content)
    again, errors = forms.check(section, forms.typed(section, as_sent(form)))

    assert errors == {}
    assert again == content


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "name": st.text("abé’ -", min_size=1, max_size=20).filter(str.strip),
                "relation": st.just("tante"),
                "phone": st.just("0612345678"),
            }
        ),
        min_size=1,
        max_size=6,
    )
)
def test_people_survive_the_form_in_their_order(people: list[dict[str, str]]) -> None:
    content = {"people": [each | {"name": each["name"].strip()} for each in people]}

    again, errors = forms.check(
        "contacts", forms.typed("contacts", as_sent(forms.fresh("contacts", content)))
    )

    assert (again, errors) == (content, {})


def test_blank_rows_are_left_out_and_a_mistake_points_to_the_row_on_the_page() -> None:
    sent = {
        "people-0-name": [" "],
        "people-0-relation": [""],
        "people-0-phone": [""],
        "people-4-name": ["Claire"],
        "people-4-relation": ["mère"],
        "people-4-phone": ["bonjour"],
    }

    values = forms.typed("contacts", sent)
    _, errors = forms.check("contacts", values)

    assert values["people-0-name"] == "Claire"
    assert list(errors) == ["people-0-phone"]
    assert "06 12 34 56 78" in errors["people-0-phone"]


def test_a_section_never_filled_offers_its_first_rows_and_answers_nothing_in_advance() -> None:
    assert forms.fresh("contacts", {}).rows("people") == [0, 1]
    assert forms.fresh("pickup", {}).rows("people") == [0]
    assert forms.fresh("pickup", {"people": []}).rows("people") == []
    assert forms.fresh("health", {}).value("has_plan") == ""


def test_the_pai_is_a_question_that_needs_an_answer() -> None:
    _, errors = forms.check("health", forms.typed("health", {}))

    assert list(errors) == ["has_plan"]


def test_taking_a_pai_away_is_asked_twice() -> None:
    sent = as_sent(forms.fresh("health", HEALTH)) | {"has_plan": ["no"]}

    _, once = forms.check("health", forms.typed("health", sent))
    content, twice = forms.check("health", forms.typed("health", sent | {"drop_plan": ["yes"]}))

    assert list(once) == ["drop_plan"]
    assert twice == {}
    assert content["care_plan"] is None


def test_the_three_texts_of_a_pai_fit_on_a_card_together() -> None:
    sent = as_sent(forms.fresh("health", HEALTH))
    sent |= {"care_plan-signs": ["a" * 140], "care_plan-conduct": ["b" * 140]}

    values = forms.typed("health", sent)
    _, errors = forms.check("health", values)

    assert forms.care_length(values) == 302
    assert "302 caractères" in errors["care_plan-conduct"]


def test_a_date_written_by_hand_is_understood() -> None:
    sent = as_sent(forms.fresh("health", HEALTH)) | {"care_plan-valid_until": ["6/12/2027"]}

    content, errors = forms.check("health", forms.typed("health", sent))

    assert errors == {}
    assert content["care_plan"]["valid_until"] == "2027-12-06"


def test_a_row_is_added_up_to_its_limit_and_removed_by_its_button() -> None:
    form = forms.fresh("contacts", CONTENTS["contacts"])
    for _ in range(9):
        forms.add_row(form, "contacts", "people")
    fewer = forms.without_row(as_sent(form), "people-0")

    assert len(form.rows("people")) == 6
    assert forms.typed("contacts", fewer)["people-0-name"] == "Élodie d’Orvilliers"


def test_a_forged_choice_is_refused_in_words_at_its_group() -> None:
    _, errors = forms.check(
        "diet", forms.typed("diet", {"menu": ["halal"], "without": ["egg", "wine"]})
    )

    assert set(errors) == {"menu", "without"}


def test_nested_mistakes_become_one_sentence_per_field() -> None:
    nested = {"people": {1: {"phone": ["Non.", "Non."]}}, "care_plan": {"_schema": ["Trop long."]}}

    assert sentences(nested) == {"people-1-phone": "Non.", "care_plan": "Trop long."}
    content = {"a": [{"b": None}], "c": ["x"], "d": True}
    assert flat(content) == {"a-0-b": "", "c": ["x"], "d": "yes"}


def test_the_portal_writes_the_sections_that_a_guardian_may() -> None:
    assert set(texts.SLUG_OF) == set(contract.GUARDIAN_WRITES) == set(forms.ROWS)


def as_sent(form: Form) -> dict[str, Any]:
    """Return a form's values as a browser sends them."""
    return {
        name: value if isinstance(value, list) else [value] for name, value in form.values.items()
    }


# Who receives what, who holds it, who read it


def test_sport_receives_of_the_health_page_only_what_to_do(register: Register) -> None:
    by_code = {
        row.mark.code: row for row in receivers.receivers(register, "health", ["ens", "agg"])
    }

    assert by_code["agg"].parts == ("la conduite à tenir du PAI",)
    assert not by_code["agg"].all_of_it
    assert by_code["ens"].parts == ("les allergies", "la conduite à tenir du PAI")
    assert "Cuisine et salle" in by_code["ens"].roles


def test_sport_receives_nothing_of_the_diet(register: Register) -> None:
    found = receivers.receivers(register, "diet", ["ens", "agg"])

    assert [(row.mark.code, bool(row.parts)) for row in found] == [("ens", True), ("agg", False)]


def test_before_a_service_is_attached_the_page_says_what_it_will_receive(
    register: Register,
) -> None:
    labels = [label for label, _ in received(register, register.provider("agg"))]

    assert labels == [
        "L’essentiel pour s’occuper de votre enfant",
        "Qui peut l’inscrire et réserver",
    ]


def holding(provider: str, projection: str, **more: Any) -> dict[str, Any]:
    base = {"received_at": None, "seen_at": None, "seen_by": "", "filled": True}
    return {"projection": projection, "provider": provider, "sent_at": at(8), **base, **more}


def at(hour: int) -> datetime:
    return datetime(2026, 11, 24, hour, tzinfo=UTC)


def link(provider: str, **more: Any) -> dict[str, Any]:
    base = {"closed_at": None, "erased_at": None, "receipt": None}
    return {"provider": provider, "origin": "school_list", "opened_at": at(7), **base, **more}


def test_the_family_reads_sent_received_and_seen_by_whom(register: Register) -> None:
    answer = SimpleNamespace(
        links=[link("ens"), link("agg")],
        holdings=[
            holding("ens", "diet", received_at=at(9), seen_at=at(10), seen_by="kitchen"),
            holding("ens", "allergies", received_at=at(9)),
            holding("agg", "care_core"),
        ],
    )

    held, unheld = holdings.known(register, answer, {"diet": ["Sans porc"]})
    rows = {row.projection: row for row in held}

    diet, allergies, core = (rows[each].holders[0] for each in ("diet", "allergies", "care_core"))
    assert (diet.state, diet.role, diet.urgent) == ("seen", "Cuisine et salle", False)
    assert (allergies.state, allergies.awaited, allergies.urgent) == ("received", True, True)
    assert (core.state, core.urgent) == ("sent", True)
    assert [mark.code for mark in rows["diet"].without] == ["agg"]
    assert rows["diet"].told == ["Sans porc"]
    assert {row.projection for row in unheld} == {
        "treatments", "health_sheet", "pickup", "schooling", "family",
    }  # fmt: skip


def test_an_ended_service_shows_its_receipt_and_no_holding(register: Register) -> None:
    closed = {"closed_at": at(9), "erased_at": at(11), "receipt": 118}
    answer = SimpleNamespace(links=[link("agg", **closed)], holdings=[holding("agg", "care_core")])

    held, _ = holdings.known(register, answer, {})
    (gone,) = holdings.ended(register, answer)

    assert held == []
    assert (gone.mark.label, gone.receipt) == ("Sports de l’agglomération", 118)


def test_unusual_reads_stand_first_and_name_a_function_never_an_agent(register: Register) -> None:
    ordinary = {
        "provider": "ens", "role": "kitchen", "projection": "allergies", "times": 9,
        "purpose": "service_preparation", "first_at": at(8), "last_at": at(12), "unusual": False,
    }  # fmt: skip
    unusual = ordinary | {"unusual": True, "times": 1, "last_at": at(6), "purpose": "emergency"}

    first, second = readings.readings(register, [ordinary, unusual])

    assert (first.unusual, first.purpose, first.role) == (True, "urgence", "Cuisine et salle")
    assert second.purpose == "servir un repas et un goûter sans danger pour l’enfant"


# Typography


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Qui sait quoi ?", "Qui sait quoi\u202f?"),
        ("Aide : 8 h 30", "Aide\u00a0: 8\u00a0h\u00a030"),
        ("« Retrait »", "«\u00a0Retrait\u00a0»"),
        ("reçu n° 118", "reçu n°\u00a0118"),
        ("280 caractères", "280\u00a0caractères"),
        ("12:30", "12:30"),
    ],
)
def test_french_spaces_do_not_break(typed: str, printed: str) -> None:
    assert typography.spaced(typed) == printed


def test_days_and_hours_are_said_as_one_says_them() -> None:
    today = date(2026, 11, 24)
    half_past_five = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)

    assert typography.day(today, "fr", today) == "mardi 24\u00a0novembre"
    assert typography.day(date(2027, 1, 1), "fr", today) == "vendredi 1er\u00a0janvier 2027"
    assert typography.long_date(date(2018, 5, 3), "fr") == "3\u00a0mai 2018"
    assert typography.hour(half_past_five) == "17\u00a0h\u00a030"
    assert typography.hour(datetime(2026, 7, 1, 6, tzinfo=UTC)) == "8\u00a0h"
    assert typography.moment(half_past_five, "fr", today) == "aujourd’hui à\u00a017\u00a0h\u00a030"
    yesterday = half_past_five - timedelta(days=1)
    assert typography.moment(yesterday, "fr", today) == "hier à\u00a017\u00a0h\u00a030"


def test_deadlines_are_said_as_one_says_them() -> None:
    noon = datetime(2026, 11, 24, 11, tzinfo=UTC)

    def said(day: int, hour: int, language: str = "fr") -> str:
        return typography.until(datetime(2026, 11, day, hour, tzinfo=UTC), language, noon)

    assert said(24, 17) == "ce soir\u00a018\u00a0h"
    assert said(24, 13) == "aujourd’hui\u00a014\u00a0h"
    assert said(25, 8) == "demain\u00a09\u00a0h"
    assert said(26, 17) == "jeudi 26\u00a0novembre,\u00a018\u00a0h"
    assert said(24, 17, "en") == "tonight\u00a018\u00a0h"


def test_a_deadline_on_the_night_the_clock_changes_is_said_in_the_hour_of_that_day() -> None:
    saturday = datetime(2026, 10, 24, 12, tzinfo=UTC)
    sunday_at_six = datetime(2026, 10, 25, 17, tzinfo=UTC)

    assert typography.until(sunday_at_six, "fr", saturday) == "demain soir\u00a018\u00a0h"


def test_an_evening_read_on_the_night_the_clock_changes_is_still_that_day() -> None:
    before_midnight_in_paris = datetime(2026, 10, 24, 21, 59, tzinfo=UTC)

    said = typography.moment(before_midnight_in_paris, "fr", date(2026, 10, 24))

    assert said == "aujourd’hui à\u00a023\u00a0h\u00a059"


def test_telephone_numbers_are_grouped_and_dialled() -> None:
    assert typography.phone("0237.00 1122") == "02\u00a037\u00a000\u00a011\u00a022"
    assert typography.phone("+44 20 7946 0000") == "+44\u00a020\u00a07946\u00a00000"
    assert typography.dial("02 37 00 11 22") == "0237001122"


def test_bonsoir_begins_at_six_in_paris() -> None:
    assert not is_evening(datetime(2026, 11, 24, 16, 59, tzinfo=UTC))
    assert is_evening(datetime(2026, 11, 24, 17, 0, tzinfo=UTC))


# Sessions


def test_the_migrated_schema_is_what_the_models_say(database: Database) -> None:
    database.migrated("portal_gateway")
    engine = open_engine(database.owner_url)

    differences = schema_differences("portal_gateway", engine)
    engine.dispose()

    assert differences == []


def test_a_stolen_database_opens_no_session_and_shows_no_name(portal: Site) -> None:
    secret = enters(portal.test_client(), name="Aurélie Quincampoix")
    with store.read() as read:
        row = read.scalars(select(WebSession)).one()
    stored = repr([getattr(row, column.key) for column in WebSession.__table__.columns])

    for told in (secret, "Quincampoix", "person-token", "identity-session"):
        assert told not in stored
    assert sessions.find(row.id, now()) is None


def test_a_sealed_value_cannot_be_moved_to_another_column_or_session() -> None:
    secret = new_secret()
    sealed = seal(secret, "draft", {"menu": "no_pork"})

    assert open_sealed(secret, "draft", sealed) == {"menu": "no_pork"}
    for other in (lambda: open_sealed(secret, "children", sealed),
                  lambda: open_sealed(new_secret(), "draft", sealed)):  # fmt: skip
        with pytest.raises(Unreadable):
            other()


def test_a_session_ends_when_idle_and_at_its_last_hour(portal: Site) -> None:
    secret = enters(portal.test_client())
    moment = now()

    assert sessions.find(secret, moment) is not None
    assert sessions.find(secret, moment + sessions.IDLE) is None
    for minutes in range(20, 12 * 60, 20):
        sessions.find(secret, moment + timedelta(minutes=minutes))
    assert sessions.find(secret, moment + sessions.ABSOLUTE) is None


def test_signing_in_again_gives_another_secret_and_forgets_the_first(browser: FlaskClient) -> None:
    first = enters(browser)
    second = enters(browser)

    assert first != second
    assert sessions.find(first, now()) is None
    assert sessions.find(second, now()) is not None


def test_a_typed_form_comes_back_to_its_author_after_signing_in_again(
    browser: FlaskClient,
) -> None:
    path, subject = f"/enfants/{CHILD}/qui-vient-chercher", new_id()
    secret = enters(browser, subject)
    token = token_on(browser, "/compte")
    time_passes(secret, sessions.IDLE)

    typed = {"people-0-name": "Tante Zoé", "people-0-relation": "tante", "people-0-phone": ""}
    answer = browser.post(
        path, data={"csrf_token": token, "version": "3", "act": new_id(), **typed}
    )

    assert answer.status_code == 303
    assert "Zo" not in answer.location
    assert "gardé" in browser.get(answer.location).text
    back = sessions.find(enters(browser, subject), now())
    assert back is not None
    draft = sessions.draft_of(back)
    assert draft is not None
    assert draft[0] == path
    assert draft[1]["people-0-name"] == ["Tante Zoé"]
    assert "csrf_token" not in draft[1]


def test_nobody_else_is_shown_what_was_typed_on_a_shared_computer(browser: FlaskClient) -> None:
    secret = enters(browser, new_id())
    sessions.keep_draft(secret, "/enfants", {"remarks": ["secret"]})
    time_passes(secret, sessions.IDLE)

    other = sessions.find(enters(browser, new_id()), now())

    assert other is not None
    assert sessions.draft_of(other) is None


# Pages while nobody answers


def test_who_is_not_signed_in_signs_in_first_and_comes_back(browser: FlaskClient) -> None:
    for path in ("/", "/enfants", f"/enfants/{CHILD}/sante", "/compte"):
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
    assert sessions.draft_of(session) == (
        path, {"menu": ["no_pork"], "version": ["3"], "act": [answer_act(session)]},
    )  # fmt: skip


def answer_act(session: sessions.Session) -> str:
    draft = sessions.draft_of(session)
    assert draft is not None
    return draft[1]["act"][0]


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
    assert sessions.find(secret, now()) is None
    assert cookie_of(browser) == ""
    assert "session est fermée" in browser.get("/connexion").text


def test_english_is_one_click_away_and_stays(browser: FlaskClient) -> None:
    answer = browser.get("/langue/en?retour=/connexion")

    page = browser.get(answer.location).text
    assert '<html lang="en">' in page
    assert "Sign in" in page
    assert "Français" in page


@pytest.mark.parametrize("part", ["shared/web", "services/portal_gateway"])
def test_every_sentence_of_the_portal_has_its_english(part: str) -> None:
    with (PROJECT / "babel.cfg").open() as lines:
        methods, options = parse_mapping(lines)
    said = {
        message if isinstance(message, str) else message[0]
        for _, _, message, _, _ in extract_from_dir(
            PROJECT / part, methods, options, KEYWORDS | {"_l": None}
        )
    }
    with (PROJECT / part / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file)

    untranslated = {text for text in said if not (known := catalogue.get(text)) or not known.string}

    assert len(said) > 40
    assert untranslated == set()


@pytest.mark.parametrize("elsewhere", ["//evil.example", "/\\evil.example", "https://evil", "x"])
def test_coming_back_never_leads_to_another_site(elsewhere: str) -> None:
    assert local_path(elsewhere) == "/"
    assert local_path("/enfants?x=1") == "/enfants?x=1"


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


def test_a_child_is_summed_up_in_words(portal: Site) -> None:
    with portal.test_request_context():
        assert facts.facts("diet", CONTENTS["diet"])[0][1] == "Sans porc, sans œuf, sans poisson"
        assert facts.facts("health", HEALTH)[0] == ("Allergies", "Arachide (sévère)")
        assert facts.facts("health", {}) == []
        ((_, nobody),) = facts.facts("pickup", {"people": []})
    assert nobody.startswith("aucune")
