"""A family's one-time codes, its recovery codes, and the way back where both are lost."""

from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from services.identity.models import AccessChange, Email, sealed_place_of_email
from services.identity.store import store
from shared.contracts.errors import NotFound, NotSignedIn
from shared.contracts.identity.own_account import second_factors
from shared.contracts.identity.sign_ins import SecondFactorNeeded, TooManyTries, WrongCredentials
from shared.runtime.ids import new_id
from tests.factories import identity as make
from tests.factories.credentials import DESK, addressed_emails
from tests.factories.identity import Person, Town
from tests.factories.passkeys import Authenticator
from tests.factories.refusals import refused
from tests.factories.signing_in.second_factors import (
    adds,
    chooses_by_email,
    confirms,
    enrols,
    enters,
    factors,
    offered,
    proves,
    resets,
)


@pytest.fixture
def signed_in(town: Town, camille: Person) -> Any:
    return town.signs_in(camille)


@pytest.fixture
def recovery(town: Town, camille: Person, signed_in: Any) -> list[str]:
    """Let Camille be asked for a code of her telephone; give her recovery codes."""
    return enrols(town, camille, signed_in)


def opens_without(town: Town, person: Person, **browser: Any) -> Any:
    return town.signs_in(person, code="", **browser)


def test_codes_are_asked_for_once_one_was_confirmed_and_not_before(
    town: Town, camille: Person, signed_in: Any
) -> None:
    secret = offered(town, signed_in)
    assert offered(town, signed_in) == secret, "the page may be loaded again"
    refused(lambda: confirms(town, signed_in, "000000"), WrongCredentials)
    assert opens_without(town, camille).proven

    codes = confirms(town, signed_in, pyotp.TOTP(secret).now())

    assert len(set(codes)) == 10
    needed = refused(lambda: opens_without(town, camille), SecondFactorNeeded)
    assert needed.detail["ways"] == ["code", "recovery"]
    assert factors(town, signed_in).codes_since is not None
    assert addressed_emails() == [("codes_on", camille.login)]


def test_an_offer_is_of_its_session_and_ends_within_a_quarter_of_an_hour(
    town: Town, camille: Person, signed_in: Any
) -> None:
    other = town.signs_in(camille)
    secret = offered(town, signed_in)

    assert offered(town, other) != secret
    refused(lambda: confirms(town, other, pyotp.TOTP(secret).now()), WrongCredentials)
    town.time_passes(minutes=16)
    own = town.signs_in(camille)
    assert offered(town, own) != secret


def test_a_code_opens_once(town: Town, camille: Person, recovery: list[str]) -> None:
    code = camille.code()

    assert town.signs_in(camille, code=code).proven

    refused(lambda: town.signs_in(camille, code=code), WrongCredentials)


def test_codes_are_guessed_no_faster_than_passwords(
    town: Town, camille: Person, signed_in: Any, recovery: list[str]
) -> None:
    for _ in range(3):
        refused(lambda: town.signs_in(camille, code="000000"), WrongCredentials)
    refused(lambda: town.signs_in(camille, code="000000"), TooManyTries)
    town.time_passes(hours=2)
    again = town.signs_in(camille)

    for _ in range(3):
        refused(lambda: proves(town, again, code="000000"), WrongCredentials)
    refused(lambda: proves(town, again, code=camille.code()), TooManyTries)


def test_a_recovery_code_opens_once_however_it_is_typed_and_an_email_says_so(
    town: Town, camille: Person, recovery: list[str]
) -> None:
    typed = recovery[0].upper().replace("-", " ")

    entered = town.signs_in(camille, code=typed)

    assert factors(town, entered).recovery_codes == 9
    assert ("recovery_used", camille.login) in addressed_emails()
    refused(lambda: town.signs_in(camille, code=recovery[0]), WrongCredentials)
    assert town.signs_in(camille, code=recovery[1]).token


def test_one_persons_recovery_codes_open_no_other_account(
    town: Town, camille: Person, recovery: list[str]
) -> None:
    louis = make.family("louis@exemple.fr")
    town.opens(louis)
    enrols(town, louis, town.signs_in(louis))

    refused(lambda: town.signs_in(louis, code=recovery[0]), WrongCredentials)

    assert town.signs_in(camille, code=recovery[0]).token


def test_a_password_chosen_by_email_takes_no_codes_away(
    town: Town, camille: Person, recovery: list[str]
) -> None:
    chooses_by_email(camille)

    refused(lambda: opens_without(town, camille), SecondFactorNeeded)
    assert town.signs_in(camille).subject == camille.subject


def test_new_recovery_codes_void_the_former(
    town: Town, camille: Person, signed_in: Any, recovery: list[str]
) -> None:
    fresh = town.ask(second_factors.renew_recovery_codes, token=signed_in.token).codes

    refused(lambda: town.signs_in(camille, code=recovery[0]), WrongCredentials)
    assert town.signs_in(camille, code=fresh[0]).token
    assert ("recovery_made", camille.login) in addressed_emails()


def test_who_has_enrolled_nothing_gets_no_recovery_codes(town: Town, signed_in: Any) -> None:
    assert town.ask(second_factors.renew_recovery_codes, token=signed_in.token).codes == []
    assert addressed_emails() == []


def test_a_device_is_trusted_for_a_month_where_she_says_so_and_proves_nothing_by_itself(
    town: Town, camille: Person, recovery: list[str]
) -> None:
    device = town.signs_in(camille, remember=True).device
    assert not opens_without(town, camille, devices=[device]).proven
    refused(lambda: opens_without(town, camille), SecondFactorNeeded)

    town.time_passes(days=31)

    refused(lambda: opens_without(town, camille, devices=[device]), SecondFactorNeeded)


def test_a_device_is_not_trusted_because_it_is_known(
    town: Town, camille: Person, signed_in: Any, recovery: list[str]
) -> None:
    devices = [signed_in.device]
    refused(lambda: opens_without(town, camille, devices=devices), SecondFactorNeeded)

    town.signs_in(camille, devices=devices)

    refused(lambda: opens_without(town, camille, devices=devices), SecondFactorNeeded)


def test_trust_goes_with_the_factor_that_it_stood_for(
    town: Town, camille: Person, recovery: list[str]
) -> None:
    trusted = town.signs_in(camille, remember=True)
    town.ask(second_factors.remove_codes, token=trusted.token)
    plain = opens_without(town, camille, devices=[trusted.device])
    assert plain.proven, "nothing is enrolled any more"
    adds(town, plain, Authenticator())

    refused(lambda: opens_without(town, camille, devices=[trusted.device]), SecondFactorNeeded)
    assert ("codes_off", camille.login) in addressed_emails()


def test_she_proves_herself_by_a_code_and_no_more_by_her_password(
    town: Town, camille: Person, signed_in: Any
) -> None:
    refused(lambda: proves(town, signed_in, password=make.WRONG), WrongCredentials)
    proves(town, signed_in, password=camille.password)
    recovery = enrols(town, camille, signed_in)

    refused(lambda: proves(town, signed_in, password=camille.password), SecondFactorNeeded)
    refused(lambda: proves(town, signed_in, code="000000"), WrongCredentials)
    proves(town, signed_in, code=camille.code())
    proves(town, signed_in, code=recovery[0])


def test_a_passkey_beside_codes_brings_no_second_sheet_and_leaves_with_none(
    town: Town, signed_in: Any, recovery: list[str]
) -> None:
    telephone = Authenticator()

    assert adds(town, signed_in, telephone) == []

    town.ask(second_factors.remove_codes, token=signed_in.token)
    assert factors(town, enters(town, telephone)).recovery_codes == 10


@pytest.fixture
def at_desk(town: Town) -> str:
    """Give the token of an agent who hands out letters of access."""
    omar = make.agent("omar.delcourt", (DESK, "counter"), name="Omar Delcourt")
    town.opens(omar)
    return str(town.signs_in(omar, DESK).token)


def test_who_lost_everything_is_reset_at_the_counter_and_learns_when_and_where(
    town: Town, camille: Person, signed_in: Any, recovery: list[str], at_desk: str
) -> None:
    telephone = Authenticator()
    adds(town, signed_in, telephone)
    device = town.signs_in(camille, remember=True).device

    done = resets(town, at_desk, camille.subject)

    assert (done.reset, done.notified) == (True, True)
    refused(lambda: town.lets(signed_in.token), NotSignedIn)
    refused(lambda: enters(town, telephone), WrongCredentials)
    again = opens_without(town, camille, devices=[device])
    assert again.device, "the lost telephone is known no more"
    assert factors(town, again).changes[0]["what"] == "factors_reset"
    with store.read() as read:
        row = read.scalars(select(AccessChange).where(AccessChange.place == "counter")).one()
        assert (row.paper, row.by is None) == ("passport", False)
        letter = read.scalars(select(Email).where(Email.template == "factors_reset")).one()
        told = store.unseal(sealed_place_of_email(letter.id), letter.content)
    assert told["to"] == camille.login
    assert told["values"]["where"] == "au guichet, par un agent"


def test_the_counter_resets_nothing_where_nothing_is_and_nobody_who_is_no_family(
    town: Town, camille: Person, signed_in: Any, at_desk: str
) -> None:
    samir = make.agent("samir.benali", ("ens", "kitchen"))
    town.opens(samir)

    assert not resets(town, at_desk, camille.subject).reset
    assert town.lets(signed_in.token) == camille.subject
    for nobody in (samir.subject, new_id()):
        refused(lambda nobody=nobody: resets(town, at_desk, nobody), NotFound)
    assert addressed_emails() == []


def test_an_agent_who_hands_out_no_access_resets_no_factor(town: Town, camille: Person) -> None:
    omar = make.agent("omar.delcourt", (DESK, "administrator"), name="Omar Delcourt")
    town.opens(omar)
    token = town.signs_in(omar, DESK).token

    with pytest.raises(PermissionError):
        resets(town, token, camille.subject)
    refused(lambda: resets(town, town.signs_in(camille).token, camille.subject), NotSignedIn)
