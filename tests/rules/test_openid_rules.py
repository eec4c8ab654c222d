"""Whom a provider knows by name, level and domain, and what a town file may say of it."""

import time
from pathlib import Path
from typing import Any

import pytest

from deploy.register.compiler import compile_register
from services.identity.openid.client.transport import make_transport
from services.identity.openid.rules.claims import (
    Claims,
    NotItsWord,
    digest_of_identity,
    has_accepted_email,
    is_same_person_by_name,
    shows_second_factor,
)
from services.identity.openid.rules.round_trip import RoundTrip
from shared.register import OpenIdProvider, parse_register
from shared.runtime.outside.http_client import Silent
from tests.factories.endless_answers import PATIENCE, answering
from tests.factories.town_files import TEXT, problems_of, town_of

FC = OpenIdProvider("franceconnect", "https://fc.example", "town", factors=("eidas2",))


def names(given: str, family: str, usual: str = "") -> Claims:
    return Claims("s", given_name=given, family_name=family, usual_name=usual)


@pytest.mark.parametrize(
    ("account", "claims"),
    [
        pytest.param("Camille Ferrand", names("Camille", "FERRAND"), id="same"),
        pytest.param("Aurélie Besson", names("AURELIE Jeanne", "BESSON"), id="accents"),
        pytest.param("Aurélie Besson", names("Aurélie", "DURAND", "BESSON"), id="name-of-use"),
        pytest.param("Aurélie Durand-Besson", names("Aurélie", "DURAND", "BESSON"), id="both"),
        pytest.param("Jean-Luc Le Goff", names("Jean-Luc Marie", "LE GOFF"), id="compound"),
        pytest.param("D’Orvilliers Élodie", names("Élodie", "D'ORVILLIERS"), id="other order"),
        pytest.param("Marie Anne Petit", names("Anne Marie", "PETIT"), id="several"),
        pytest.param("Paul Simon", names("Paul Simon", "SIMON"), id="a given name too"),
        pytest.param("Thomas Thomas", names("Thomas", "THOMAS"), id="twice the same"),
        pytest.param("Mme Camille Ferrand", names("Camille", "FERRAND"), id="civility"),
    ],
)
def test_a_name_is_that_of_an_identity(account: str, claims: Claims) -> None:
    assert is_same_person_by_name(account, claims)


@pytest.mark.parametrize(
    ("account", "claims"),
    [
        pytest.param("Camille Ferrand", names("Camille", "MOREL"), id="other family"),
        pytest.param("Camille Ferrand", names("Claude", "FERRAND"), id="other given name"),
        pytest.param("Camille", names("Camille", "FERRAND"), id="given name alone"),
        pytest.param("Paul Simon", names("Paul Simon", "MOREL"), id="given names alone"),
        pytest.param("Thomas", names("Thomas", "THOMAS"), id="one word for both"),
        pytest.param("Simon Camille Ferrand", names("Camille", "SIMON"), id="word of neither"),
        pytest.param("Ferrand", names("Camille", "FERRAND"), id="family name alone"),
        pytest.param("M. Ferrand", names("Camille", "FERRAND"), id="civility and family name"),
        pytest.param("Camille Ferrand Morel", names("Camille", "FERRAND"), id="more than known"),
        pytest.param("Camille Ferrand", names("", "CAMILLE FERRAND"), id="no given name"),
        pytest.param("Camille Ferrand", names("", ""), id="no name"),
        pytest.param("", names("", ""), id="nothing at all"),
    ],
)
def test_another_name_is_not(account: str, claims: Claims) -> None:
    assert not is_same_person_by_name(account, claims)


def test_a_subject_is_told_apart_by_issuer_client_and_house() -> None:
    digests = {
        digest_of_identity(OpenIdProvider("proconnect", issuer, client), Claims("s", house=house))
        for issuer in ("https://a", "https://b")
        for client in ("one", "two")
        for house in ("", "x")
    }

    assert len(digests) == 8


def test_what_goes_with_a_browser_follows_from_its_secret_and_says_nothing_of_it() -> None:
    trip, other = RoundTrip("a secret"), RoundTrip("another")
    told = {trip.state, trip.nonce, trip.verifier, trip.challenge}

    assert len(told) == 4 and not told & {other.state, other.nonce, other.verifier}
    assert trip.has_state(trip.state) and not trip.has_state("") and not trip.has_state("é")
    assert not trip.has_nonce(None)


def test_a_domain_is_compared_whole_and_a_factor_by_what_was_shown() -> None:
    town = OpenIdProvider("oidc", "https://a", "c", email_domains=("Ville.example",))

    assert has_accepted_email(town, Claims("s", email="a@ville.EXAMPLE"))
    for email in ("a@x.ville.example", "a@ville.example@evil.example", "ville.example@b", ""):
        assert not has_accepted_email(town, Claims("s", email=email))
    assert shows_second_factor(FC, Claims("s", level="eidas2"))
    assert not shows_second_factor(FC, Claims("s", level="eidas1", means=("pwd",)))
    assert not shows_second_factor(OpenIdProvider("oidc", "https://a", "c"), Claims("s"))


@pytest.mark.parametrize(
    "token", [{}, {"sub": ""}, {"sub": "x" * 256}, {"sub": 7}], ids=["none", "empty", "long", "int"]
)
def test_a_word_about_nobody_is_none(token: dict[str, Any]) -> None:
    with pytest.raises(NotItsWord):
        Claims.of_tokens(token, {})


def test_an_address_that_the_provider_has_not_verified_is_none() -> None:
    told = {"sub": "s", "email": "a@ville.example"}

    assert Claims.of_tokens(told, {}).email == "a@ville.example"
    assert Claims.of_tokens(told, {"email_verified": False}).email == ""


NAMED = """
families_openid:
  kind: franceconnect
  issuer: https://oidc.franceconnect.gouv.fr/api/v2
  client_id: town
agents_openid:
  kind: proconnect
  issuer: https://auth.agentconnect.gouv.fr/api/v2
  client_id: desk
  email_domains: [ville.example]
"""


def test_a_town_file_names_providers_and_what_is_usual_for_them_is_not_written(
    tmp_path: Path,
) -> None:
    town = parse_register(compile_register(town_of(TEXT + NAMED, tmp_path), [], {})).town

    assert town.families_openid == OpenIdProvider(
        "franceconnect",
        "https://oidc.franceconnect.gouv.fr/api/v2",
        "town",
        algorithm="ES256",
        levels=("eidas1", "eidas2", "eidas3"),
        factors=("eidas2", "eidas3"),
    )
    assert town.agents_openid is not None
    assert (town.agents_openid.name, town.agents_openid.algorithm) == ("ProConnect", "RS256")
    assert town.agents_openid.factors == ("mfa", "totp", "pop")


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        pytest.param("kind: franceconnect", "kind: proconnect", "is not for them", id="citizens"),
        pytest.param("kind: proconnect", "kind: franceconnect", "is not for them", id="agents"),
        pytest.param("kind: proconnect", "kind: oidc", "label", id="no name"),
        pytest.param("issuer: https://oidc", "issuer: http://oidc", "https://", id="in clear"),
        pytest.param("client_id: desk", "client_secret: x", "client_secret", id="secret"),
        pytest.param("client_id: desk", "client_id: d\n  algorithm: none", "algorithm", id="none"),
    ],
)
def test_a_provider_that_nobody_should_name_is_refused(
    tmp_path: Path, right: str, wrong: str, reason: str
) -> None:
    assert right in NAMED

    problems = problems_of(TEXT + NAMED.replace(right, wrong), tmp_path)

    assert any(reason in problem for problem in problems)


@pytest.mark.parametrize(
    ("head", "drip"),
    [
        pytest.param(b"HTTP/1.1 2", b"0", id="status"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"a", id="body"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", id="chunks"
        ),
    ],
)
def test_a_provider_that_never_comes_to_an_end_is_silent(head: bytes, drip: bytes) -> None:
    with answering(head, drip) as origin:
        begun = time.monotonic()

        with pytest.raises(Silent):
            make_transport(patience=PATIENCE).get(f"{origin}/jwks").as_json()

        assert time.monotonic() - begun < 10 * PATIENCE
