"""A word of families finds what a service calls otherwise; a service’s own word, that alone."""

import pytest

from services.portal_gateway.enrolment.rules.search_words import INSTEAD, SAID, best_matches
from shared.text import folded

OFFERED = {
    "centre": f"Mercredis {SAID['leisure_centre']}",
    "evening": f"Accueil du soir {SAID['school']}",
    "stay": f"Séjour à la neige {SAID['overnight']}",
    "judo": f"Judo {SAID['sport']}",
    "lunch": f"Restauration scolaire {SAID['canteen']}",
}


def found(query: str, **more: str) -> list[str]:
    offered = OFFERED | more
    known = [(folded(text).split(), name) for name, text in offered.items()]
    return best_matches(known, query)[0]


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("centre aéré", "centre"),
        ("Centre aere", "centre"),
        ("étude", "evening"),
        ("la garderie du soir", "evening"),
        ("colo", "stay"),
        ("foot", "judo"),
        ("cantine", "lunch"),
        ("cantinne", "lunch"),
        ("le repas de midi", "lunch"),
    ],
)
def test_what_parents_say_finds_what_the_service_calls_otherwise(typed: str, means: str) -> None:
    assert found(typed) == [means]


def test_where_a_service_uses_the_word_itself_nothing_else_stands_beside_it() -> None:
    assert found("étude", study="Étude surveillée") == ["study"]
    assert found("foot", football="Football, 8 à 10 ans") == ["football"]


def test_an_unknown_word_finds_nothing_and_no_word_finds_all() -> None:
    assert found("xylophone") == []
    assert found("") == list(OFFERED)


def test_the_words_of_families_are_folded_as_a_query_is() -> None:
    assert all(folded(phrase) == phrase for phrase in INSTEAD)
