"""Families and agents sign in: which door, what is proved, and what mistakes cost."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from services.identity.models import Account, LoginTries
from services.identity.store import store
from shared.contracts.errors import NotEntitled, NotSignedIn
from shared.contracts.identity.sign_ins import (
    SecondFactorNeeded,
    SignInAnswer,
    TooManyTries,
    WrongCredentials,
)
from shared.dates.clock import now, today
from tests.factories import identity as make
from tests.factories.identity import AGG, DAY, ENS, PASSWORD, WRONG, Person, Town
from tests.factories.refusals import outcome, refused

# --- Families ---


def test_a_parent_signs_in_at_the_portal_with_a_token_for_the_portal(
    town: Town, camille: Person
) -> None:
    signed_in = town.signs_in(camille)

    assert (signed_in.subject, signed_in.kind) == (camille.subject, "family")
    assert town.lets(signed_in.token, "portal") == camille.subject
    assert timedelta(0) < signed_in.expires_at - now() <= timedelta(seconds=300)
    refused(lambda: town.lets(signed_in.token, ENS), NotSignedIn)


def test_a_login_may_be_typed_in_capitals(town: Town, camille: Person) -> None:
    camille.login = " CAMILLE@Exemple.fr "

    assert town.signs_in(camille).subject == camille.subject


def test_a_parent_does_not_sign_in_at_a_desk_nor_an_agent_at_the_portal(
    town: Town, camille: Person, samir: Person
) -> None:
    refused(lambda: town.signs_in(camille, ENS), WrongCredentials)
    refused(lambda: town.signs_in(samir), WrongCredentials)


def test_a_parent_who_is_an_agent_too_has_an_account_of_each_kind(town: Town) -> None:
    parent = make.family("camille@exemple.fr")
    agent = make.agent("camille@exemple.fr", ("ens", "kitchen"), password="quatorze lettres ici")
    town.opens(parent, agent)

    assert town.signs_in(parent).subject == parent.subject
    assert town.signs_in(agent, ENS).subject == agent.subject


def test_a_wrong_password_and_an_unknown_login_earn_the_same_answer(
    town: Town, camille: Person
) -> None:
    known = refused(lambda: town.signs_in(camille, password=WRONG), WrongCredentials)
    unknown = refused(lambda: town.signs_in(make.family("personne@exemple.fr")), WrongCredentials)

    assert (known.code, known.detail) == (unknown.code, unknown.detail)


@pytest.mark.usefixtures("full_hashes")
def test_a_wrong_password_and_an_unknown_login_take_the_same_time(town: Town) -> None:
    known = [make.family(f"connue{n}@exemple.fr") for n in range(8)]
    town.opens(*known)
    # Of the processor: who waits for it on a busy machine would be said to hash longer.
    times: dict[bool, list[float]] = {True: [], False: []}

    for n, person in enumerate(known):
        for is_known, knocks in ((True, person), (False, make.family(f"inconnue{n}@exemple.fr"))):
            started = time.process_time()
            refused(lambda: town.signs_in(knocks, password=WRONG), WrongCredentials)  # noqa: B023
            times[is_known].append(time.process_time() - started)

    ratio = statistics.median(times[True]) / statistics.median(times[False])
    assert 0.6 < ratio < 1.7, times


@pytest.mark.usefixtures("full_hashes")
def test_an_older_hash_is_made_anew_at_the_next_sign_in(town: Town, camille: Person) -> None:
    older = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with store.write() as write:
        write.execute(update(Account).values(password_hash=older))

    town.signs_in(camille)

    with store.read() as read:
        assert "m=47104" in read.scalars(select(Account.password_hash)).one()
    town.signs_in(camille)


# --- Tries ---


def test_after_three_mistakes_somebody_waits_and_is_then_let_in(
    town: Town, camille: Person
) -> None:
    for _ in range(3):
        refused(lambda: town.signs_in(camille, password=WRONG), WrongCredentials)

    asked = refused(lambda: town.signs_in(camille), TooManyTries)

    assert asked.detail == {"wait_seconds": 1, "others": False}
    town.time_passes(seconds=1)
    assert town.signs_in(camille).subject == camille.subject


def test_a_success_forgives_the_mistakes_before_it(town: Town, camille: Person) -> None:
    for _ in range(4):
        for _ in range(2):
            refused(lambda: town.signs_in(camille, password=WRONG), WrongCredentials)
        town.signs_in(camille)


def test_a_login_that_nobody_has_is_slowed_down_like_any_other(town: Town) -> None:
    nobody = make.family("personne@exemple.fr")
    for _ in range(3):
        refused(lambda: town.signs_in(nobody), WrongCredentials)

    refused(lambda: town.signs_in(nobody), TooManyTries)


@pytest.mark.both_databases
def test_a_hundred_tries_at_once_are_not_a_hundred_free_ones(town: Town, camille: Person) -> None:
    with ThreadPoolExecutor(12) as pool:
        knocks = [
            pool.submit(outcome, lambda: town.signs_in(camille, password=WRONG)) for _ in range(40)
        ]
        refusals = [type(each.result()) for each in knocks]

    assert set(refusals) == {WrongCredentials, TooManyTries}
    assert refusals.count(WrongCredentials) <= 10, "an hour's, however slow the machine"
    with store.read() as read:
        failed = read.scalars(select(LoginTries.failed)).all()
        assert set(failed) == {refusals.count(WrongCredentials)}


# --- Agents ---


def test_an_agent_signs_in_with_a_password_and_a_code(town: Town, samir: Person) -> None:
    signed_in = town.signs_in(samir, ENS)

    assert (signed_in.kind, signed_in.name) == ("agent", "Samir Benali")
    assert town.lets(signed_in.token, ENS) == samir.subject


def test_without_the_code_nobody_enters_at_a_desk(town: Town, samir: Person) -> None:
    refused(lambda: town.signs_in(samir, ENS, code=""), SecondFactorNeeded)
    refused(lambda: town.signs_in(samir, ENS, code="000000"), WrongCredentials)


def test_whether_a_code_fits_is_not_said_without_the_password(town: Town, samir: Person) -> None:
    refused(lambda: town.signs_in(samir, ENS, password=WRONG), WrongCredentials)


def test_a_code_seen_over_a_shoulder_opens_nothing(town: Town, samir: Person) -> None:
    code = samir.code()
    town.signs_in(samir, ENS, code=code)

    refused(lambda: town.signs_in(samir, ENS, code=code), WrongCredentials)


@pytest.mark.both_databases
def test_one_code_used_twice_at_once_opens_one_session(town: Town, samir: Person) -> None:
    code = samir.code()
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(outcome, lambda: town.signs_in(samir, ENS, code=code)) for _ in "12"]
        results = [each.result() for each in both]

    assert sum(isinstance(each, SignInAnswer) for each in results) == 1


def test_an_agent_enters_where_it_has_a_right_and_nowhere_else(town: Town, samir: Person) -> None:
    refusal = refused(lambda: town.signs_in(samir, AGG), NotEntitled)

    assert refusal.detail == {"reason": "no_right_today"}


def test_an_agent_with_rights_at_two_providers_signs_in_at_each(town: Town) -> None:
    both = make.agent("lea.martin", ("ens", "lead"), ("agg", "coach"))
    town.opens(both)

    at_ens = town.signs_in(both, ENS)
    town.time_passes(minutes=1)
    at_agg = town.signs_in(both, AGG)

    assert town.lets(at_ens.token, ENS) == town.lets(at_agg.token, AGG) == both.subject


def test_a_right_counts_from_its_first_day_and_on_its_last(town: Town, samir: Person) -> None:
    town.dates(samir.subject, valid_from=today() + DAY)
    refused(lambda: town.signs_in(samir, ENS), NotEntitled)

    town.dates(samir.subject, valid_from=today() - DAY, valid_to=today() - DAY)
    refused(lambda: town.signs_in(samir, ENS), NotEntitled)

    town.dates(samir.subject, valid_to=today())
    town.signs_in(samir, ENS)


def test_an_account_unused_for_ninety_days_sleeps_until_an_administrator_reopens_it(
    town: Town, samir: Person, claire: Person
) -> None:
    town.time_passes(days=91)
    asleep = refused(lambda: town.signs_in(samir, ENS), NotEntitled)
    assert asleep.detail == {"reason": "unused_account"}
    with store.write() as write:
        write.execute(
            update(Account).where(Account.subject == claire.subject).values(last_signed_in=now())
        )

    town.grants(town.signs_in(claire, ENS).token)

    assert town.signs_in(samir, ENS).subject == samir.subject
