"""Conditions of a place: age, school, level, class, commune, known today or of a later year."""

from datetime import date

import pytest

from shared.contracts.enrolment.place_conditions import (
    GRADES,
    Applicant,
    Stated,
    Verdict,
    grade_after,
    judge_applicant,
    projections_needed,
    school_years_until,
)
from shared.contracts.sections.communes_of_homes import communes_on

ANY_AGE = (None, None)
MANON = Applicant(
    date(2019, 3, 2), "École Jules-Ferry", "CE1", "CE1, Mme Caillaud", frozenset({"28901"})
)
UNTOLD = Applicant(date(2019, 3, 2))


@pytest.mark.parametrize(
    ("asked", "verdict"),
    [
        ({}, Verdict()),
        ({"school": ["École Jules-Ferry"]}, Verdict()),
        ({"school": ["ecole jules ferry"]}, Verdict()),
        ({"school": ["École des Tilleuls"]}, Verdict(("school",))),
        ({"school": ["École des Tilleuls", "École Jules-Ferry"]}, Verdict()),
        ({"grade": ["CP", "C.E.1"]}, Verdict()),
        ({"grade": ["CM1", "CM2"]}, Verdict(("grade",))),
        ({"class_name": ["CE1, Mme Caillaud"]}, Verdict()),
        ({"class_name": ["CE1, M. Dutheil"]}, Verdict(("class_name",))),
        ({"commune": ["28901", "28902"]}, Verdict()),
        ({"commune": ["28902"]}, Verdict(("commune",))),
        ({"school": ["École des Tilleuls"], "commune": ["28902"]}, Verdict(("school", "commune"))),
    ],
    ids=lambda value: ",".join(value) or "none" if isinstance(value, dict) else None,
)
def test_a_child_may_come_where_it_has_one_of_what_is_asked(
    asked: Stated, verdict: Verdict
) -> None:
    assert judge_applicant(MANON, ANY_AGE, asked) == verdict


@pytest.mark.parametrize("kind", ["school", "grade", "class_name", "commune"])
def test_what_is_not_known_of_a_child_is_said_and_refuses_nothing(kind: str) -> None:
    verdict = judge_applicant(UNTOLD, ANY_AGE, {kind: ["28901"]})

    assert verdict == Verdict((), (kind,))
    assert verdict.fits


def test_what_the_activity_asks_is_asked_in_each_group_beside_its_own_conditions() -> None:
    both = judge_applicant(
        MANON, ANY_AGE, {"commune": ["28902"]}, {"school": ["École Jules-Ferry"]}
    )
    narrower = judge_applicant(MANON, ANY_AGE, {"grade": ["CP", "CE1"]}, {"grade": ["CP"]})

    assert both == Verdict(("commune",))
    assert narrower == Verdict(("grade",))


def test_age_is_a_condition_like_the_others() -> None:
    young = (date(2020, 1, 1), date(2022, 12, 31))

    assert judge_applicant(MANON, young, {"grade": ["CM1"]}) == Verdict(("age", "grade"))
    assert judge_applicant(MANON, (None, date(2019, 3, 2))) == Verdict()


def test_for_next_year_a_child_has_the_level_that_follows() -> None:
    moves_up = judge_applicant(MANON, ANY_AGE, {"grade": ["CE2"]}, years_ahead=1)
    stays = judge_applicant(MANON, ANY_AGE, {"grade": ["CE1"]}, years_ahead=1)

    assert (moves_up, stays) == (Verdict(), Verdict(("grade",)))


def test_nobody_knows_yet_the_class_of_next_year_nor_whether_the_school_will_be_another() -> None:
    same = judge_applicant(MANON, ANY_AGE, {"school": ["École Jules-Ferry"]}, years_ahead=1)
    other = judge_applicant(MANON, ANY_AGE, {"school": ["École des Tilleuls"]}, years_ahead=1)
    its_class = judge_applicant(
        MANON, ANY_AGE, {"class_name": ["CE1, Mme Caillaud"]}, years_ahead=1
    )

    assert same == Verdict()
    assert (other, its_class) == (Verdict((), ("school",)), Verdict((), ("class_name",)))


def test_each_level_leads_to_the_next_and_the_last_to_none() -> None:
    assert [grade_after(grade, 1) for grade in GRADES] == [*GRADES[1:], ""]
    assert grade_after("Petite section", 3) == "CP"
    assert grade_after("ULIS", 1) == ""


@pytest.mark.parametrize(
    ("day", "years"),
    [(date(2026, 8, 31), 1), (date(2026, 9, 1), 0), (date(2027, 9, 1), 0), (date(2025, 9, 1), 1)],
    ids=str,
)
def test_a_school_year_to_come_begins_in_september(day: date, years: int) -> None:
    assert school_years_until("2026-2027", day) == years


def test_conditions_name_the_parts_of_the_file_without_which_nobody_can_judge_them() -> None:
    assert projections_needed({"school": ["x"]}, {"class_name": ["y"]}) == {"schooling"}
    assert projections_needed({"commune": ["28901"], "grade": []}) == {"residence"}


def test_a_child_of_two_homes_lives_in_both_communes_each_from_its_day() -> None:
    told = {
        "homes": [
            [
                {"insee": "28902", "valid_from": "2026-10-14"},
                {"insee": "28901", "valid_from": "2020-01-01"},
            ],
            [{"insee": "28905", "valid_from": "2026-11-01"}],
        ]
    }

    assert communes_on(told, date(2026, 10, 13)) == {"28901"}
    assert communes_on(told, date(2026, 11, 1)) == {"28902", "28905"}
    assert communes_on({}, date(2026, 11, 1)) == frozenset()
