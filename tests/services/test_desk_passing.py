"""An agent of two providers goes from one desk to the other: pages, addresses and headers."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest

from services.enrolment.store import sessions
from shared.contracts.identity.sign_ins import OpenedSession
from shared.dates.clock import now
from shared.person import LIFETIME
from shared.settings import Settings, SettingsIncomplete
from tests.factories import enrolment as make
from tests.factories import identity as people
from tests.factories.enrolment import Desk, Provider
from tests.factories.identity import AGG, ENS, Person, Town, Wire
from tests.factories.signing_in.at_desk import agg, signs_in, town
from tests.factories.signing_in.at_two_desks import desk, nadia
from tests.kit.town import until

__all__ = ["agg", "desk", "nadia", "town"]


def wire(desk: Desk) -> Wire:
    connected: Wire = desk.client.application.extensions["preau_bus"]
    return connected


def test_who_comes_from_another_desk_is_signed_in_at_a_clean_address(
    desk: Desk, town: Town, nadia: Person
) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)

    answer = desk.client.get(f"/entree?code={code}")

    assert (answer.status_code, answer.location) == (303, "/")
    assert "Nadia Roux" in desk.sees("/")
    assert code not in str(answer.headers)
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_code_that_was_used_leads_to_the_sign_in_page_in_words(
    desk: Desk, town: Town, nadia: Person
) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)
    desk.client.get(f"/entree?code={code}")
    desk.client.delete_cookie(f"{AGG}_session")

    answer = desk.client.get(f"/entree?code={code}")

    assert (answer.status_code, answer.location) == (303, "/connexion")
    assert "Le passage d’un service à l’autre a expiré." in desk.sees("/connexion")


@pytest.mark.parametrize("query", ["", "?code=", "?code=rubbish", "?code=" + "x" * 500])
def test_any_other_code_leads_there_too(desk: Desk, query: str) -> None:
    assert desk.client.get(f"/entree{query}").location == "/connexion"


def test_while_identity_is_away_nobody_passes_and_it_is_said(
    desk: Desk, town: Town, nadia: Person
) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)
    wire(desk).down = True

    assert desk.client.get(f"/entree?code={code}").location == "/connexion"
    assert "La connexion est impossible en ce moment." in desk.sees("/connexion")

    wire(desk).down = False
    assert desk.client.get(f"/entree?code={code}").location == "/"


def test_the_header_of_an_agent_of_two_leads_to_the_other_desk(
    desk: Desk, town: Town, nadia: Person
) -> None:
    assert signs_in(desk, nadia) == 303

    assert 'href="/changer-de-service"' in desk.client.get("/").text
    page = desk.client.get("/changer-de-service")
    assert "Service Enseignement" in page.text
    assert page.text.count('name="service"') == 1
    policy = page.headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:8620;" in policy
    assert "8620" not in desk.client.get("/").headers["Content-Security-Policy"]


def test_the_agent_goes_on_with_a_code_for_that_desk(desk: Desk, town: Town, nadia: Person) -> None:
    assert signs_in(desk, nadia) == 303

    answer = desk.sends("/changer-de-service", at="/changer-de-service", service="ens")

    there = urlparse(answer.location)
    assert answer.status_code == 303
    assert f"{there.scheme}://{there.netloc}{there.path}" == "http://127.0.0.1:8620/entree"
    (code,) = parse_qs(there.query)["code"]
    assert town.enters(code, at=ENS).subject == nadia.subject
    assert "Nadia Roux" in desk.sees("/")


def test_an_agent_of_one_provider_sees_no_such_menu(desk: Desk, town: Town, agg: Provider) -> None:
    desk.signs_in(agg.has_agent("coach"))

    assert "changer-de-service" not in desk.client.get("/").text
    assert "Vous n’avez pas d’autre service" in desk.sees("/changer-de-service")


def test_nobody_is_sent_to_a_desk_that_is_not_theirs_or_has_no_address(
    desk: Desk, nadia: Person
) -> None:
    assert signs_in(desk, nadia) == 303

    for code in ("agg", "dsp", ""):
        answer = desk.sends("/changer-de-service", at="/changer-de-service", service=code)
        assert answer.status_code == 404


def test_a_right_that_ended_meanwhile_is_said(desk: Desk, town: Town, nadia: Person) -> None:
    assert signs_in(desk, nadia) == 303
    town.dates(nadia.subject, valid_to=None, provider="agg")  # none at the school any more

    answer = desk.sends("/changer-de-service", at="/changer-de-service", service="ens")

    assert answer.location == "/changer-de-service"
    assert "Vous n’avez pas de droit dans ce service aujourd’hui." in desk.sees(answer.location)


def test_going_on_waits_for_identity_in_words(desk: Desk, nadia: Person) -> None:
    assert signs_in(desk, nadia) == 303
    page = desk.client.get("/changer-de-service").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    wire(desk).down = True

    form = {"csrf_token": token[1], "service": "ens"}
    answer = desk.client.post("/changer-de-service", data=form)

    assert answer.status_code == 503
    assert "Le passage est impossible en ce moment." in make.words(answer.text)


def test_where_identity_does_not_say_in_time_one_signs_in_without_the_menu(
    desk: Desk, agg: Provider
) -> None:
    answer = OpenedSession(
        kind="agent", subject="s", name="N", session="s", token="t", expires_at=now() + LIFETIME
    )
    found = sessions.find(sessions.start(answer, now()), now())

    assert found is not None and found.desks == []


@pytest.fixture
def surroundings(tmp_path: Path) -> dict[str, str]:
    """Give the environment of a process that needs nothing else."""
    people.register(tmp_path / "register.json")
    return {
        "PREAU_HOME": str(tmp_path),
        "PREAU_PRINCIPAL": ENS,
        "AMQP_URI": "amqp://",
        "DATABASE_URL": "sqlite://",
    }


def test_a_process_hears_of_a_desk_that_comes_without_starting_anew(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    settings = Settings.from_env(surroundings)
    assert settings.desks.now == {}

    (tmp_path / "desks.json").write_text('{"ens": "https://ecole.ville.example/"}')

    told = {"ens": "https://ecole.ville.example"}
    assert Settings.from_env(surroundings).desks.now == told
    until(lambda: settings.desks.now == told, 5)


@pytest.mark.parametrize(
    "desks", ["[]", "{", '{"ens": 1}', '{"ens": "javascript:alert(1)"}', '{"ens": "http://a;b"}']
)
def test_addresses_that_are_none_are_refused_at_the_start(
    surroundings: dict[str, str], tmp_path: Path, desks: str
) -> None:
    (tmp_path / "desks.json").write_text(desks)

    with pytest.raises(SettingsIncomplete):
        Settings.from_env(surroundings)
