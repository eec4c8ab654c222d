"""Hours by the family's fund: billing's sums of days that a provider names, nobody in them."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.billing.payers.rules.benefit_fund_on_day import benefit_fund_on
from shared.contracts.billing.figures import hours_by_benefit_fund
from shared.contracts.errors import NotEntitled
from tests.databases import Database
from tests.factories import billing as make
from tests.factories import runs
from tests.factories.runs import child, family, home

SEPTEMBER, WEDNESDAY, THURSDAY = date(2026, 9, 1), date(2026, 11, 4), date(2026, 11, 5)


@pytest.fixture
def billing(database: Database, tmp_path: Path) -> Iterator[None]:
    with runs.billing_on(database, tmp_path):
        yield


def parted(*sittings: tuple[int, str, int, date], **more: Any) -> dict[tuple[int, str], list[int]]:
    """Return minutes by line and fund: under 6, 6 to 11, 12 and over, of no known age."""
    asked = [
        {"line": line, "group_id": group, "minutes": minutes, "days": [day]}
        for line, group, minutes, day in sittings
    ]
    answer = make.ask(make.holder(**more), hours_by_benefit_fund.fund_hours, sittings=asked)
    return {
        (row["line"], row["fund"]): [
            row[age] for age in ("under_6", "from_6", "from_12", "age_unknown")
        ]
        for row in answer.rows
    }


@pytest.mark.both_databases
def test_minutes_are_added_by_line_fund_and_age_of_who_came_alone(billing: None) -> None:
    for number in (1, 2, 3):
        family(number)
    make.quotient(1, 50_000, SEPTEMBER)
    make.quotient(2, 60_000, SEPTEMBER, kind="msa")
    first = runs.sheet(
        WEDNESDAY,
        (home(1), child(10), "present"),
        (home(2), child(20), "unexpected"),
        (home(3), child(30), "absent"),
    )
    second = runs.sheet(THURSDAY, (home(3), child(30), "present"), (home(1), child(10), "excused"))

    found = parted((0, first, 540, WEDNESDAY), (1, second, 90, THURSDAY))

    assert {key: sum(minutes) for key, minutes in found.items()} == {
        (0, "caf"): 540,
        (0, "msa"): 540,
        (1, "unknown"): 90,
    }
    assert parted((0, first, 540, THURSDAY)) == {}, "the group did not meet on that day"


def test_a_corrected_sheet_counts_once_and_another_provider_s_days_not_at_all(
    billing: None,
) -> None:
    family(1)
    session = runs.sheet(WEDNESDAY, (home(1), child(10), "present"))
    runs.sheet(WEDNESDAY, (home(1), child(10), "absent"), session_id=session, version=2)
    later = runs.sheet(THURSDAY, (home(1), child(10), "present"))
    runs.sheet(THURSDAY, (home(1), child(10), "present"), session_id=later, version=2)

    assert sum(parted((0, session, 60, WEDNESDAY), (0, later, 60, THURSDAY))[0, "unknown"]) == 60
    assert parted((0, later, 60, THURSDAY), principal="enrolment_agg", provider="agg") == {}


def test_who_holds_no_regie_is_told_nothing(billing: None) -> None:
    with pytest.raises(NotEntitled):
        make.ask(
            make.guardian(1),
            hours_by_benefit_fund.fund_hours,
            "enrolment_ens",
            sittings=[{"line": 0, "group_id": home(1), "minutes": 60, "days": [WEDNESDAY]}],
        )


def test_a_family_stays_with_its_fund_until_another_one_says_so() -> None:
    told = [(date(2026, 1, 1), "caf"), (date(2026, 10, 1), "msa")]

    assert [benefit_fund_on(day, told) for day in (date(2025, 9, 1), SEPTEMBER, WEDNESDAY)] == [
        "caf",
        "caf",
        "msa",
    ]
    assert benefit_fund_on(WEDNESDAY, []) == "unknown"
