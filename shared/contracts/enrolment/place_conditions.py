"""
Conditions of a place: the children who may ask for it, by age, school, level, class or commune.

Pure, and the same for the provider that decides, its desk and the portal. What is not known of a
child is no reason to refuse it: it is said, and an agent decides.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, TypedDict

from shared.contracts.schema_from_type import Default
from shared.contracts.values import list_length, text
from shared.text import folded

AGE, SCHOOL, GRADE, CLASS, COMMUNE = "age", "school", "grade", "class_name", "commune"
KINDS = (SCHOOL, GRADE, CLASS, COMMUNE)
"""Kinds of conditions beside the age, in the order of pages; keys of `Conditions`."""
CARRIED_BY: Mapping[str, str] = {
    SCHOOL: "schooling",
    GRADE: "schooling",
    CLASS: "schooling",
    COMMUNE: "residence",
}
"""The projection without which a provider cannot know whether a child fulfils a condition."""

MOST_CHOICES = 60
GRADES = ("TPS", "PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2", "6E", "5E", "4E", "3E")
"""Levels from the first year of school to the last of the collège; each leads to the next."""
_SPELLINGS: Mapping[str, str] = {
    "TOUTEPETITESECTION": "TPS",
    "PETITESECTION": "PS",
    "MOYENNESECTION": "MS",
    "GRANDESECTION": "GS",
    "COURSPREPARATOIRE": "CP",
    **{f"{number}EME": f"{number}E" for number in (6, 5, 4, 3)},
    **{"SIXIEME": "6E", "CINQUIEME": "5E", "QUATRIEME": "4E", "TROISIEME": "3E"},
}

_Choices = Annotated[list[Annotated[str, text(120)]], list_length(0, MOST_CHOICES), Default(list)]


class Conditions(TypedDict):
    """Schools, levels, classes and communes (INSEE codes) of which a child has one; [] is any."""

    school: _Choices
    grade: _Choices
    class_name: _Choices
    commune: _Choices


Stated = Mapping[str, Sequence[str]]
"""Conditions as rows keep them: a kind that asks nothing may be absent."""
Ages = tuple[date | None, date | None]
"""Birth dates, both included; None where there is no limit."""


@dataclass(frozen=True)
class NextSchooling:
    """The other school that a child goes to from a day to come on, with its level and class."""

    day: date
    school: str = ""
    grade: str = ""
    class_name: str = ""


@dataclass(frozen=True)
class Applicant:
    """
    The part of a child that decides; "" or an empty set where it is not known.

    `schooled_since` is there where the schooling is that of a day to come.
    """

    born: date | None
    school: str = ""
    grade: str = ""
    class_name: str = ""
    communes: frozenset[str] = frozenset()
    """INSEE codes of all its homes, "" for one elsewhere: one that is asked for is enough."""
    next_schooling: NextSchooling | None = None
    schooled_since: date | None = None

    def as_of(self, day: date) -> "Applicant":
        """Return the child as it will be schooled on a day, as far as that is known."""
        coming = self.next_schooling
        if coming is None or day < coming.day:
            return self
        return replace(
            self,
            school=coming.school,
            grade=coming.grade,
            class_name=coming.class_name,
            schooled_since=coming.day,
            next_schooling=None,
        )


@dataclass(frozen=True)
class Verdict:
    """Conditions that a child does not fulfil, and those of which nothing can be said; codes."""

    unmet: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        return not self.unmet


def judge_applicant(
    applicant: Applicant, ages: Ages, *conditions: Stated, years_ahead: int = 0
) -> Verdict:
    """
    Return whether a child fulfils all of these conditions; `years_ahead` for a year to come.

    Of a later year its level is known, one higher with each; another school or class may be.
    """
    found = {AGE: _is_of_age(applicant.born, ages)}
    for stated in conditions:
        for kind in KINDS:
            if asked := stated.get(kind):
                found[kind] = _worse_verdict(
                    found.get(kind, True), _has_one_of_asked(applicant, kind, asked, years_ahead)
                )
    return Verdict(
        tuple(kind for kind, met in found.items() if met is False),
        tuple(kind for kind, met in found.items() if met is None),
    )


def judge_applicant_on(
    applicant: Applicant,
    ages: Ages,
    *conditions: Stated,
    school_year: str,
    first_day: date,
    today: date,
) -> Verdict:
    """
    Return whether a child may have a place of a school year that begins on a day.

    It is judged by the school to which it will then go; levels of a later year are counted from the
    day for which that is known, and not from the first day: a year in between may change it.
    """
    schooled = applicant.as_of(max(first_day, today))
    known_for = max(today, schooled.schooled_since or today)
    years_ahead = school_years_until(school_year, known_for)
    return judge_applicant(schooled, ages, *conditions, years_ahead=years_ahead)


def is_born_within(born: date, ages: Ages) -> bool:
    """Return whether a birth date lies between two days, both included."""
    first, last = ages
    return (first is None or first <= born) and (last is None or born <= last)


def conditions_to_store(stated: Conditions) -> dict[str, list[str]]:
    """Return the conditions that ask something, as rows keep them."""
    asked = {
        SCHOOL: stated["school"],
        GRADE: stated["grade"],
        CLASS: stated["class_name"],
        COMMUNE: stated["commune"],
    }
    return {kind: choices for kind, choices in asked.items() if choices}


def conditions_to_send(stated: Stated) -> Conditions:
    """Return conditions as a message states them, those that ask nothing included."""
    return Conditions(
        school=list(stated.get(SCHOOL, ())),
        grade=list(stated.get(GRADE, ())),
        class_name=list(stated.get(CLASS, ())),
        commune=list(stated.get(COMMUNE, ())),
    )


def schools_after_renaming(
    asked: Sequence[str], former_names: Iterable[str], name: str, *, settled: bool
) -> list[str]:
    """
    Return the schools that a condition asks for, once one of them is called otherwise.

    Until it is `settled` children may still have the former name: then both are asked for.
    """
    former = {folded(each) for each in former_names} - {folded(name)}
    if not any(folded(each) in former for each in asked):
        return list(asked)
    kept = [each for each in asked if not settled or folded(each) not in former]
    named = kept if _is_named_among(name, kept) else [*kept, name]
    return named[-MOST_CHOICES:]


def projections_needed(*conditions: Stated) -> set[str]:
    """Return the projections that a provider needs to judge these conditions."""
    return {CARRIED_BY[kind] for stated in conditions for kind in KINDS if stated.get(kind)}


def school_years_until(school_year: str, day: date) -> int:
    """Return how many school years after the one of `day` another is; 0 for past ones."""
    present = day.year if day.month >= 9 else day.year - 1
    return max(0, int(school_year[:4]) - present)


def grade_code(written: str) -> str:
    """Return a level as GRADES has it, however it is spelt: « C.P. », « Petite section »."""
    plain = folded(written).replace(" ", "").upper()
    return _SPELLINGS.get(plain, plain)


def grade_after(written: str, years: int) -> str:
    """Return the level so many years later; "" where nobody can say."""
    code = grade_code(written)
    if not years:
        return code
    if code not in GRADES or GRADES.index(code) + years >= len(GRADES):
        return ""
    return GRADES[GRADES.index(code) + years]


def _is_of_age(born: date | None, ages: Ages) -> bool | None:
    if born is None:
        return None if any(ages) else True
    return is_born_within(born, ages)


def _has_one_of_asked(
    applicant: Applicant, kind: str, asked: Collection[str], years_ahead: int
) -> bool | None:
    """Return whether a child has one of what is asked; None where that is not known."""
    if kind == COMMUNE:
        return not applicant.communes.isdisjoint(asked) if applicant.communes else None
    if kind == GRADE:
        grade = grade_after(applicant.grade, years_ahead) if applicant.grade else ""
        return grade in {grade_code(each) for each in asked} if grade else None
    stated = applicant.school if kind == SCHOOL else applicant.class_name
    if not stated or (kind == CLASS and years_ahead):
        return None
    return _is_named_among(stated, asked) or (None if years_ahead else False)


def _is_named_among(stated: str, asked: Iterable[str]) -> bool:
    """Return whether a school or class is one of these, by its words alone."""
    return folded(stated) in {folded(each) for each in asked}


def _worse_verdict(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
