"""Copies of accounts and rights at callees."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import pytest

from shared.contracts.errors import NotSignedIn
from shared.contracts.identity import accounts
from shared.database import Store, declarative_base_for
from shared.database.engines import open_engine
from shared.dates.clock import now, today
from shared.person import (
    SUBJECTS,
    TokenCheck,
    Verifier,
    account_status_lookup,
    apply_subject_changed,
    holds_role,
    issue_token,
    name_of_subject,
    roles_on,
    subject_tables,
)
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.identity import AGG, DAY, ENS
from tests.factories.refusals import refused

CalleeBase: Any = declarative_base_for("callee")
subject_tables(CalleeBase)
callee = Store("callee", CalleeBase.metadata)


@pytest.fixture
def desk(database: Database) -> Iterator[Store]:
    """Give the database of a callee, which subscribes to accounts and knows nobody yet."""
    database.empty()
    engine = open_engine(database.owner_url)
    CalleeBase.metadata.create_all(engine)
    engine.dispose()
    callee.connect(database.url)
    yield callee
    callee.close()


def event(version: int = 1, **changes: Any) -> accounts.SubjectChanged:
    """Return an event as it arrives, of one agent with one right."""
    published = {
        "subject": "01900000-0000-7000-8000-000000000001",
        "kind": "agent",
        "name": "Samir Benali",
        "version": version,
        "not_before": now(),
        "active": True,
        "rights": [{"role": "kitchen", "place": "", "valid_from": today(), "valid_to": None}],
        **changes,
    }
    return accounts.subject_changed.load(accounts.subject_changed.dump(published))


def subscribes(desk: Store, *events: accounts.SubjectChanged) -> list[bool]:
    with desk.write() as write:
        return [apply_subject_changed(write, each) for each in events]


def test_only_a_newer_fact_replaces_what_a_callee_keeps(desk: Store) -> None:
    lead = {"role": "lead", "valid_from": today(), "valid_to": None}
    new = event(2, name="Samir Ben Ali", rights=[lead])

    assert subscribes(desk, event(1), new, event(1), new, event(2)) == [
        True,
        True,
        False,
        False,
        False,
    ]

    with desk.read() as read:
        assert name_of_subject(read, new.subject) == "Samir Ben Ali"
        assert roles_on(read, new.subject, today()) == {"lead"}


@pytest.mark.parametrize("begun_anew", [False, True], ids=["as-ever", "begun-anew"])
def test_what_is_stored_of_an_account_is_all_that_is_compared_of_it(
    desk: Store, begun_anew: bool
) -> None:
    published = event(anew_from=now() if begun_anew else None)
    with desk.write() as write:
        apply_subject_changed(write, published)

    with desk.read() as read:
        (stored,) = SUBJECTS.rows(read, "identity")

    said = asdict(published)
    assert stored.version == said.pop("version")
    assert stored.content == said


def test_a_newer_fact_that_comes_first_stands(desk: Store) -> None:
    assert subscribes(desk, event(3, rights=[]), event(2), event(1)) == [True, False, False]

    with desk.read() as read:
        assert roles_on(read, event().subject, today()) == frozenset()


@pytest.mark.both_databases
def test_two_processes_that_hear_at_once_keep_the_newer(desk: Store) -> None:
    events = [event(version, name=f"Nom {version}") for version in range(1, 21)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: subscribes(desk, each), events[::-2] + events[::2]))

    with desk.read() as read:
        assert name_of_subject(read, event().subject) == "Nom 20"


def test_a_right_starts_and_ends_at_midnight_without_a_message(desk: Store) -> None:
    days = {"valid_from": today(), "valid_to": today() + DAY}
    subscribes(desk, event(rights=[{"role": "kitchen", **days}]))

    with desk.read() as read:
        held = [
            holds_role(read, event().subject, "kitchen", today() + n * DAY) for n in (-1, 0, 1, 2)
        ]
    assert held == [False, True, True, False]


def test_an_unknown_name_is_empty(desk: Store) -> None:
    with desk.read() as read:
        assert name_of_subject(read, new_id()) == ""


def test_a_callee_lets_in_whom_identity_let_in_and_nobody_after_a_withdrawal(
    desk: Store,
) -> None:
    private, public = make.pem_pair(make.new_token_signing_key())
    gate = TokenCheck(Verifier(public), account_status_lookup(desk))
    token = issue_token(private, event().subject, ENS, "agent")
    refused(lambda: gate.person(token, ENS), NotSignedIn)

    subscribes(desk, event(1, not_before=now() - DAY))
    assert gate.person(token, ENS).subject == event().subject
    refused(lambda: gate.person(token, AGG), NotSignedIn)

    subscribes(desk, event(2, not_before=now()))
    refused(lambda: gate.person(token, ENS), NotSignedIn)
    assert gate.person(issue_token(private, event().subject, ENS, "agent"), ENS)

    subscribes(desk, event(3, active=False))
    refused(
        lambda: gate.person(issue_token(private, event().subject, ENS, "agent"), ENS), NotSignedIn
    )
