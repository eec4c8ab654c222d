"""A family signs in by a passkey; whatever its telephone did not just sign for us opens nothing."""

from dataclasses import replace
from typing import Any

import pytest

from services.identity.models import Account
from services.identity.store import store
from shared.contracts.errors import NotFound
from shared.contracts.identity.own_account import password_and_sessions as own_access
from shared.contracts.identity.own_account import second_factors
from shared.contracts.identity.own_account.second_factors import TooManyPasskeys
from shared.contracts.identity.sign_ins import SecondFactorNeeded, WrongCredentials
from tests.factories import identity as make
from tests.factories.credentials import addressed_emails
from tests.factories.identity import PASSWORD, Person, Town
from tests.factories.passkeys import Authenticator
from tests.factories.refusals import refused
from tests.factories.signing_in.second_factors import (
    adds,
    chooses_by_email,
    enters,
    factors,
    proves,
)


@pytest.fixture
def signed_in(town: Town, camille: Person) -> Any:
    return town.signs_in(camille)


@pytest.fixture
def telephone(town: Town, signed_in: Any) -> Authenticator:
    """Give a telephone whose passkey is Camille's."""
    telephone = Authenticator()
    adds(town, signed_in, telephone)
    return telephone


def test_a_passkey_signs_in_alone_and_says_when_it_was_used(
    town: Town, camille: Person, signed_in: Any
) -> None:
    telephone = Authenticator()

    codes = adds(town, signed_in, telephone, "Téléphone de Camille")
    entered = enters(town, telephone)

    assert town.lets(entered.token) == camille.subject
    assert entered.proven
    assert entered.device, "this browser is known from now on"
    [passkey] = factors(town, entered).passkeys
    assert passkey["name"] == "Téléphone de Camille"
    assert passkey["used_at"] >= passkey["added_at"]
    assert len(set(codes)) == 10
    assert addressed_emails() == [("passkey_added", camille.login)]


def test_with_a_passkey_the_password_alone_opens_nothing(
    town: Town, camille: Person, telephone: Authenticator
) -> None:
    needed = refused(lambda: town.signs_in(camille), SecondFactorNeeded)

    assert needed.detail["ways"] == ["passkey", "recovery"]


def test_an_answer_is_good_once(town: Town, telephone: Authenticator) -> None:
    asked = town.ask(second_factors.ask_for_passkey)
    sent = {"challenge": asked.challenge, "passkey": telephone.signs(asked.options)}
    town.ask(second_factors.sign_in_by_passkey, **sent)

    refused(lambda: town.ask(second_factors.sign_in_by_passkey, **sent), WrongCredentials)

    other = town.ask(second_factors.ask_for_passkey)
    replayed = sent | {"challenge": other.challenge}
    refused(lambda: town.ask(second_factors.sign_in_by_passkey, **replayed), WrongCredentials)


def test_a_challenge_is_used_up_by_a_wrong_answer_and_lasts_for_minutes(
    town: Town, telephone: Authenticator
) -> None:
    asked = town.ask(second_factors.ask_for_passkey)
    right = telephone.signs(asked.options)
    sent = {"challenge": asked.challenge, "passkey": right}
    wrong = sent | {"passkey": right.replace('"signature": "', '"signature": "AAAA')}
    refused(lambda: town.ask(second_factors.sign_in_by_passkey, **wrong), WrongCredentials)
    refused(lambda: town.ask(second_factors.sign_in_by_passkey, **sent), WrongCredentials)

    late = town.ask(second_factors.ask_for_passkey)
    sent = {"challenge": late.challenge, "passkey": telephone.signs(late.options)}
    town.time_passes(minutes=6)
    refused(lambda: town.ask(second_factors.sign_in_by_passkey, **sent), WrongCredentials)

    assert enters(town, telephone).token


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://familles.ville.example.evil.example"},
        {"origin": "http://familles.ville.example"},
        {"host": "ville.example"},
        {"verifies": False},
        {"sign_count": 0},
        {"credential": b"another credential of nobody"},
        {"key": Authenticator().key},
        {"handle": "bm9ib2R5"},
    ],
    ids=["origin", "http", "host", "unverified", "counter", "credential", "key", "handle"],
)
def test_what_her_telephone_did_not_sign_here_and_now_opens_nothing(
    town: Town, telephone: Authenticator, change: dict[str, Any]
) -> None:
    for _ in range(2):
        enters(town, telephone)

    refused(lambda: enters(town, replace(telephone, **change)), WrongCredentials)

    assert enters(town, telephone).token


@pytest.mark.parametrize("rubbish", ["{}", "[]", "null", "not json", '{"id": 1}', '"text"'])
def test_rubbish_is_refused_as_a_wrong_passkey_is(
    town: Town, signed_in: Any, telephone: Authenticator, rubbish: str
) -> None:
    own = {"token": signed_in.token, "session": signed_in.session}
    adding = town.ask(second_factors.begin_passkey, **own).challenge

    refused(lambda: enters(town, telephone, lambda _: rubbish), WrongCredentials)
    refused(
        lambda: town.ask(
            second_factors.add_passkey, **own, challenge=adding, passkey=rubbish, name="Clé"
        ),
        WrongCredentials,
    )


def test_a_passkey_is_added_by_whom_and_where_it_was_asked_for(
    town: Town, camille: Person, signed_in: Any
) -> None:
    louis = make.family("louis@exemple.fr")
    town.opens(louis)
    his, elsewhere = town.signs_in(louis), town.signs_in(camille)

    for thief in (his, elsewhere):
        own = {"token": signed_in.token, "session": signed_in.session}
        asked = town.ask(second_factors.begin_passkey, **own)
        sent = {"challenge": asked.challenge, "passkey": Authenticator().makes(asked.options)}
        where = {"token": thief.token, "session": thief.session, "name": "Clé"}
        refused(
            lambda sent=sent | where: town.ask(second_factors.add_passkey, **sent),
            WrongCredentials,
        )

    assert factors(town, signed_in).passkeys == []


@pytest.mark.parametrize(
    "change",
    [{"origin": "https://evil.example"}, {"verifies": False}],
    ids=["origin", "unverified"],
)
def test_a_passkey_made_elsewhere_or_by_nobody_in_particular_is_not_added(
    town: Town, signed_in: Any, change: dict[str, Any]
) -> None:
    refused(lambda: adds(town, signed_in, Authenticator(**change)), WrongCredentials)

    assert factors(town, signed_in).passkeys == []


def test_nobody_adds_a_passkey_that_another_account_has(
    town: Town, signed_in: Any, telephone: Authenticator
) -> None:
    louis = make.family("louis@exemple.fr")
    town.opens(louis)

    refused(lambda: adds(town, town.signs_in(louis), replace(telephone)), WrongCredentials)

    assert enters(town, telephone).name == "Camille Ferrand"


def test_a_passkey_that_answers_for_signing_in_does_not_prove_and_the_other_way_round(
    town: Town, signed_in: Any, telephone: Authenticator
) -> None:
    own = {"token": signed_in.token, "session": signed_in.session}
    for_door = town.ask(second_factors.ask_for_passkey)
    for_proof = town.ask(second_factors.ask_again_for_passkey, **own)

    at_door = {"challenge": for_proof.challenge, "passkey": telephone.signs(for_proof.options)}
    inside = {"challenge": for_door.challenge, "passkey": telephone.signs(for_door.options)}
    refused(lambda: town.ask(second_factors.sign_in_by_passkey, **at_door), WrongCredentials)
    refused(lambda: proves(town, signed_in, **inside), WrongCredentials)


def test_she_proves_herself_by_her_own_passkey_in_her_own_session(
    town: Town, camille: Person, signed_in: Any, telephone: Authenticator
) -> None:
    louis = make.family("louis@exemple.fr")
    town.opens(louis)
    his, his_telephone = town.signs_in(louis), Authenticator()
    adds(town, his, his_telephone)
    elsewhere = enters(town, telephone)

    def proof(asking: Any, by: Authenticator) -> dict[str, str]:
        asked = town.ask(
            second_factors.ask_again_for_passkey, token=asking.token, session=asking.session
        )
        return {"challenge": asked.challenge, "passkey": by.signs(asked.options)}

    proves(town, signed_in, **proof(signed_in, telephone))
    refused(lambda: proves(town, signed_in, **proof(signed_in, his_telephone)), WrongCredentials)
    refused(lambda: proves(town, signed_in, **proof(elsewhere, telephone)), WrongCredentials)
    refused(lambda: proves(town, his, **proof(signed_in, telephone)), WrongCredentials)
    refused(lambda: proves(town, signed_in, password=camille.password), SecondFactorNeeded)


def test_ten_passkeys_are_enough_and_others_passkeys_are_not_hers_to_remove(
    town: Town, signed_in: Any
) -> None:
    louis = make.family("louis@exemple.fr")
    town.opens(louis)
    his = town.signs_in(louis)
    adds(town, his, Authenticator())
    for _ in range(10):
        adds(town, signed_in, Authenticator())

    refused(lambda: adds(town, signed_in, Authenticator()), TooManyPasskeys)
    [passkey] = factors(town, his).passkeys
    refused(lambda: removes(town, signed_in, passkey["id"]), NotFound)

    assert len(factors(town, his).passkeys) == 1


def removes(town: Town, signed_in: Any, passkey_id: str) -> None:
    town.ask(second_factors.remove_passkey, token=signed_in.token, id=passkey_id)


def test_a_removed_passkey_opens_nothing_and_without_any_the_password_does(
    town: Town, camille: Person, signed_in: Any, telephone: Authenticator
) -> None:
    [passkey] = factors(town, signed_in).passkeys

    removes(town, signed_in, passkey["id"])

    refused(lambda: enters(town, telephone), WrongCredentials)
    assert town.signs_in(camille).subject == camille.subject
    left = factors(town, signed_in)
    assert (left.passkeys, left.recovery_codes) == ([], 0)
    assert [each["what"] for each in left.changes] == ["passkey_removed", "passkey_added"]
    assert ("passkey_removed", camille.login) in addressed_emails()


def test_an_account_that_was_closed_is_not_opened_by_its_passkey(
    town: Town, camille: Person, telephone: Authenticator
) -> None:
    with store.write() as write:
        write.get_one(Account, camille.subject).active = False

    refused(lambda: enters(town, telephone), WrongCredentials)


def test_a_password_chosen_by_email_takes_no_passkey_away(
    town: Town, camille: Person, telephone: Authenticator
) -> None:
    chooses_by_email(camille)

    refused(lambda: town.signs_in(camille), SecondFactorNeeded)
    assert enters(town, telephone).subject == camille.subject


def test_a_new_password_leaves_the_person_to_prove_itself_by_its_factor(
    town: Town, signed_in: Any, telephone: Authenticator
) -> None:
    begun = town.ask(
        own_access.change_password,
        token=signed_in.token,
        former=PASSWORD,
        password="quatre petits chats gris",
    )

    assert not begun.proven
