"""The page of one's own access: password and devices, with identity behind it."""

import pytest
from flask.testing import FlaskClient

from shared.runtime.ids import new_id
from shared.web.base.app import Site
from tests.factories import identity as people
from tests.factories.identity import WRONG, Person, Town, Wire
from tests.factories.portal_alone import token_on
from tests.factories.signing_in.at_portal import (
    PAGE,
    camille,
    device_of,
    grows_old,
    is_asked_again,
    portal,
    sends,
    signs_in,
    town,
)

__all__ = ["camille", "portal", "town"]

OTHER = "quatre petits chats gris"


def test_a_change_signs_the_other_devices_out_and_this_one_goes_on(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    computer = portal.test_client()
    signs_in(computer, camille)
    signs_in(browser, camille)
    assert "Un autre appareil" in browser.get(PAGE).text
    former_device = device_of(browser)

    answer = sends(browser, f"{PAGE}/mot-de-passe", former=camille.password, password=OTHER)

    assert (answer.status_code, answer.location) == (303, PAGE)
    page = browser.get(PAGE).text
    assert "Votre mot de passe est changé" in page
    assert "Vous n’êtes connecté nulle part ailleurs" in page
    assert device_of(browser) != former_device
    assert computer.get(PAGE).status_code == 303, "the computer is sent to sign in"
    assert signs_in(portal.test_client(), camille, OTHER).status_code == 303


def test_each_mistake_has_its_sentence_and_no_password_comes_back(
    browser: FlaskClient, camille: Person
) -> None:
    signs_in(browser, camille)

    mistakes = {
        ("", ""): "Écrivez votre mot de passe actuel.",
        ("wrong password", OTHER): "Ce n’est pas votre mot de passe actuel.",
        (camille.password, "doudou12345678"): "facile à deviner",
        (camille.password, camille.password): "Choisissez un autre mot de passe",
    }
    for (former, password), sentence in mistakes.items():
        answer = sends(browser, f"{PAGE}/mot-de-passe", former=former, password=password)

        assert answer.status_code == 422
        assert sentence in answer.text
        assert not former or former not in answer.text
        assert not password or password not in answer.text


def test_other_devices_are_signed_out_in_one_act(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    computer = portal.test_client()
    signs_in(computer, camille)
    signs_in(browser, camille)

    answer = sends(browser, f"{PAGE}/appareils")

    assert answer.status_code == 303
    assert "Vos autres appareils sont déconnectés" in browser.get(PAGE).text
    assert computer.get(PAGE).status_code == 303


def test_while_identity_is_down_the_page_says_that_nothing_changed(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    signs_in(browser, camille)
    token = token_on(browser, PAGE)
    wire = portal.extensions["preau_bus"]
    assert isinstance(wire, Wire)
    wire.down = True

    answer = browser.post(
        f"{PAGE}/mot-de-passe",
        data={"csrf_token": token, "former": camille.password, "password": OTHER},
    )

    assert answer.status_code == 503
    assert "Rien n’a changé" in answer.text


@pytest.mark.parametrize("form", ["/prelevements/{}/ens", "/adresse/{}"])
def test_before_a_mandate_or_a_move_the_password_is_asked_again_after_a_quarter_of_an_hour(
    browser: FlaskClient, camille: Person, form: str
) -> None:
    path = form.format(new_id())
    signs_in(browser, camille)
    grows_old(14)
    assert not is_asked_again(browser.get(path), path)
    grows_old(2)
    assert is_asked_again(browser.get(path), path)
    assert is_asked_again(sends(browser, path, holder="Camille"), path)

    wrong = sends(browser, "/compte/confirmer", retour=path, password=WRONG)
    given = sends(browser, "/compte/confirmer", retour=path, password=camille.password)

    assert wrong.status_code == 422
    assert "Ce n’est pas votre mot de passe" in wrong.text and f'value="{path}"' in wrong.text
    assert (given.status_code, given.location) == (303, path)
    assert not is_asked_again(browser.get(path), path)


def test_an_export_is_asked_again_too_and_its_page_is_not(
    browser: FlaskClient, camille: Person
) -> None:
    signs_in(browser, camille)
    grows_old(16)

    assert is_asked_again(sends(browser, "/historique", form="json"), "/historique")
    assert not is_asked_again(browser.get("/historique"), "/historique")


def test_a_password_given_by_one_person_says_nothing_of_the_next_in_that_browser(
    browser: FlaskClient, camille: Person, town: Town
) -> None:
    other = people.family("louis@exemple.fr", name="Louis Ferrand")
    town.opens(other)
    signs_in(browser, camille)
    sends(browser, "/compte/confirmer", retour="/", password=camille.password)
    browser.post("/deconnexion", data={"csrf_token": token_on(browser, PAGE)})
    signs_in(browser, other)
    grows_old(16)

    path = f"/adresse/{new_id()}"
    assert is_asked_again(browser.get(path), path)


def test_afterwards_one_goes_back_into_this_site_alone(
    browser: FlaskClient, camille: Person
) -> None:
    signs_in(browser, camille)

    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example"):
        given = sends(browser, "/compte/confirmer", retour=elsewhere, password=camille.password)
        assert given.location == "/"


def test_where_the_town_names_no_provider_of_identities_nothing_is_shown_of_one(
    browser: FlaskClient, camille: Person
) -> None:
    begun = browser.post(
        "/connexion/ailleurs", data={"csrf_token": token_on(browser, "/connexion")}
    )

    assert begun.status_code == 404
    assert "S’identifier avec" not in browser.get("/connexion").text
    signs_in(browser, camille)
    assert "identité là-bas" not in browser.get(PAGE).text
    assert browser.get(f"{PAGE}/ailleurs").status_code == 404
