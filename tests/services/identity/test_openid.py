"""Signing in by the town's OpenID provider: its signed word to this browser, and nothing else."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import ECKey
from sqlalchemy import delete, select

from services.identity.invitations.commands.guardian_credentials import correct_name_of_account
from services.identity.models import AccessChange, Challenge, OpenIdLink
from services.identity.store import store
from shared.contracts.dossier.families import household_adults
from shared.contracts.errors import NotSignedIn
from shared.contracts.identity import openid as contracts
from shared.contracts.identity import sign_ins
from shared.contracts.identity.openid import OpenIdNotLinkable, OpenIdNotLinked, OpenIdRefused
from shared.contracts.identity.sign_ins import SecondFactorNeeded, WrongCredentials
from shared.dates.clock import now
from tests.factories import identity as make
from tests.factories.credentials import DESK as FRONT_DESK
from tests.factories.credentials import addressed_emails
from tests.factories.identity import ENS, PORTAL_URL, Person, Town
from tests.factories.openid import Citizen, Lies, OpenIdProviderStub
from tests.factories.refusals import refused
from tests.factories.signing_in.elsewhere import (
    FC,
    brings,
    citizen,
    colleague,
    enters,
    linked,
    links,
    op,
    proves,
    running,
    town,
    town_file_says,
)
from tests.factories.signing_in.second_factors import enrols, resets

__all__ = ["linked", "op", "running", "town"]


def test_a_parent_who_is_signed_in_links_her_account_and_then_enters_by_it(
    town: Town, op: OpenIdProviderStub, camille: Person
) -> None:
    signed_in = town.signs_in(camille)

    links(town, op, signed_in)
    entered = enters(town, op)

    assert town.lets(entered.token) == camille.subject
    assert entered.proven and entered.device
    assert addressed_emails() == [("openid_linked", camille.login)]
    with store.read() as read:
        link = read.scalars(select(OpenIdLink)).one()
        [change] = read.scalars(select(AccessChange))
        row = {column.name: getattr(link, column.name) for column in OpenIdLink.__table__.columns}
    assert change.what == "openid_linked"
    for told in (op.comes.sub, "DURAND", "FERRAND", op.issuer):
        assert told not in str(row), "of the identity a digest alone is stored"


def test_what_is_asked_is_the_least_and_a_parent_is_asked_anew_each_time(
    town: Town, op: OpenIdProviderStub
) -> None:
    begun = town.ask(contracts.begin_openid)

    asked = dict(parse_qsl(urlsplit(begun.address).query))
    assert asked["scope"] == "openid given_name family_name preferred_username"
    assert asked["acr_values"] == "eidas1" and asked["prompt"] == "login"
    assert asked["redirect_uri"] == f"{PORTAL_URL}/connexion/ailleurs/retour"
    assert len(asked["nonce"]) == 64 and asked["state"] != asked["nonce"]
    assert "code_challenge" not in asked, "the State's own refuse what they do not document"
    assert begun.secret not in begun.address


def test_who_was_signed_in_at_the_provider_before_it_was_asked_anew_enters_nowhere(
    town: Town, op: OpenIdProviderStub, camille: Person, linked: Any
) -> None:
    """A browser can take `prompt` out of the address; what the provider signed it cannot."""
    op.lies = Lies(claims={"auth_time": int(time.time()) - 600})
    elsewhere = make.family("camille.autre@exemple.fr")
    town.opens(elsewhere)

    entering = refused(lambda: proves(town, op), OpenIdRefused)
    linking = refused(lambda: links(town, op, town.signs_in(elsewhere)), OpenIdRefused)

    assert entering.detail["reason"] == linking.detail["reason"] == "earlier"
    op.lies = Lies(without=("auth_time",))
    assert enters(town, op).token, "one that does not say when is believed"


def test_an_agent_who_is_signed_in_at_the_towns_provider_is_not_asked_anew(
    town: Town, op: OpenIdProviderStub, samir: Person
) -> None:
    op.comes = colleague(amr=["pwd", "mfa"])
    links(town, op, town.signs_in(samir, ENS), ENS)
    op.lies = Lies(claims={"auth_time": int(time.time()) - 600})

    assert enters(town, op, ENS).token


def test_an_identity_that_is_linked_with_nobody_opens_nothing_and_stores_nothing(
    town: Town, op: OpenIdProviderStub, camille: Person
) -> None:
    op.comes.claims["email"] = camille.login  # her address, her name: no proof of anything here

    refused(lambda: proves(town, op), OpenIdNotLinked)

    with store.read() as read:
        assert not read.scalars(select(OpenIdLink)).all()
        assert not read.scalars(select(Challenge)).all()


def test_a_name_that_is_not_the_accounts_is_not_linked(
    town: Town, op: OpenIdProviderStub, camille: Person
) -> None:
    signed_in = town.signs_in(camille)
    op.comes = Citizen("a" * 64, {"given_name": "Camille", "family_name": "MOREL"})

    no = refused(lambda: links(town, op, signed_in), OpenIdNotLinkable)

    assert no.detail["reason"] == "name"
    assert addressed_emails() == []


def test_an_identity_has_one_account_and_an_account_one_identity(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    other = make.family("camille.autre@exemple.fr")
    town.opens(other)
    elsewhere = town.signs_in(other)

    taken = refused(lambda: links(town, op, elsewhere), OpenIdNotLinkable)
    op.comes = citizen("another subject, after she moved her account")
    again = refused(lambda: links(town, op, linked), OpenIdNotLinkable)

    assert (taken.detail["reason"], again.detail["reason"]) == ("taken", "linked")
    refused(lambda: proves(town, op), OpenIdNotLinked)


def test_after_unlinking_the_identity_opens_nothing_and_the_password_does(
    town: Town, op: OpenIdProviderStub, camille: Person, linked: Any
) -> None:
    ticket = proves(town, op).ticket

    town.ask(contracts.unlink_openid, token=linked.token)

    refused(lambda: proves(town, op), OpenIdNotLinked)
    refused(lambda: town.ask(contracts.sign_in_by_openid, ticket=ticket), OpenIdRefused)
    assert town.ask(contracts.my_openid_link, token=linked.token).linked_at is None
    assert town.signs_in(camille).token
    assert addressed_emails()[-1] == ("openid_unlinked", camille.login)


LIES: dict[str, Any] = {
    "nonce": lambda op: Lies(claims={"nonce": "0" * 64}),
    "without nonce": lambda op: Lies(without=("nonce",)),
    "audience": lambda op: Lies(claims={"aud": "another town"}),
    "audiences": lambda op: Lies(claims={"aud": [FC, "another town"]}),
    "authorized party": lambda op: Lies(claims={"azp": "another town"}),
    "issuer": lambda op: Lies(claims={"iss": "https://oidc.evil.example/api/v2"}),
    "alg none": lambda op: Lies(alg="none"),
    "alg RS256": lambda op: Lies(alg="RS256", kid=op.rsa_key.kid),
    "alg HS256 by the public key": lambda op: Lies(
        alg="HS256", key=op.ec_key.as_pem(private=False)
    ),
    "another key of that name": lambda op: Lies(
        key=ECKey.generate_key("P-256", {"kid": op.ec_key.kid, "use": "sig"})
    ),
    "expired": lambda op: Lies(claims={"exp": int(now().timestamp()) - 60}),
    "without end": lambda op: Lies(without=("exp",)),
    "of later": lambda op: Lies(claims={"iat": int(now().timestamp()) + 600}),
    "no subject": lambda op: Lies(without=("sub",)),
    "subject is a list": lambda op: Lies(claims={"sub": ["a"]}),
    "userinfo of another": lambda op: Lies(userinfo={"sub": "somebody else"}),
    "userinfo unsigned": lambda op: Lies(unsigned_userinfo=True),
}


@pytest.mark.parametrize("lie", list(LIES), ids=[each.replace(" ", "-") for each in LIES])
def test_what_the_provider_did_not_sign_for_this_town_and_this_browser_opens_nothing(
    town: Town, op: OpenIdProviderStub, linked: Any, lie: str
) -> None:
    op.lies = LIES[lie](op)

    no = refused(lambda: proves(town, op), OpenIdRefused)

    assert no.detail["reason"] == "answer"
    op.lies = Lies()
    assert enters(town, op).token


def test_a_code_a_state_and_a_browsers_secret_are_good_once_and_together(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    begun = town.ask(contracts.begin_openid)
    brought = brings(op, begun)
    other = town.ask(contracts.begin_openid)

    mixed = refused(
        lambda: town.ask(contracts.prove_openid, **brought | {"secret": other.secret}),
        OpenIdRefused,
    )
    used = town.ask(contracts.prove_openid, **brought)
    again = refused(lambda: town.ask(contracts.prove_openid, **brought), OpenIdRefused)
    third = town.ask(contracts.begin_openid)
    honest = brings(op, third)
    replayed = refused(
        lambda: town.ask(contracts.prove_openid, **honest | {"code": brought["code"]}),
        OpenIdRefused,
    )

    assert used.ticket
    reasons = [each.detail["reason"] for each in (mixed, again, replayed)]
    assert reasons == ["answer", "late", "answer"]


def test_a_code_that_another_browser_was_given_does_not_fit_this_ones_nonce(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    theirs = brings(op, town.ask(contracts.begin_openid))
    begun = town.ask(contracts.begin_openid)
    injected = brings(op, begun, code=theirs["code"])

    no = refused(lambda: town.ask(contracts.prove_openid, **injected), OpenIdRefused)

    assert no.detail["reason"] == "answer"


def test_what_another_provider_sent_along_is_not_taken_to_this_one(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    for issuer in ("https://oidc.evil.example", ""):
        op.asked.clear()
        no = refused(lambda issuer=issuer: proves(town, op, issuer=issuer), OpenIdRefused)
        assert no.detail["reason"] == "answer"
        assert "/token" not in op.asked, "the code stays unused"


def test_a_question_lasts_for_minutes_and_so_does_a_ticket(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    begun = town.ask(contracts.begin_openid)
    brought = brings(op, begun)
    ticket = proves(town, op).ticket
    town.time_passes(minutes=6)

    late = refused(lambda: town.ask(contracts.prove_openid, **brought), OpenIdRefused)
    over = refused(lambda: town.ask(contracts.sign_in_by_openid, ticket=ticket), OpenIdRefused)

    assert (late.detail["reason"], over.detail["reason"]) == ("late", "late")


def test_a_ticket_opens_one_session_and_at_the_principal_that_asked(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    ticket = proves(town, op).ticket

    refused(lambda: town.ask(contracts.sign_in_by_openid, caller=ENS, ticket=ticket), OpenIdRefused)
    town.ask(contracts.sign_in_by_openid, ticket=ticket)
    refused(lambda: town.ask(contracts.sign_in_by_openid, ticket=ticket), OpenIdRefused)


def test_a_link_is_finished_in_the_session_that_began_it_and_in_no_other(
    town: Town, op: OpenIdProviderStub, camille: Person
) -> None:
    evil = make.family("evil@exemple.fr", name="Camille Ferrand")
    town.opens(evil)
    theirs, hers = town.signs_in(evil), town.signs_in(camille)
    begun = town.ask(contracts.begin_openid_link, token=theirs.token, session=theirs.session)
    brought = brings(op, begun)

    forged = {"token": hers.token, "session": hers.session, **brought}
    refused(lambda: town.ask(contracts.link_openid, **forged), OpenIdRefused)
    signing_in = town.ask(contracts.begin_openid)
    crossed = {"token": hers.token, "session": hers.session, **brings(op, signing_in)}
    refused(lambda: town.ask(contracts.link_openid, **crossed), OpenIdRefused)
    linking = town.ask(contracts.begin_openid_link, token=hers.token, session=hers.session)
    refused(lambda: town.ask(contracts.prove_openid, **brings(op, linking)), OpenIdRefused)

    with store.read() as read:
        assert not read.scalars(select(OpenIdLink)).all()


def test_a_link_is_not_made_for_a_session_that_ended_while_the_provider_was_asked(
    town: Town, op: OpenIdProviderStub, camille: Person
) -> None:
    town.signs_in(camille)  # elsewhere too, so that tokens of the other session are good still
    ended = town.signs_in(camille)
    begun = town.ask(contracts.begin_openid_link, token=ended.token, session=ended.session)
    brought = brings(op, begun)
    town.ask(sign_ins.sign_out, session=ended.session)

    own = {"token": ended.token, "session": ended.session}
    refused(lambda: town.ask(contracts.link_openid, **own, **brought), NotSignedIn)

    with store.read() as read:
        assert not read.scalars(select(OpenIdLink)).all()


def test_a_ticket_opens_nothing_once_its_link_is_gone(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    ticket = proves(town, op).ticket
    with store.write() as write:  # as where a link ends while its ticket is made
        write.execute(delete(OpenIdLink))

    no = refused(lambda: town.ask(contracts.sign_in_by_openid, ticket=ticket), OpenIdRefused)

    assert no.detail["reason"] == "late"


def test_the_same_subject_at_another_town_is_another_identity(
    town: Town, op: OpenIdProviderStub, linked: Any, tmp_path: Path
) -> None:
    neighbour = op.registers("another-town", PORTAL_URL)
    town_file_says(tmp_path, client_id=neighbour.client_id)

    refused(lambda: proves(town, op), OpenIdNotLinked)


def test_a_level_below_the_towns_is_refused_whatever_was_asked_for(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    op.comes = citizen(acr="eidas0")

    no = refused(lambda: proves(town, op), OpenIdRefused)

    assert no.detail["reason"] == "level"


def test_a_familys_own_second_factor_is_asked_for_unless_the_provider_asked_for_one(
    town: Town, op: OpenIdProviderStub, camille: Person, linked: Any
) -> None:
    enrols(town, camille, linked)

    needed = refused(lambda: enters(town, op), SecondFactorNeeded)
    assert needed.detail["ways"] == ["code", "recovery"]
    ticket = proves(town, op).ticket
    with_code = {"ticket": ticket, "code": "000000"}
    refused(lambda: town.ask(contracts.sign_in_by_openid, **with_code), WrongCredentials)
    town.time_passes(minutes=1)
    entered = town.ask(contracts.sign_in_by_openid, ticket=ticket, code=camille.code())
    assert entered.proven
    op.comes = citizen(acr="eidas2")
    assert enters(town, op).proven


def test_a_browser_is_trusted_for_a_code_that_was_asked_for_and_for_no_other(
    town: Town, op: OpenIdProviderStub, camille: Person, linked: Any
) -> None:
    enrols(town, camille, linked)
    op.comes = citizen(acr="eidas2")
    device = enters(town, op, code="whatever", remember=True).device

    refused(lambda: town.signs_in(camille, code="", devices=[device]), SecondFactorNeeded)


def test_the_counter_takes_the_link_away_with_all_else_that_the_guardian_did_not_make(
    town: Town, op: OpenIdProviderStub, camille: Person, linked: Any
) -> None:
    omar = make.agent("omar.delcourt", (FRONT_DESK, "counter"), name="Omar Delcourt")
    town.opens(omar)
    at_desk = town.signs_in(omar, FRONT_DESK).token

    done = resets(town, at_desk, camille.subject)

    assert (done.reset, done.notified) == (True, True)
    refused(lambda: proves(town, op), OpenIdNotLinked)
    refused(lambda: town.lets(linked.token), NotSignedIn)


def test_a_guardian_who_died_enters_by_no_identity(
    town: Town, op: OpenIdProviderStub, camille: Person, linked: Any
) -> None:
    ticket = proves(town, op).ticket
    with store.write() as write:
        died = household_adults.GuardianCorrected(
            camille.subject, 1, camille.name, died=True, at=now()
        )
        correct_name_of_account(write, died, now())

    refused(lambda: town.ask(contracts.sign_in_by_openid, ticket=ticket), OpenIdRefused)
    refused(lambda: proves(town, op), OpenIdNotLinked)
