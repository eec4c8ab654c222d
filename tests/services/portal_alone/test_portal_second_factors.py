"""The pages of a family's second factors, with identity behind them."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from services.identity.models import Passkey
from services.identity.store import store as identity_store
from shared.web.base.app import Site
from tests.factories import identity as people
from tests.factories.identity import Person, Town, Wire
from tests.factories.passkeys import Authenticator
from tests.factories.portal_alone import token_on
from tests.factories.signing_in.at_portal import (
    PAGE,
    camille,
    grows_old,
    is_asked_again,
    portal,
    sends,
    signed_out,
    signs_in,
    town,
)

__all__ = ["camille", "portal", "town"]

SIGN_IN = "/connexion"


def asked(browser: FlaskClient, path: str, page: str = PAGE) -> str:
    """Return what the page's script is given for the browser."""
    return browser.post(path, data={"csrf_token": token_on(browser, page)}).text


def adds(browser: FlaskClient, telephone: Authenticator, name: str = "Téléphone") -> Any:
    made = telephone.makes(asked(browser, f"{PAGE}/cle/defi"))
    return sends(browser, f"{PAGE}/cle", passkey=made, name=name)


def enters(browser: FlaskClient, telephone: Authenticator, **more: str) -> Any:
    signed = telephone.signs(asked(browser, f"{SIGN_IN}/cle/defi", SIGN_IN))
    token = token_on(browser, SIGN_IN)
    return browser.post(f"{SIGN_IN}/cle", data={"csrf_token": token, "passkey": signed, **more})


def enrols(browser: FlaskClient, town: Town, person: Person) -> list[str]:
    """Let somebody scan the page's code and confirm it a minute ago; return recovery codes."""
    page = browser.get(f"{PAGE}/codes").text
    [address] = re.findall(r'href="(otpauth:[^"]+)"', page)
    person.totp_secret = parse_qs(urlsplit(address.replace("&amp;", "&")).query)["secret"][0]
    shown = sends(browser, f"{PAGE}/codes", code=pyotp.TOTP(person.totp_secret).now())
    town.time_passes(minutes=1)
    return re.findall(r"<li>([0-9a-z]{5}-[0-9a-z]{5}-[0-9a-z]{5})</li>", shown.text)


def second_step(browser: FlaskClient, first: Any, **fields: str) -> Any:
    """Send the second step's form as the page of the first one's answer holds it."""
    hidden = dict(re.findall(r'name="(csrf_token|login|held)" value="([^"]+)"', first.text))
    return browser.post(f"{SIGN_IN}/code", data={**hidden, **fields})


def is_in(browser: FlaskClient) -> bool:
    return browser.get(PAGE).status_code == 200


def test_a_passkey_is_added_by_its_name_with_recovery_codes_and_then_signs_in(
    browser: FlaskClient, camille: Person
) -> None:
    telephone = Authenticator(origin=people.PORTAL_URL)
    signs_in(browser, camille)

    shown = adds(browser, telephone, "Téléphone de Camille")

    assert len(re.findall(r"<li>[0-9a-z-]{17}</li>", shown.text)) == 10
    page = browser.get(PAGE).text
    assert "Votre clé d’accès est ajoutée" in page and "Téléphone de Camille" in page
    signed_out(browser)
    entered = enters(browser, telephone, retour="/compte/acces")
    assert (entered.status_code, entered.location) == (303, "/compte/acces")
    assert is_in(browser)


def test_an_answer_given_in_another_browser_or_a_second_time_opens_nothing(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    telephone = Authenticator(origin=people.PORTAL_URL)
    signs_in(browser, camille)
    adds(browser, telephone)
    thief = portal.test_client()
    signed = telephone.signs(asked(browser, f"{SIGN_IN}/cle/defi", "/compte"))

    stolen = thief.post(
        f"{SIGN_IN}/cle", data={"csrf_token": token_on(thief, SIGN_IN), "passkey": signed}
    )

    assert stolen.status_code == 422
    assert "Cette clé d’accès n’a pas été acceptée" in stolen.text
    assert not is_in(thief)


def test_after_the_password_a_code_is_asked_for_and_the_password_is_not_shown(
    browser: FlaskClient, town: Town, camille: Person
) -> None:
    signs_in(browser, camille)
    codes = enrols(browser, town, camille)
    assert len(codes) == 10
    assert codes[0] not in browser.get(f"{PAGE}/secours").text
    signed_out(browser)

    first = signs_in(browser, camille)

    assert first.status_code == 200 and "Deuxième étape" in first.text
    assert camille.password not in first.text
    assert not is_in(browser)
    wrong = second_step(browser, first, code="000000")
    assert wrong.status_code == 422 and "Ce code ne convient pas" in wrong.text
    assert second_step(browser, first, code=codes[0]).status_code == 303
    assert is_in(browser)
    signed_out(browser)
    again = second_step(browser, signs_in(browser, camille), code=codes[0])
    assert again.status_code == 422, "a recovery code is good once"


def test_a_second_step_without_its_first_one_begins_anew(
    browser: FlaskClient, town: Town, camille: Person
) -> None:
    signs_in(browser, camille)
    enrols(browser, town, camille)
    signed_out(browser)
    first = signs_in(browser, camille)
    first_of_another = {"login": "louis@exemple.fr", "code": camille.code()}

    for fields in (first_of_another, {"held": "rubbish", "code": camille.code()}):
        answer = second_step(browser, first, **fields)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, SIGN_IN)

    assert not is_in(browser)


def test_a_browser_that_is_trusted_asks_no_code_but_is_asked_again_before_a_mandate(
    browser: FlaskClient, portal: Site, town: Town, camille: Person
) -> None:
    signs_in(browser, camille)
    codes = enrols(browser, town, camille)
    signed_out(browser)
    second_step(browser, signs_in(browser, camille), code=codes[0], remember="yes")
    signed_out(browser)

    assert signs_in(browser, camille).status_code == 303
    assert is_asked_again(browser.get(f"{PAGE}/cle"), f"{PAGE}/cle")
    assert "Deuxième étape" in signs_in(portal.test_client(), camille).text
    wrong = sends(browser, "/compte/confirmer", retour="/", password=camille.password)
    assert "Un code vous est demandé" in wrong.text
    given = sends(browser, "/compte/confirmer", retour=f"{PAGE}/cle", code=codes[1])
    assert (given.status_code, given.location) == (303, f"{PAGE}/cle")
    assert browser.get(f"{PAGE}/cle").status_code == 200


def test_signing_other_devices_out_proves_nothing_anew(
    browser: FlaskClient, camille: Person
) -> None:
    signs_in(browser, camille)
    grows_old(16)

    sends(browser, f"{PAGE}/appareils")

    assert is_asked_again(browser.get(f"{PAGE}/cle"), f"{PAGE}/cle")


@pytest.mark.parametrize("page", ["cle", "codes", "codes/arreter", "secours"])
def test_before_each_change_of_factors_the_person_is_asked_again(
    browser: FlaskClient, camille: Person, page: str
) -> None:
    signs_in(browser, camille)
    grows_old(16)

    assert is_asked_again(browser.get(f"{PAGE}/{page}"), f"{PAGE}/{page}")
    assert is_asked_again(sends(browser, f"{PAGE}/{page}"), f"{PAGE}/{page}")


def test_she_proves_herself_by_her_passkey_before_she_removes_it(
    browser: FlaskClient, camille: Person
) -> None:
    telephone = Authenticator(origin=people.PORTAL_URL)
    signs_in(browser, camille)
    adds(browser, telephone)
    with identity_store.read() as read:
        passkey = read.scalars(select(Passkey.id)).one()
    path = f"{PAGE}/cle/{passkey}/retirer"
    grows_old(16)
    assert is_asked_again(browser.get(path), path)
    assert "Utiliser ma clé d’accès" in browser.get("/compte/confirmer").text

    signed = telephone.signs(asked(browser, "/compte/confirmer/defi"))
    given = sends(browser, "/compte/confirmer", retour=path, passkey=signed)

    assert (given.status_code, given.location) == (303, path)
    assert "Retirer « Téléphone »" in browser.get(path).text.replace("\u202f", " ").replace(
        "\u00a0", " "
    )
    assert sends(browser, path).status_code == 303
    page = browser.get(PAGE).text
    assert "Cette clé d’accès ne sert plus" in page
    assert "Clé d’accès retirée" in page, "the changes are listed"
    signed_out(browser)
    assert signs_in(browser, camille).status_code == 303


def test_another_persons_passkey_is_no_page_of_hers(
    browser: FlaskClient, portal: Site, town: Town, camille: Person
) -> None:
    louis = people.family("louis@exemple.fr")
    town.opens(louis)
    his = portal.test_client()
    signs_in(his, louis)
    adds(his, Authenticator(origin=people.PORTAL_URL))
    with identity_store.read() as read:
        passkey = read.scalars(select(Passkey.id)).one()
    signs_in(browser, camille)

    assert browser.get(f"{PAGE}/cle/{passkey}/retirer").status_code == 404
    sends(browser, f"{PAGE}/cle/{passkey}/retirer")

    assert "Téléphone" in his.get(PAGE).text


def test_while_identity_is_down_the_script_is_told_so(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    signs_in(browser, camille)
    token = token_on(browser, PAGE)
    wire = portal.extensions["preau_bus"]
    assert isinstance(wire, Wire)
    wire.down = True

    for path in (f"{PAGE}/cle/defi", "/compte/confirmer/defi", f"{SIGN_IN}/cle/defi"):
        assert browser.post(path, data={"csrf_token": token}).status_code == 503
