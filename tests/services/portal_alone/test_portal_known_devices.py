"""Signing in at the portal: the device that is known, the address, and waiting for one's turn."""

import json
import re
from contextlib import ExitStack

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from services.identity.accounts import queries
from services.identity.accounts.rules import sign_in_delays
from services.identity.invitations.commands import guardian_credentials
from services.identity.models import KnownDevice, LoginTries
from services.identity.store import store as identity_store
from shared.dates.clock import now
from shared.web.base.app import Site
from shared.web.session import known_devices
from shared.web.session.client_address import network_of_address
from tests.factories import identity as people
from tests.factories.identity import WRONG, Person, Town
from tests.factories.portal_alone import token_on
from tests.factories.signing_in.at_portal import (
    STRANGER,
    camille,
    device_of,
    portal,
    posts,
    signed_out,
    signs_in,
    town,
)
from tests.factories.signing_in.tries import slowed_at, stopped_at

__all__ = ["camille", "portal", "town"]


def test_a_sign_in_leaves_a_guarded_cookie_for_half_a_year_without_a_login_in_it(
    browser: FlaskClient, camille: Person
) -> None:
    answer = signs_in(browser, camille)

    [cookie] = [c for c in answer.headers.getlist("Set-Cookie") if c.startswith("portal_device=")]
    assert all(word in cookie for word in ("HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=1555"))
    assert "Domain" not in cookie
    assert camille.login not in cookie
    assert "camille" not in cookie


def test_over_https_it_belongs_to_this_host_alone(browser: FlaskClient, camille: Person) -> None:
    page = browser.get("/connexion", base_url="https://portail.example").text
    [token] = re.findall(r'name="csrf_token" value="([^"]+)"', page)[:1]

    answer = browser.post(
        "/connexion",
        data={"csrf_token": token, "login": camille.login, "password": camille.password},
        base_url="https://portail.example",
        headers={"Referer": "https://portail.example/connexion"},
    )

    cookies = [c for c in answer.headers.getlist("Set-Cookie") if "_device=" in c]
    assert len(cookies) == 1
    assert cookies[0].startswith("__Host-portal_device=")
    assert "Secure" in cookies[0]


def test_it_stays_when_she_signs_out_and_lets_her_in_while_strangers_try(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    signs_in(browser, camille)
    signed_out(browser)
    slowed_at("portal|family", camille.login)

    assert signs_in(portal.test_client(), camille).status_code == 429
    assert signs_in(browser, camille).status_code == 303


def test_a_cookie_that_nobody_signed_makes_no_device_known(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    signs_in(browser, camille)
    signed = device_of(browser)
    stopped_at("portal|family", camille.login)

    for forged in (signed[:-2], signed + "x", signed.partition(".")[0], "rubbish", ""):
        other = portal.test_client()
        other.set_cookie("portal_device", forged)
        assert signs_in(other, camille).status_code == 422


def test_two_parents_with_one_tablet_are_both_known(
    browser: FlaskClient, town: Town, camille: Person
) -> None:
    other = people.family("autre@exemple.fr")
    town.opens(other)
    for person in (camille, other):
        signs_in(browser, person)
        signed_out(browser)
    for person in (camille, other):
        stopped_at("portal|family", person.login)

    for person in (camille, other):
        assert signs_in(browser, person).status_code == 303
        signed_out(browser)
    with identity_store.read() as read:
        assert read.scalar(select(func.count()).select_from(KnownDevice)) == 2


def test_strangers_at_her_own_address_use_up_the_limits_of_no_known_device(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    """The web's own limits count by address: a neighbour behind the same one, or its flood."""
    signs_in(browser, camille)
    signed_out(browser)
    stranger = portal.test_client()
    answers = [signs_in(stranger, camille, WRONG).status_code for _ in range(45)]
    assert answers[-1] == 429

    assert signs_in(browser, camille).status_code == 303


def test_a_known_device_has_limits_of_its_own(browser: FlaskClient, camille: Person) -> None:
    signs_in(browser, camille)
    signed_out(browser)

    answers = [signs_in(browser, camille, WRONG).status_code for _ in range(13)]

    assert answers[-1] == 429


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::1", "2001:db8:0:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("local", "local"),
    ],
)
def test_a_network_of_ipv6_is_one_address(text: str, network: str) -> None:
    assert network_of_address(text) == network


def test_a_stranger_with_a_network_of_ipv6_has_the_tries_of_one_address(
    portal: Site, town: Town, camille: Person
) -> None:
    stranger = portal.test_client()
    for number in range(sign_in_delays.AT_ADDRESS.slows):
        unknown = people.family(f"personne{number}@exemple.fr")
        answer = signs_in(stranger, unknown, at=f"2001:db8:0:1::{number + 1:x}")
        assert answer.status_code == 422

    assert signs_in(stranger, camille, at="2001:db8:0:1::ffff").status_code == 429
    assert signs_in(portal.test_client(), camille, at="2001:db8:0:2::1").status_code == 303


def test_identity_keeps_no_address(browser: FlaskClient, camille: Person) -> None:
    signs_in(browser, camille, WRONG)

    with identity_store.read() as read:
        rows = read.scalars(select(LoginTries)).all()
    assert len(rows) == 4  # at the login from there, the login, the address, its wide network
    assert "2001:db8" not in repr([row.__dict__ for row in rows])


def test_who_chose_a_new_password_by_the_letter_has_a_known_device(
    browser: FlaskClient, town: Town, camille: Person
) -> None:
    """The way in for whom strangers keep waiting on a new device."""
    with identity_store.write() as write:
        account = queries.lock_account(write, camille.subject)
        code, _ = guardian_credentials.invite_guardian(write, account, "", now())
    form = {"csrf_token": token_on(browser, "/activation"), "code": code}
    answer = browser.post("/activation", data={**form, "password": "quatre mots sans rapport"})
    assert answer.status_code == 303
    slowed_at("portal|family", camille.login)

    assert signs_in(browser, camille, "quatre mots sans rapport").status_code == 303


# Waiting for one's turn


def test_strangers_hold_some_threads_of_a_page_s_process_and_a_known_device_asks_at_once(
    browser: FlaskClient, portal: Site, camille: Person
) -> None:
    signs_in(browser, camille)
    signed_out(browser)

    with portal.test_request_context(), ExitStack() as asking:
        for _ in range(known_devices.STRANGERS_AT_ONCE):
            asking.enter_context(known_devices.limiting_unknown_devices())
        told = signs_in(portal.test_client(), camille)
        assert told.status_code == 429
        assert 'data-again="2"' in told.text
        assert signs_in(browser, camille).status_code == 303
    assert signs_in(portal.test_client(), camille).status_code == 303


def held_of(page: str) -> dict[str, str]:
    """Return the fields of the form that a page sends by itself."""
    assert 'data-again="5"' in page
    return dict(re.findall(r'name="(login|held)" value="([^"]*)"', page))


def test_in_a_crowd_the_page_asks_again_by_itself_and_nobody_types_twice(
    browser: FlaskClient, town: Town, camille: Person
) -> None:
    slowed_at("portal|family", camille.login)

    page = signs_in(browser, camille).text
    assert "Votre mot de passe n’est pas en cause." in page.replace("\u202f", " ").replace(
        "\xa0", " "
    )
    assert camille.password not in page
    fields = held_of(page)
    assert fields["login"] == camille.login
    assert "again" in page

    town.time_passes(seconds=5)
    slowed_at("portal|family", camille.login)
    assert posts(browser, STRANGER, **fields).status_code == 303


def test_what_a_page_holds_is_good_for_its_login_alone(
    browser: FlaskClient, town: Town, camille: Person
) -> None:
    other = people.family("autre@exemple.fr")
    town.opens(other)
    slowed_at("portal|family", camille.login)
    fields = held_of(signs_in(browser, camille).text)

    for wrong in ({"login": other.login}, {"held": "rubbish"}, {"held": fields["held"][:-4]}):
        answer = posts(browser, STRANGER, **{**fields, **wrong})
        assert answer.status_code == 422
        assert "Écrivez votre mot de passe." in answer.text


def test_whom_strangers_stop_for_long_is_told_the_ways_in(
    browser: FlaskClient, camille: Person
) -> None:
    stopped_at("portal|family", camille.login)

    page = signs_in(browser, camille).text

    assert "avec un nouveau mot de passe, vous n’attendez pas" in page
    assert "data-again" not in page


def test_each_try_leaves_a_line_by_which_it_is_followed_and_that_names_nobody(
    browser: FlaskClient, portal: Site, camille: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    signs_in(browser, camille, WRONG)
    signs_in(browser, camille)
    signs_in(portal.test_client(), camille, at="2001:db8:0:2::1")

    lines = capsys.readouterr().out.splitlines()
    tries = [json.loads(line) for line in lines if '"event": "sign_in"' in line]
    assert [each["outcome"] for each in tries] == ["wrong_credentials", "opened", "opened"]
    assert len({each["who"] for each in tries}) == 1
    assert [each["address"] == tries[0]["address"] for each in tries] == [True, True, False]
    assert not [line for line in lines if "camille" in line or "2001:db8" in line]
