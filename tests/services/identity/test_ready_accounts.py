"""Accounts that a town of demonstration opens ready for use, and no other town."""

from pathlib import Path

import pytest

from shared.contracts.errors import BadRequest, NotAllowed, Refusal
from shared.contracts.identity import accounts
from shared.contracts.identity.accounts import WeakPassword
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.identity import Person, Town
from tests.factories.refusals import refused


def test_ready_accounts_open_once_and_stay_as_they_are(town: Town) -> None:
    people = [make.family(f"famille{n}@exemple.fr") for n in range(3)]
    ready = [person.account() for person in people]

    first = town.ask(accounts.open_accounts, caller="ops", accounts=ready)
    ready[0]["name"] = "Autre Nom"
    again = town.ask(accounts.open_accounts, caller="ops", accounts=ready)

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
