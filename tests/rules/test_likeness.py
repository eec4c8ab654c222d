"""Near matches shown to the desk: scores, slips of the pen, and never twins (rule test 6)."""

from datetime import date, timedelta

import pytest

from shared.text.child_likeness import (
    Named,
    child_likeness,
    is_near_date,
    likely_children,
    near_dates,
)

BORN = date(2020, 11, 8)


def named(first_name: str, last_name: str = "Garnier", born: date = BORN, home: str = "") -> Named:
    return Named(first_name, last_name, born, frozenset([home] if home else []))


def test_the_same_child_written_in_another_way_is_proposed_with_its_score() -> None:
    known = [("zelie", named("ZELIE", "VASSEUR-LEMAITRE", home="one"))]

    assert likely_children(named("Zélie", "Lemaître"), [], known) == [("zelie", 100)]


@pytest.mark.parametrize(
    ("first", "last", "born"),
    [
        ("Mathis", "Garnier", BORN),
        ("Mattis", "Garnié", BORN),
        ("Mathis", "Garnier", date(2020, 8, 11)),
        ("Mathis", "Garnier", date(2020, 11, 3)),
    ],
    ids=["exact", "slips in names", "day and month exchanged", "one figure"],
)
def test_a_slip_of_the_pen_is_proposed(first: str, last: str, born: date) -> None:
    assert child_likeness(named("Mathis"), named(first, last, born)) >= 80


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("Pual", "Roux"),
        ("Pail", "Roux"),
        ("Pau", "Roux"),
        ("Paul", "Ruox"),
        ("Paul", "Roix"),
        ("Pual", "Roix"),
    ],
)
def test_one_slip_is_proposed_in_a_short_name_too(first: str, last: str) -> None:
    """Twelve of 79 duplicates with a typing mistake became second children by it."""
    assert child_likeness(named("Paul", "Roux"), named(first, last)) >= 80


def test_a_first_letter_mistyped_is_found_though_the_words_stand_in_another_order() -> None:
    assert child_likeness(named("Lou", "Gauthier-Bréard"), named("Lou", "authier-Bréard")) >= 80


@pytest.mark.parametrize(
    ("first", "last", "born"),
    [
        ("Lise", "Garnier", BORN),
        ("Lou-Anne", "Garnier", BORN),
        ("Lou", "Petit", BORN),
        ("Lou", "Garnier", date(2019, 10, 8)),
        ("Loup", "Garnier", date(2020, 8, 11)),
    ],
    ids=["another first name", "a longer one", "another family", "another day", "two slips"],
)
def test_somebody_else_is_not_proposed(first: str, last: str, born: date) -> None:
    assert child_likeness(named("Lou"), named(first, last, born)) == 0


@pytest.mark.parametrize(
    ("one", "other"), [("Lou", "Lise"), ("Anna", "Hanna"), ("Mathis", "Matis")]
)
def test_twins_are_never_proposed_for_each_other(one: str, other: str) -> None:
    """Rule test 6: same initials and birth date, and here almost the same name."""
    known = [("one", named(one, home="home")), ("other", named(other, home="home"))]

    assert [child for child, _ in likely_children(named(one), [], known)] == ["one"]
    assert [child for child, _ in likely_children(named(other), [], known)] == ["other"]


def test_a_twin_of_the_draft_is_not_taken_for_a_known_child() -> None:
    known = [("hanna", named("Hanna", home="home"))]

    assert likely_children(named("Anna"), [named("Hanna")], known) == []
    assert likely_children(named("Hanna"), [named("Anna")], known) == [("hanna", 100)]


def test_children_of_one_household_are_two_whatever_they_are_called() -> None:
    assert child_likeness(named("Lou", home="home"), named("Lou", home="home")) == 0


def test_the_likeliest_stands_first() -> None:
    known = [("near", named("Matis", home="a")), ("same", named("Mathis", home="b"))]

    assert [child for child, _ in likely_children(named("Mathis"), [], known)] == ["same", "near"]


def test_a_day_is_near_another_where_it_is_among_its_near_days() -> None:
    days = [BORN + timedelta(days=ahead) for ahead in range(-800, 800)]

    near = near_dates(BORN)

    assert {day for day in days if is_near_date(BORN, day)} == {day for day in days if day in near}
    assert is_near_date(date(20, 11, 8), date(20, 8, 11))  # a year of two figures
