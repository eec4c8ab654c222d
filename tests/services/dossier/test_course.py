"""The course of a child (rule R10): activity, provider, year, counts per month, for its family."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.dossier.activity_history.queries.history import children_with_activity_history
from services.dossier.data_protection.retention import commands as retention
from services.dossier.data_protection.retention import queries as retention_queries
from services.dossier.models import Course, Link
from services.dossier.service import DossierService
from services.dossier.store import store
from shared.bus.service_declarations import register_rows_of
from shared.contracts.dossier import activity_history_requests
from shared.contracts.dossier import guardians as contracts
from shared.contracts.enrolment import attendance
from shared.contracts.errors import NotFound
from shared.contracts.message import ContractBroken
from shared.dates.clock import now, today
from shared.dates.instant import Instant
from tests.factories import dossier as make
from tests.factories.dossier import Town


@pytest.fixture
def claire(town: Town) -> str:
    """Give a guardian whose daughter Manon is at the school service."""
    one = make.guardian()
    ids = town.arrives(make.household(make.child([one], links=["ens"]), guardians=[one]))
    return str(ids.guardians[one["reference"]])


@pytest.fixture
def manon(town: Town, claire: str) -> str:
    """Give Claire's daughter."""
    return str(town.ask(contracts.my_children, subject=claire).children[0]["id"])


def counts(town: Town, child_id: str, times: int = 12, version: int = 1, **more: Any) -> None:
    usual = {
        "activity": "canteen",
        "label": "Restauration scolaire",
        "school_year": "2026-2027",
        "month": "2026-11",
    }
    source = more.pop("source", "enrolment_ens")
    published = {"child_id": child_id, "times": times, "version": version, **usual, **more}
    town.hear(attendance.activity_counted, source=source, **published)


def course(town: Town, subject: str, child_id: str) -> list[Any]:
    return list(
        town.ask(activity_history_requests.history, subject=subject, child_id=child_id).lines
    )


def test_a_family_reads_activity_provider_year_and_how_often_in_each_month(
    town: Town, claire: str, manon: str
) -> None:
    counts(town, manon, 9, month="2026-10")
    counts(town, manon, 12)
    counts(town, manon, 30, school_year="2025-2026", month="2026-03", label="Cantine")

    this_year, last_year = course(town, claire, manon)

    assert this_year == {
        "provider": "ens",
        "provider_label": "Service Enseignement",
        "activity": "canteen",
        "label": "Restauration scolaire",
        "school_year": "2026-2027",
        "months": {"2026-10": 9, "2026-11": 12},
        "origin": "published",
    }
    assert (last_year["school_year"], last_year["label"]) == ("2025-2026", "Cantine")


def test_a_later_count_replaces_the_earlier_one_whatever_comes_first(
    town: Town, claire: str, manon: str
) -> None:
    counts(town, manon, 13, version=3)
    counts(town, manon, 12, version=2)
    counts(town, manon, 13, version=3)

    (line,) = course(town, claire, manon)
    assert line["months"] == {"2026-11": 13}


def test_a_month_that_was_counted_by_mistake_is_gone(town: Town, claire: str, manon: str) -> None:
    counts(town, manon, 1)
    counts(town, manon, 0, version=2)

    assert course(town, claire, manon) == []


def test_only_who_has_the_child_or_had_it_adds_to_its_course(
    town: Town, claire: str, manon: str
) -> None:
    with pytest.raises(ContractBroken):
        counts(town, manon, source="enrolment_agg")

    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="ens")
    counts(town, manon)

    assert [line["provider"] for line in course(town, claire, manon)] == ["ens"]


def test_nobody_but_the_family_reads_it() -> None:
    answering, _ = register_rows_of([DossierService])
    (declared,) = [each for each in answering if each.method == "history"]

    assert (declared.callers, declared.right) == (("portal",), "guardian of the child, alone")


def test_another_family_has_no_such_child(town: Town, manon: str) -> None:
    other = make.guardian("Autre Parent")
    ids = town.arrives(make.household(make.child([other]), guardians=[other]))

    with pytest.raises(NotFound):
        course(town, ids.guardians[other["reference"]], manon)


def test_it_holds_no_day_and_no_hour() -> None:
    assert set(Course.__table__.columns.keys()) == {
        "child_id",
        "provider",
        "activity",
        "school_year",
        "month",
        "label",
        "times",
        "version",
        "origin",
        "batch",
    }


def test_a_family_deletes_it_and_what_is_told_again_of_these_months_stays_away(
    town: Town, claire: str, manon: str
) -> None:
    month = today().strftime("%Y-%m")
    counts(town, manon, month=month)

    town.ask(activity_history_requests.delete_history, subject=claire, child_id=manon)
    counts(town, manon, 13, version=2, month=month)
    assert course(town, claire, manon) == []

    later = (today() + timedelta(days=31)).strftime("%Y-%m")
    counts(town, manon, 4, month=later)
    assert [line["months"] for line in course(town, claire, manon)] == [{later: 4}]


def test_past_years_of_another_software_are_taken_over_once_and_yield_to_what_is_told(
    town: Town,
) -> None:
    one = make.guardian()
    past = {
        "provider": "ens",
        "activity": "canteen",
        "label": "Cantine",
        "school_year": "2025-2026",
        "months": {"2026-05": 14, "2026-06": 9},
    }
    payload = make.household(make.child([one], course=[past]), guardians=[one])
    ids = town.arrives(payload)
    (guardian_id,), (child_id,) = ids.guardians.values(), ids.children.values()
    town.arrives(payload)

    (line,) = course(town, guardian_id, child_id)
    assert (line["months"], line["origin"]) == (past["months"], "taken_over")

    counts(town, child_id, 10, month="2026-06", school_year="2025-2026")
    town.arrives(payload)
    by_origin = {line["origin"]: line["months"] for line in course(town, guardian_id, child_id)}
    assert by_origin == {"taken_over": {"2026-05": 14}, "published": {"2026-06": 10}}

    town.ask(activity_history_requests.delete_history, subject=guardian_id, child_id=child_id)
    town.arrives(payload)
    assert course(town, guardian_id, child_id) == []


def test_it_is_kept_while_a_provider_has_the_child_and_three_years_after(
    town: Town, claire: str, manon: str
) -> None:
    counts(town, manon)
    assert _due(years=30) == []
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="ens")
    assert _due(years=2) == []

    with store.write() as write:
        write.execute(update(Link).values(opened_at=_ago(1201), closed_at=_ago(1200)))
    town.service.erase_expired_data()

    with store.read() as read:
        assert read.scalars(select(Course)).all() == []


def test_with_the_childs_identity_its_course_is_erased_and_does_not_come_back(
    town: Town, claire: str, manon: str
) -> None:
    counts(town, manon)
    town.ask(contracts.close_link, subject=claire, child_id=manon, provider="ens")

    with store.write() as write:
        retention.erase_due_sections(write, store.register, [manon], _when(2000))
    counts(town, manon, version=2)

    with store.read() as read:
        assert read.scalars(select(Course)).all() == []


def _due(years: int) -> list[str]:
    with store.read() as read:
        counted = children_with_activity_history(read, "", 100)
        return retention_queries.children_with_history_due(read, _when(365 * years), counted)


def _when(days: int) -> Instant:
    return Instant(now() + timedelta(days=days), today() + timedelta(days=days))


def _ago(days: int) -> Any:
    return now() - timedelta(days=days)
