"""Levels of the primary school as files spell them, the numbers of schools, and who moves where."""

from datetime import date

import pytest

from services.enrolment.school_year.schools.rules.levels import (
    LEVELS,
    is_not_a_level,
    is_of_school_age,
    level_of_age,
    levels_ahead_of_age,
    next_level,
    parse_level,
)
from services.enrolment.school_year.schools.rules.moving_up import (
    LEAVES,
    OTHER_SCHOOL,
    TO_DECIDE,
    UP,
    ClassLevels,
    Move,
    Pupil,
    SchoolLevels,
    propose_move,
)
from services.enrolment.school_year.schools.rules.uai import read_uai

WHOLE = SchoolLevels("ferry", ("PS", "MS", "GS", "CP", "CE1", "CE2", "CM1", "CM2"))
NURSERY = SchoolLevels("lilas", ("PS", "MS", "GS"), followed_by="ferry")
ALONE = SchoolLevels("roses", ("PS", "MS", "GS"))
SCHOOLS = {each.id: each for each in (WHOLE, NURSERY, ALONE)}


@pytest.mark.parametrize(
    ("spelled", "level"),
    [
        ("CE2", "CE2"),
        ("C.P.", "CP"),
        ("ce 1", "CE1"),
        ("TOUTE PETITE SECTION", "TPS"),
        ("Petite section", "PS"),
        ("Cours Élémentaire 2ème année", "CE2"),
        ("COURS MOYEN 1ERE ANNEE", "CM1"),
        ("6EME", "6e"),
        ("ULIS", ""),
        ("CE3", ""),
        ("", ""),
    ],
)
def test_a_level_is_read_however_it_is_spelled(spelled: str, level: str) -> None:
    assert parse_level(spelled) == level


def test_ulis_and_upe2a_are_arrangements_and_no_levels() -> None:
    assert [is_not_a_level(each) for each in ("ULIS", "Upe2a", "ULIS école", "CP")] == [
        True,
        True,
        True,
        False,
    ]


def test_each_level_goes_on_into_the_next_and_cm2_leaves() -> None:
    assert [next_level(each) for each in LEVELS] == [*LEVELS[1:], "6e"]
    assert next_level("ULIS") == ""


def test_the_level_of_an_age_is_counted_in_calendar_years() -> None:
    assert level_of_age(date(2023, 12, 31), "2026-2027") == "PS"
    assert level_of_age(date(2020, 1, 1), "2026-2027") == "CP"
    assert level_of_age(date(2016, 6, 1), "2026-2027") == "CM2"
    assert level_of_age(date(2015, 6, 1), "2026-2027") == ""
    assert levels_ahead_of_age("CE1", date(2020, 1, 1), "2026-2027") == 1
    assert levels_ahead_of_age("GS", date(2020, 1, 1), "2026-2027") == -1


def test_school_is_compulsory_from_the_year_of_the_third_birthday() -> None:
    ages = [is_of_school_age(date(year, 12, 31), "2026-2027") for year in (2024, 2023, 2016, 2015)]
    assert ages == [False, True, True, False]


@pytest.mark.parametrize("written", ["0011402U", "0750654D", "075 0654 d", "0750654-d"])
def test_a_uai_with_its_letter_is_one(written: str) -> None:
    assert read_uai(written) in ("0011402U", "0750654D")


@pytest.mark.parametrize(
    "written",
    ["0750654E", "750654D", "07506540", "", "0750654DD"],
    ids=["letter", "short", "figure", "empty", "long"],
)
def test_a_uai_with_another_letter_or_shape_is_none(written: str) -> None:
    assert read_uai(written) == ""


def pupil(level: str, school: str = "ferry", class_name: str = "") -> Pupil:
    return Pupil("child", date(2019, 3, 2), school, level, class_name)


def moves(child: Pupil, *classes: tuple[str, tuple[str, ...]]) -> Move:
    known = [ClassLevels(name, levels) for name, levels in classes]
    return propose_move(child, SCHOOLS, {"ferry": known})


def test_a_pupil_goes_into_the_only_class_of_the_next_level() -> None:
    assert moves(pupil("CP"), ("CE1 A", ("CE1",))) == Move("ferry", "CE1", "CE1 A", UP)


def test_of_several_classes_none_is_guessed() -> None:
    assert moves(pupil("CP"), ("CE1 A", ("CE1",)), ("CE1 B", ("CE1",))).to_class == ""


def test_in_a_double_class_a_pupil_stays_with_its_teacher() -> None:
    two = ("CP-CE1", ("CP", "CE1"))
    assert moves(pupil("CP", class_name="CP-CE1"), two, ("CE1 B", ("CE1",))).to_class == "CP-CE1"


def test_after_the_last_year_of_the_nursery_the_school_that_follows_is_proposed() -> None:
    assert moves(pupil("GS", "lilas")) == Move("ferry", "CP", "", OTHER_SCHOOL)


def test_where_no_school_follows_or_no_level_is_known_a_person_decides() -> None:
    for child in (pupil("GS", "roses"), pupil("")):
        move = moves(child)
        assert (move.why, move.decided) == (TO_DECIDE, False)


def test_after_cm2_a_child_leaves_the_schools_of_the_town() -> None:
    assert moves(pupil("CM2")) == Move(None, "6e", "", LEAVES)
