"""An agent of two providers signs in once; and acts that families sign for later."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.identity.models import Account, DatedRight, LoginTries, Passing, SignIn
from services.identity.store import store
from shared.contracts.errors import NotAllowed, NotEntitled, NotFound, NotSignedIn, Refusal
from shared.contracts.identity import desk_passing, sign_ins
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.dates.clock import now, today
from shared.person import OrderVerifier, digest_of_request
from tests.factories import identity as make
from tests.factories.identity import AGG, ENS, Person, Town

DAY = timedelta(days=1)


@pytest.fixture
def nadia(town: Town) -> Person:
    """Give an agent who works for the school and for sports."""
    person = make.agent("nadia.roux", ("ens", "school_desk"), ("agg", "coach"), name="Nadia Roux")
    town.opens(person)
    return person


def refused(act: Callable[[], Any], refusal: type[Refusal] = WrongCredentials) -> Refusal:
    with pytest.raises(refusal) as caught:
        act()
    return caught.value


# --- Going over ---


def test_an_agent_of_two_providers_signs_in_once(town: Town, nadia: Person) -> None:
    here = town.signs_in(nadia, ENS)

    there = town.enters(town.passes(here.token))

    assert (there.subject, there.kind, there.name) == (nadia.subject, "agent", "Nadia Roux")
    assert town.lets(there.token, AGG) == nadia.subject
    assert town.lets(here.token, ENS) == nadia.subject
    assert town.ask(sign_ins.renew_token, caller=AGG, session=there.session).token


def test_an_agent_is_told_the_desks_where_there_is_a_right_today(
    town: Town, nadia: Person, samir: Person
) -> None:
    def desks(person: Person) -> list[str]:
        token = town.signs_in(person, ENS).token
        return list(town.ask(desk_passing.my_desks, caller=ENS, token=token).desks)

    assert desks(nadia) == ["ens", "agg"]
    assert desks(samir) == ["ens"]


def test_a_code_is_used_once(town: Town, nadia: Person) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)
    town.enters(code)

    refused(lambda: town.enters(code))


@pytest.mark.both_databases
def test_of_two_who_use_a_code_at_once_one_comes_in(town: Town, nadia: Person) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)

    def enter() -> bool:
        try:
            return bool(town.enters(code).session)
        except WrongCredentials:
            return False

    with ThreadPoolExecutor(4) as several:
        came_in = [each.result() for each in [several.submit(enter) for _ in range(4)]]

    assert sum(came_in) == 1


def test_a_code_is_good_for_thirty_seconds(town: Town, nadia: Person) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)

    town.time_passes(seconds=31)

    refused(lambda: town.enters(code))


def test_a_code_opens_no_other_desk_than_the_one_it_was_made_for(town: Town, nadia: Person) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)

    refused(lambda: town.enters(code, at=ENS))
    assert town.enters(code).session


def test_no_family_and_no_portal_enters_by_a_code(town: Town, nadia: Person) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)

    refused(lambda: town.enters(code, at="portal"), NotAllowed)


def test_who_has_no_right_there_today_is_given_no_code(
    town: Town, nadia: Person, samir: Person
) -> None:
    token = town.signs_in(samir, ENS).token
    refused(lambda: town.passes(token), NotEntitled)

    tomorrow = town.signs_in(nadia, ENS).token
    _rights_from(nadia, "agg", today() + DAY)
    refused(lambda: town.passes(tomorrow), NotEntitled)


def test_a_right_withdrawn_meanwhile_lets_nobody_in(town: Town, nadia: Person) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)

    _rights_from(nadia, "agg", today() + DAY)

    refused(lambda: town.enters(code), NotEntitled)


def test_there_is_no_way_to_a_provider_that_is_not_there_or_to_oneself(
    town: Town, nadia: Person
) -> None:
    token = town.signs_in(nadia, ENS).token

    refused(lambda: town.passes(token, to="dsp"), NotFound)
    refused(lambda: town.passes(token, to="ens"), NotFound)


def test_tokens_that_are_cut_off_take_the_codes_with_them(town: Town, nadia: Person) -> None:
    here = town.signs_in(nadia, ENS)
    code = town.passes(here.token)

    town.ask(sign_ins.sign_out, caller=ENS, session=here.session)

    refused(lambda: town.enters(code))


def test_to_and_fro_nobody_stays_signed_in_for_longer(town: Town, nadia: Person) -> None:
    """Twelve hours count from password and second factor, not from the last passage."""
    first = town.signs_in(nadia, ENS)
    there = town.enters(town.passes(first.token))
    for _ in range(12):
        town.time_passes(minutes=50)
        token = town.ask(sign_ins.renew_token, caller=AGG, session=there.session).token
    back = town.enters(town.passes(token, at=AGG, to="ens"), at=ENS)

    town.time_passes(hours=1, minutes=59)
    _used_now()
    assert town.ask(sign_ins.renew_token, caller=ENS, session=back.session).token
    town.time_passes(minutes=2)
    _used_now()
    refused(lambda: town.ask(sign_ins.renew_token, caller=ENS, session=back.session), NotSignedIn)


def test_who_has_no_open_session_on_this_side_is_given_no_code(town: Town, nadia: Person) -> None:
    here = town.signs_in(nadia, ENS)
    with store.write() as write:
        for session in write.scalars(select(SignIn)):
            session.ended_at = now()

    refused(lambda: town.passes(here.token), NotSignedIn)


def test_an_account_that_was_closed_does_not_enter(town: Town, nadia: Person) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)
    with store.write() as write:
        write.get_one(Account, nadia.subject).active = False

    refused(lambda: town.enters(code))


def test_however_many_codes_are_guessed_an_agent_s_own_is_taken(town: Town, nadia: Person) -> None:
    """A code has 256 bits and lasts 30 seconds: guesses are not counted, and leave nothing."""
    for number in range(125):
        refused(lambda number=number: town.enters(f"guess-{number}"))  # type: ignore[misc]

    assert town.enters(town.passes(town.signs_in(nadia, ENS).token)).session
    with store.read() as read:
        assert read.scalars(select(LoginTries)).all() == []


def test_what_could_be_used_to_enter_is_not_stored(town: Town, nadia: Person) -> None:
    code = town.passes(town.signs_in(nadia, ENS).token)

    with store.read() as read:
        (row,) = read.scalars(select(Passing))

    assert code not in str(row.__dict__)
    assert town.published() == []


def test_codes_that_are_over_are_forgotten(town: Town, nadia: Person) -> None:
    town.passes(town.signs_in(nadia, ENS).token)

    town.time_passes(minutes=1)
    town.service.forget()

    with store.read() as read:
        assert read.scalars(select(Passing)).all() == []


# --- Acts for later ---


def test_a_family_signs_what_it_orders_of_a_provider_that_is_down(town: Town) -> None:
    camille = make.family()
    town.opens(camille)
    token = town.signs_in(camille).token
    digest = digest_of_request(ENS, "change_bookings", "act-1", {"cancel": ["monday"]})

    signed = town.ask(sign_ins.sign_act, token=token, digest=digest).signed

    verifier = OrderVerifier(town.service.settings.token_verify_key)
    person, at = verifier.person(signed, digest)
    assert (person.subject, person.azp, person.kind) == (camille.subject, "portal", "family")
    assert abs((now() - at).total_seconds()) < 60
    with pytest.raises(NotSignedIn):
        town.lets(signed)


def test_an_agent_signs_no_act(town: Town, nadia: Person) -> None:
    token = town.signs_in(nadia, ENS).token

    with pytest.raises(PermissionError):
        town.ask(sign_ins.sign_act, caller=ENS, token=token, digest="0" * 64)


def _rights_from(person: Person, provider: str, day: Any) -> None:
    with store.write() as write:
        of = select(DatedRight).where(DatedRight.subject == person.subject)
        for right in write.scalars(of.where(DatedRight.provider == provider)):
            right.valid_from = day


def _used_now() -> None:
    """Let every session have been used a moment ago, so that only its age counts."""
    with store.write() as write:
        for session in write.scalars(select(SignIn)):
            session.last_used_at = now()
