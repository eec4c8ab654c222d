"""Names of sites: one site is one name, however somebody writes it."""

import pytest

from services.enrolment.offer.rules.known_site_names import known_or_written_site_name

KNOWN = ("École Jules-Ferry", "École L’Épinette", "Maison de quartier")


@pytest.mark.parametrize(
    ("written", "site"),
    [
        ("ecole jules ferry", "École Jules-Ferry"),
        ("ÉCOLE  JULES-FERRY ", "École Jules-Ferry"),
        ("Ecole l'epinette", "École L’Épinette"),
        ("École Jules-Ferry", "École Jules-Ferry"),
    ],
)
def test_a_site_that_is_known_keeps_its_name(written: str, site: str) -> None:
    assert known_or_written_site_name(written, KNOWN) == site


@pytest.mark.parametrize("written", ["Jules-Ferry", "École Jules-Ferry 2", "Maison"])
def test_a_name_that_is_another_stays_another(written: str) -> None:
    assert known_or_written_site_name(written, KNOWN) == written


def test_spaces_too_many_are_no_part_of_a_name() -> None:
    assert known_or_written_site_name("  Salle   des fêtes ", KNOWN) == "Salle des fêtes"


def test_what_has_no_letter_is_like_nothing_known() -> None:
    assert known_or_written_site_name("!", ("?",)) == "!"
