"""The page of one's own access: password and devices, with identity behind it."""

from typing import Any

from flask.testing import FlaskClient

from shared.web.base.app import Site
from tests.factories.identity import Person, Wire
from tests.factories.portal_alone import token_on
from tests.services.portal_alone.test_portal_known_devices import (
    camille,
    device_of,
    portal,
    signs_in,
    town,
)

__all__ = ["camille", "portal", "town"]

PAGE = "/compte/acces"
OTHER = "quatre petits chats gris"


def sends(browser: FlaskClient, path: str, **fields: str) -> Any:
    return browser.post(path, data={"csrf_token": token_on(browser, PAGE), **fields})


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
