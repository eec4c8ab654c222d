"""The communes of a child's homes: told to a provider that may ask for them, and to no other."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.contracts.dossier import guardians as contracts
from shared.dates.clock import today
from tests.factories import dossier as make
from tests.factories.dossier import Sent, Town


@pytest.fixture
def payload() -> dict[str, Any]:
    """Give Claire's household with Manon, who is at both providers, in the demo town."""
    one = make.guardian()
    return make.household(
        make.child([one]), guardians=[one], address=make.address("2024-09-01", insee="28901")
    )


def _arrives(town: Town, payload: dict[str, Any]) -> tuple[str, str]:
    claire = str(town.arrives(payload).guardians[payload["guardians"][0]["reference"]])
    (home,) = town.ask(contracts.my_children, subject=claire).households
    return claire, str(home)


def _moves(town: Town, claire: str, home: str, insee: str) -> str:
    known = town.ask(contracts.my_household, subject=claire, household_id=home)
    day = (today() + timedelta(days=10)).isoformat()
    town.ask(
        contracts.move_household,
        subject=claire,
        household_id=home,
        base_version=known.version,
        **make.address(day, insee=insee),
    )
    return day


def _residences(town: Town) -> list[Sent]:
    return [each for each in town.sent() if each.projection == "residence"]


@pytest.mark.both_databases
def test_a_provider_that_may_ask_for_communes_learns_of_a_move_and_of_no_street(
    town: Town, register_file: Path, payload: dict[str, Any]
) -> None:
    make.register(register_file, more=[("agg", "residence")])
    claire, home = _arrives(town, payload)
    arrived = _residences(town)
    assert {each.provider for each in arrived} == {"agg"}
    assert arrived[-1].content == {"homes": [[{"insee": "28901", "valid_from": "2024-09-01"}]]}

    day = _moves(town, claire, home, "28902")

    (told,) = _residences(town)
    assert told.content == {
        "homes": [
            [
                {"insee": "28902", "valid_from": day},
                {"insee": "28901", "valid_from": "2024-09-01"},
            ]
        ]
    }


def test_no_provider_learns_of_a_commune_that_the_town_file_does_not_grant_it(
    town: Town, payload: dict[str, Any]
) -> None:
    claire, home = _arrives(town, payload)
    _moves(town, claire, home, "28902")

    assert _residences(town) == []
    assert "28902" not in str([each.content for each in town.sent()])
