"""
Completeness of a child's dossier for an activity, as required by the town file.

Pure. A dossier is complete where all that is needed is there and the desk has checked who the
guardian is and that the child is theirs. Completeness is said and never waited for: school
enrolment may ask for three papers (art. D131-3-1 code de l'éducation), and goes on without them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from shared.contracts.sections import SECTIONS, papers
from shared.register.entitlement import SCHOOL, Activity

CHILD_IDENTITY, GUARDIAN_IDENTITY, DOMICILE = "child_identity", "guardian_identity", "domicile"
PAPERS = (CHILD_IDENTITY, GUARDIAN_IDENTITY, DOMICILE)
"""The three papers of art. D131-3-1, each in any form; no activity asks for another one."""

TOLD = tuple(code for code, section in SECTIONS.items() if section.needed_as)
ADDRESS, COMMUNE = "address", "commune"
KEPT = tuple(papers.KINDS)
NEEDS = (*PAPERS, *TOLD, *KEPT, ADDRESS, COMMUNE)
"""
Requirements of a town file: papers of a registration, recorded sections, papers that the family
keeps, the household's place of residence.
"""

IDENTITY_CHECK, LINK_CHECK = "identity_check", "link_check"
CHECKS = (IDENTITY_CHECK, LINK_CHECK)
"""Checks that only a desk can make: the guardian's identity, and the parental link."""


@dataclass(frozen=True, slots=True)
class Needs:
    """
    Requirements of one activity (`of` is its code), or of all activities of one regime.

    `for_stay` is needed by the stay alone, by the day `by` ("07-01") of each year.
    """

    of: str
    first: tuple[str, ...]
    for_stay: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """Requirements not met yet: `missing` for the dossier to be complete, `later` by a day."""

    missing: tuple[str, ...]
    later: tuple[str, ...] = ()
    by: date | None = None

    @property
    def is_complete(self) -> bool:
        return not self.missing


def needs_of_activity(activity: Activity, listed: Sequence[Needs]) -> Needs | None:
    """
    Return what an activity needs: its own line or its regime's, and what its tags ask for.

    None where neither is there. A tag adds nothing to school enrolment, which may ask for the three
    papers alone.
    """
    by_code = {each.of: each for each in listed}
    needs = by_code.get(activity.code) or by_code.get(activity.regime)
    tagged = tuple(
        code for code in SECTIONS if SECTIONS[code].asked_by and is_section_asked(code, [activity])
    )
    if not tagged or activity.regime == SCHOOL:
        return needs
    needs = needs or Needs(activity.code, ())
    return replace(needs, first=tuple(dict.fromkeys((*needs.first, *tagged))))


def is_section_asked(section: str, activities: Iterable[Activity]) -> bool:
    """Return whether a family with these activities is asked for a section at all."""
    tags = SECTIONS[section].asked_by
    return not tags or any(set(tags) & set(activity.tags) for activity in activities)


def judge_completeness(needs: Needs, present: Collection[str], day: date) -> Judged:
    """Return which of these needs, and of the desk's checks, are missing on a day."""
    missing = tuple(need for need in (*needs.first, *CHECKS) if need not in present)
    later = tuple(need for need in needs.for_stay if need not in present)
    return Judged(missing, later, next_occurrence_of_month_day(needs.by, day) if later else None)


def next_occurrence_of_month_day(by: str, day: date) -> date:
    """Return the first day "07-01" from a day on; 29 February is the 28th in most years."""
    month, number = (int(part) for part in by.split("-"))
    for year in (day.year, day.year + 1):
        try:
            last_day = date(year, month, number)
        except ValueError:
            last_day = date(year, 2, 28)
        if last_day >= day:
            return last_day
    raise ValueError(by)


def refusals_of_needs(needs: Needs, activities: Collection[Activity]) -> list[str]:
    """Return the reasons for which a line of the town file is refused."""
    problems = []
    concerned = [each for each in activities if needs.of in (each.code, each.regime)]
    if not concerned:
        problems.append(f"no activity has the code or the regime {needs.of}")
    for activity in concerned:
        more = [each for each in needs.first if each not in PAPERS]
        if activity.regime == SCHOOL and more:
            problems.append(
                f"{activity.code} is of the regime school: enrolment asks for the three papers of "
                f"art. D131-3-1 alone, not for {', '.join(more)}"
            )
    if twice := sorted(set(needs.first) & set(needs.for_stay)):
        problems.append(f"{', '.join(twice)} cannot be needed first and for the stay alone")
    return problems
