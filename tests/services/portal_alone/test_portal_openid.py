"""The portal's pages of signing in by the town's OpenID provider, with identity behind them."""

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from flask.testing import FlaskClient
from sqlalchemy import delete

from services.identity.models import RecoveryCode
from services.identity.store import store
from shared.web.base.app import Site
from shared.web.forms.password_held_by_page import seal_password
from shared.web.session import known_devices
from tests.factories.identity import PORTAL_URL, Person, Town
from tests.factories.openid import OpenIdProviderStub
from tests.factories.passkeys import Authenticator
from tests.factories.portal_alone import token_on
from tests.factories.signing_in.at_portal import (
    camille,
    grows_old,
    is_asked_again,
    portal,
    sends,
    signed_out,
    signs_in,
)
from tests.factories.signing_in.at_portal_elsewhere import (
    BEGIN,
    LINK,
    RETURN,
    op,
    register,
    running,
    town,
)
from tests.factories.signing_in.second_factors import adds, enrols

__all__ = ["camille", "op", "portal", "register", "running", "town"]


def goes(browser: FlaskClient, path: str, page: str, op: OpenIdProviderStub, **fields: str) -> str:
    """Press a button that leads to the provider; return the path that it leads back to."""
    shown = browser.post(path, data={"csrf_token": token_on(browser, page), **fields}).text
    [address] = re.findall(r'content="0; url=([^"]+)"', shown)
    back = op.visits(address.replace("&amp;", "&"))
    return f"{RETURN}?" + "&".join(f"{name}={value}" for name, value in back.items())


def links(browser: FlaskClient, op: OpenIdProviderStub) -> Any:
    return browser.get(goes(browser, LINK, LINK, op))


def enters(browser: FlaskClient, op: OpenIdProviderStub, **fields: str) -> Any:
    return browser.get(goes(browser, BEGIN, "/connexion", op, **fields))


def is_in(browser: FlaskClient) -> bool:
    return browser.get("/compte/acces").status_code == 200


def test_a_parent_links_signs_out_here_and_there_and_comes_in_where_she_wanted(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person
) -> None:
    signs_in(browser, camille)

    assert links(browser, op).location == LINK
    assert "Votre compte est lié" in browser.get(LINK).text
    signed_out(browser)
    assert "S’identifier avec FranceConnect" in browser.get("/connexion").text
    entered = enters(browser, op, retour="/compte/acces")

    assert (entered.status_code, entered.location) == (303, "/compte/acces")
    assert is_in(browser)
    left = browser.post("/deconnexion", data={"csrf_token": token_on(browser, "/compte")})
    [address] = re.findall(r'content="0; url=([^"]+)"', left.text)
    assert address.startswith(f"{op.issuer}/session/end?id_token_hint=")
    assert op.visits(address.replace("&amp;", "&"))["state"]
    assert not is_in(browser)


def test_who_is_linked_with_nobody_reads_what_to_do_and_finds_nobodys_name(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person
) -> None:
    answer = enters(browser, op)

    assert answer.status_code == 422
    assert "Aucun compte d’ici n’est encore lié" in answer.text
    assert camille.login not in answer.text
    assert not is_in(browser)


def test_a_return_in_another_browser_or_a_second_time_opens_nothing(
    browser: FlaskClient, portal: Site, op: OpenIdProviderStub, camille: Person
) -> None:
    signs_in(browser, camille)
    links(browser, op)
    signed_out(browser)
    back = goes(browser, BEGIN, "/connexion", op)
    victim = portal.test_client()

    assert victim.get(back).status_code == 422
    assert not is_in(victim), "nobody is signed in to another's account by a link"
    assert browser.get(back).status_code == 303
    signed_out(browser)
    assert browser.get(back).status_code == 422


def test_nobody_is_linked_by_a_link_or_a_form_of_another_site(
    browser: FlaskClient, portal: Site, op: OpenIdProviderStub, camille: Person
) -> None:
    evil = portal.test_client()
    back = goes(evil, BEGIN, "/connexion", op)
    signs_in(browser, camille)

    assert browser.get(back).status_code == 422
    assert browser.post(LINK, data={}).status_code in (302, 303, 400)
    assert "Votre compte n’est pas lié" in browser.get(LINK).text


def test_the_way_back_leads_to_a_path_of_this_site_alone(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person
) -> None:
    signs_in(browser, camille)
    links(browser, op)
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        signed_out(browser)
        assert enters(browser, op, retour=elsewhere).location == "/"


def test_who_is_asked_for_a_code_too_comes_in_where_she_wanted(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person, town: Town
) -> None:
    signs_in(browser, camille)
    links(browser, op)
    enrols(town, camille, town.signs_in(camille))
    signed_out(browser)

    asked = enters(browser, op, retour="/compte/acces")

    [back] = re.findall(r'name="retour" value="([^"]+)"', asked.text)
    assert back == "/compte/acces"


def test_who_has_a_passkey_and_no_codes_goes_on_by_it_and_leaves_through_the_provider(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person, town: Town
) -> None:
    signs_in(browser, camille)
    links(browser, op)
    telephone = Authenticator(origin=PORTAL_URL)
    printed = adds(town, town.signs_in(camille), telephone)
    signed_out(browser)

    asked = enters(browser, op, retour="/compte/acces")

    assert "Utiliser ma clé d’accès" in asked.text and "codes de secours" not in asked.text
    assert "Un de ceux que vous avez imprimés ou notés." in asked.text
    [held, *_same] = re.findall(r'name="held" value="([^"]+)"', asked.text)
    token = token_on(browser, "/connexion")
    options = browser.post("/connexion/cle/defi", data={"csrf_token": token}).text
    entered = browser.post(
        "/connexion/cle",
        data={
            "csrf_token": token_on(browser, "/connexion"),
            "passkey": telephone.signs(options),
            "retour": "/compte/acces",
            "held": held,
        },
    )
    assert (entered.status_code, entered.location) == (303, "/compte/acces")
    left = browser.post("/deconnexion", data={"csrf_token": token_on(browser, "/compte")})
    assert f"{op.issuer}/session/end?id_token_hint=" in left.text.replace("&amp;", "&")
    assert len(printed) == 10


def test_who_has_used_her_last_printed_code_is_asked_for_none(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person, town: Town
) -> None:
    signs_in(browser, camille)
    links(browser, op)
    adds(town, town.signs_in(camille), Authenticator(origin=PORTAL_URL))
    with store.write() as write:
        write.execute(delete(RecoveryCode))
    again = browser.get("/compte/confirmer").text
    signed_out(browser)

    elsewhere = enters(browser, op).text
    password = signs_in(browser, camille).text

    for page in (again, elsewhere, password):
        assert "Utiliser ma clé d’accès" in page and 'name="code"' not in page
    for page in (elsewhere, password):
        assert "un agent retire la deuxième étape devant vous" in page


def test_whose_session_has_ended_at_the_provider_begins_the_link_anew(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person
) -> None:
    signs_in(browser, camille)
    back = goes(browser, LINK, LINK, op)
    browser.delete_cookie("portal_session")

    answer = browser.get(back)

    assert answer.status_code == 303
    assert "code" not in answer.location
    assert unquote(browser.get(answer.location).location).endswith(LINK)


def test_a_known_browser_comes_back_though_its_neighbours_come_too(
    browser: FlaskClient, portal: Site, op: OpenIdProviderStub, camille: Person
) -> None:
    signs_in(browser, camille)
    links(browser, op)
    signed_out(browser)
    neighbour = portal.test_client()
    for _ in range(40):
        neighbour.get(RETURN)

    assert neighbour.get(RETURN).status_code == 429
    assert enters(browser, op).status_code == 303


def test_a_stranger_among_many_is_told_to_wait(
    browser: FlaskClient, portal: Site, op: OpenIdProviderStub, town: Town
) -> None:
    with portal.test_request_context(), ExitStack() as asking:
        for _ in range(known_devices.STRANGERS_AT_ONCE):
            asking.enter_context(known_devices.limiting_unknown_devices())
        told = enters(browser, op)

    assert told.status_code == 422
    assert "Attendez un peu" in told.text


def test_a_password_that_another_page_holds_is_no_ticket(
    browser: FlaskClient, portal: Site, town: Town
) -> None:
    with portal.test_request_context():
        held = seal_password("openid", '["a ticket", "https://evil.example/"]')

    answer = browser.post(
        f"{BEGIN}/code", data={"csrf_token": token_on(browser, "/connexion"), "held": held}
    )

    assert "Votre identité est reconnue" not in answer.text


def test_who_went_back_at_the_provider_is_told_and_may_enter_by_password(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person
) -> None:
    op.denies = True

    answer = enters(browser, op)

    assert "ne vous a pas identifié" in answer.text
    assert 'name="password"' in answer.text


def test_a_provider_that_is_down_leaves_the_password_and_says_so(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person, tmp_path: Path
) -> None:
    path = tmp_path / "identity" / "register.json"
    path.write_text(path.read_text().replace(op.issuer, "http://127.0.0.1:9/api/v2"))

    token = token_on(browser, "/connexion")
    answer = browser.post(BEGIN, data={"csrf_token": token})

    assert answer.status_code == 503
    assert "FranceConnect ne répond pas" in answer.text
    assert signs_in(browser, camille).status_code == 303


def test_a_link_asks_for_proof_of_the_person_and_unlinking_for_the_same(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person
) -> None:
    signs_in(browser, camille)
    grows_old(minutes=16)

    assert is_asked_again(browser.get(LINK), LINK)
    assert is_asked_again(sends(browser, LINK), LINK)
    assert is_asked_again(sends(browser, LINK, unlink="yes"), LINK)


def test_after_unlinking_the_page_says_so_and_the_identity_opens_nothing(
    browser: FlaskClient, op: OpenIdProviderStub, camille: Person
) -> None:
    signs_in(browser, camille)
    links(browser, op)

    sends(browser, LINK, unlink="yes")

    assert "Votre compte n’est plus lié" in browser.get(LINK).text
    signed_out(browser)
    assert enters(browser, op).status_code == 422
