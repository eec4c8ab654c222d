"""The dossier of the demo town on both databases, with a family in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.dossier.households.queries.households_for_billing import households_never_published
from services.dossier.models import Child, ChildNameWord, Guardian, GuardianNameWord
from services.dossier.sharing.guardian_cards.queries import guardians_never_published
from services.dossier.store import store
from shared.contracts.dossier import guardians as contracts
from shared.database.words.word_index import words_of_names
from tests.databases import Database
from tests.factories import dossier as make
from tests.factories.dossier import Town
from tests.factories.joined_children import Twofold, child_in_two_files


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """Give the dossier of the demo town on a fresh database."""
    with make.opened(database, tmp_path / "register.json") as opened:
        yield opened
        words_follow_names()
        nobody_waits_for_a_card()


def words_follow_names() -> None:
    """Whatever a test has done, who has a name is found by it, and nothing is left of others."""
    children = select(Child.id, Child.first_name, Child.last_name)
    with store.read() as read:
        for named, subject in (
            (children.where(Child.first_name.is_not(None)), ChildNameWord.child_id),
            (select(Guardian.id, Guardian.name), GuardianNameWord.guardian_id),
        ):
            rows = read.execute(named)
            wanted = {(who, word) for who, *names in rows for word in words_of_names(*names)}
            kept = set(read.execute(select(subject, subject.class_.word)))
            assert kept == wanted


def nobody_waits_for_a_card() -> None:
    """Whatever a test has done, whoever it made is told of: the task looks for them once a day."""
    with store.read() as read:
        for never_published in (guardians_never_published, households_never_published):
            found, _ = never_published(read, "")
            assert found == []


@pytest.fixture
def register_file(tmp_path: Path) -> Path:
    """Give the file of the register that the dossier reads."""
    return tmp_path / "register.json"


@pytest.fixture
def twofold(database: Database, register_file: Path) -> Iterator[Twofold]:
    """Give one child in two files, of its mother and of its father."""
    with child_in_two_files(database, register_file) as twofold:
        yield twofold


@pytest.fixture
def claire(town: Town) -> str:
    """Give a guardian whose daughter Manon is at both providers, nothing told yet."""
    one = make.guardian()
    ids = town.arrives(make.household(make.child([one]), guardians=[one]))
    return str(ids.guardians[one["reference"]])


@pytest.fixture
def manon(town: Town, claire: str) -> str:
    """Give Claire's daughter, after her first projections have left."""
    town.sent()
    return str(town.ask(contracts.my_children, subject=claire).children[0]["id"])


@pytest.fixture
def family() -> dict[str, Any]:
    """Give the row of Claire's household with Manon, as another software has it."""
    one = make.guardian()
    return make.household(
        make.child([one], sections={"diet": make.diet()}),
        guardians=[one],
        address=make.address(),
    )
