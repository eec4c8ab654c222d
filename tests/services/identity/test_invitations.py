"""Invitations of agents: the first one, a repeated one, and the first agent of a provider."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from services.identity.models import Invitation
from services.identity.store import store
from shared.contracts.errors import NotEntitled, NotFound, NotSignedIn
from shared.contracts.identity import agents, codes_issued_by_operations, invitations
from shared.contracts.identity.accounts import WeakPassword
from shared.contracts.identity.invitations import InvitationUnknown
from shared.contracts.identity.sign_ins import WrongCredentials
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.identity import AGG, ENS, Person, Town
from tests.factories.refusals import outcome, refused

# --- A code for who comes ---


def test_an_invitation_is_good_once(town: Town, claire: Person) -> None:
    code = town.grants(town.signs_in(claire, ENS).token).code
    town.activates(code)

    refused(lambda: town.activates(code), InvitationUnknown)


@pytest.mark.both_databases
def test_an_invitation_used_twice_at_once_opens_one_account(town: Town, claire: Person) -> None:
    code = town.grants(town.signs_in(claire, ENS).token).code
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(outcome, lambda: town.activates(code)) for _ in "12"]
        results = [each.result() for each in both]

    assert sum(isinstance(each, invitations.ActivateAnswer) for each in results) == 1


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


# --- Telephone or password lost ---


def test_who_lost_the_telephone_is_out_at_once_and_comes_back_with_a_new_one(
    town: Town, claire: Person, samir: Person
) -> None:
    at_work, hers = town.signs_in(samir, ENS), town.signs_in(claire, ENS).token

    code = town.invites_again(hers, samir.subject)

    refused(lambda: town.lets(at_work.token, ENS), NotSignedIn)
    assert isinstance(town.renews(at_work.session, ENS), NotSignedIn)
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


# --- The first administrator ---


def invites(
    town: Town, provider: str = "ens"
) -> codes_issued_by_operations.InviteAdministratorAnswer:
    return town.ask(
        codes_issued_by_operations.invite_administrator, caller="ops", provider=provider
    )


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
    town.published()

    assert invites(town).code == ""
    assert town.published() == []


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
        listed = town.ask(agents.list_agents, caller=ENS, token=town.signs_in(claire, ENS).token)
        assert [agent["login"] for agent in listed.agents] == ["claire.aubry"]


def test_an_agent_named_at_a_second_provider_says_yes_with_the_account_that_it_has(
    database: Database, tmp_path: Path
) -> None:
    with make.town(database, tmp_path, administrators={"agg": "claire.aubry"}) as town:
        claire = town.arrives("claire.aubry", invites(town).code)
        at_school = town.signs_in(claire, ENS)

        assert town.accepts(at_school.token, invites(town, "agg").code) == "agg"

        town.time_passes(minutes=1)
        sports = town.signs_in(claire, AGG).token
        assert town.ask(agents.list_agents, caller=AGG, token=sports).agents


def test_an_unknown_provider_has_no_administrator(town: Town) -> None:
    refused(lambda: invites(town, "opera"), NotFound)
