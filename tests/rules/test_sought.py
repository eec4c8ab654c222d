"""A name typed at a counter finds whom it could be, however it was heard or spelt."""

from datetime import date

import pytest

from services.dossier.front_desk.rules.name_search import (
    Person,
    Query,
    find_most_alike_people,
    likeness_of_person,
)

MANON = Person("Manon Lefèvre", date(2018, 5, 3))
JEAN = Person("Jean-Baptiste N’Diaye", date(2019, 1, 2))
PHILIPPE = Person("Philippe Gauthier")
ELOISE = Person("Éloïse Martin", date(2017, 4, 3))
LEO = Person("Léo Dupuis", date(2017, 3, 4))
ANNE, PAUL, YANN = Person("Anne Lebœuf"), Person("Paul D’Alençon"), Person("Yann Le Goff")
ALL = (MANON, JEAN, PHILIPPE, ELOISE, LEO, ANNE, PAUL, YANN)
TOWN = {person.name: person for person in ALL}


def found(text: str, born: date | None = None) -> list[str]:
    return find_most_alike_people(Query(text, born), TOWN, 5)


@pytest.mark.parametrize(
    ("typed", "person"),
    [
        ("manon lefevre", MANON),  # accents
        ("LEFÈVRE Manon", MANON),  # capitals, names swapped
        ("Lefaivre manon", MANON),  # as it sounds
        ("Manon Lefebvre", MANON),  # a neighbour of the name
        ("mannon lefevr", MANON),  # letters too many, too few
        ("Jean Baptiste Ndiaye", JEAN),  # hyphen, apostrophe
        ("jeanbaptiste ndiaye", JEAN),  # written together
        ("filipe gotier", PHILIPPE),  # sounds alone
        ("Elouise Martain", ELOISE),
        ("dupui leo", LEO),
        ("lefè", MANON),  # the beginning
        ("leboeuf", ANNE),  # ligature
        ("dalencon", PAUL),  # apostrophe left out
        ("d'Alençon paul", PAUL),
        ("legoff", YANN),  # in one piece
    ],
)
def test_mistakes_of_typing_and_hearing_are_forgiven(typed: str, person: Person) -> None:
    assert found(typed)[0] == person.name


@pytest.mark.parametrize("typed", ["xavier", "Dupont", "le", "?", "", "  "])
def test_another_name_finds_nobody(typed: str) -> None:
    others = {name: person for name, person in TOWN.items() if person is not YANN}

    assert find_most_alike_people(Query(typed), others, 5) == []


def test_the_birth_date_puts_its_child_first_and_excludes_nobody() -> None:
    sisters = {
        name: Person(f"{name} Morel", born)
        for name, born in (("Inès", date(2016, 2, 1)), ("Lina", date(2018, 7, 9)))
    }

    assert find_most_alike_people(Query("morel", date(2018, 7, 9)), sisters, 5) == ["Lina", "Inès"]
    assert find_most_alike_people(Query("morel", date(1999, 1, 1)), sisters, 5) == ["Inès", "Lina"]


def test_with_the_very_birth_date_a_name_may_be_further_off() -> None:
    assert likeness_of_person(Query("Lebrun"), MANON) == 0
    assert likeness_of_person(Query("Lebrun", MANON.born), MANON) > 0


def test_a_day_and_month_that_changed_places_still_help() -> None:
    swapped = likeness_of_person(Query("martin", date(2017, 3, 4)), ELOISE)

    assert likeness_of_person(Query("martin"), ELOISE) < swapped
    assert swapped < likeness_of_person(Query("martin", ELOISE.born), ELOISE)


def test_no_more_are_given_than_were_asked_for() -> None:
    many = {str(n): Person("Camille Roux", date(2016, 1, n)) for n in range(1, 29)}

    assert len(find_most_alike_people(Query("roux"), many, 13)) == 13
