"""A telephone number is kept in one form, however it was typed; one that lacks a figure never."""

import pytest

from services.portal_gateway.alerts.rules.mobiles import as_e164
from shared.contracts.dossier import registrations
from shared.contracts.sections.adults.contacts import CONTACTS
from shared.contracts.sections.adults.pickup import PICKUP
from shared.text import read_telephone_number

KEPT = "06 39 98 16 69"
TYPED = {
    "by pairs": "06 39 98 16 69",
    "with dashes": "06-39-98-16-69",
    "with slashes": "06/39/98/16/69",
    "with points": "06.39.98.16.69",
    "as from abroad": "+33 (0)6 39 98 16 69",
    "with two zeros": "0033639981669",
    "without its zero": "639981669",
    "pasted from a list of contacts": "\u202a+33\u00a06 39\u00a098 16\u00a069\u202c",
}
WRONG = {
    "a figure lacks": "06 39 98 16 6",
    "a figure too many": "06 39 98 16 699",
    "a figure lacks, from abroad": "+33 6 39 98 16 6",
    "two numbers": "06 39 98 16 69 / 06 39 98 76 91",
    "a letter for a zero": "O6 39 98 16 69",
    "words": "au travail",
}


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_a_number_is_kept_in_one_form_wherever_it_is_typed(typed: str) -> None:
    person = {"name": "Claire Lefèvre", "relation": "mère", "phone": typed}
    guardian, mistakes = registrations.check_step("guardian", {"phone": typed})

    assert read_telephone_number(typed) == KEPT
    assert CONTACTS.content.load({"people": [person]})["people"][0]["phone"] == KEPT
    assert PICKUP.content.load({"people": [person]})["people"][0]["phone"] == KEPT
    assert (guardian["phone"], mistakes) == (KEPT, {})
    assert as_e164(typed) == "+33639981669"


@pytest.mark.parametrize("typed", WRONG.values(), ids=WRONG)
def test_a_number_that_nobody_can_dial_is_refused_wherever_it_is_typed(typed: str) -> None:
    person = {"name": "Claire Lefèvre", "relation": "mère", "phone": typed}
    said = {"phone": ["Écrivez un numéro de téléphone, par exemple 06 12 34 56 78."]}

    assert read_telephone_number(typed) is None
    assert CONTACTS.content.validate({"people": [person]}) == {"people": {0: said}}
    assert PICKUP.content.validate({"people": [person]}) == {"people": {0: said}}
    assert registrations.check_step("guardian", {"phone": typed}) == ({}, said)
    assert as_e164(typed) is None


def test_a_number_may_be_left_out_where_one_is_collected_and_not_where_one_is_called() -> None:
    person = {"name": "Claire Lefèvre", "relation": "mère", "phone": " "}

    assert PICKUP.content.load({"people": [person]})["people"][0]["phone"] == ""
    assert CONTACTS.content.validate({"people": [person]})


def test_a_number_abroad_is_kept_as_it_is_dialled() -> None:
    assert read_telephone_number("+41 22 345 67 89") == "+41223456789"
    assert read_telephone_number("0041 22 345 67 89") == "+41223456789"
    assert read_telephone_number("+262 692 12 34 56") == "+262692123456"
    assert read_telephone_number("+41 (0)22 345 67 89") == "+41223456789"
    assert read_telephone_number("0032 (0) 475 12 34 56") == "+32475123456"
