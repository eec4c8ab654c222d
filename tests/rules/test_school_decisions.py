"""Conditions of a decision on a school, and the places left where classes share levels."""

from dataclasses import replace
from datetime import date

import pytest

from services.enrolment.school_year.enrolments.rules.obstacles_to_enrolling import (
    BEFORE_BIRTH,
    FULL,
    NO_LEVEL,
    OFF_AGE,
    SAME_SCHOOL,
    TOO_FAR,
    Wish,
    obstacles_to_enrolling,
)
from services.enrolment.school_year.enrolments.rules.places_left import ClassPlaces, room_for_level

TODAY = date(2027, 1, 15)
WISH = Wish(
    birth_date=date(2021, 5, 3),
    school_levels=("CP", "CE1"),
    level="CP",
    holds_from=date(2027, 9, 1),
    school_year="2027-2028",
    room=4,
)


def refused(**more: object) -> list[str]:
    return obstacles_to_enrolling(replace(WISH, **more), TODAY)  # type: ignore[arg-type]


def test_a_child_of_the_age_for_a_level_with_room_is_enrolled() -> None:
    assert refused() == []


@pytest.mark.parametrize(
    ("level", "reasons"),
    [("GS", []), ("CP", []), ("CE1", []), ("CE2", [OFF_AGE]), ("MS", [OFF_AGE])],
    ids=["kept-down", "of-its-age", "ahead", "two-ahead", "two-behind"],
)
def test_one_level_off_the_age_is_allowed_and_two_are_not(level: str, reasons: list[str]) -> None:
    assert refused(level=level, school_levels=("MS", "GS", "CP", "CE1", "CE2")) == reasons


def test_a_level_that_the_school_has_not_is_refused() -> None:
    assert refused(school_levels=("PS", "MS")) == [NO_LEVEL]


def test_a_day_before_birth_is_named_as_such_and_not_as_an_age() -> None:
    assert refused(holds_from=date(2020, 9, 1), school_year="2020-2021") == [BEFORE_BIRTH]


def test_a_day_beyond_what_the_dossier_takes_is_refused() -> None:
    assert refused(holds_from=date(2028, 9, 1), school_year="2028-2029", level="CE1") == [TOO_FAR]


def test_a_full_level_is_refused_until_somebody_says_all_the_same() -> None:
    assert refused(room=0) == [FULL]
    assert refused(room=0, over_places=True) == []
    assert refused(room=None) == []


def test_a_child_is_not_enrolled_twice_in_one_level_of_a_school() -> None:
    assert refused(is_enrolled=True) == [SAME_SCHOOL]


def test_a_class_of_one_level_has_its_places_left() -> None:
    classes = [ClassPlaces(("CP",), 26), ClassPlaces(("CE1",), 25)]

    assert room_for_level("CP", classes, {"CP": 20, "CE1": 25}) == 6
    assert room_for_level("CE1", classes, {"CP": 20, "CE1": 25}) == 0


def test_a_double_class_lends_its_places_to_the_level_that_needs_them() -> None:
    classes = [ClassPlaces(("CP",), 20), ClassPlaces(("CP", "CE1"), 24), ClassPlaces(("CE1",), 20)]

    assert room_for_level("CP", classes, {"CP": 40, "CE1": 10}) == 4
    assert room_for_level("CP", classes, {"CP": 38, "CE1": 24}) == 2  # the CE1 has four in it
    assert room_for_level("CE1", classes, {"CP": 44, "CE1": 20}) == 0


def test_a_level_fed_through_a_chain_of_double_classes_is_full_when_the_chain_is() -> None:
    chain = [ClassPlaces(("CP", "CE1"), 20), ClassPlaces(("CE1", "CE2"), 20)]

    assert room_for_level("CP", chain, {"CP": 10, "CE1": 15, "CE2": 15}) == 0
    assert room_for_level("CE2", chain, {"CP": 10, "CE1": 5, "CE2": 15}) == 5


def test_too_many_pupils_are_a_negative_room() -> None:
    assert room_for_level("CP", [ClassPlaces(("CP",), 20)], {"CP": 23}) == -3


@pytest.mark.parametrize(
    "classes",
    [[], [ClassPlaces(("CE1",), 25)], [ClassPlaces(("CP",), 20), ClassPlaces(("CP",), None)]],
    ids=["no-class", "of-another-level", "one-without-places"],
)
def test_where_nobody_has_said_how_many_places_there_is_no_limit(
    classes: list[ClassPlaces],
) -> None:
    assert room_for_level("CP", classes, {"CP": 99}) is None
