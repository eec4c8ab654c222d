"""Signing in by the town's OpenID provider: its signed word to this browser, and nothing else."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Response
from joserfc.jwk import ECKey
from sqlalchemy import delete, select

from services.identity.invitations.commands.guardian_credentials import correct_name_of_account
from services.identity.models import AccessChange, Challenge, OpenIdLink
from services.identity.openid.client import provider as client_module
from services.identity.store import store
from shared.contracts.dossier.families import household_adults
from shared.contracts.errors import NotEntitled, NotFound, NotSignedIn
from shared.contracts.identity import openid as contracts
from shared.contracts.identity import sign_ins
from shared.contracts.identity.openid import (
    OpenIdAway,
    OpenIdNotLinkable,
    OpenIdNotLinked,
    OpenIdRefused,
)
from shared.contracts.identity.sign_ins import SecondFactorNeeded, WrongCredentials
from shared.dates.clock import now
from shared.settings import OpenIdSecrets
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.credentials import DESK as FRONT_DESK
from tests.factories.credentials import addressed_emails
from tests.factories.identity import AGG, ENS, PORTAL_URL, Person, Town
from tests.factories.openid import Citizen, Lies, OpenIdProviderStub, provider
from tests.factories.refusals import outcome, refused
from tests.factories.signing_in.second_factors import enrols, resets
from tests.ports import PORT_BASE

FC, TOWN, STATE = "camille-ville", "agents-ville", "etat-ville"
DESK = "https://ecoles.ville.example"
OTHER_DESK = "https://sports.ville.example"


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIdProviderStub]:
    with provider(PORT_BASE + 40) as stub:
        stub.registers(FC, PORTAL_URL)
        stub.registers(
            TOWN,
            DESK,
            OTHER_DESK,
            id_token_signed_response_alg="RS256",
            signs_userinfo=False,
            auth_method="client_secret_basic",
        )
        yield stub


@pytest.fixture
def op(running: OpenIdProviderStub) -> OpenIdProviderStub:
    """Give the provider, which says the truth until a test lets it lie."""
    running.lies, running.denies, running.asked = Lies(), False, []
    running.comes = citizen()
    return running


def citizen(sub: str = "f" * 64 + "v1", **more: Any) -> Citizen:
    """Return Camille as FranceConnect knows her: by her name of birth, and that of use."""
    known = {"given_name": "Camille Marie", "family_name": "DURAND"}
    return Citizen(sub, {**known, "preferred_username": "FERRAND"}, **more)


def colleague(**more: Any) -> Citizen:
    """Return Samir as the town's own provider knows him."""
    claims = {"email": "samir.benali@ville.example", "given_name": "Samir"}
    return Citizen("1c9f", claims, acr="1", **more)


@pytest.fixture
def town(database: Database, tmp_path: Path, op: OpenIdProviderStub) -> Iterator[Town]:
    """Give identity of a town whose families have FranceConnect, and whose agents its own OIDC."""
    client_module.openid_client_at.cache_clear()
    desks = {"ens": DESK, "agg": OTHER_DESK}
    (tmp_path / "desks.json").write_text(json.dumps(desks))
    families = {
        "kind": "franceconnect",
        "issuer": op.issuer,
        "client_id": FC,
        "algorithm": "ES256",
        "levels": ["eidas1", "eidas2", "eidas3"],
        "factors": ["eidas2", "eidas3"],
    }
    agents = {
        "kind": "oidc",
        "label": "le compte de la ville",
        "issuer": op.issuer,
        "client_id": TOWN,
        "factors": ["mfa"],
        "email_domains": ["ville.example"],
    }
    openid = {"families_openid": families, "agents_openid": agents}
    with make.town(database, tmp_path, openid=openid) as town:
        yield town


def brings(op: OpenIdProviderStub, begun: Any, **changed: str) -> dict[str, str]:
    """Return what a browser comes back with, as the page passes it on."""
    back = op.visits(begun.address)
    told = {"state": "state", "code": "code", "iss": "issuer", "error": "error"}
    return {
        "secret": begun.secret,
        **{told[name]: value for name, value in back.items() if name in told},
        **changed,
    }


def town_file_says(home: Path, **of_families: str) -> None:
    """Change what the town file says of the provider of families."""
    path = home / "register.json"
    rows = json.loads(path.read_text())
    rows["town"]["families_openid"] |= of_families
    path.write_text(json.dumps(rows))


def links(
    town: Town, op: OpenIdProviderStub, signed_in: Any, at: str = "portal", **changed: str
) -> None:
    own = {"token": signed_in.token, "session": signed_in.session, "caller": at}
    begun = town.ask(contracts.begin_openid_link, **own)
    town.ask(contracts.link_openid, **own, **brings(op, begun, **changed))


def proves(town: Town, op: OpenIdProviderStub, at: str = "portal", **changed: str) -> Any:
    begun = town.ask(contracts.begin_openid, caller=at)
    return town.ask(contracts.prove_openid, caller=at, **brings(op, begun, **changed))


def enters(town: Town, op: OpenIdProviderStub, at: str = "portal", **browser: Any) -> Any:
    ticket = proves(town, op, at).ticket
    return town.ask(contracts.sign_in_by_openid, caller=at, ticket=ticket, **browser)


@pytest.fixture
def linked(town: Town, op: OpenIdProviderStub, camille: Person) -> Any:
    """Give Camille's session, in which she has linked her account."""
    signed_in = town.signs_in(camille)
    links(town, op, signed_in)
    return signed_in


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


def test_who_goes_back_at_the_provider_is_told_so_and_a_provider_in_trouble_is_away(
    town: Town, op: OpenIdProviderStub
) -> None:
    op.denies = True
    denied = refused(lambda: proves(town, op), OpenIdRefused)
    assert denied.detail["reason"] == "denied"

    op.denies = False
    refused(lambda: proves(town, op, error="temporarily_unavailable"), OpenIdAway)


ANSWERS: dict[str, Any] = {
    "breaks down": lambda: Response("Erreur", status=500),
    "shows a page": lambda: Response("<h1>Maintenance</h1>", mimetype="text/html"),
    "is endless": lambda: Response((b"x" * 65_536 for _ in range(64)), mimetype="application/json"),
    "leads elsewhere": lambda: Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
}


@pytest.mark.parametrize("answer", list(ANSWERS), ids=[each.replace(" ", "-") for each in ANSWERS])
def test_a_provider_that_does_not_answer_as_one_is_away_and_the_password_opens(
    town: Town, op: OpenIdProviderStub, camille: Person, answer: str
) -> None:
    op.lies = Lies(answer=ANSWERS[answer]())

    refused(lambda: town.ask(contracts.begin_openid), OpenIdAway)

    assert town.signs_in(camille).token


def test_where_nothing_listens_the_provider_is_away(
    town: Town, op: OpenIdProviderStub, tmp_path: Path
) -> None:
    town_file_says(tmp_path, issuer="http://127.0.0.1:9/api/v2")

    refused(lambda: town.ask(contracts.begin_openid), OpenIdAway)


def test_a_provider_that_says_it_is_another_is_away(town: Town, op: OpenIdProviderStub) -> None:
    said = json.dumps({"issuer": "https://oidc.evil.example", "authorization_endpoint": "x"})
    op.lies = Lies(answer=Response(said, mimetype="application/json"))

    refused(lambda: town.ask(contracts.begin_openid), OpenIdAway)


def test_a_provider_whose_metadata_hang_is_asked_for_them_once_and_taken_as_it_was(
    town: Town, op: OpenIdProviderStub, linked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "KEPT_SECONDS", 0.0)
    client_module.openid_client_at.cache_clear()
    town.ask(contracts.begin_openid)
    op.asked.clear()
    op.lies = Lies(answer=Response("Erreur", status=500))

    for _ in range(3):
        assert town.ask(contracts.begin_openid).address.startswith(f"{op.issuer}/authorize?")

    assert len(op.asked) == 1


def test_a_token_too_long_for_an_address_opens_without_a_way_out_through_the_provider(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    op.lies = Lies(claims={"groups": ["an office of the town"] * 500})

    proven = proves(town, op)

    assert proven.logout == ""
    assert town.ask(contracts.sign_in_by_openid, ticket=proven.ticket).token


def test_a_provider_that_changes_its_keys_is_read_anew_once(
    town: Town, op: OpenIdProviderStub, linked: Any
) -> None:
    op.renew_keys()
    op.asked.clear()

    assert enters(town, op).token
    assert op.asked.count("/jwks") == 1


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


def test_a_town_that_names_no_provider_has_none_and_one_without_its_secret_is_away(
    town: Town, op: OpenIdProviderStub, tmp_path: Path
) -> None:
    path = tmp_path / "register.json"
    rows = json.loads(path.read_text())
    settings = town.service.settings
    town.service.settings = replace(settings, openid=OpenIdSecrets())
    refused(lambda: town.ask(contracts.begin_openid), OpenIdAway)

    del rows["town"]["families_openid"]
    path.write_text(json.dumps(rows))
    town.service.settings = settings
    refused(lambda: town.ask(contracts.begin_openid), NotFound)
    assert op.asked == []
