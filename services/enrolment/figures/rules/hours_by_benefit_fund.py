"""
Hours for the CAF parted by the families' fund: how billing is asked, and what its sums make. Pure.

Billing alone knows a family's fund (rule R11). It receives which days belong to which line of the
statement, and answers with sums.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.enrolment.figures.rules.caf_hours import (
    HoursLine,
    minutes_counted_by_child,
    slot_of_session,
)
from shared.contracts.billing.figures.hours_by_benefit_fund import (
    CAF,
    MSA,
    UNKNOWN,
    FundHours,
    Sitting,
)
from shared.dates.ages import AGES


@dataclass(frozen=True)
class Met:
    """A closed session: where and when a group met, and for how long."""

    site: str
    activity: str
    group_id: str
    day: date
    starts: str
    minutes: int


def sittings_behind_lines(
    met: Iterable[Met], lines: Sequence[HoursLine], holidays: Collection[date]
) -> list[Sitting]:
    """Return which days of which groups count in which of these lines, and for how long."""
    numbers = {(each.site, each.activity, each.slot): at for at, each in enumerate(lines)}
    days: dict[tuple[int, str, int], list[date]] = defaultdict(list)
    for each in met:
        slot = slot_of_session(each.day, each.starts, holidays)
        number = numbers.get((each.site, each.activity, slot))
        if number is not None:
            minutes = minutes_counted_by_child(slot, each.starts, each.minutes)
            days[number, each.group_id, minutes].append(each.day)
    return [
        {"line": line, "group_id": group_id, "minutes": minutes, "days": sorted(of)}
        for (line, group_id, minutes), of in sorted(days.items())
    ]


def lines_parted_by_fund(lines: Sequence[HoursLine], hours: Iterable[FundHours]) -> list[HoursLine]:
    """
    Return each line parted by fund, what no fund is known of last.

    Who is in no household is in no sum of billing's, and counts: of an unknown fund is all that is
    left of a line.
    """
    by_line: dict[int, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in hours:
        by_line[row["line"]][row["fund"]].update(
            under_6=row["under_6"],
            from_6=row["from_6"],
            from_12=row["from_12"],
            age_unknown=row["age_unknown"],
        )
    return [part for at, line in enumerate(lines) for part in _lines_of_funds(line, by_line[at])]


def surplus_minutes(lines: Iterable[HoursLine], parted: Iterable[HoursLine]) -> int:
    """Return by how much the parts are more than their lines: billing counts what is not here."""
    return sum(each.total for each in parted) - sum(each.total for each in lines)


def _lines_of_funds(line: HoursLine, hours: Mapping[str, Mapping[str, int]]) -> Iterator[HoursLine]:
    left = {age: getattr(line, age) for age in AGES}
    for fund in (CAF, MSA):
        minutes = {age: hours.get(fund, {}).get(age, 0) for age in AGES}
        if any(minutes.values()):
            yield _line_of_fund(line, fund, minutes)
            left = {age: max(0, left[age] - minutes[age]) for age in AGES}
    if any(left.values()):
        yield _line_of_fund(line, UNKNOWN, left)


def _line_of_fund(line: HoursLine, fund: str, minutes: Mapping[str, int]) -> HoursLine:
    counted = (minutes[age] for age in AGES)
    return HoursLine(line.site, line.activity, line.slot, *counted, fund=fund)
