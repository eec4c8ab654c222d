"""One's own e-mail address at a desk, and the rights that wait for a yes, with identity behind."""

import re

from shared.contracts.identity import rights_awaiting_holder
from shared.dates.clock import today
from tests.factories.credentials import sent
from tests.factories.enrolment import Desk, Provider
from tests.factories.identity import AGG, ENS, Person, Town
from tests.factories.identity import agent as an_agent
from tests.factories.signing_in.at_desk import agg, signs_in, town
from tests.factories.signing_in.at_two_desks import desk, nadia
from tests.factories.signing_in.second_factors import next_code

__all__ = ["agg", "desk", "nadia", "town"]

EMAIL, RIGHTS, NEW = "/compte/e-mail", "/compte/droits", "nadia@ville.example"


def administrator_of(town: Town, office: str) -> str:
    """Return the token of somebody who administers an office."""
    person = an_agent(f"admin.{office}", (office, "administrator"))
    town.opens(person)
    return str(town.signs_in(person, {"ens": ENS, "agg": AGG}[office]).token)


def offered_by_school(town: Town, login: str, name: str) -> str:
    token = administrator_of(town, "ens")
    return str(town.grants(token, login=login, name=name, role="lead").code)


def test_an_agent_gives_an_address_with_the_password_and_the_code_of_the_letter(
    desk: Desk, town: Town, nadia: Person
) -> None:
    assert signs_in(desk, nadia) == 303

    wrong = desk.sends(EMAIL, at=EMAIL, email=NEW, password="quatre petits chats")
    assert wrong.status_code == 422 and "Ce n’est pas votre mot de passe" in wrong.text
    assert sent("email_code", NEW) == []
    assert desk.sends(EMAIL, at=EMAIL, email=NEW, password=nadia.password).location == EMAIL
    assert f"{NEW} devient votre adresse" in desk.sees(EMAIL)
    done = desk.sends(f"{EMAIL}/code", at=EMAIL, code=sent("email_code", NEW)[0]["code"])

    assert (done.status_code, done.location) == (303, "/compte/acces")
    page = desk.sees("/compte/acces")
    assert "Votre adresse e-mail est changée" in page and NEW in page
    assert nadia.login in page, "an agent's login stays"


def test_who_gives_up_the_address_that_was_asked_for_may_ask_for_another(
    desk: Desk, nadia: Person
) -> None:
    assert signs_in(desk, nadia) == 303
    desk.sends(EMAIL, at=EMAIL, email=NEW, password=nadia.password)

    desk.sends(f"{EMAIL}/renoncer", at=EMAIL)

    assert NEW not in desk.sees(EMAIL)
    assert "Recevoir un code" in desk.sees(EMAIL)


def test_what_waits_for_a_yes_is_the_first_page_after_signing_in_and_needs_the_code(
    desk: Desk, town: Town, agg: Provider
) -> None:
    samir = an_agent("samir.benali", ("agg", "coach"))
    town.opens(samir)
    agg.has_agent("coach", name=samir.name, subject=samir.subject)
    code = offered_by_school(town, samir.login, "Un nom à eux")

    desk.sends("/connexion", login=samir.login, password=samir.password)
    entered = desk.sends("/connexion/code", at="/connexion/code", code=samir.code())

    assert entered.location == f"{RIGHTS}?retour=/"
    page = desk.sees(RIGHTS)
    assert "Service Enseignement" in page and "Un nom à eux" not in page
    wrong = desk.sends(RIGHTS, at=RIGHTS, code="00000-00000")
    assert wrong.status_code == 422 and "n’est pas pour votre identifiant" in wrong.text
    assert desk.sends(RIGHTS, at=RIGHTS, code=code).status_code == 303
    page = desk.sees(RIGHTS)
    assert "C’est accepté : Service Enseignement" in re.sub(r"\s", " ", page)
    assert "Aucun droit n’attend votre réponse" in page


def test_a_refused_offer_is_gone_from_the_page(desk: Desk, town: Town, agg: Provider) -> None:
    samir = an_agent("samir.benali", ("agg", "coach"))
    town.opens(samir)
    agg.has_agent("coach", name=samir.name, subject=samir.subject)
    offered_by_school(town, samir.login, "Samir Benali")
    assert signs_in(desk, samir) == 303

    assert desk.sends(f"{RIGHTS}/refuser", at=RIGHTS, service="ens").status_code == 303
    again = desk.sends(f"{RIGHTS}/refuser", at=RIGHTS, service="ens")

    assert again.status_code == 303
    assert "Aucun droit n’attend votre réponse" in desk.sees(RIGHTS)


def test_the_administrator_reads_what_waits_and_takes_it_back(
    desk: Desk, town: Town, agg: Provider
) -> None:
    malik = an_agent("malik.perrin", ("agg", "administrator"), name="Malik Perrin")
    known = an_agent("samir.benali", ("ens", "kitchen"), name="Samir Benali")
    town.opens(malik, known)
    agg.has_agent("administrator", name=malik.name, subject=malik.subject)
    assert signs_in(desk, malik) == 303

    right = {"role": "coach", "valid_from": today().isoformat()}
    for login, name in ((known.login, "Nom A"), ("personne.encore", "Nom B")):
        page = desk.sends("/agents", at="/agents", login=login, name=name, **right)
        assert page.status_code == 200 and "attend son oui" in page.text

    page = desk.sees("/agents")
    assert page.count("attend le oui de cette personne") == 2
    assert "Nom A" in page and "Samir Benali" not in page
    token = town.signs_in(malik, AGG, code=next_code(malik)).token
    for offer in town.ask(rights_awaiting_holder.list_right_offers, caller=AGG, token=token).offers:
        gone = desk.sends(f"/agents/offres/{offer['offer']}/retirer", at="/agents")
        assert gone.status_code == 303
    assert "attend le oui" not in desk.sees("/agents")


def test_the_code_of_an_offer_to_a_login_in_use_leads_to_signing_in(
    desk: Desk, town: Town, nadia: Person
) -> None:
    known = an_agent("samir.benali", ("ens", "kitchen"))
    town.opens(known)
    token = administrator_of(town, "agg")
    code = town.grants(token, at=AGG, login=known.login, name="Nom", role="coach").code
    chosen = "sept petits chats blancs"

    page = desk.sends("/activation", at="/activation", code=code, password=chosen, again=chosen)

    assert page.status_code == 422
    assert "Cet identifiant a déjà un compte" in page.text
    assert f"/connexion?retour={RIGHTS}" in page.text.replace("%2F", "/")
    desk.sends("/connexion", login=known.login, password=known.password, retour=RIGHTS)
    entered = desk.sends("/connexion/code", at="/connexion/code", code=known.code(), retour=RIGHTS)
    assert entered.location == RIGHTS
    assert desk.sends(RIGHTS, at=RIGHTS, code=code).status_code == 303
    desk.sees("/agents", status=404)
