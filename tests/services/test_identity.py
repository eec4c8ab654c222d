"""Identity on both databases: signing in, dated rights, invitations, and what is told of them."""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DatabaseError

from services.identity import tries
from services.identity.mail.posting import place_of
from services.identity.models import (
    Account,
    CodeByTown,
    DatedRight,
    Invitation,
    Letter,
    LoginTries,
    SignIn,
)
from services.identity.store import store
from shared.bus.declare import declarations_of
from shared.clock import now, today
from shared.contracts import identity as contracts
from shared.contracts.errors import (
    BadRequest,
    NotAllowed,
    NotEntitled,
    NotFound,
    NotSignedIn,
    Refusal,
)
from shared.contracts.identity import (
    InvitationUnknown,
    OthersCanHelp,
    SecondFactorNeeded,
    TooManyTries,
    WeakPassword,
    WrongCredentials,
)
from shared.database import Store, declarative_base_for
from shared.database.migrations import schema_differences
from shared.database.store import open_engine
from shared.ids import new_id
from shared.person import (
    TokenGate,
    Verifier,
    apply_subject_changed,
    holds,
    issue,
    name_of,
    roles_on,
    standings,
    subject_tables,
)
from tests.conftest import Database
from tests.factories import identity as make
from tests.factories.identity import AGG, ENS, PASSWORD, WRONG, Person, Town

DAY = timedelta(days=1)


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """Give identity of the demo town on a fresh database."""
    with make.town(database, tmp_path) as town:
        yield town


@pytest.fixture
def camille(town: Town) -> Person:
    """Give a parent with an account."""
    person = make.family()
    town.opens(person)
    return person


@pytest.fixture
def samir(town: Town) -> Person:
    """Give the canteen's agent."""
    person = make.agent("samir.benali", ("ens", "kitchen"))
    town.opens(person)
    return person


@pytest.fixture
def claire(town: Town) -> Person:
    """Give the administrator of the school service."""
    person = make.agent("claire.aubry", ("ens", "administrator"), name="Claire Aubry")
    town.opens(person)
    return person


@pytest.fixture
def malik(town: Town) -> Person:
    """Give the administrator of sports."""
    person = make.agent("malik.perrin", ("agg", "administrator"), name="Malik Perrin")
    town.opens(person)
    return person


def refused(act: Callable[[], Any], refusal: type[Refusal]) -> Refusal:
    with pytest.raises(refusal) as caught:
        act()
    return caught.value


def outcome(act: Callable[[], Any]) -> Any:
    """Return what came of it, a refusal included."""
    try:
        return act()
    except Refusal as refusal:
        return refusal


# --- Families sign in ---


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


def test_a_wrong_password_and_an_unknown_login_take_the_same_time(town: Town) -> None:
    known = [make.family(f"connue{n}@exemple.fr") for n in range(8)]
    town.opens(*known)
    times: dict[bool, list[float]] = {True: [], False: []}

    for n, person in enumerate(known):
        for is_known, knocks in ((True, person), (False, make.family(f"inconnue{n}@exemple.fr"))):
            started = time.perf_counter()
            refused(lambda: town.signs_in(knocks, password=WRONG), WrongCredentials)  # noqa: B023
            times[is_known].append(time.perf_counter() - started)

    ratio = statistics.median(times[True]) / statistics.median(times[False])
    assert 0.6 < ratio < 1.7, times


# --- Tries ---


def test_after_three_mistakes_somebody_waits_and_is_then_let_in(
    town: Town, camille: Person
) -> None:
    for _ in range(3):
        refused(lambda: town.signs_in(camille, password=WRONG), WrongCredentials)

    asked = refused(lambda: town.signs_in(camille), TooManyTries)

    assert asked.detail == {"wait_seconds": 1}
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


def test_a_hundred_tries_at_once_are_not_a_hundred_free_ones(town: Town, camille: Person) -> None:
    with ThreadPoolExecutor(12) as pool:
        knocks = [
            pool.submit(outcome, lambda: town.signs_in(camille, password=WRONG)) for _ in range(40)
        ]
        refusals = [type(each.result()) for each in knocks]

    assert set(refusals) == {WrongCredentials, TooManyTries}
    assert refusals.count(WrongCredentials) <= 5
    with store.read() as read:
        assert read.scalars(select(LoginTries.failed)).one() == refusals.count(WrongCredentials)


def test_one_password_tried_at_every_door_makes_the_town_wait_a_minute(
    town: Town, camille: Person
) -> None:
    moment = now()
    rows = [
        {"login_digest": f"{n:064}", "failed": 1, "recent": [moment.timestamp()], "last_at": moment}
        for n in range(tries.MOST_IN_TOWN_WINDOW)
    ]
    with store.write() as write:
        write.execute(insert(LoginTries), rows)

    asked = refused(lambda: town.signs_in(camille), TooManyTries)

    assert 0 < asked.detail["wait_seconds"] <= 60
    town.time_passes(minutes=1)
    town.signs_in(camille)


# --- Agents sign in ---


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


def test_one_code_used_twice_at_once_opens_one_session(town: Town, samir: Person) -> None:
    code = samir.code()
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(outcome, lambda: town.signs_in(samir, ENS, code=code)) for _ in "12"]
        results = [each.result() for each in both]

    assert sum(isinstance(each, SimpleNamespace) for each in results) == 1


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

    granted = town.grants(town.signs_in(claire, ENS).token)

    assert granted.subject == samir.subject
    town.signs_in(samir, ENS)


# --- Sessions and tokens ---


def test_a_session_renews_its_token_for_the_principal_that_opened_it_alone(
    town: Town, camille: Person
) -> None:
    session = town.signs_in(camille).session

    renewed = town.ask(contracts.renew_token, session=session)

    assert town.lets(renewed.token) == camille.subject
    refused(lambda: town.ask(contracts.renew_token, caller=ENS, session=session), NotSignedIn)
    refused(lambda: town.ask(contracts.renew_token, session="x" * 43), NotSignedIn)


def renews(town: Town, session: str, caller: str = "portal") -> Any:
    return outcome(lambda: town.ask(contracts.renew_token, caller=caller, session=session))


@pytest.mark.parametrize(("who", "at", "idle"), [("camille", "portal", 30), ("samir", ENS, 60)])
def test_a_session_lives_as_long_as_it_is_used(
    town: Town, request: pytest.FixtureRequest, who: str, at: str, idle: int
) -> None:
    session = town.signs_in(request.getfixturevalue(who), at).session
    for _ in range(3):
        town.time_passes(minutes=idle - 1)
        assert isinstance(renews(town, session, at), SimpleNamespace)

    town.time_passes(minutes=idle)

    assert isinstance(renews(town, session, at), NotSignedIn)


def test_a_session_ends_after_twelve_hours_though_it_is_used(town: Town, camille: Person) -> None:
    session = town.signs_in(camille).session
    for _ in range(28):
        town.time_passes(minutes=25)
        assert isinstance(renews(town, session), SimpleNamespace)

    town.time_passes(minutes=25)

    assert isinstance(renews(town, session), NotSignedIn)


def test_after_the_last_sign_out_no_token_is_left_and_one_may_sign_in_at_once(
    town: Town, camille: Person
) -> None:
    phone, computer = town.signs_in(camille), town.signs_in(camille)

    town.ask(contracts.sign_out, session=phone.session)
    assert isinstance(renews(town, phone.session), NotSignedIn)
    assert town.lets(computer.token) == camille.subject

    town.ask(contracts.sign_out, session=computer.session)
    refused(lambda: town.lets(computer.token), NotSignedIn)
    refused(lambda: town.lets(phone.token), NotSignedIn)
    assert town.lets(town.signs_in(camille).token) == camille.subject


def test_signing_out_twice_or_from_elsewhere_changes_nothing(town: Town, camille: Person) -> None:
    signed_in = town.signs_in(camille)

    town.ask(contracts.sign_out, caller=ENS, session=signed_in.session)
    assert town.lets(signed_in.token) == camille.subject

    town.ask(contracts.sign_out, session=signed_in.session)
    town.told()
    town.ask(contracts.sign_out, session=signed_in.session)
    assert town.told() == []


def test_a_right_that_ended_at_midnight_ends_the_session_too(town: Town, samir: Person) -> None:
    session = town.signs_in(samir, ENS).session
    town.dates(samir.subject, valid_from=today() - DAY, valid_to=today() - DAY)

    assert isinstance(renews(town, session, ENS), NotSignedIn)


def test_an_older_hash_is_made_anew_at_the_next_sign_in(town: Town, camille: Person) -> None:
    older = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    with store.write() as write:
        write.execute(update(Account).values(password_hash=older))

    town.signs_in(camille)

    with store.read() as read:
        assert "m=47104" in read.scalars(select(Account.password_hash)).one()
    town.signs_in(camille)


# --- Rights ---


def test_an_administrator_gives_a_right_and_a_code_to_a_new_agent(
    town: Town, claire: Person
) -> None:
    granted = town.grants(town.signs_in(claire, ENS).token)

    newcomer = town.arrives("samir.benali", granted.code)

    assert newcomer.subject == granted.subject
    assert town.signs_in(newcomer, ENS).name == "Samir Benali"


def test_only_an_administrator_gives_lists_and_withdraws_and_only_at_home(
    town: Town, samir: Person, claire: Person
) -> None:
    in_the_kitchen = town.signs_in(samir, ENS).token
    administrator = town.signs_in(claire, ENS).token

    for act in (
        lambda: town.grants(in_the_kitchen),
        lambda: town.ask(contracts.list_agents, caller=ENS, token=in_the_kitchen),
        lambda: town.withdraws(in_the_kitchen, claire.subject, "administrator"),
    ):
        with pytest.raises(PermissionError):
            act()
    refused(lambda: town.grants(administrator, at=AGG), NotSignedIn)
    refused(lambda: town.grants(""), NotSignedIn)


def test_an_administrators_right_that_ended_yesterday_gives_nothing(
    town: Town, claire: Person
) -> None:
    token = town.signs_in(claire, ENS).token
    town.dates(claire.subject, valid_from=today() - DAY, valid_to=today() - DAY)

    with pytest.raises(PermissionError):
        town.grants(token)


def test_an_administrator_reads_who_may_do_what_at_home(
    town: Town, samir: Person, claire: Person, malik: Person
) -> None:
    listed = town.ask(contracts.list_agents, caller=ENS, token=town.signs_in(claire, ENS).token)

    assert [(agent["login"], agent["active"]) for agent in listed.agents] == [
        ("claire.aubry", True),
        ("samir.benali", True),
    ]
    assert listed.agents[1]["rights"] == [
        {"role": "kitchen", "valid_from": today().isoformat(), "valid_to": None}
    ]
    told = {"subject", "login", "name", "active", "rights", "code_by_town"}
    assert listed.agents[1].keys() == told


def test_giving_a_right_again_changes_nothing_but_the_code(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token
    first = town.grants(token)

    again = town.grants(token, login="Samir.Benali ")

    assert again.subject == first.subject
    assert again.code not in ("", first.code)
    refused(lambda: town.activates(first.code), InvitationUnknown)
    town.arrives("samir.benali", again.code)
    with store.read() as read:
        held = select(func.count()).where(DatedRight.subject == first.subject)
        assert read.scalar(held) == 1


def test_an_agent_who_has_come_before_gets_no_new_code(
    town: Town, samir: Person, claire: Person
) -> None:
    town.signs_in(samir, ENS)

    assert town.grants(town.signs_in(claire, ENS).token, role="lead").code == ""


def test_a_right_that_cannot_be_given_earns_a_sentence_and_leaves_no_account(
    town: Town, samir: Person, claire: Person
) -> None:
    token = town.signs_in(claire, ENS).token
    ahead = today() + DAY

    for field, right in (
        ("role", {"login": "new", "role": "coach"}),
        ("valid_to", {"login": "new", "valid_from": ahead, "valid_to": today()}),
    ):
        refusal = refused(lambda: town.grants(token, **right), BadRequest)  # noqa: B023
        assert refusal.detail["errors"].keys() == {field}
    town.dates(samir.subject, valid_to=ahead)
    overlap = refused(lambda: town.grants(token, valid_from=ahead), BadRequest)
    assert overlap.detail["errors"].keys() == {"valid_from"}

    with store.read() as read:
        assert read.scalar(select(func.count()).where(Account.login == "new")) == 0


def test_two_seasons_of_the_same_right_stand_side_by_side(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token
    summer, autumn = today(), today() + 60 * DAY

    town.grants(token, valid_from=summer, valid_to=summer + 30 * DAY)
    town.grants(token, valid_from=autumn, valid_to=autumn + 30 * DAY)

    (_, last) = town.told()[-1]
    assert [right["valid_from"] for right in last.rights] == [summer, autumn]


def test_the_database_itself_refuses_overlapping_rights(town: Town, samir: Person) -> None:
    row = {
        "id": new_id(),
        "subject": samir.subject,
        "provider": "ens",
        "role": "kitchen",
        "valid_from": today() + 5 * DAY,
        "stands": True,
        "granted_at": now(),
    }

    with pytest.raises(DatabaseError), store.write() as write:
        write.execute(insert(DatedRight), [row])


def test_the_same_right_given_twice_at_once_is_given_once(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token
    with ThreadPoolExecutor(4) as pool:
        given = [pool.submit(outcome, lambda: town.grants(token)) for _ in range(4)]
        subjects = {each.result().subject for each in given}

    assert len(subjects) == 1
    with store.read() as read:
        kitchen = select(func.count()).where(DatedRight.role == "kitchen")
        assert read.scalar(kitchen) == 1


def test_a_withdrawn_right_is_gone_at_once_and_can_be_given_again_the_same_day(
    town: Town, samir: Person, claire: Person
) -> None:
    at_work, token = town.signs_in(samir, ENS), town.signs_in(claire, ENS).token
    renewed = town.ask(contracts.renew_token, caller=ENS, session=at_work.session)

    town.withdraws(token, samir.subject, "kitchen")

    for old in (at_work.token, renewed.token):
        refused(lambda: town.lets(old, ENS), NotSignedIn)  # noqa: B023
    assert isinstance(renews(town, at_work.session, ENS), NotSignedIn)
    town.time_passes(minutes=1)
    refused(lambda: town.signs_in(samir, ENS), NotEntitled)

    town.grants(token)
    assert town.lets(town.signs_in(samir, ENS).token, ENS) == samir.subject


def test_who_keeps_another_right_goes_on_with_a_new_token(town: Town, claire: Person) -> None:
    both = make.agent("lea.martin", ("ens", "kitchen"), ("ens", "lead"))
    town.opens(both)
    at_work = town.signs_in(both, ENS)

    town.withdraws(town.signs_in(claire, ENS).token, both.subject, "kitchen")

    refused(lambda: town.lets(at_work.token, ENS), NotSignedIn)
    renewed = renews(town, at_work.session, ENS)
    assert town.lets(renewed.token, ENS) == both.subject


def test_a_right_that_nobody_has_cannot_be_withdrawn(
    town: Town, samir: Person, claire: Person, malik: Person
) -> None:
    token = town.signs_in(claire, ENS).token

    refused(lambda: town.withdraws(token, samir.subject, "lead"), NotFound)
    refused(lambda: town.withdraws(token, new_id(), "kitchen"), NotFound)
    refused(lambda: town.withdraws(token, malik.subject, "administrator"), NotFound)


def test_the_last_administrator_stays(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token

    refusal = refused(lambda: town.withdraws(token, claire.subject, "administrator"), BadRequest)

    assert refusal.detail["errors"].keys() == {"role"}


def test_two_administrators_who_withdraw_each_other_at_once_do_not_both_succeed(
    town: Town, claire: Person
) -> None:
    other = make.agent("hugo.petit", ("ens", "administrator"))
    town.opens(other)
    hers, his = town.signs_in(claire, ENS).token, town.signs_in(other, ENS).token
    with ThreadPoolExecutor(2) as pool:
        acts = [
            pool.submit(outcome, lambda: town.withdraws(hers, other.subject, "administrator")),
            pool.submit(outcome, lambda: town.withdraws(his, claire.subject, "administrator")),
        ]
        for act in acts:
            act.exception()

    with store.read() as read:
        standing = select(func.count()).where(DatedRight.stands.is_(True))
        assert read.scalar(standing) == 1


def test_another_providers_administrator_gets_no_code_for_an_agent_of_ours(
    town: Town, claire: Person, malik: Person
) -> None:
    ours = town.grants(town.signs_in(claire, ENS).token)

    theirs = town.grants(town.signs_in(malik, AGG).token, at=AGG, role="coach")

    assert (theirs.subject, theirs.code) == (ours.subject, "")
    newcomer = town.arrives("samir.benali", ours.code)
    town.signs_in(newcomer, AGG)


# --- Telephone or password lost ---


def test_who_lost_the_telephone_is_out_at_once_and_comes_back_with_a_new_one(
    town: Town, claire: Person, samir: Person
) -> None:
    at_work, hers = town.signs_in(samir, ENS), town.signs_in(claire, ENS).token

    code = town.invites_again(hers, samir.subject)

    refused(lambda: town.lets(at_work.token, ENS), NotSignedIn)
    assert isinstance(renews(town, at_work.session, ENS), NotSignedIn)
    town.time_passes(minutes=2)
    refused(lambda: town.signs_in(samir, ENS), WrongCredentials)
    with store.read() as read:
        (asked_by,) = read.scalars(select(Invitation.asked_by).where(Invitation.used_at.is_(None)))
    assert asked_by == claire.subject
    again = town.arrives(samir.login, code)
    assert again.subject == samir.subject
    assert town.lets(town.signs_in(again, ENS).token, ENS) == samir.subject


def test_no_code_is_given_for_oneself_or_for_who_is_not_ours_or_has_rights_elsewhere_too(
    town: Town, claire: Person, samir: Person, malik: Person
) -> None:
    both = make.agent("lea.martin", ("ens", "kitchen"), ("agg", "coach"))
    town.opens(both)
    hers = town.signs_in(claire, ENS).token

    for subject, reason in ((claire.subject, "oneself"), (both.subject, "rights_elsewhere")):
        found = refused(partial(town.invites_again, hers, subject), NotEntitled)
        assert found.detail["reason"] == reason
    for stranger in (malik.subject, new_id()):
        refused(partial(town.invites_again, hers, stranger), NotFound)
    his = town.signs_in(samir, ENS).token
    with pytest.raises(PermissionError):
        town.invites_again(his, claire.subject)
    town.signs_in(both, AGG)


# --- The only administrator lost it ---


def invites_again(town: Town, login: str, office: str = "ens", **more: Any) -> SimpleNamespace:
    asked = {"asked_by": "Jeanne Roy", "reason": "Téléphone volé", **more}
    return town.ask(
        contracts.invite_administrator_again, caller="ops", office=office, login=login, **asked
    )


def test_the_only_administrator_is_out_at_once_and_comes_back_with_a_code_of_the_town(
    town: Town, claire: Person, samir: Person
) -> None:
    at_work = town.signs_in(claire, ENS)

    given = invites_again(town, " Claire.AUBRY")

    assert timedelta(days=13) < given.expires_at - now() < timedelta(days=15)
    refused(lambda: town.lets(at_work.token, ENS), NotSignedIn)
    assert isinstance(renews(town, at_work.session, ENS), NotSignedIn)
    town.time_passes(minutes=2)
    refused(lambda: town.signs_in(claire, ENS), WrongCredentials)
    again = town.arrives(claire.login, given.code)
    assert again.subject == claire.subject
    hers = town.signs_in(again, ENS).token
    assert town.invites_again(hers, samir.subject)


def test_who_asked_and_why_is_read_by_the_dpo_and_by_who_administers(
    town: Town, claire: Person, samir: Person
) -> None:
    given = invites_again(town, "claire.aubry")

    (code,) = town.ask(contracts.codes_by_town, caller="ops").codes
    assert (code["office"], code["login"], code["others"]) == ("ens", "claire.aubry", 0)
    assert (code["asked_by"], code["reason"]) == ("Jeanne Roy", "Téléphone volé")
    assert given.told == ["dpo@ville-demonstration.example"]
    with store.read() as read:
        (letter,) = read.scalars(select(Letter))
        content = store.opened(place_of(letter.id), letter.content)
    assert (letter.template, content["to"]) == ("code_by_town", given.told[0])
    assert content["values"] == {"office": "Service Enseignement"}
    again = town.arrives(claire.login, given.code)
    listed = town.ask(contracts.list_agents, caller=ENS, token=town.signs_in(again, ENS).token)
    said = {each["login"]: each["code_by_town"] for each in listed.agents}
    assert said["samir.benali"] is None
    assert (said["claire.aubry"]["by"], said["claire.aubry"]["reason"]) == (
        "Jeanne Roy", "Téléphone volé",
    )  # fmt: skip


def test_the_town_gives_no_code_where_a_colleague_can_unless_it_says_that_he_cannot(
    town: Town, claire: Person
) -> None:
    other = make.agent("hugo.petit", ("ens", "administrator"), name="Hugo Petit")
    town.opens(other)

    found = refused(lambda: invites_again(town, "claire.aubry"), OthersCanHelp)

    assert found.detail["administrators"] == ["Hugo Petit"]
    town.signs_in(claire, ENS)
    assert town.ask(contracts.codes_by_town, caller="ops").codes == []
    assert invites_again(town, "claire.aubry", despite_others=True).code
    (code,) = town.ask(contracts.codes_by_town, caller="ops").codes
    assert code["others"] == 1


def test_a_colleague_whose_account_sleeps_or_is_closed_cannot_help(
    town: Town, claire: Person
) -> None:
    other = make.agent("hugo.petit", ("ens", "administrator"), name="Hugo Petit")
    town.opens(other)
    with store.write() as write:
        hugo = write.get_one(Account, other.subject)
        hugo.opened_at = now() - 91 * DAY

    first = invites_again(town, "claire.aubry")
    second = invites_again(town, "hugo.petit")

    refused(lambda: town.signs_in(claire, ENS), WrongCredentials)
    town.arrives("hugo.petit", second.code)
    assert town.activates(first.code).login == "claire.aubry"


def test_the_town_gives_no_code_to_who_does_not_administer_that_office(
    town: Town, claire: Person, samir: Person, malik: Person
) -> None:
    for login, office in (
        ("samir.benali", "ens"),
        ("malik.perrin", "ens"),
        ("nobody", "ens"),
        ("claire.aubry", "opera"),
    ):
        refused(partial(invites_again, town, login, office), NotFound)

    town.signs_in(samir, ENS)
    assert town.told() == []


def test_who_has_rights_elsewhere_too_gets_a_code_and_both_dpos_are_told(town: Town) -> None:
    both = make.agent("lea.martin", ("ens", "administrator"), ("agg", "coach"))
    town.opens(both)

    given = invites_again(town, "lea.martin")

    assert given.told == ["dpo@agglo-demonstration.example", "dpo@ville-demonstration.example"]
    assert {principal for principal, _ in town.told()} >= {ENS, AGG}


def test_the_database_itself_keeps_what_codes_the_town_gave(town: Town, claire: Person) -> None:
    invites_again(town, "claire.aubry")

    for change in (update(CodeByTown).values(reason="—"), delete(CodeByTown)):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(change)


# --- Invitations ---


def test_an_invitation_is_good_once(town: Town, claire: Person) -> None:
    code = town.grants(town.signs_in(claire, ENS).token).code
    town.activates(code)

    refused(lambda: town.activates(code), InvitationUnknown)


def test_an_invitation_used_twice_at_once_opens_one_account(town: Town, claire: Person) -> None:
    code = town.grants(town.signs_in(claire, ENS).token).code
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(outcome, lambda: town.activates(code)) for _ in "12"]
        results = [each.result() for each in both]

    assert sum(isinstance(each, SimpleNamespace) for each in results) == 1


def test_an_invitation_may_be_typed_from_paper(town: Town, claire: Person) -> None:
    code = town.grants(town.signs_in(claire, ENS).token).code

    assert town.activates(code.upper().replace("-", " ")).login == "samir.benali"


def test_an_invitation_expires_after_two_weeks(town: Town, claire: Person) -> None:
    code = town.grants(town.signs_in(claire, ENS).token).code
    town.time_passes(days=14)

    refused(lambda: town.activates(code), InvitationUnknown)


def test_a_weak_password_leaves_the_invitation_good(town: Town, claire: Person) -> None:
    code = town.grants(town.signs_in(claire, ENS).token).code

    refusal = refused(lambda: town.activates(code, "treize lettre"), WeakPassword)

    assert refusal.detail == {"least": 14}
    town.activates(code)


def test_an_unknown_code_says_nothing_of_the_password(town: Town) -> None:
    refused(lambda: town.activates("00000-00000", "court"), InvitationUnknown)


def test_an_account_that_was_never_activated_cannot_be_entered(town: Town, claire: Person) -> None:
    town.grants(town.signs_in(claire, ENS).token)

    refused(lambda: town.signs_in(make.agent("samir.benali"), ENS), WrongCredentials)


# --- The first administrator ---


def invites(town: Town, provider: str = "ens") -> SimpleNamespace:
    return town.ask(contracts.invite_administrator, caller="ops", provider=provider)


def test_the_town_files_administrator_activates_and_names_the_others(town: Town) -> None:
    invited = invites(town)

    claire = town.arrives("claire.aubry", invited.code)
    granted = town.grants(town.signs_in(claire, ENS).token)

    assert invited.login == "claire.aubry"
    assert timedelta(days=13) < invited.expires_at - now() < timedelta(days=15)
    assert granted.code


def test_asking_again_voids_the_last_code_until_the_administrator_has_come(town: Town) -> None:
    first, second = invites(town), invites(town)
    refused(lambda: town.activates(first.code), InvitationUnknown)

    claire = town.arrives("claire.aubry", second.code)
    town.signs_in(claire, ENS)

    assert (invites(town).code, invites(town).expires_at) == ("", None)


def test_the_town_cannot_take_back_a_provider_that_decides_for_itself(
    town: Town, claire: Person
) -> None:
    other = make.agent("hugo.petit", ("ens", "administrator"))
    town.opens(other)
    town.signs_in(claire, ENS)
    town.withdraws(town.signs_in(other, ENS).token, claire.subject, "administrator")
    town.told()

    assert invites(town).code == ""
    assert town.told() == []


def test_a_name_corrected_in_the_town_file_replaces_the_one_who_never_came(
    database: Database, tmp_path: Path
) -> None:
    with make.town(database, tmp_path, administrators={"ens": "clair.aubry"}) as town:
        mistaken = invites(town)
        make.register(tmp_path / "register.json")
        os.utime(tmp_path / "register.json", (0, 0))

        corrected = invites(town)

        assert corrected.login == "claire.aubry"
        refused(lambda: town.activates(mistaken.code), InvitationUnknown)
        claire = town.arrives("claire.aubry", corrected.code)
        listed = town.ask(contracts.list_agents, caller=ENS, token=town.signs_in(claire, ENS).token)
        assert [agent["login"] for agent in listed.agents] == ["claire.aubry"]


def test_an_agent_named_at_a_second_provider_keeps_its_account(
    database: Database, tmp_path: Path
) -> None:
    with make.town(database, tmp_path, administrators={"agg": "claire.aubry"}) as town:
        claire = town.arrives("claire.aubry", invites(town).code)
        town.signs_in(claire, ENS)

        assert invites(town, "agg").code == ""
        town.time_passes(minutes=1)
        town.signs_in(claire, AGG)


def test_an_unknown_provider_has_no_administrator(town: Town) -> None:
    refused(lambda: invites(town, "opera"), NotFound)


# --- A town of demonstration ---


def test_ready_accounts_open_once_and_stay_as_they_are(town: Town) -> None:
    people = [make.family(f"famille{n}@exemple.fr") for n in range(3)]
    accounts = [person.account() for person in people]

    first = town.ask(contracts.open_accounts, caller="ops", accounts=accounts)
    accounts[0]["name"] = "Autre Nom"
    again = town.ask(contracts.open_accounts, caller="ops", accounts=accounts)

    assert (first.opened, again.opened) == (3, 0)
    assert town.signs_in(people[0]).name == "Camille Ferrand"


def test_a_real_town_has_no_ready_accounts(database: Database, tmp_path: Path) -> None:
    with make.town(database, tmp_path, demo=False) as town:
        refused(lambda: town.opens(make.family()), NotAllowed)


@pytest.mark.parametrize(
    ("person", "refusal"),
    [
        (make.family(password="trop court"), WeakPassword),
        (make.agent("a", ("ens", "coach")), BadRequest),
        (make.agent("a", ("opera", "lead")), BadRequest),
        (Person(new_id(), "a", kind="agent"), BadRequest),
        (make.family(rights=[{"provider": "ens", "role": "lead"}]), BadRequest),
    ],
)
def test_a_ready_account_that_nobody_could_use_is_refused(
    town: Town, person: Person, refusal: type[Refusal]
) -> None:
    refused(lambda: town.opens(person), refusal)


# --- What is told ---


def test_dossier_and_portal_hear_of_a_family_and_no_provider_does(town: Town) -> None:
    person = make.family()

    town.ask(contracts.open_accounts, caller="ops", accounts=[person.account()])

    told = town.told()
    assert {principal for principal, _ in told} == {"dossier", "portal"}
    for _, fact in told:
        assert (fact.subject, fact.kind, fact.active) == (person.subject, "family", True)
        assert fact.rights == []


def test_each_provider_hears_of_its_own_agents_with_their_rights_at_it(town: Town) -> None:
    both = make.agent("lea.martin", ("ens", "lead"), ("agg", "coach"))

    town.ask(contracts.open_accounts, caller="ops", accounts=[both.account()])

    roles = {who: [right["role"] for right in fact.rights] for who, fact in town.told()}
    assert roles == {ENS: ["lead"], AGG: ["coach"]}


def test_a_provider_hears_of_the_end_of_the_last_right_and_of_no_other_ones(
    town: Town, claire: Person
) -> None:
    both = make.agent("lea.martin", ("ens", "lead"), ("agg", "coach"))
    town.opens(both)
    token = town.signs_in(claire, ENS).token

    town.withdraws(token, both.subject, "lead")

    facts = dict(town.told())
    assert facts[ENS].rights == []
    assert [right["role"] for right in facts[AGG].rights] == ["coach"]


def test_versions_count_on_with_each_change(town: Town, claire: Person) -> None:
    token = town.signs_in(claire, ENS).token
    granted = town.grants(token)
    town.grants(token, role="lead")
    town.activates(town.grants(token).code)
    town.withdraws(token, granted.subject, "lead")

    facts = [fact for _, fact in town.told()]

    assert [fact.version for fact in facts] == [1, 2, 3, 4, 5]
    assert [fact.active for fact in facts] == [False, False, False, True, True]
    assert facts == sorted(facts, key=lambda fact: fact.not_before)


def test_whom_the_register_does_not_list_is_told_nothing(
    database: Database, tmp_path: Path
) -> None:
    with make.town(database, tmp_path) as town:
        rows = (tmp_path / "register.json").read_text().replace("subject_changed", "other_fact")
        (tmp_path / "register.json").write_text(rows)
        town.ask(contracts.open_accounts, caller="ops", accounts=[make.family().account()])

        assert town.told() == []


# --- What a callee keeps ---

CalleeBase: Any = declarative_base_for("callee")
subject_tables(CalleeBase)
callee = Store("callee", CalleeBase.metadata)


@pytest.fixture
def desk(database: Database) -> Iterator[Store]:
    """Give the database of a callee, which hears of people and knows nobody yet."""
    database.empty()
    engine = open_engine(database.owner_url)
    CalleeBase.metadata.create_all(engine)
    engine.dispose()
    callee.connect(database.url)
    yield callee
    callee.close()


def fact(version: int = 1, **changes: Any) -> SimpleNamespace:
    """Return a fact as it arrives, of one agent with one right."""
    told = {
        "subject": "01900000-0000-7000-8000-000000000001",
        "kind": "agent",
        "name": "Samir Benali",
        "version": version,
        "not_before": now(),
        "active": True,
        "rights": [{"role": "kitchen", "valid_from": today(), "valid_to": None}],
        **changes,
    }
    return contracts.subject_changed.load(contracts.subject_changed.dump(told))


def hears(desk: Store, *facts: SimpleNamespace) -> list[bool]:
    with desk.write() as write:
        return [apply_subject_changed(write, each) for each in facts]


def test_only_a_newer_fact_replaces_what_a_callee_keeps(desk: Store) -> None:
    lead = {"role": "lead", "valid_from": today(), "valid_to": None}
    new = fact(2, name="Samir Ben Ali", rights=[lead])

    assert hears(desk, fact(1), new, fact(1), new, fact(2)) == [True, True, False, False, False]

    with desk.read() as read:
        assert name_of(read, new.subject) == "Samir Ben Ali"
        assert roles_on(read, new.subject, today()) == {"lead"}


def test_a_newer_fact_that_comes_first_stands(desk: Store) -> None:
    assert hears(desk, fact(3, rights=[]), fact(2), fact(1)) == [True, False, False]

    with desk.read() as read:
        assert roles_on(read, fact().subject, today()) == frozenset()


def test_two_processes_that_hear_at_once_keep_the_newer(desk: Store) -> None:
    facts = [fact(version, name=f"Nom {version}") for version in range(1, 21)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: hears(desk, each), facts[::-2] + facts[::2]))

    with desk.read() as read:
        assert name_of(read, fact().subject) == "Nom 20"


def test_a_right_starts_and_ends_at_midnight_without_a_message(desk: Store) -> None:
    days = {"valid_from": today(), "valid_to": today() + DAY}
    hears(desk, fact(rights=[{"role": "kitchen", **days}]))

    with desk.read() as read:
        held = [holds(read, fact().subject, "kitchen", today() + n * DAY) for n in (-1, 0, 1, 2)]
    assert held == [False, True, True, False]


def test_an_unknown_name_is_empty(desk: Store) -> None:
    with desk.read() as read:
        assert name_of(read, new_id()) == ""


def test_a_callee_lets_in_whom_identity_let_in_and_nobody_after_a_withdrawal(
    desk: Store,
) -> None:
    private, public = make.pem_pair(make.token_signing_key())
    gate = TokenGate(Verifier(public), standings(desk))
    token = issue(private, fact().subject, ENS, "agent")
    refused(lambda: gate.person(token, ENS), NotSignedIn)

    hears(desk, fact(1, not_before=now() - DAY))
    assert gate.person(token, ENS).subject == fact().subject
    refused(lambda: gate.person(token, AGG), NotSignedIn)

    hears(desk, fact(2, not_before=now()))
    refused(lambda: gate.person(token, ENS), NotSignedIn)
    assert gate.person(issue(private, fact().subject, ENS, "agent"), ENS)

    hears(desk, fact(3, active=False))
    refused(lambda: gate.person(issue(private, fact().subject, ENS, "agent"), ENS), NotSignedIn)


# --- What is kept, and for how long ---


def test_the_schema_is_what_the_models_say(town: Town, database: Database) -> None:
    engine = open_engine(database.owner_url)

    assert schema_differences("identity", engine) == []
    engine.dispose()


def test_nothing_to_sign_in_with_lies_in_the_database(
    town: Town, samir: Person, claire: Person
) -> None:
    signed_in = town.signs_in(claire, ENS)
    code = town.grants(signed_in.token, login="nina.roche", name="Nina Roche").code
    secrets = [PASSWORD, samir.totp_secret, signed_in.session, signed_in.token, code]

    stored = everything()

    assert "nina.roche" in stored
    assert not [each for each in secrets if each in stored]
    assert code.replace("-", "") not in stored


def everything() -> str:
    """Return every row of every table, as text."""
    with store.read() as read:
        rows = [
            [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in row]
            for table in store.metadata.sorted_tables
            for row in read.execute(select(table))
        ]
    return "\n".join("|".join(row) for row in rows)


def test_what_is_told_holds_no_login(town: Town, claire: Person) -> None:
    town.grants(town.signs_in(claire, ENS).token, login="nina.roche@exemple.fr")
    outbox = store.metadata.tables["outbox"]

    with store.read() as read:
        bodies = [store.told_body(row).decode() for row in read.execute(select(outbox))]

    assert bodies
    assert not any("nina.roche" in body or "argon2" in body for body in bodies)


def test_what_is_over_is_forgotten_and_what_counts_is_kept(
    town: Town, camille: Person, claire: Person
) -> None:
    refused(lambda: town.signs_in(make.family("personne@exemple.fr")), WrongCredentials)
    town.grants(town.signs_in(claire, ENS).token)

    town.service.forget()
    assert counts() == {LoginTries: 1, SignIn: 1, Invitation: 1}

    town.time_passes(days=2)
    town.service.forget()
    assert counts() == {LoginTries: 0, SignIn: 0, Invitation: 1}

    town.time_passes(days=45)
    town.service.forget()
    assert counts() == {LoginTries: 0, SignIn: 0, Invitation: 0}


def counts() -> dict[type[Any], int]:
    with store.read() as read:
        return {
            model: read.scalar(select(func.count()).select_from(model)) or 0
            for model in (LoginTries, SignIn, Invitation)
        }


def test_every_method_says_who_may_call_it_and_what_the_person_needs() -> None:
    answering, hearing = declarations_of([make.IdentityService])
    rights = {row.method: (row.callers, row.right) for row in answering}
    offices = ("*providers", "front_desk")

    assert {each.event: each.sources for each in hearing} == {
        "draft_opened": ("dossier",),
        "guardian_taken_back": ("dossier",),
        "letter_due": ("portal",),
    }
    assert rights["sign_in"] == (("portal", "*providers", "front_desk"), "anonymous")
    assert rights["open_accounts"] == (("*demo_ops",), "service only")
    for method in ("list_agents", "grant_right", "withdraw_right"):
        assert rights[method] == (offices, "administrator of the calling office")
