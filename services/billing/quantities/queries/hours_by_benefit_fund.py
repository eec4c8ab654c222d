"""
Minutes of presence by the family's fund, of a provider's days that it names itself.

Billing alone knows the fund, from the statements of quotients. It gives sums and no household.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from services.billing.models import CountedSheet, HouseholdChild, Quantity, QuantitySheet, Quotient
from services.billing.payers.rules.benefit_fund_on_day import Statement, benefit_fund_on
from shared.contracts.billing.figures.hours_by_benefit_fund import CAF, MSA, FundHours, Sitting
from shared.contracts.enrolment.attendance import PRESENT, UNEXPECTED
from shared.database.chunks import ordered_chunks
from shared.dates.ages import AGES, age_band


@dataclass(frozen=True, slots=True)
class Attended:
    """A child that came to a group on a day, for the household whose day it was."""

    group_id: str
    day: date
    child_id: str
    household_id: str


def hours_by_fund(session: Session, provider: str, sittings: Sequence[Sitting]) -> list[FundHours]:
    """Return the minutes of each line by fund and age on the day."""
    came = _children_who_came(session, provider, sittings)
    statements = _fund_statements(session, {each.household_id for each in came})
    births = _birth_dates(session, {each.child_id for each in came})
    counting = _sittings_by_group_and_day(sittings)
    sums: dict[tuple[int, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(AGES, 0))
    for each in came:
        fund = benefit_fund_on(each.day, statements.get(each.household_id, ()))
        age = age_band(births.get(each.child_id), each.day)
        for line, minutes in counting.get((each.group_id, each.day), ()):
            sums[line, fund][age] += minutes
    return [_row_of_fund(line, fund, minutes) for (line, fund), minutes in sorted(sums.items())]


def _row_of_fund(line: int, fund: str, minutes: Mapping[str, int]) -> FundHours:
    under_6, from_6, from_12, age_unknown = (minutes[age] for age in AGES)
    return {
        "line": line,
        "fund": fund,
        "under_6": under_6,
        "from_6": from_6,
        "from_12": from_12,
        "age_unknown": age_unknown,
    }


def _sittings_by_group_and_day(
    sittings: Sequence[Sitting],
) -> Mapping[tuple[str, date], Sequence[tuple[int, int]]]:
    found: dict[tuple[str, date], list[tuple[int, int]]] = defaultdict(list)
    for each in sittings:
        for day in each["days"]:
            found[each["group_id"], day].append((each["line"], each["minutes"]))
    return found


def _children_who_came(
    session: Session, provider: str, sittings: Sequence[Sitting]
) -> Sequence[Attended]:
    """Return who came to these groups between the first and the last of the days."""
    days = [day for each in sittings for day in each["days"]]
    groups = {each["group_id"] for each in sittings}
    rows = session.execute(
        select(QuantitySheet.group_id, QuantitySheet.day, Quantity.child_id, Quantity.household_id)
        .join(CountedSheet, _same_sheet_version_condition(CountedSheet))
        .join(Quantity, _same_sheet_version_condition(Quantity))
        .where(QuantitySheet.provider == provider, QuantitySheet.group_id.in_(groups))
        .where(QuantitySheet.day.between(min(days), max(days)))
        .where(Quantity.outcome.in_((PRESENT, UNEXPECTED)))
    )
    return [Attended(*row) for row in rows]


def _same_sheet_version_condition(
    table: type[CountedSheet] | type[Quantity],
) -> ColumnElement[bool]:
    return and_(
        table.provider == QuantitySheet.provider,
        table.session_id == QuantitySheet.session_id,
        table.version == QuantitySheet.version,
    )


def _fund_statements(
    session: Session, household_ids: Collection[str]
) -> Mapping[str, Sequence[Statement]]:
    """Return what each household's statements of a fund say, the earliest first."""
    found: dict[str, list[Statement]] = defaultdict(list)
    for chunk in ordered_chunks(household_ids):
        rows = session.execute(
            select(Quotient.household_id, Quotient.valid_from, Quotient.kind)
            .where(Quotient.household_id.in_(chunk), Quotient.kind.in_((CAF, MSA)))
            .order_by(Quotient.valid_from, Quotient.recorded_at, Quotient.id)
        )
        for household_id, valid_from, kind in rows:
            found[household_id].append((valid_from, kind))
    return found


def _birth_dates(session: Session, child_ids: Collection[str]) -> Mapping[str, date]:
    return {
        child_id: born
        for chunk in ordered_chunks(child_ids)
        for child_id, born in session.execute(
            select(HouseholdChild.child_id, HouseholdChild.birth_date).where(
                HouseholdChild.child_id.in_(chunk)
            )
        )
    }
