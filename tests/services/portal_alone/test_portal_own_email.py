"""The pages of one's own e-mail address, with identity behind them."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from shared.web.base.app import Site
from tests.factories import identity as people
from tests.factories.credentials import sent
from tests.factories.identity import Person, Town
from tests.factories.portal_alone import token_on
from tests.factories.signing_in.at_portal import (
    camille,
    grows_old,
    is_asked_again,
    portal,
    signs_in,
    town,
)

__all__ = ["camille", "portal", "town"]

PAGE, NEW = "/compte/e-mail", "camille.f@exemple.fr"


def sends(browser: FlaskClient, path: str, at: str = PAGE, **fields: str) -> Any:
    return browser.post(path, data={"csrf_token": token_on(browser, at), **fields})


def test_a_code_typed_on_the_page_that_names_the_address_makes_it_the_login(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    computer = portal.test_client()
    signs_in(computer, camille)
    signs_in(browser, camille)

    asked = sends(browser, PAGE, email=NEW)
    assert (asked.status_code, asked.location) == (303, PAGE)
    page = browser.get(PAGE).text
    assert f"{NEW} devient votre adresse" in page
    wrong = sends(browser, f"{PAGE}/code", code="00000-00000")
    assert wrong.status_code == 422 and "Ce code ne convient pas" in wrong.text
    done = sends(browser, f"{PAGE}/code", code=sent("email_code", NEW)[0]["code"])

    assert (done.status_code, done.location) == (303, "/compte/acces")
    page = browser.get("/compte/acces").text
    assert "Votre adresse e-mail est changée" in page and page.count(NEW) == 2
    assert computer.get("/compte/acces").status_code == 303, "the computer is sent to sign in"
    assert signs_in(portal.test_client(), people.family(NEW)).location == "/"


def test_the_page_reads_alike_for_an_address_that_is_somebody_elses(
    browser: FlaskClient, camille: Person, town: Town
) -> None:
    louis = people.family("louis@exemple.fr", name="Louis Ferrand")
    town.opens(louis)
    signs_in(browser, camille)

    pages = []
    for address in (louis.login, "free.x@exemple.fr"):
        sends(browser, PAGE, email=address)
        page = browser.get(PAGE).text.replace(address, "…")
        pages.append(re.sub(r'name="csrf_token" value="[^"]*"', "", page))
        sends(browser, f"{PAGE}/renoncer")

    assert pages[0] == pages[1]


@pytest.mark.parametrize("typed", ["", "camille", "camille@exemple", "Camille@exemple.fr"])
def test_an_address_that_is_none_or_the_present_one_has_its_sentence(
    browser: FlaskClient, camille: Person, typed: str
) -> None:
    signs_in(browser, camille)

    answer = sends(browser, PAGE, email=typed)

    assert answer.status_code == 422
    said = "C’est déjà votre adresse" if typed.endswith(".fr") else "Écrivez une adresse e-mail"
    assert said in answer.text


def test_the_password_is_asked_again_before(browser: FlaskClient, camille: Person) -> None:
    signs_in(browser, camille)
    token = token_on(browser, PAGE)
    grows_old(16)

    assert is_asked_again(browser.get(PAGE), PAGE)
    asked = browser.post(PAGE, data={"csrf_token": token, "email": NEW})
    assert is_asked_again(asked, PAGE)
    assert sent("email_code", NEW) == []


def test_who_did_not_ask_opens_the_link_presses_the_button_and_chooses_another_password(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    mailbox = portal.test_client()
    signs_in(browser, camille)
    sends(browser, PAGE, email=NEW)
    link = f"/adresse-refusee/{sent('email_asked', camille.login)[0]['stop']}"

    shown = mailbox.get(link)
    assert shown.status_code == 200 and NEW not in shown.text
    assert browser.get("/compte/acces").status_code == 200, "a link that is opened stops nothing"
    stopped = sends(mailbox, link, at=link)

    assert stopped.status_code == 303
    assert "Choisissez maintenant un autre mot de passe" in mailbox.get(stopped.location).text
    assert browser.get("/compte/acces").status_code == 303
    again = sends(mailbox, link, at=link)
    assert again.status_code == 404 and "Ce lien ne sert plus" in again.text
