"""The school of an address: by streets and numbers as people type them, or by drawn areas."""

import pytest
from shapely.geometry import box

from services.enrolment.school_year.schools.rules.catchment import (
    EVEN,
    GAP,
    NO_LIST,
    NO_NUMBER,
    NO_STREET,
    ODD,
    OTHER_COMMUNE,
    OUTSIDE,
    SEVERAL,
    UNKNOWN_STREET,
    Address,
    Answer,
    Stretch,
    parse_address_line,
    school_of_address,
    street_key,
)

TOWN = "28901"


def stretch(school: str, street: str, parity: str = "all", *numbers: int | None) -> Stretch:
    first, last = (*numbers, None, None)[:2]
    return Stretch(school, TOWN, street_key(street), parity, first, last)


AREA = [
    stretch("ferry", "rue des Lilas", ODD, 1, 45),
    stretch("veil", "rue des Lilas", EVEN),
    stretch("veil", "rue des Lilas", ODD, 47),
    stretch("ferry", "avenue du Général-de-Gaulle"),
    stretch("ferry", "place Saint-Michel", "all", 1, 10),
]


def school_of(text: str, insee: str = TOWN) -> Answer:
    return school_of_address(parse_address_line(text), insee, AREA)


@pytest.mark.parametrize(
    "typed",
    [
        "12 rue des Lilas",
        "12, rue des lilas",
        "12 r. des Lilas",
        "  12   RUE LILAS ",
        "n° 12 rue des Lilas",
        "12 bis rue des Lilas",
        "12bis, rue des Lilas",
        "12 B rue des Lilas",
        "12-14 rue des Lilas",
    ],
)
def test_an_even_number_is_found_however_it_is_typed(typed: str) -> None:
    assert school_of(typed) == Answer("veil")


@pytest.mark.parametrize(
    ("typed", "school"),
    [
        ("45 rue des Lilas", "ferry"),
        ("47 rue des Lilas", "veil"),
        ("3 av. du Gal de Gaulle", "ferry"),
        ("3 avenue général de gaulle", "ferry"),
        ("avenue du Général de Gaulle", "ferry"),
        ("2 pl St Michel", "ferry"),
    ],
)
def test_sides_and_ends_of_a_street_belong_to_different_schools(typed: str, school: str) -> None:
    assert school_of(typed) == Answer(school)


def test_letters_that_are_no_suffix_belong_to_the_street() -> None:
    assert parse_address_line("3 d’Alsace") == Address(3, "", "alsace")
    assert parse_address_line("12 ter impasse du Puits") == Address(12, "ter", "impasse puits")


def test_without_a_number_a_divided_street_is_for_a_person() -> None:
    assert school_of("rue des Lilas") == Answer(why=NO_NUMBER, schools=("ferry", "veil"))


def test_a_number_that_no_stretch_covers_is_said() -> None:
    assert school_of("12 place Saint-Michel") == Answer(why=GAP, schools=("ferry",))


def test_a_street_with_a_letter_wrong_is_proposed_and_not_taken() -> None:
    assert school_of("12 rue des Lylas") == Answer(why=UNKNOWN_STREET, near_street="rue lilas")


def test_an_address_of_another_commune_or_none_is_no_school() -> None:
    assert school_of("12 rue des Lilas", "28902") == Answer(why=OTHER_COMMUNE)
    assert school_of("   ") == Answer(why=NO_STREET)


def test_a_family_is_not_called_out_of_catchment_where_none_is_known_yet() -> None:
    address = parse_address_line("12 rue des Lilas")

    assert school_of_address(address, TOWN, []) == Answer(why=NO_LIST)
    assert school_of_address(parse_address_line(" "), TOWN, []) == Answer(why=NO_STREET)


def test_a_number_in_two_schools_is_for_a_person() -> None:
    twice = [*AREA, stretch("roses", "place Saint-Michel")]
    found = school_of_address(parse_address_line("2 place Saint-Michel"), TOWN, twice)
    assert found == Answer(why=SEVERAL, schools=("ferry", "roses"))


WEST, EAST = box(1.0, 48.0, 1.5, 48.5), box(1.5, 48.0, 2.0, 48.5)


@pytest.mark.parametrize(
    ("point", "answer"),
    [
        ((1.2, 48.2), Answer("west")),
        ((1.8, 48.2), Answer("east")),
        ((3.0, 48.2), Answer(why=OUTSIDE)),
        ((1.5, 48.2), Answer(why=SEVERAL, schools=("east", "west"))),
    ],
    ids=["west", "east", "outside", "on-the-line"],
)
def test_a_drawn_area_holds_where_no_street_is_listed(
    point: tuple[float, float], answer: Answer
) -> None:
    areas = {"west": WEST, "east": EAST}
    found = school_of_address(parse_address_line("1 rue Neuve"), TOWN, AREA, areas, [point])
    assert found == answer


def test_the_list_of_streets_wins_over_the_map() -> None:
    areas = {"west": WEST, "east": EAST}
    found = school_of_address(
        parse_address_line("12 rue des Lilas"), TOWN, AREA, areas, [(1.2, 48.2)]
    )
    assert found == Answer("veil")
