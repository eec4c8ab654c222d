"""One rule says what is a last name, wherever a person has one name in one piece."""

import pytest

from services.billing.treasury.rules.bill_for_accountant import suggested_names
from services.enrolment.desk.regie.family_name_for_sorting import family_name
from shared.text.personal_names import first_and_last_name


@pytest.mark.parametrize(
    "name",
    [
        "Claire Lefèvre",
        "Anne Marie DA SILVA",
        "Marie Claire Le Goff",
        "Anne Martin Durand",
        "LEFÈVRE Claire",
        "Mme Jeanne de La Tour",
        "Jean Louis d’Ormesson",
        "Cher",
        "",
    ],
)
def test_who_is_listed_under_a_name_is_handed_over_under_it(name: str) -> None:
    assert suggested_names(name)[1] == family_name(name)


@pytest.mark.parametrize("name", ["Mme Le Goff", "M. DE LA TOUR", "Mme d’Ormesson Durand"])
def test_after_a_civility_a_particle_begins_the_last_name_and_is_no_first_name(name: str) -> None:
    assert first_and_last_name(name) == ("", name.split(maxsplit=1)[1])
