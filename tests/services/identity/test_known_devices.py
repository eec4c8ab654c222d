"""A device that an account has used, and strangers who try passwords meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import func, select, update

from services.identity.accounts.rules import hashing_turns, sign_in_delays
from services.identity.models import KnownDevice, LoginTries
from services.identity.sessions.commands import known_devices, sign_in_tries
from services.identity.store import store
from shared.contracts.identity.sign_ins import MOST_DEVICES, TooManyTries, WrongCredentials
from shared.dates.clock import now
from tests.factories import identity as make
from tests.factories.identity import AGG, ENS, WRONG, Person, Town
from tests.factories.refusals import outcome, refused
from tests.factories.signing_in.tries import slowed_at, stopped_at
from tests.kit.town import until

HOME, ELSEWHERE = "aa" * 32, "bb" * 32


def address(number: int) -> str:
    return f"{number:064x}"


def strangers_try(town: Town, person: Person, count: int, at: str = "portal") -> list[Any]:
    """Let strangers try wrong passwords at a login, each time from another address."""
    knocks = (
        lambda number=number: town.signs_in(
            person, at, password=WRONG, address=address(number), code=""
        )
        for number in range(count)
    )
    return [type(outcome(knock)) for knock in knocks]


def known(read: Any) -> int:
    return read.scalar(select(func.count()).select_from(KnownDevice)) or 0


# --- What strangers do costs a known device nothing ---


def test_no_try_of_strangers_at_her_login_keeps_a_mother_out_of_her_own_device(
    town: Town, camille: Person
) -> None:
    device = town.signs_in(camille, address=HOME).device
    refusals = strangers_try(town, camille, 130)
    assert refusals.count(WrongCredentials) >= sign_in_delays.AT_LOGIN.slows

    for where in (HOME, ELSEWHERE, address(3)):
        assert town.signs_in(camille, address=where, devices=[device]).subject == camille.subject


def test_nor_do_all_the_tries_that_her_login_takes(town: Town, camille: Person) -> None:
    device = town.signs_in(camille, address=HOME).device
    stopped_at("portal|family", camille.login)

    refused(lambda: town.signs_in(camille, address=HOME), TooManyTries)

    assert town.signs_in(camille, address=HOME, devices=[device]).subject == camille.subject


def test_nine_strangers_keep_nobody_out_of_a_new_device(town: Town, camille: Person) -> None:
    assert strangers_try(town, camille, 9) == [WrongCredentials] * 9

    assert town.signs_in(camille, address=HOME).subject == camille.subject


def test_many_strangers_at_her_login_cost_a_new_device_five_seconds(
    town: Town, camille: Person
) -> None:
    strangers_try(town, camille, 40)

    asked = refused(lambda: town.signs_in(camille, address=HOME), TooManyTries)
    assert asked.detail == {"wait_seconds": 5, "others": True}

    town.time_passes(seconds=5)
    assert town.signs_in(camille, address=HOME).subject == camille.subject


def test_a_neighbour_who_tries_many_logins_slows_a_new_device_at_the_same_address_alone(
    town: Town, camille: Person
) -> None:
    for number in range(sign_in_delays.AT_ADDRESS.slows):
        stranger = make.family(f"personne{number}@exemple.fr")
        refused(lambda stranger=stranger: town.signs_in(stranger, address=HOME), WrongCredentials)  # type: ignore[misc]

    asked = refused(lambda: town.signs_in(camille, address=HOME), TooManyTries)
    assert asked.detail == {"wait_seconds": 5, "others": True}
    town.signs_in(camille, address=ELSEWHERE)


@pytest.mark.both_databases
def test_of_a_hundred_knocks_at_once_none_is_let_in_before_its_time(
    town: Town, camille: Person
) -> None:
    slowed_at("portal|family", camille.login)

    with ThreadPoolExecutor(8) as pool:
        knocks = [
            pool.submit(outcome, lambda: town.signs_in(camille, address=HOME)) for _ in range(24)
        ]
        refusals = {type(each.result()) for each in knocks}

    assert refusals == {TooManyTries}


@contextmanager
def hashing_for(azp: str, waiting: int = 0, mistakes: int = 0) -> Iterator[list[str]]:
    """Let one stranger's password be hashed all the while, and others wait; give what they got."""
    over, outcomes, queue = Event(), [], hashing_turns.strangers

    def wait(behind: int) -> None:
        try:
            with queue.wait_for_turn(azp, behind, now()):
                outcomes.append("served")
                over.wait()
        except hashing_turns.Taken:
            outcomes.append("refused")

    with ThreadPoolExecutor(1 + waiting) as pool:
        pool.submit(wait, 0)
        until(lambda: queue.count_served_and_waiting == 1)
        for number in range(waiting):
            pool.submit(wait, mistakes)
            until(lambda number=number: queue.count_served_and_waiting == number + 2)  # type: ignore[misc]
        try:
            yield outcomes
        finally:
            over.set()
    assert queue.count_served_and_waiting == 0


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let strangers wait for their turn for as long as a slow machine takes."""
    monkeypatch.setattr(hashing_turns, "LONGEST_SECONDS", 30.0)


def test_strangers_whose_passwords_are_being_hashed_leave_a_known_device_its_turn(
    town: Town, camille: Person
) -> None:
    device = town.signs_in(camille, address=HOME).device

    with hashing_for("portal"):
        asked = refused(lambda: town.signs_in(camille, address=HOME), TooManyTries)
        assert asked.detail == {"wait_seconds": sign_in_delays.BUSY_SECONDS, "others": True}
        town.signs_in(camille, address=HOME, devices=[device])


def test_strangers_at_every_desk_at_once_leave_a_known_device_its_turn(
    town: Town, camille: Person, samir: Person
) -> None:
    """One password of a stranger is hashed at a time in all, not one at each principal."""
    device = town.signs_in(camille, address=HOME).device

    with hashing_for(ENS), ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(outcome, lambda: town.signs_in(samir, AGG)) for _ in range(3)]
        town.signs_in(camille, address=HOME, devices=[device])
        assert {type(each.result()) for each in asked} == {TooManyTries}


@pytest.mark.usefixtures("patient")
def test_who_comes_from_an_address_without_mistakes_goes_before_who_made_some(
    town: Town, camille: Person
) -> None:
    with (
        ThreadPoolExecutor(1) as pool,
        hashing_for("portal", waiting=hashing_turns.MOST_WAITING, mistakes=1) as outcomes,
    ):
        signed_in = pool.submit(lambda: town.signs_in(camille, address=HOME))
        until(lambda: outcomes.count("refused") == 1)  # the last in line gave way to her

    assert signed_in.result().subject == camille.subject


def test_whom_others_went_before_is_let_in_before_a_stranger_who_tries_another_login(
    town: Town, camille: Person
) -> None:
    """A knock counts against the address, but not against who comes back for the same login."""
    nobody = make.family("personne@exemple.fr")
    with hashing_for("portal"):
        refused(lambda: town.signs_in(camille, address=HOME), TooManyTries)
        refused(lambda: town.signs_in(nobody, address=ELSEWHERE), TooManyTries)

    with store.write() as write:
        again = sign_in_tries.count_try(write, door(camille, HOME), now())
        other = sign_in_tries.count_try(write, door(camille, ELSEWHERE), now())

    assert (again.mistakes, other.mistakes) == (0, 1)
    assert again.waiting_since < again.at


def door(person: Person, address: str, network: str = "") -> sign_in_tries.Door:
    return sign_in_tries.Door("portal", None, "family", person.login, address, network=network)


@pytest.mark.usefixtures("patient")
def test_one_principal_that_fills_the_line_leaves_the_others_their_places(
    town: Town, camille: Person
) -> None:
    with (
        ThreadPoolExecutor(1) as pool,
        hashing_for(ENS, waiting=hashing_turns.MOST_WAITING) as outcomes,
    ):
        signed_in = pool.submit(lambda: town.signs_in(camille, address=HOME))
        until(lambda: outcomes.count("refused") == 1)

    assert signed_in.result().subject == camille.subject


@pytest.mark.usefixtures("patient")
def test_a_few_wait_for_a_turn_and_one_more_of_the_same_kind_does_not() -> None:
    with hashing_for("portal", waiting=hashing_turns.MOST_WAITING) as outcomes:
        with (
            pytest.raises(hashing_turns.Taken),
            hashing_turns.strangers.wait_for_turn("portal", 0, now()),
        ):
            pass
        assert "refused" not in outcomes


def test_a_try_whose_password_nobody_looked_at_is_no_try(town: Town, camille: Person) -> None:
    with hashing_for("portal"):
        for _ in range(sign_in_delays.FREE + 1):
            refused(lambda: town.signs_in(camille, address=HOME), TooManyTries)

    assert town.signs_in(camille, address=HOME).subject == camille.subject
    with store.read() as read:
        assert read.scalars(select(LoginTries)).all() == []


def test_a_wide_network_of_ipv6_is_slowed_down_however_many_addresses_it_has(
    town: Town, camille: Person
) -> None:
    wide, crowd = "cc" * 32, sign_in_delays.AT_NETWORK
    with store.write() as write:
        for number in range(crowd.slows):
            stranger = make.family(f"personne{number}@exemple.fr")
            sign_in_tries.count_try(write, door(stranger, address(number), wide), now())

    asked = refused(lambda: town.signs_in(camille, address=HOME, network=wide), TooManyTries)
    assert asked.detail == {"wait_seconds": 5, "others": True}
    assert town.signs_in(camille, address=HOME).subject == camille.subject


# --- One principal uses up nobody else's tries ---


def test_a_flood_at_one_desk_lets_agents_sign_in_at_the_others_and_families_at_the_portal(
    town: Town, camille: Person
) -> None:
    nadia = make.agent("nadia.roux", ("ens", "kitchen"), ("agg", "coach"), name="Nadia Roux")
    town.opens(nadia)
    stopped_at(f"{ENS}|agent", nadia.login)

    refused(lambda: town.signs_in(nadia, ENS, address=HOME), TooManyTries)
    assert town.signs_in(nadia, AGG, address=HOME).subject == nadia.subject
    assert town.signs_in(camille, address=HOME).subject == camille.subject


# --- A device's own mistakes ---


def test_a_known_device_waits_for_its_own_mistakes(town: Town, camille: Person) -> None:
    device = town.signs_in(camille).device
    for _ in range(3):
        refused(lambda: town.signs_in(camille, password=WRONG, devices=[device]), WrongCredentials)

    asked = refused(lambda: town.signs_in(camille, devices=[device]), TooManyTries)

    assert asked.detail == {"wait_seconds": 1, "others": False}
    town.time_passes(seconds=1)
    town.signs_in(camille, devices=[device])
    refused(lambda: town.signs_in(camille, password=WRONG, devices=[device]), WrongCredentials)


def test_who_stole_a_device_s_secret_guesses_ten_times_an_hour(town: Town, camille: Person) -> None:
    device, guesses = town.signs_in(camille).device, 0
    for number in range(100):
        town.time_passes(seconds=17)
        result = outcome(
            lambda number=number: town.signs_in(  # type: ignore[misc]
                camille, password=WRONG, devices=[device], address=address(number)
            )
        )
        guesses += isinstance(result, WrongCredentials)

    assert guesses <= sign_in_delays.MOST_IN_WINDOW


@pytest.mark.both_databases
def test_a_hundred_tries_at_once_with_a_known_device_are_not_a_hundred_free_ones(
    town: Town, camille: Person
) -> None:
    device = town.signs_in(camille).device

    with ThreadPoolExecutor(8) as pool:
        knocks = [
            pool.submit(outcome, lambda: town.signs_in(camille, password=WRONG, devices=[device]))
            for _ in range(24)
        ]
        refusals = [type(each.result()) for each in knocks]

    assert refusals.count(WrongCredentials) <= 5
    with store.read() as read:
        assert read.scalars(select(KnownDevice.failed)).one() == refusals.count(WrongCredentials)


# --- What is known, and of whom ---


def test_a_device_is_known_after_the_first_sign_in_and_given_one_secret(
    town: Town, camille: Person
) -> None:
    first = town.signs_in(camille)
    again = town.signs_in(camille, devices=[first.device])

    assert len(first.device) >= 43
    assert again.device == ""
    with store.read() as read:
        [row] = read.scalars(select(KnownDevice))
    assert first.device not in repr(row.__dict__)


def test_a_device_of_one_account_is_unknown_to_the_others(town: Town, camille: Person) -> None:
    other = make.family("autre@exemple.fr")
    town.opens(other)
    theirs = town.signs_in(other).device
    slowed_at("portal|family", camille.login)

    refused(lambda: town.signs_in(camille, devices=[theirs]), TooManyTries)


def test_one_browser_is_known_to_several_agents(town: Town, samir: Person) -> None:
    nadia = make.agent("nadia.roux", ("ens", "kitchen"), name="Nadia Roux")
    town.opens(nadia)
    kept = [town.signs_in(nadia, ENS).device, town.signs_in(samir, ENS).device]
    for agent in (nadia, samir):
        stopped_at(f"{ENS}|agent", agent.login)
    town.time_passes(seconds=30)

    for agent in (nadia, samir):
        assert town.signs_in(agent, ENS, devices=kept).device == ""


def test_a_device_known_at_one_desk_is_unknown_at_another(town: Town) -> None:
    nadia = make.agent("nadia.roux", ("ens", "kitchen"), ("agg", "coach"), name="Nadia Roux")
    town.opens(nadia)
    at_ens = town.signs_in(nadia, ENS).device
    town.time_passes(seconds=30)
    slowed_at(f"{AGG}|agent", nadia.login)

    refused(lambda: town.signs_in(nadia, AGG, devices=[at_ens]), TooManyTries)


def test_an_account_has_ten_devices_and_the_one_unused_for_longest_gives_way(
    town: Town, camille: Person
) -> None:
    first = town.signs_in(camille).device
    second = town.signs_in(camille).device
    town.time_passes(days=1)
    town.signs_in(camille, devices=[first])
    for _ in range(known_devices.MOST - 1):
        town.time_passes(minutes=1)
        town.signs_in(camille)
    slowed_at("portal|family", camille.login)

    with store.read() as read:
        assert known(read) == known_devices.MOST
    refused(lambda: town.signs_in(camille, devices=[second]), TooManyTries)
    town.signs_in(camille, devices=[first])


def test_a_device_that_is_used_stays_known_and_is_forgotten_after_half_a_year_without(
    town: Town, camille: Person
) -> None:
    device = town.signs_in(camille).device
    for _ in range(3):
        town.time_passes(days=100)
        assert town.signs_in(camille, devices=[device]).device == ""

    town.time_passes(days=180)
    assert town.signs_in(camille, devices=[device]).device

    town.time_passes(days=181)
    town.service.forget()
    with store.read() as read:
        assert known(read) == 0


def test_a_new_password_makes_the_former_devices_unknown_and_its_own_known(
    town: Town, samir: Person, claire: Person
) -> None:
    former = town.signs_in(samir, ENS).device
    code = town.invites_again(town.signs_in(claire, ENS).token, samir.subject)
    with store.read() as read:
        assert read.scalar(select(KnownDevice).where(KnownDevice.subject == samir.subject)) is None

    activated = town.activates(code)
    stopped_at(f"{ENS}|agent", samir.login)

    refused(lambda: town.signs_in(samir, ENS, devices=[former]), TooManyTries)
    refused(
        lambda: town.signs_in(samir, ENS, password=WRONG, devices=[activated.device]),
        WrongCredentials,
    )


def test_the_email_of_a_forgotten_password_is_a_way_in_while_strangers_try(
    town: Town, camille: Person
) -> None:
    """A thousand addresses at one login stop a new device there; who opens the email goes on."""
    stopped_at("portal|family", camille.login)
    asked = refused(lambda: town.signs_in(camille, address=HOME), TooManyTries)
    assert asked.detail["others"] and asked.detail["wait_seconds"] > 3000

    with store.write() as write:
        device = known_devices.make_device_known(write, camille.subject, "portal", now())

    assert town.signs_in(camille, address=HOME, devices=[device]).subject == camille.subject


# --- Agents: two steps, one person ---


def test_an_agent_s_two_steps_leave_nothing_against_its_address(town: Town, samir: Person) -> None:
    for _ in range(sign_in_delays.AT_ADDRESS.stops + 1):
        outcome(lambda: town.signs_in(samir, ENS, address=HOME, code=""))
        town.time_passes(seconds=30)
        town.signs_in(samir, ENS, address=HOME)


def test_in_a_crowd_an_agent_waits_before_the_first_step_alone(town: Town, samir: Person) -> None:
    slowed_at(f"{ENS}|agent", samir.login)
    refused(lambda: town.signs_in(samir, ENS, address=HOME, code=""), TooManyTries)
    town.time_passes(seconds=5)
    slowed_at(f"{ENS}|agent", samir.login)

    outcome(lambda: town.signs_in(samir, ENS, address=HOME, code=""))

    assert town.signs_in(samir, ENS, address=HOME).subject == samir.subject


# --- What is kept ---


def test_knocks_are_forgotten_within_the_hour(town: Town, camille: Person) -> None:
    slowed_at("portal|family", camille.login)
    refused(lambda: town.signs_in(camille, address=HOME), TooManyTries)

    town.time_passes(minutes=11)
    town.service.forget()

    with store.read() as read:
        knocks = select(LoginTries).where(LoginTries.knocked_at.is_not(None))
        assert read.scalars(knocks).all() == []


@pytest.mark.parametrize("wrong", [["x" * 101], [""], ["x"] * (MOST_DEVICES + 1)])
def test_no_more_and_no_longer_secrets_are_taken_than_a_browser_has(
    town: Town, camille: Person, wrong: Any
) -> None:
    with pytest.raises(Exception, match=r"identity\.sign_in"):
        town.signs_in(camille, devices=wrong)


def test_the_clock_of_a_device_is_not_set_back_by_a_wrong_password(
    town: Town, camille: Person
) -> None:
    device = town.signs_in(camille).device
    with store.write() as write:
        write.execute(update(KnownDevice).values(used_at=now() - timedelta(days=100)))

    refused(lambda: town.signs_in(camille, password=WRONG, devices=[device]), WrongCredentials)

    with store.read() as read:
        assert read.scalars(select(KnownDevice.used_at)).one() < now() - timedelta(days=99)
