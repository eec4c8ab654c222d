"""Files that an agent is asked to compare: slips of the pen, and never twins (rule test 6)."""

from datetime import date

import pytest

from services.billing.pricing.rules.inputs_and_lines import Child, Payer
from services.billing.pricing.rules.sibling_ranks import Children
from services.dossier.corrections.duplicate_children.rules import likeness_and_choices
from services.dossier.corrections.duplicate_children.rules.likeness_and_choices import (
    possible_doubles,
    what_is_alike,
)
from shared.contracts.dossier.families import duplicate_children as contracts
from shared.contracts.dossier.families.duplicate_children import OTHER
from shared.text.child_likeness import Named

BORN = date(2019, 3, 2)


def named(first: str, last: str = "Petit", born: date = BORN, home: str = "") -> Named:
    return Named(first, last, born, frozenset([home] if home else []))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(named("Jean Luc", home="two"), id="hyphen"),
        pytest.param(named("Jeanluc", home="two"), id="in one piece"),
        pytest.param(named("Jaen-Luc", home="two"), id="letters exchanged"),
        pytest.param(named("Jean-Luc", "Petit Moreau", home="two"), id="the other parent's name"),
        pytest.param(named("Jean-Luc", born=date(2019, 3, 12), home="two"), id="a figure"),
        pytest.param(named("Jean-Luc", born=date(2019, 2, 3), home="two"), id="day and month"),
        pytest.param(named("JEANLUC", home="one"), id="twice in one home"),
    ],
)
def test_a_slip_of_the_pen_is_shown(other: Named) -> None:
    known = {"hers": named("Jean-Luc", home="one"), "his": other}

    assert [pair[:2] for pair in possible_doubles(known)] == [("hers", "his")]


@pytest.mark.parametrize(
    "known",
    [
        pytest.param([named("Anna", home="one"), named("Hanna", home="one")], id="twins"),
        pytest.param(
            [named("Anna", home="one"), named("Hanna", home="one"), named("Ana", home="two")],
            id="near one of twins",
        ),
        pytest.param([named("Lou", home="one"), named("Lise", home="two")], id="initials"),
        pytest.param(
            [named("Paul", home="one"), named("Puol", born=date(2019, 3, 3), home="two")],
            id="two slips at once",
        ),
    ],
)
def test_two_children_are_not(known: list[Named]) -> None:
    assert possible_doubles({str(number): one for number, one in enumerate(known)}) == []


def test_what_is_alike_is_said_part_by_part() -> None:
    hers, his = named("Jean-Luc", "Petit", home="one"), named("Jeanluc", "Petit", home="one")

    assert what_is_alike(hers, his, (["Nadia Petit"], ["NADIA PETIT"])) == [
        contracts.SAME_BIRTH,
        contracts.NEAR_FIRST,
        contracts.SAME_LAST,
        contracts.SAME_HOME,
        contracts.SAME_ADULT,
    ]


def test_an_adult_barred_in_either_file_stays_barred_whoever_stays() -> None:
    hers, his = {"barred": [{"name": "Un"}]}, {"barred": [{"name": "Un"}, {"name": "Deux"}]}

    both = likeness_and_choices.section_content_after_join(
        likeness_and_choices.CUSTODY, hers, his, {}
    )

    assert both == {"barred": [{"name": "Un"}, {"name": "Deux"}]}
    assert (
        likeness_and_choices.section_content_after_join(
            likeness_and_choices.CUSTODY, his, hers, {likeness_and_choices.CUSTODY: OTHER}
        )
        is None
    )


def test_two_files_of_one_child_are_of_one_rank_and_of_one_name() -> None:
    payer = Payer(
        "home",
        (),
        (),
        (
            Child("eldest", "Aïcha", date(2016, 1, 1)),
            Child("hers", "Jean-Luc", BORN),
            Child("his", "Jean-Luc", BORN, same_as="hers"),
            Child("youngest", "Zoé", date(2021, 1, 1)),
        ),
    )
    children = Children(payer)

    everybody = ["youngest", "his", "hers", "eldest"]
    assert children.ranks(everybody) == {"eldest": 1, "hers": 2, "his": 2, "youngest": 3}
    assert children.ranks(["his", "youngest"]) == {"his": 1, "youngest": 2}
    assert children.name_of("his") == "Jean-Luc"
