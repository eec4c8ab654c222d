"""Forms of the sections: what they show, take in and refuse, and a child summed up in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.pages.children import section_forms
from shared.contracts.sections import SECTIONS
from shared.contracts.sections.care.town_diets import USUAL_DIETS
from shared.web.base.app import Site
from shared.web.forms.form_data import Form, flat_errors, flat_values
from shared.web.language.section_labels import lines_in_words
from tests.factories.portal_alone import CONTENTS, HEALTH

OFFERED = USUAL_DIETS.codes_offered


@pytest.mark.parametrize("section", CONTENTS)
def test_what_a_form_shows_is_what_it_sends_back(section: str) -> None:
    content = CONTENTS[section]

    form = section_forms.form_of_stored_content(section, content)
    again, errors = section_forms.check_values(
        section, section_forms.parse_values(section, as_sent(form)), OFFERED
    )

    assert errors == {}
    assert again == content


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "name": st.text("abé’ -", min_size=1, max_size=20).filter(str.strip),
                "relation": st.just("tante"),
                "phone": st.just("06 12 34 56 78"),
            }
        ),
        min_size=1,
        max_size=6,
    )
)
def test_people_survive_the_form_in_their_order(people: list[dict[str, str]]) -> None:
    content = {"people": [each | {"name": each["name"].strip()} for each in people]}

    again, errors = section_forms.check_values(
        "contacts",
        section_forms.parse_values(
            "contacts", as_sent(section_forms.form_of_stored_content("contacts", content))
        ),
        OFFERED,
    )

    assert (again, errors) == (content, {})


def test_blank_rows_are_left_out_and_a_mistake_points_to_the_row_on_the_page() -> None:
    sent = {
        "people-0-name": [" "],
        "people-0-relation": [""],
        "people-0-phone": [""],
        "people-4-name": ["Claire"],
        "people-4-relation": ["mère"],
        "people-4-phone": ["bonjour"],
    }

    values = section_forms.parse_values("contacts", sent)
    _, errors = section_forms.check_values("contacts", values, OFFERED)

    assert values["people-0-name"] == "Claire"
    assert list(errors) == ["people-0-phone"]
    assert "06 12 34 56 78" in errors["people-0-phone"]


def test_a_section_never_filled_offers_its_first_rows_and_answers_nothing_in_advance() -> None:
    assert section_forms.form_of_stored_content("contacts", {}).rows("people") == [0, 1]
    assert section_forms.form_of_stored_content("pickup", {}).rows("people") == [0]
    assert section_forms.form_of_stored_content("pickup", {"people": []}).rows("people") == []
    assert section_forms.form_of_stored_content("health", {}).value("has_plan") == ""


def test_the_pai_is_a_question_that_needs_an_answer() -> None:
    _, errors = section_forms.check_values(
        "health", section_forms.parse_values("health", {}), OFFERED
    )

    assert list(errors) == ["has_plan"]


def test_taking_a_pai_away_is_asked_twice() -> None:
    sent = as_sent(section_forms.form_of_stored_content("health", HEALTH)) | {"has_plan": ["no"]}

    _, once = section_forms.check_values(
        "health", section_forms.parse_values("health", sent), OFFERED
    )
    content, twice = section_forms.check_values(
        "health", section_forms.parse_values("health", sent | {"drop_plan": ["yes"]}), OFFERED
    )

    assert list(once) == ["drop_plan"]
    assert twice == {}
    assert content["care_plan"] is None


def test_the_three_texts_of_a_pai_fit_on_a_card_together() -> None:
    sent = as_sent(section_forms.form_of_stored_content("health", HEALTH))
    sent |= {"care_plan-signs": ["a" * 140], "care_plan-conduct": ["b" * 140]}

    values = section_forms.parse_values("health", sent)
    _, errors = section_forms.check_values("health", values, OFFERED)

    assert "302 caractères" in errors["care_plan-conduct"]


def test_a_pai_left_empty_is_asked_for_field_by_field_as_they_stand_on_the_page() -> None:
    values = section_forms.parse_values("health", {"has_plan": ["yes"]})
    _, errors = section_forms.check_values("health", values, OFFERED)

    fields = ["signs", "conduct", "kit", "valid_until"]
    assert list(errors) == [f"care_plan-{each}" for each in fields]
    assert {errors[f"care_plan-{each}"] for each in fields[:3]} == {"À remplir."}


def test_a_date_written_by_hand_is_understood() -> None:
    sent = as_sent(section_forms.form_of_stored_content("health", HEALTH)) | {
        "care_plan-valid_until": ["6/12/2027"]
    }

    content, errors = section_forms.check_values(
        "health", section_forms.parse_values("health", sent), OFFERED
    )

    assert errors == {}
    assert content["care_plan"]["valid_until"] == "2027-12-06"


def test_a_swimming_certificate_says_which_its_day_and_who_gave_it() -> None:
    _, errors = section_forms.check_values(
        "swimming", section_forms.parse_values("swimming", {"paper": ["brevet"]}), OFFERED
    )
    sent = {"paper": ["savoir_nager"], "obtained_on": ["20/6/2026"], "issued_by": [" l’école "]}
    content, none = section_forms.check_values(
        "swimming", section_forms.parse_values("swimming", sent), OFFERED
    )

    assert list(errors) == ["paper", "obtained_on", "issued_by"]
    assert errors["paper"] == "Choisissez une des réponses proposées."
    assert none == {}
    assert content == {
        "paper": "savoir_nager", "obtained_on": "2026-06-20", "issued_by": "l’école",
    }  # fmt: skip


def test_a_row_is_added_up_to_its_limit_and_removed_by_its_button() -> None:
    form = section_forms.form_of_stored_content("contacts", CONTENTS["contacts"])
    for _ in range(9):
        section_forms.add_row(form, "contacts", "people")
    fewer = section_forms.values_without_row(as_sent(form), "people-0")

    assert len(form.rows("people")) == 6
    assert section_forms.parse_values("contacts", fewer)["people-0-name"] == "Élodie d’Orvilliers"


def test_a_forged_choice_is_refused_in_words_at_its_group() -> None:
    _, errors = section_forms.check_values(
        "diet",
        section_forms.parse_values("diet", {"menu": ["halal"], "without": ["egg", "wine"]}),
        OFFERED,
    )

    assert set(errors) == {"menu", "without"}


def test_nested_mistakes_become_one_sentence_per_field() -> None:
    nested = {"people": {1: {"phone": ["Non.", "Non."]}}, "care_plan": {"_schema": ["Trop long."]}}

    assert flat_errors(nested) == {"people-1-phone": "Non.", "care_plan": "Trop long."}
    content = {"a": [{"b": None}], "c": ["x"], "d": True}
    assert flat_values(content) == {"a-0-b": "", "c": ["x"], "d": "yes"}


def test_the_portal_writes_the_sections_that_a_guardian_may() -> None:
    written = {code for code, section in SECTIONS.items() if section.is_filled_by_guardian}

    assert set(record_labels.SECTION_AT.values()) == written
    assert all(SECTIONS[code].form for code in written)


def as_sent(form: Form) -> dict[str, Any]:
    """Return a form's values as a browser sends them."""
    return {
        name: value if isinstance(value, list) else [value] for name, value in form.values.items()
    }


def test_a_child_is_summed_up_in_words(portal: Site) -> None:
    with portal.test_request_context():
        [(_, eaten)] = lines_in_words(SECTIONS["diet"].lines(CONTENTS["diet"]))
        assert eaten == "Sans porc, sans œuf, sans poisson"
        assert lines_in_words(SECTIONS["health"].lines(HEALTH))[0] == (
            "Allergies",
            "Arachide (sévère)",
        )
        assert SECTIONS["health"].lines({}) == []
        ((_, nobody),) = lines_in_words(SECTIONS["pickup"].lines({"people": []}))
    assert nobody.startswith("aucune")
