"""A code that the town gives to the last administrator of an office, and who is told of it."""

from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from services.identity.mail.posting import place_of
from services.identity.models import Account, CodeByTown, Letter
from services.identity.store import store
from shared.clock import now
from shared.contracts import identity as contracts
from shared.contracts.errors import NotFound, NotSignedIn
from shared.contracts.identity import OthersCanHelp, WrongCredentials
from tests.factories import identity as make
from tests.factories.identity import AGG, DAY, ENS, Person, Town
from tests.factories.refusals import refused


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
    assert isinstance(town.renews(at_work.session, ENS), NotSignedIn)
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
