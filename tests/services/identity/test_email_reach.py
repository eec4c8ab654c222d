"""Billing hears whether e-mails reach a guardian, never where, and nobody else hears it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from services.identity.accounts.commands.publishing import publish_subject_changed
from services.identity.models import Account
from services.identity.store import store
from shared.contracts.identity import accounts
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import today
from shared.register.declarations import BILLING, DOSSIER, ENROLMENT, PORTAL
from tests.databases import Database
from tests.factories import identity as make
from tests.factories.identity import Town


@pytest.fixture
def town(database: Database, tmp_path: Path) -> Iterator[Town]:
    """Give identity of the demo town, with billing among who listens."""
    subscribers = (BILLING, DOSSIER, ENROLMENT, PORTAL)
    with make.town(database, tmp_path, subscribers=subscribers) as town:
        yield town


def reaches() -> list[dict[str, Any]]:
    """Return what waits for billing of this, oldest first, and empty the outbox."""
    outbox = kit_table(store.metadata, "outbox")
    with store.write() as write:
        rows = write.execute(select(outbox).order_by(outbox.c.published_at, outbox.c.id)).all()
        write.execute(outbox.delete())
    own = [row for row in rows if row.key == "event.email_reach_changed"]
    return [json.loads(store.unsealed_body(row)) for row in own]


def changed(subject: str, **columns: Any) -> None:
    """Change an account and publish its state."""
    with store.write() as write:
        write.execute(update(Account).where(Account.subject == subject).values(**columns))
        account = write.get_one(Account, subject, populate_existing=True)
        publish_subject_changed(write, account, store.register, today())


def test_a_guardian_whose_login_is_an_address_is_reached_and_the_address_is_not_told(
    town: Town,
) -> None:
    camille = make.family("camille@exemple.fr")

    town.ask(accounts.open_accounts, caller="ops", accounts=[camille.account()])

    [told] = reaches()
    assert told == {"subject": camille.subject, "version": 1, "by_email": True}


def test_a_login_on_paper_and_an_account_that_is_closed_are_not_reached(town: Town) -> None:
    camille = make.family("famille-7k2p")
    town.ask(accounts.open_accounts, caller="ops", accounts=[camille.account()])
    changed(camille.subject, login="camille@exemple.fr")
    changed(camille.subject, active=False)

    told = reaches()

    assert [each["by_email"] for each in told] == [False, True, False]
    assert [each["version"] for each in told] == [1, 2, 3]


def test_of_an_agent_nothing_is_told(town: Town) -> None:
    town.opens(make.agent("samir.benali", ("ens", "treasurer"), name="Samir Benali"))

    assert reaches() == []
