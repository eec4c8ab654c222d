"""Signing in at a desk: the device that an office's agents share, and waiting for one's turn."""

import re

from tests.factories import identity as people
from tests.factories.enrolment import Desk, Provider
from tests.factories.identity import AGG, Person, Town
from tests.factories.signing_in.at_desk import agg, another, desk, nadia, signs_in, town
from tests.factories.signing_in.tries import slowed_at, stopped_at

__all__ = ["agg", "desk", "nadia", "town"]

AT_DESK = f"{AGG}|agent"


def test_an_office_s_browser_is_known_to_its_agents_whatever_strangers_try(
    desk: Desk, agg: Provider, town: Town, nadia: Person
) -> None:
    assert signs_in(desk, nadia) == 303
    desk.sends("/deconnexion", at="/")
    town.time_passes(seconds=30)
    slowed_at(AT_DESK, nadia.login)

    assert signs_in(another(agg, town), nadia) == 429
    assert signs_in(desk, nadia) == 303


def test_a_new_browser_waits_for_its_turn_once_and_asks_by_itself(
    desk: Desk, town: Town, nadia: Person
) -> None:
    slowed_at(AT_DESK, nadia.login)
    page = desk.sends("/connexion", login=nadia.login, password=nadia.password).text
    assert 'data-again="5"' in page
    assert nadia.password not in page
    fields = dict(re.findall(r'name="(login|held)" value="([^"]*)"', page))

    town.time_passes(seconds=5)
    slowed_at(AT_DESK, nadia.login)
    answer = desk.sends("/connexion", **fields)
    assert answer.location.startswith("/connexion/code")
    assert desk.sends("/connexion/code", at="/connexion/code", code=nadia.code()).status_code == 303


def test_a_wait_of_an_hour_is_said_in_minutes(desk: Desk, nadia: Person) -> None:
    stopped_at(AT_DESK, nadia.login)

    page = desk.sends("/connexion", login=nadia.login, password=nadia.password).text

    assert re.search(r"Attendez\s\d\d\sminutes", page)


def test_who_has_just_chosen_a_password_is_known(desk: Desk, town: Town) -> None:
    claire = people.agent("claire.aubry", ("agg", "administrator"), name="Claire Aubry")
    sonia = people.agent("sonia.petit", ("agg", "coach"), name="Sonia Petit")
    town.opens(claire, sonia)
    code = town.invites_again(town.signs_in(claire, AGG).token, sonia.subject, AGG)
    chosen = "quatre mots sans rapport"

    desk.sends("/activation", code=code, password=chosen, again=chosen)
    slowed_at(AT_DESK, sonia.login)

    assert desk.sends("/connexion", login=sonia.login, password=chosen).status_code == 303
