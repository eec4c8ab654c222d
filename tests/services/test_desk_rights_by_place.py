"""The administrator's page: a right at chosen sites and groups, with identity behind the desk."""

import re
from html import unescape

import pytest
from sqlalchemy import update

from services.enrolment.models import Activity
from services.enrolment.offer.commands.site_renaming import rename_site
from services.enrolment.store import store
from shared.contracts.identity import agents
from shared.dates.clock import now, today
from tests.factories import offer
from tests.factories.enrolment import Desk, Provider
from tests.factories.identity import AGG, Person, Town
from tests.factories.identity import agent as an_agent
from tests.factories.signing_in.at_desk import agg, signs_in, town
from tests.factories.signing_in.at_two_desks import desk, nadia
from tests.factories.signing_in.second_factors import next_code

__all__ = ["agg", "desk", "nadia", "town"]

DOJO = "site:Dojo"


@pytest.fixture
def malik(desk: Desk, town: Town, agg: Provider) -> Person:
    """Give the administrator of sports, signed in at a desk with two sites."""
    person = an_agent("malik.perrin", ("agg", "administrator"), name="Malik Perrin")
    coach = an_agent("samir.benali", ("agg", "coach"), name="Samir Benali")
    town.opens(person, coach)
    town.signs_in(coach, AGG)  # who has come needs no code
    agg.has_agent("administrator", name=person.name, subject=person.subject)
    with store.write() as write:
        for site, label in (("Dojo", "Judo"), ("Piscine", "Natation")):
            activity = offer.an_activity(write, site=site, label=label)
            offer.a_group(write, activity, label=f"{label} du mercredi")
    assert signs_in(desk, person) == 303
    return person


def gives(desk: Desk, *places: str, role: str = "lead") -> tuple[int, str]:
    right = {"login": "samir.benali", "name": "Samir Benali", "role": role}
    sent = {**right, "valid_from": today().isoformat(), "places": list(places)}
    answer = desk.sends("/agents", at="/agents", **sent)
    return answer.status_code, unescape(re.sub(r"\s+", " ", answer.text))


def group_of_judo(desk: Desk) -> str:
    found = re.search(r'value="(group:[^"]+)"[^>]*><span>Judo', desk.client.get("/agents").text)
    assert found is not None
    return found[1]


def held(town: Town, malik: Person) -> set[tuple[str, str]]:
    token = town.signs_in(malik, AGG, code=next_code(malik)).token
    listed = town.ask(agents.list_agents, caller=AGG, token=token).agents
    (samir,) = (row for row in listed if row["login"] == "samir.benali")
    return {(right["role"], right["place"]) for right in samir["rights"]}


def test_the_form_has_each_site_with_its_groups(desk: Desk, malik: Person) -> None:
    page = desk.sees("/agents")

    assert "Seulement à certains lieux" in page
    assert "Dojo Tout le site Judo · Judo du mercredi" in page
    assert "Piscine Tout le site Natation · Natation du mercredi" in page


def test_a_right_is_given_at_a_site_and_a_group_and_the_list_says_where(
    desk: Desk, town: Town, malik: Person
) -> None:
    group = group_of_judo(desk)

    assert gives(desk, "site:Piscine", group)[0] == 303

    page = desk.sees("/agents")
    assert "Responsable, Piscine depuis" in page
    assert "Responsable, Dojo, Judo · Judo du mercredi depuis" in page
    assert held(town, malik) == {("coach", ""), ("lead", "site:Piscine"), ("lead", group)}


def test_a_right_is_withdrawn_at_one_place_alone(desk: Desk, town: Town, malik: Person) -> None:
    gives(desk, "site:Piscine", DOJO)
    token = town.signs_in(malik, AGG, code=next_code(malik)).token
    listed = town.ask(agents.list_agents, caller=AGG, token=token).agents
    (subject,) = (agent["subject"] for agent in listed if agent["login"] == "samir.benali")

    gone = desk.sends(f"/agents/{subject}/retirer", at="/agents", role="lead", place=DOJO)

    assert gone.status_code == 303
    page = desk.sees("/agents")
    assert "Responsable, Piscine" in page and "Responsable, Dojo" not in page


def test_a_right_at_a_renamed_site_is_read_under_its_new_name(desk: Desk, malik: Person) -> None:
    gives(desk, "site:Piscine")
    with store.write() as write:
        rename_site(write, "Piscine", "Centre aquatique", now())

    page = desk.sees("/agents")

    assert "Responsable, Centre aquatique depuis" in page
    assert "Centre aquatique Tout le site" in page and "Piscine" not in page


def test_a_right_at_a_site_where_no_group_is_any_more_says_so(desk: Desk, malik: Person) -> None:
    gives(desk, "site:Piscine")
    with store.write() as write:
        write.execute(update(Activity).values(site="Gymnase"))

    page = desk.sees("/agents")

    assert "Responsable, Piscine (aucun groupe) depuis" in page
    assert "Gymnase Tout le site" in page


def test_a_place_that_is_none_and_a_role_of_the_whole_are_refused_beside_the_field(
    desk: Desk, malik: Person
) -> None:
    status, page = gives(desk, "site:Nulle part")
    assert (status, "Un lieu coché n’existe plus" in page) == (422, True)

    status, page = gives(desk, DOJO, role="treasurer")
    assert (status, "Cette fonction vaut pour tout le service" in page) == (422, True)
    assert re.search(rf'value="{DOJO}" checked', page), "what was ticked is still there"


def test_who_is_offered_rights_elsewhere_reads_how_many_places_they_are_for(
    desk: Desk, town: Town, agg: Provider
) -> None:
    samir = an_agent("samir.benali", ("agg", "coach"))
    claire = an_agent("claire.aubry", ("ens", "administrator"))
    town.opens(samir, claire)
    agg.has_agent("coach", name=samir.name, subject=samir.subject)
    token = town.signs_in(claire, "enrolment_ens").token
    town.grants(token, role="lead", places=["site:A", "site:B"])
    town.grants(token, role="kitchen")
    assert signs_in(desk, samir) == 303

    page = desk.sees("/compte/droits")

    assert "Responsable , à 2 lieux du service" in page or "Responsable, à 2 lieux" in page
    assert "Cuisine et salle à partir" in page
