"""Agents who sign in by the town's own OpenID provider, each where a right is held."""

from urllib.parse import parse_qsl, urlsplit

from shared.contracts.errors import NotEntitled
from shared.contracts.identity import openid as contracts
from shared.contracts.identity.openid import OpenIdNotLinked, OpenIdRefused
from shared.contracts.identity.sign_ins import SecondFactorNeeded
from tests.factories.identity import AGG, ENS, Person, Town
from tests.factories.openid import OpenIdProviderStub
from tests.factories.refusals import outcome, refused
from tests.factories.signing_in.elsewhere import (
    brings,
    colleague,
    enters,
    linked,
    links,
    op,
    proves,
    running,
    town,
)

__all__ = ["linked", "op", "running", "town"]


def test_an_agent_enters_by_the_towns_own_provider_with_the_code_that_stays(
    town: Town, op: OpenIdProviderStub, samir: Person
) -> None:
    op.comes = colleague()
    signed_in = town.signs_in(samir, ENS)
    links(town, op, signed_in, ENS)
    begun = town.ask(contracts.begin_openid, caller=ENS)
    assert "code_challenge_method=S256" in begun.address and "prompt" not in begun.address

    refused(lambda: enters(town, op, ENS), SecondFactorNeeded)
    town.time_passes(minutes=1)
    entered = enters(town, op, ENS, code=samir.code())
    op.comes = colleague(amr=["pwd", "mfa"])
    shown = enters(town, op, ENS)

    assert town.lets(entered.token, ENS) == town.lets(shown.token, ENS) == samir.subject


def test_who_links_is_asked_anew_who_it_is_whoever_the_computer_was_lent_to(
    town: Town, op: OpenIdProviderStub, samir: Person
) -> None:
    signed_in = town.signs_in(samir, ENS)
    own = {"token": signed_in.token, "session": signed_in.session, "caller": ENS}

    begun = town.ask(contracts.begin_openid_link, **own)

    assert dict(parse_qsl(urlsplit(begun.address).query))["prompt"] == "login"


def test_an_agent_enters_only_where_a_right_is_held_and_a_right_that_ends_ends_the_session(
    town: Town, op: OpenIdProviderStub, samir: Person, claire: Person
) -> None:
    op.comes = colleague(amr=["mfa"])
    links(town, op, town.signs_in(samir, ENS), ENS)

    refused(lambda: enters(town, op, AGG), NotEntitled)
    entered = enters(town, op, ENS)
    town.withdraws(town.signs_in(claire, ENS).token, samir.subject, "kitchen")

    assert str(town.renews(entered.session, ENS)) == "not_signed_in"
    refused(lambda: enters(town, op, ENS), NotEntitled)


def test_an_address_of_another_domain_than_the_towns_is_refused(
    town: Town, op: OpenIdProviderStub, samir: Person
) -> None:
    op.comes = colleague(amr=["mfa"])
    links(town, op, town.signs_in(samir, ENS), ENS)
    for address in ("samir@ville.example.evil.example", "samir@evil.example", ""):
        op.comes.claims["email"] = address

        no = refused(lambda: proves(town, op, ENS), OpenIdRefused)

        assert no.detail["reason"] == "email"


def test_a_code_that_was_given_for_one_desk_is_good_at_no_other(
    town: Town, op: OpenIdProviderStub, samir: Person
) -> None:
    op.comes = colleague(amr=["mfa"])
    links(town, op, town.signs_in(samir, ENS), ENS)
    brought = brings(op, town.ask(contracts.begin_openid, caller=ENS))

    no = refused(lambda: town.ask(contracts.prove_openid, caller=AGG, **brought), OpenIdRefused)

    assert no.detail["reason"] == "answer"


def test_an_administrator_who_gives_a_new_code_ends_the_link_too(
    town: Town, op: OpenIdProviderStub, samir: Person, claire: Person
) -> None:
    op.comes = colleague(amr=["mfa"])
    links(town, op, town.signs_in(samir, ENS), ENS)

    town.invites_again(town.signs_in(claire, ENS).token, samir.subject)

    refused(lambda: proves(town, op, ENS), OpenIdNotLinked)


def test_typed_codes_after_the_provider_are_counted_as_after_a_password(
    town: Town, op: OpenIdProviderStub, samir: Person
) -> None:
    op.comes = colleague()
    links(town, op, town.signs_in(samir, ENS), ENS)
    ticket = proves(town, op, ENS).ticket

    outcomes = [
        str(
            outcome(
                lambda: town.ask(
                    contracts.sign_in_by_openid,
                    caller=ENS,
                    ticket=ticket,
                    code="000000",
                    address="ab",
                )
            )
        )
        for _ in range(5)
    ]

    assert outcomes[:3] == ["wrong_credentials"] * 3
    assert outcomes[-1] == "too_many_tries"
