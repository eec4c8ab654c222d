"""Lifetime of sessions, and their ends."""

import pytest

from shared.contracts.errors import NotSignedIn
from shared.contracts.identity import sign_ins
from shared.dates.clock import today
from tests.factories.identity import DAY, ENS, Person, Town
from tests.factories.refusals import refused


def test_a_session_renews_its_token_for_the_principal_that_opened_it_alone(
    town: Town, camille: Person
) -> None:
    session = town.signs_in(camille).session

    renewed = town.ask(sign_ins.renew_token, session=session)

    assert town.lets(renewed.token) == camille.subject
    refused(lambda: town.ask(sign_ins.renew_token, caller=ENS, session=session), NotSignedIn)
    refused(lambda: town.ask(sign_ins.renew_token, session="x" * 43), NotSignedIn)


@pytest.mark.parametrize(("who", "at", "idle"), [("camille", "portal", 30), ("samir", ENS, 60)])
def test_a_session_lives_as_long_as_it_is_used(
    town: Town, request: pytest.FixtureRequest, who: str, at: str, idle: int
) -> None:
    session = town.signs_in(request.getfixturevalue(who), at).session
    for _ in range(3):
        town.time_passes(minutes=idle - 1)
        assert isinstance(town.renews(session, at), sign_ins.IssuedToken)

    town.time_passes(minutes=idle)

    assert isinstance(town.renews(session, at), NotSignedIn)


def test_a_session_ends_after_twelve_hours_though_it_is_used(town: Town, camille: Person) -> None:
    session = town.signs_in(camille).session
    for _ in range(28):
        town.time_passes(minutes=25)
        assert isinstance(town.renews(session), sign_ins.IssuedToken)

    town.time_passes(minutes=25)

    assert isinstance(town.renews(session), NotSignedIn)


def test_after_the_last_sign_out_no_token_is_left_and_one_may_sign_in_at_once(
    town: Town, camille: Person
) -> None:
    phone, computer = town.signs_in(camille), town.signs_in(camille)

    town.ask(sign_ins.sign_out, session=phone.session)
    assert isinstance(town.renews(phone.session), NotSignedIn)
    assert town.lets(computer.token) == camille.subject

    town.ask(sign_ins.sign_out, session=computer.session)
    refused(lambda: town.lets(computer.token), NotSignedIn)
    refused(lambda: town.lets(phone.token), NotSignedIn)
    assert town.lets(town.signs_in(camille).token) == camille.subject


def test_signing_out_twice_or_from_elsewhere_changes_nothing(town: Town, camille: Person) -> None:
    signed_in = town.signs_in(camille)

    town.ask(sign_ins.sign_out, caller=ENS, session=signed_in.session)
    assert town.lets(signed_in.token) == camille.subject

    town.ask(sign_ins.sign_out, session=signed_in.session)
    town.published()
    town.ask(sign_ins.sign_out, session=signed_in.session)
    assert town.published() == []


def test_a_right_that_ended_at_midnight_ends_the_session_too(town: Town, samir: Person) -> None:
    session = town.signs_in(samir, ENS).session
    town.dates(samir.subject, valid_from=today() - DAY, valid_to=today() - DAY)

    assert isinstance(town.renews(session, ENS), NotSignedIn)


def test_who_signed_out_while_a_clock_was_a_day_ahead_signs_in_once_it_is_set_back(
    town: Town, camille: Person
) -> None:
    signed_in = town.signs_in(camille)
    town.ask(sign_ins.sign_out, session=signed_in.session)

    town.time_passes(days=-1)

    again = town.signs_in(camille)
    assert town.lets(again.token) == camille.subject
    assert isinstance(town.renews(again.session), sign_ins.IssuedToken)


def test_a_session_of_a_clock_that_was_ahead_is_over_once_it_is_set_back(
    town: Town, camille: Person
) -> None:
    """It would be good for a day more than any other, and its tokens are of tomorrow."""
    session = town.signs_in(camille).session

    town.time_passes(days=-1)

    assert isinstance(town.renews(session), NotSignedIn)
