"""
Erasure dates of sections: the register's rule, and the date from which it runs.

Pure. Nothing of a child whom a provider has is due, so that the care core of an open link is never
touched (rule R6); a ruling alone is let go once it has ended. Who the child is goes last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from shared.dates.retention_periods import day_after, end_of_school_year
from shared.json_values import JsonMapping
from shared.register import Section
from shared.register.entitlement import SECTIONS

IDENTITY, CUSTODY, PAPERS = "identity", "custody", "papers"
COURSE_KEPT = "3 years"
"""After the end of the last link (rule R10), unless the family deletes it before."""


@dataclass(frozen=True)
class Use:
    """Use of a child's file: `ended` is the day on which the last link closed."""

    linked: bool
    ended: date | None


@dataclass(frozen=True)
class EnteredSection:
    """A section with content, last changed on `day`; `measures_end`: see below."""

    section: str
    day: date
    measures_end: date | None = None


@dataclass(frozen=True)
class Due:
    """A section to be erased since `due_on`, under `rule`."""

    child_id: str
    section: str
    rule: str
    due_on: date


def due_sections(
    child_id: str,
    entered: Iterable[EnteredSection],
    use: Use,
    rules: Mapping[str, Section],
    day: date,
) -> list[Due]:
    """Return what of one child is to be erased on that day."""
    kept, due = [], []
    for section in entered:
        rule = rules[section.section]
        on = erasure_day_of_section(section, use, rule)
        if on is None or on > day:
            kept.append(section.section)
        else:
            due.append(Due(child_id, section.section, _rule_in_short(rule), on))
    due.sort(key=lambda section: SECTIONS.index(section.section))
    return [section for section in due if section.section != IDENTITY or not kept]


def erasure_day_of_section(entered: EnteredSection, use: Use, rule: Section) -> date | None:
    """Return the day from which the section is to be erased, or None while it is of use."""
    if rule.reference_date == "end_of_measure" and entered.measures_end:
        return day_after(entered.measures_end, rule.retention)
    if use.linked:
        return None
    last = max(entered.day, use.ended or entered.day)
    if rule.reference_date == "end_of_school_year":
        last = end_of_school_year(last)
    return day_after(last, rule.retention)


def erasure_day_of_activity_history(use: Use) -> date | None:
    """Return the day from which the course is to be erased, or None while the file is of use."""
    return None if use.linked or use.ended is None else day_after(use.ended, COURSE_KEPT)


def last_day_of_rulings(custody: JsonMapping) -> date | None:
    """Return the last day of the last ruling; None where there is none, or one without an end."""
    ends = [ruling.get("valid_to") for ruling in custody.get("barred", [])]
    return max(map(date.fromisoformat, ends)) if ends and all(ends) else None


def _rule_in_short(rule: Section) -> str:
    return f"{rule.retention} after {rule.reference_date}"
