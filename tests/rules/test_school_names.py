"""A school as people write it: the town's spelling of one, and those that could be meant."""

import pytest

from shared.town.schools.choice import (
    ELSEWHERE,
    TownSchool,
    level_and_class,
    level_choices,
    school_choice_of_name,
    schools_by_commune,
)
from shared.town.schools.known_school_spelling import near_schools, own_spelling

TOWN = [
    "École Jules-Ferry",
    "École maternelle Jean-Moulin",
    "École élémentaire Jean-Moulin",
    "Groupe scolaire Simone-Veil",
]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("École Jules-Ferry", "École Jules-Ferry"),
        ("ecole jules ferry", "École Jules-Ferry"),
        ("JULES FERRY", "École Jules-Ferry"),
        ("Élémentaire Jules Ferry", "École Jules-Ferry"),
        ("Simone Veil", "Groupe scolaire Simone-Veil"),
        ("école maternelle jean moulin", "École maternelle Jean-Moulin"),
        ("Jean Moulin", ""),  # there are two
        ("Jules Fery", ""),  # a person says whether that was meant
        ("École", ""),
        ("", ""),
    ],
)
def test_a_name_written_otherwise_is_the_schools_where_no_other_could_be_meant(
    written: str, meant: str
) -> None:
    assert own_spelling(written, TOWN) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("École Jean-Moulin", "École Simone-Veil"),
        ("jean moulin", "École Simone-Veil"),
        ("École Simone-Veil", "École Simone-Veil"),
        ("École des Lilas", "École des Lilas"),  # one that is called so now
    ],
    ids=["former", "former, without its kind", "present", "present of another"],
)
def test_a_former_name_is_that_of_the_school_as_it_is_called_now(written: str, meant: str) -> None:
    schools = {
        "École Simone-Veil": ("École Jean-Moulin", "École des Lilas"),
        "École des Lilas": (),
    }

    assert own_spelling(written, schools) == meant


def test_schools_that_could_be_meant_are_named_the_nearest_first() -> None:
    assert near_schools("Jules Fery", TOWN) == ["École Jules-Ferry"]
    assert set(near_schools("Jean Moulin", TOWN)) == {TOWN[1], TOWN[2]}
    assert near_schools("Notre-Dame", TOWN) == []


def school(name: str, commune: str = "Démonstration") -> TownSchool:
    return TownSchool("enrolment_ens", name, name, commune, ("CP",), ())


def test_what_is_kept_is_shown_as_a_choice_or_as_another_school() -> None:
    schools = [school(name) for name in TOWN]
    assert school_choice_of_name("jules ferry", schools) == ("École Jules-Ferry", "")
    assert school_choice_of_name("Notre-Dame, Ailleurs", schools) == (
        ELSEWHERE,
        "Notre-Dame, Ailleurs",
    )
    assert school_choice_of_name("", schools) == ("", "")
    assert school_choice_of_name("Notre-Dame", []) == ("Notre-Dame", "")  # no list: a name is typed


def test_schools_stand_by_commune_and_a_level_spelled_otherwise_stays() -> None:
    grouped = schools_by_commune([school("A", "Bourg"), school("B", "Bourg"), school("C", "Ville")])
    assert [(commune, len(schools)) for commune, schools in grouped] == [("Bourg", 2), ("Ville", 1)]
    assert "6e" in level_choices() and level_choices("ULIS")[0] == "ULIS"


def test_a_level_is_not_said_twice_where_the_class_begins_with_it() -> None:
    assert level_and_class("CE2", "CE2, Mme Grandin") == "CE2, Mme Grandin"
    assert level_and_class("CE2", "Mme Grandin") == "CE2, Mme Grandin"
    assert level_and_class("", "ULIS") == "ULIS" and level_and_class("CP", "") == "CP"
