"""A family changes its password and signs its other devices out; nobody does it for them."""

from typing import Any

import pytest

from shared.contracts.errors import NotSignedIn
from shared.contracts.identity import sign_ins
from shared.contracts.identity.accounts import WeakPassword
from shared.contracts.identity.own_account import password_and_sessions as own_access
from shared.contracts.identity.sign_ins import TooManyTries, WrongCredentials
from shared.dates.clock import now
from tests.factories import identity as make
from tests.factories.credentials import addressed_emails
from tests.factories.identity import AGG, ENS, PASSWORD, WRONG, Person, Town
from tests.factories.refusals import refused
from tests.factories.signing_in.second_factors import next_code

OTHER = "quatre petits chats gris"


def changes(town: Town, token: str, former: str = PASSWORD, password: str = OTHER) -> Any:
    return town.ask(own_access.change_password, token=token, former=former, password=password)


def sessions_of(town: Town, signed_in: Any) -> list[bool]:
    """Return the open sessions as that one sees them: True for the current one."""
    answer = town.ask(own_access.my_access, token=signed_in.token, session=signed_in.session)
    return [session["current"] for session in answer.sessions]


def test_the_new_password_signs_in_the_former_one_no_more_and_an_email_says_so(
    town: Town, camille: Person
) -> None:
    signed_in = town.signs_in(camille)

    begun = changes(town, signed_in.token)

    assert town.lets(begun.token) == camille.subject
    refused(lambda: town.signs_in(camille), WrongCredentials)
    assert town.signs_in(camille, password=OTHER).subject == camille.subject
    assert addressed_emails() == [("password_changed", camille.login)]


def test_a_change_ends_every_other_session_and_known_device_at_once(
    town: Town, camille: Person
) -> None:
    telephone, computer = town.signs_in(camille), town.signs_in(camille)

    begun = changes(town, telephone.token)

    for former in (telephone, computer):
        refused(lambda session=former: town.lets(session.token), NotSignedIn)
        assert isinstance(town.renews(former.session), NotSignedIn)
    assert sessions_of(town, begun) == [True]
    again = town.signs_in(camille, password=OTHER, devices=[telephone.device])
    assert again.device, "the device of before is known no more"


def test_subscribers_are_sent_since_when_an_account_began_anew_and_no_sign_out_is_that(
    town: Town, camille: Person
) -> None:
    town.ask(sign_ins.sign_out, session=town.signs_in(camille).session)
    before = now()
    town.published()

    begun = changes(town, town.signs_in(camille).token)

    since = {to: event.anew_from for to, event in town.published()}
    assert all(each is not None and each >= before for each in since.values())
    assert "portal" in since
    for session in (begun.session, town.signs_in(camille, password=OTHER).session):
        town.ask(sign_ins.sign_out, session=session)
    assert {to: event.anew_from for to, event in town.published()} == since


def test_a_wrong_former_password_changes_nothing_and_is_counted_as_a_try(
    town: Town, camille: Person
) -> None:
    signed_in = town.signs_in(camille)

    for _ in range(3):
        refused(lambda: changes(town, signed_in.token, former=WRONG), WrongCredentials)
    refused(lambda: changes(town, signed_in.token, former=WRONG), TooManyTries)

    assert town.lets(signed_in.token) == camille.subject
    town.time_passes(hours=1)
    assert town.signs_in(camille).subject == camille.subject
    assert addressed_emails() == []


@pytest.mark.parametrize("weak", ["trop court", "doudou12345678", "camille@exemple.fr"])
def test_a_password_that_is_soon_guessed_is_not_taken(
    town: Town, camille: Person, weak: str
) -> None:
    signed_in = town.signs_in(camille)

    refused(lambda: changes(town, signed_in.token, password=weak), WeakPassword)

    assert town.signs_in(camille).subject == camille.subject


def test_other_devices_are_signed_out_and_this_one_stays_for_no_longer_than_before(
    town: Town, camille: Person
) -> None:
    town.signs_in(camille)
    town.time_passes(minutes=20)
    telephone = town.signs_in(camille)
    assert sessions_of(town, telephone) == [True, False]
    town.time_passes(minutes=4)
    computer = town.signs_in(camille)
    token = town.renews(telephone.session).token

    begun = town.ask(own_access.end_other_sessions, token=token, session=telephone.session)

    assert sessions_of(town, begun) == [True]
    assert isinstance(town.renews(computer.session), NotSignedIn)
    assert town.lets(begun.token) == camille.subject
    assert town.signs_in(camille).subject == camille.subject, "the password is the same"
    answer = town.ask(own_access.my_access, token=begun.token, session=begun.session)
    ours = next(session for session in answer.sessions if session["current"])
    assert (ours["used_at"] - ours["opened_at"]).total_seconds() >= 4 * 60


def test_an_agent_changes_the_password_at_one_desk_and_is_signed_out_of_the_others(
    town: Town,
) -> None:
    karim = make.agent("karim.haddad", ("ens", "lead"), ("agg", "coach"))
    town.opens(karim)
    school, sports = town.signs_in(karim, ENS), town.signs_in(karim, AGG, code=next_code(karim))
    asked = {"former": PASSWORD, "password": OTHER}

    refused(
        lambda: town.ask(
            own_access.change_password,
            caller=ENS,
            token=school.token,
            **asked | {"password": "sept chats 1"},
        ),
        WeakPassword,
    )
    begun = town.ask(own_access.change_password, caller=ENS, token=school.token, **asked)

    assert town.lets(begun.token, ENS) == karim.subject
    assert isinstance(town.renews(sports.session, AGG), NotSignedIn)
    karim.password = OTHER
    town.time_passes(minutes=1)
    assert town.signs_in(karim, AGG).subject == karim.subject
    assert addressed_emails() == [], "an agent has no address here"
