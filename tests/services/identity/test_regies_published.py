"""Billing receives who holds the régie of a provider, and of no other right of anybody."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.identity.accounts import queries
from services.identity.models import Account
from services.identity.store import store
from shared.contracts.identity import accounts, sign_ins
from shared.database import Store, declarative_base_for
from shared.dates.clock import today
from shared.person import apply_subject_changed, holds_role, subject_tables
from shared.register.declarations import BILLING, DOSSIER, ENROLMENT, PORTAL
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.identity import AGG, Person, Town

DAY = timedelta(days=1)


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """Give identity of the demo town, where the school's lead collects as its treasurer does."""
    subscribers = (BILLING, DOSSIER, ENROLMENT, PORTAL)
    acts = {("ens", "lead"): ["roll_call", "regie"]}
    with make.town(database, tmp_path, subscribers=subscribers, acts=acts) as town:
        yield town


@pytest.fixture
def claire(town: Town) -> str:
    """Give the token of the school service's administrator."""
    person = make.agent("claire.aubry", ("ens", "administrator"), name="Claire Aubry")
    town.opens(person)
    return str(town.signs_in(person, make.ENS).token)


@pytest.fixture
def billing(tmp_path: Path) -> Iterator[Store]:
    """Give what billing keeps of people."""
    base = declarative_base_for("billing")
    subject_tables(base)
    kept = Store("billing", base.metadata)
    kept.connect(f"sqlite:///{tmp_path / 'billing.sqlite'}", None)
    with kept.write() as write:
        base.metadata.create_all(write.connection())
    yield kept
    kept.close()


def received(town: Town) -> list[accounts.SubjectChanged]:
    """Return the events published to billing, oldest first."""
    return [event for principal, event in town.published() if principal == BILLING]


def named(town: Town, claire: str, role: str, **more: Any) -> str:
    """Let the administrator give Odile a role, who says yes to her first; return her subject."""
    login = "odile.marchand"
    code = town.grants(claire, login=login, name="Odile Marchand", role=role, **more).code
    with store.read() as read:
        odile = queries.account_by_login(read, "agent", login)
    assert odile is not None
    return odile.subject if odile.active else town.arrives(login, code).subject


def test_billing_hears_of_a_family(town: Town) -> None:
    person = make.family()
    town.ask(accounts.open_accounts, caller="ops", accounts=[person.account()])

    (event,) = received(town)

    assert (event.subject, event.kind, event.rights) == (person.subject, "family", [])


def test_billing_hears_that_somebody_holds_a_regie_and_not_which_roles(
    town: Town, claire: str
) -> None:
    named(town, claire, "school_desk")
    assert received(town) == []

    named(town, claire, "treasurer")

    (event,) = received(town)
    (right,) = event.rights
    assert (right["role"], right["valid_from"], right["valid_to"]) == ("regie_ens", today(), None)


def test_two_roles_that_collect_from_one_day_are_one_right_and_the_longest(
    town: Town, claire: str, billing: Store
) -> None:
    named(town, claire, "treasurer", valid_to=today() + 30 * DAY)
    subject = named(town, claire, "lead")

    event = received(town)[-1]

    assert [(each["role"], each["valid_to"]) for each in event.rights] == [("regie_ens", None)]
    with billing.write() as write:
        assert apply_subject_changed(write, event)
    with billing.read() as read:
        assert holds_role(read, subject, "regie_ens", today() + 60 * DAY)


def test_of_two_roles_that_end_the_later_end_counts_whichever_came_first(
    town: Town, claire: str
) -> None:
    named(town, claire, "lead", valid_to=today() + 90 * DAY)
    named(town, claire, "treasurer", valid_to=today() + 30 * DAY)

    (right,) = received(town)[-1].rights

    assert right["valid_to"] == today() + 90 * DAY


def test_roles_that_begin_on_two_days_stay_two_rights(town: Town, claire: str) -> None:
    named(town, claire, "treasurer")
    named(town, claire, "lead", valid_from=today() + DAY)

    rights = received(town)[-1].rights

    assert [right["valid_from"] for right in rights] == [today(), today() + DAY]
    assert {right["role"] for right in rights} == {"regie_ens"}


def test_who_no_longer_holds_it_is_told_with_an_empty_list(
    town: Town, claire: str, billing: Store
) -> None:
    subject = named(town, claire, "treasurer")
    first = received(town)[-1]

    town.withdraws(claire, subject, "treasurer")

    (last,) = received(town)
    assert (last.subject, last.rights) == (subject, [])
    for event in (first, last):
        with billing.write() as write:
            apply_subject_changed(write, event)
    with billing.read() as read:
        assert not holds_role(read, subject, "regie_ens", today())


def test_the_regie_of_one_provider_is_not_that_of_another(town: Town) -> None:
    person = make.agent("yann.le.goff", ("agg", "treasurer"), ("ens", "kitchen"))
    town.ask(accounts.open_accounts, caller="ops", accounts=[person.account()])

    (event,) = received(town)

    assert [right["role"] for right in event.rights] == ["regie_agg"]


def test_an_agent_who_never_collected_is_unknown_to_billing(town: Town) -> None:
    person: Person = make.agent("samir.benali", ("ens", "kitchen"))
    town.ask(accounts.open_accounts, caller="ops", accounts=[person.account()])

    town.ask(sign_ins.sign_out, caller=AGG, session="none")

    assert received(town) == []
    with store.read() as read:
        assert read.scalars(select(Account)).one().kind == "agent"
