"""Adults that children need, hour by hour, and what distinguishes one person from another."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.attendance.staff.rules.children_per_adult import (
    LONG,
    OUT_OF_SCHOOL,
    SHORT,
    Limit,
    Terms,
    children_per_adult_limit,
    declaration_terms_by_code,
)
from services.enrolment.attendance.staff.rules.ratios import (
    Ages,
    Reception,
    Team,
    adults_needed_for_children,
    spans_of_day,
    worst_span,
)
from services.enrolment.attendance.staff.rules.same_person_by_name import (
    has_overlap_of_hours,
    person_key_of_name,
)
from services.enrolment.figures.rules.caf_hours import EVENING, HOLIDAYS, WEDNESDAY, WEEKEND

DECLARED, WITH_PEDT = Terms(declared=True), Terms(declared=True, with_pedt=True)


@dataclass(frozen=True)
class Works:
    starts: str
    ends: str
    directs: bool = False


def afternoon(little: int, older: int = 0, limit: Limit | None = OUT_OF_SCHOOL) -> Reception:
    return Reception("13:00", "18:00", Ages(little, older), limit)


@pytest.mark.parametrize(
    ("terms", "slot", "minutes", "under_6", "from_6", "article"),
    [
        (DECLARED, HOLIDAYS, 120, 8, 12, "R227-15"),
        (WITH_PEDT, HOLIDAYS, 600, 8, 12, "R227-15"),
        (WITH_PEDT, WEEKEND, 120, 8, 12, "R227-15"),
        (DECLARED, WEDNESDAY, 301, 8, 12, "R227-16, I"),
        (DECLARED, EVENING, 300, 10, 14, "R227-16, I"),
        (WITH_PEDT, WEDNESDAY, 301, 10, 14, "R227-16, II"),
        (WITH_PEDT, EVENING, 300, 14, 18, "R227-16, II"),
    ],
)
def test_a_limit_depends_on_declaration_day_and_length(
    terms: Terms, slot: str, minutes: int, under_6: int, from_6: int, article: str
) -> None:
    assert children_per_adult_limit(terms, slot, minutes) == Limit(
        under_6, from_6, f"CASF {article}"
    )


def test_what_nobody_declares_has_no_limit() -> None:
    assert children_per_adult_limit(Terms(), HOLIDAYS, 600) is None


def test_a_leisure_centre_is_declared_and_an_evening_at_school_where_it_is_said() -> None:
    regimes = {"holidays": "leisure_centre", "evening": "school", "judo": "sport"}

    assert declaration_terms_by_code(regimes, {}) == {"holidays": DECLARED, "evening": Terms()}
    assert declaration_terms_by_code(regimes, {"evening": WITH_PEDT})["evening"] == WITH_PEDT


def test_one_adult_lacks_for_thirty_eight_little_ones() -> None:
    spans = spans_of_day([afternoon(38)], [Works("13:00", "18:00")] * 4)

    (span,) = spans
    assert (span.needed, span.there, span.count_missing_adults) == (5, 4, 1)


def test_ages_of_a_mixed_group_are_rounded_up_apart() -> None:
    assert adults_needed_for_children(Ages(9, 13), OUT_OF_SCHOOL) == 4
    assert adults_needed_for_children(Ages(8, 12), OUT_OF_SCHOOL) == 2
    assert adults_needed_for_children(Ages(0, 0), OUT_OF_SCHOOL) == 0


def test_a_day_is_judged_hour_by_hour_and_the_peak_counts() -> None:
    arrives_late = [Works("13:00", "18:00"), Works("14:00", "16:30")]

    spans = spans_of_day([afternoon(10)], arrives_late)

    assert [(each.starts, each.ends, each.count_missing_adults) for each in spans] == [
        ("13:00", "14:00", 1),
        ("14:00", "16:30", 0),
        ("16:30", "18:00", 1),
    ]
    worst = worst_span(spans)
    assert worst is not None and worst.starts == "13:00"


def test_two_receptions_at_one_hour_need_adults_for_both() -> None:
    evening = Reception("16:30", "18:30", Ages(10), SHORT)

    spans = spans_of_day([afternoon(8, limit=LONG), evening], [Works("13:00", "18:30")])

    assert [(each.starts, each.needed) for each in spans] == [
        ("13:00", 1),
        ("16:30", 2),
        ("18:00", 1),
    ]


def test_where_nothing_has_a_limit_or_nobody_comes_nobody_lacks() -> None:
    assert spans_of_day([afternoon(30, limit=None), afternoon(0)], []) == []
    assert worst_span([]) is None


def test_who_directs_counts_up_to_fifty_children() -> None:
    team = [*[Works("13:00", "18:00")] * 4, Works("13:00", "18:00", directs=True)]

    assert spans_of_day([afternoon(0, 50)], team)[0].there == 5
    assert spans_of_day([afternoon(0, 51)], team)[0].there == 4


@given(
    little=st.integers(0, 120),
    older=st.integers(0, 120),
    hours=st.lists(st.tuples(st.integers(12, 18), st.integers(1, 6)), max_size=8),
)
def test_one_more_adult_never_makes_more_lack_and_one_more_child_never_less(
    little: int, older: int, hours: list[tuple[int, int]]
) -> None:
    team = [Works(f"{at:02}:00", f"{min(at + length, 23):02}:00") for at, length in hours]

    def missing(ages: tuple[int, int], staff: list[Works]) -> int:
        worst = worst_span(spans_of_day([afternoon(*ages)], staff))
        return worst.count_missing_adults if worst else 0

    whole_day = Works("00:00", "24:00")
    assert missing((little, older), [*team, whole_day]) <= missing((little, older), team)
    assert missing((little + 1, older), team) >= missing((little, older), team)
    assert missing((little, older), [whole_day] * 40) == 0


def test_half_of_a_team_is_qualified_and_a_fifth_at_most_is_not() -> None:
    assert not Team(2, 2, 0).has_too_few_qualified and Team(1, 2, 0).has_too_few_qualified
    assert not Team(3, 1, 1).has_too_many_unqualified and Team(2, 1, 1).has_too_many_unqualified
    assert not (Team().has_too_few_qualified or Team().has_too_many_unqualified)


def test_a_person_is_the_same_however_its_name_is_written() -> None:
    assert person_key_of_name("Léa Martin") == person_key_of_name("  MARTIN   lea ")
    assert person_key_of_name("Léa Martin") != person_key_of_name("Léa Marti")
    assert person_key_of_name(" - ") == ""


def test_one_may_begin_where_one_ends() -> None:
    assert not has_overlap_of_hours("08:00", "12:00", "12:00", "14:00")
    assert has_overlap_of_hours("08:00", "12:00", "11:59", "14:00")
