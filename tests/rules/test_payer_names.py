"""The family name under which a payer stands, from the name on its bills; pure."""

import pytest

from services.enrolment.desk.regie.family_name_for_sorting import family_name


@pytest.mark.parametrize(
    ("payer", "name"),
    [
        ("Claire Lefèvre", "Lefèvre"),
        ("Anne Le Goff et Paul Roy", "Le Goff"),
        ("Mme Jeanne de La Tour", "de La Tour"),
        ("Awa N’Diaye", "N’Diaye"),
        ("Département", "Département"),
        ("Anne Martin Durand", "Martin Durand"),
        ("Marie Claire Le Goff, Paul Roy", "Le Goff"),
        ("LEFÈVRE Claire", "LEFÈVRE"),
        ("", ""),
    ],
)
def test_a_payer_stands_under_the_family_name_of_the_first_person(payer: str, name: str) -> None:
    assert family_name(payer) == name
