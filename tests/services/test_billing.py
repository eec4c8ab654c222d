"""Billing on both databases: quantities of every provider, each version kept, and no price."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DatabaseError

from services.billing.models import Quantity, QuantitySheet, ToBill
from services.billing.service import BillingService
from services.billing.store import store
from shared.bus import DEMO_OPS, DOSSIER, FRONT_DESK, IDENTITY, OPS, PORTAL, PROVIDERS
from shared.bus.service_declarations import register_rows_of
from shared.contracts.enrolment.attendance import attendance_recorded
from shared.contracts.errors import NotAllowed
from shared.contracts.message import ContractBroken
from shared.database.store import purge_kit_tables
from shared.database.tables.kit_tables import kit_table
from shared.dates.clock import now
from shared.runtime.ids import new_id
from tests.databases import Database
from tests.factories import runs
from tests.factories.travelling import handled

ENS, AGG = "enrolment_ens", "enrolment_agg"
SESSION, GROUP = new_id(), new_id()
MANON, NOLAN = new_id(), new_id()
HOME, OTHER_HOME = new_id(), new_id()
NOVEMBER_27 = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
DECEMBER_4 = datetime(2026, 12, 4, 9, 0, tzinfo=UTC)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[BillingService]:
    """Give billing of the demo town on a fresh database."""
    with runs.billing_on(database, tmp_path):
        yield BillingService()


def line(child_id: str = MANON, outcome: str = "present", quantity: int = 1) -> dict[str, Any]:
    home = HOME if child_id == MANON else OTHER_HOME
    return {"child_id": child_id, "household_id": home, "outcome": outcome, "quantity": quantity}


def tell(billing: BillingService, *lines: dict[str, Any], source: str = ENS, **more: Any) -> None:
    """Let a provider tell one version of a sheet, as the kit does."""
    usual = {
        "session_id": SESSION,
        "version": 1,
        "activity": "canteen",
        "group_id": GROUP,
        "day": NOVEMBER_27.date(),
        "late": False,
        "closed_at": NOVEMBER_27,
    }
    handled(billing, attendance_recorded, source, **{**usual, **more, "lines": list(lines)})


def counted(version: int, provider: str = "ens") -> dict[str, tuple[str, int]]:
    rows = select(Quantity).where(Quantity.provider == provider, Quantity.version == version)
    with store.read() as read:
        return {row.child_id: (row.outcome, row.quantity) for row in read.scalars(rows)}


def present(provider: str = "ens") -> int:
    rows = select(func.max(QuantitySheet.version)).where(QuantitySheet.provider == provider)
    with store.read() as read:
        return read.scalar(rows) or 0


def test_a_closed_group_is_counted_by_child_and_household_without_a_price(
    billing: BillingService,
) -> None:
    tell(billing, line(), line(NOLAN, "absent"))

    assert counted(1) == {MANON: ("present", 1), NOLAN: ("absent", 1)}
    columns = set(QuantitySheet.__table__.columns.keys()) | set(Quantity.__table__.columns.keys())
    assert not {column for column in columns if "price" in column or "name" in column}


@pytest.mark.both_databases
def test_a_tablet_that_comes_back_on_4_december_leaves_what_was_billed_and_loses_nothing(
    billing: BillingService,
) -> None:
    tell(billing, line(outcome="absent"), line(NOLAN, "excused", 0))
    billed = counted(1)

    tell(
        billing,
        line(),
        line(NOLAN, "unexpected"),
        version=2,
        late=True,
        closed_at=DECEMBER_4,
    )

    assert counted(1) == billed
    assert present() == 2
    with store.read() as read:
        assert read.scalars(select(QuantitySheet.late).order_by(QuantitySheet.version)).all() == [
            False,
            True,
        ]
        touched = {row.household_id: row.touched for row in read.scalars(select(ToBill))}
    assert touched == {HOME: 2, OTHER_HOME: 1}


@pytest.mark.both_databases
def test_the_same_version_told_twice_counts_once(billing: BillingService) -> None:
    tell(billing, line())
    tell(billing, line())

    with store.read() as read:
        assert len(read.scalars(select(Quantity)).all()) == 1


def test_an_earlier_version_that_comes_late_replaces_nothing(billing: BillingService) -> None:
    tell(billing, line(quantity=2), version=2)
    tell(billing, line(quantity=1), version=1)

    assert present() == 2
    assert counted(present()) == {MANON: ("present", 2)}


def test_a_sheet_on_which_nobody_is_left_counts_nothing(billing: BillingService) -> None:
    tell(billing, line())
    tell(billing, version=2)

    assert (present(), counted(2)) == (2, {})


def test_a_provider_counts_in_its_own_name_alone(billing: BillingService) -> None:
    tell(billing, line(), source=ENS)
    tell(billing, line(NOLAN), source=AGG)

    assert counted(1, "ens") == {MANON: ("present", 1)}
    assert counted(1, "agg") == {NOLAN: ("present", 1)}
    with pytest.raises(NotAllowed):
        tell(billing, line(), source="portal")


def test_a_child_that_stands_twice_on_a_sheet_is_refused(billing: BillingService) -> None:
    with pytest.raises(ContractBroken):
        tell(billing, line(), line())

    assert present() == 0


@pytest.mark.both_databases
def test_what_was_counted_is_never_changed(billing: BillingService) -> None:
    tell(billing, line())

    for change in (update(Quantity).values(quantity=9), delete(QuantitySheet), delete(Quantity)):
        with pytest.raises(DatabaseError), store.write() as write:
            write.execute(change)


def test_billing_remembers_for_longer_than_a_year_what_it_has_heard(
    billing: BillingService,
) -> None:
    inbox = kit_table(store.metadata, "inbox")
    with store.write() as write:
        for days in (1, 399, 401):
            moment = now() - timedelta(days=days)
            write.execute(inbox.insert().values(id=f"{days}", received_at=moment))

        purge_kit_tables(write, inbox_days=billing.inbox_days)

        assert set(write.scalars(select(inbox.c.id))) == {"1", "399"}


def test_billing_hears_quantities_and_who_pays_and_nothing_else_of_a_child() -> None:
    answering, hearing = register_rows_of([BillingService])

    assert {subscription.event: subscription.sources for subscription in hearing} == {
        "attendance_recorded": (PROVIDERS,),
        "place_recorded": (PROVIDERS,),
        "tariff_published": (PROVIDERS,),
        "residences_published": (PROVIDERS,),
        "household_changed": (DOSSIER,),
        "file_held": (DOSSIER,),
        "subject_changed": (IDENTITY,),
        "email_reach_changed": (IDENTITY,),
    }
    assert {method.callers for method in answering} == {
        (DEMO_OPS,),
        (DOSSIER,),
        (OPS,),
        (FRONT_DESK,),
        (PORTAL,),
        (PROVIDERS,),
    }


def test_nobody_asks_billing_but_a_family_or_an_agent_for_what_is_its_own() -> None:
    answering, _ = register_rows_of([BillingService])

    rights = {
        method.method: method.right
        for method in answering
        if method.callers in ((PORTAL,), (PROVIDERS,), (FRONT_DESK,))
    }

    of_a_person = {
        "family",
        "guardian of the household",
        "guardian of the bill's household",
        "guardian of the past bill's household",
        "guardian of the payment's household",
        "guardian of the certificate's household",
        "guardian of the mandate's household",
        "régie of the calling provider",
        "holds a régie, whose own bills alone are shown",
    }
    assert {method for method, right in rights.items() if right not in of_a_person} == {
        "find_bill",
        "note_notification",
        "payment_state_by_reference",
        "publish_again",  # a service alone, of what it subscribes to
        "published_versions",
        "quote",  # published prices: no person in them
        "start_payment_by_reference",
    }
