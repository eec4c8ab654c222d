"""Rules R1 and R2: what a provider must and may learn of a child."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from shared.register.entitlement import (
    ALLOWS,
    CARE_CORE,
    EVERYWHERE,
    FED_BY,
    PROJECTIONS,
    REGIMES,
    REQUIRES,
    SECTIONS,
    TABLE,
    TAGS,
    WITHHOLDS,
    Activity,
    allowed_projections,
    projections_not_allowed,
    required_projections,
)

RIGHTS_PAGE = Path(__file__).parents[2] / "docs" / "rights.md"

ACTIVITIES = some.lists(
    some.builds(
        Activity,
        code=some.sampled_from(["a1", "b2", "c3", "d4"]),
        label=some.just("Activité"),
        regime=some.sampled_from(REGIMES),
        tags=some.lists(some.sampled_from(TAGS), unique=True).map(tuple),
    ),
    min_size=1,
    max_size=4,
)


def one(regime: str, *tags: str) -> list[Activity]:
    return [Activity("here", "Ici", regime, tags)]


def test_the_canteen_learns_of_the_allergy_and_the_music_school_does_not() -> None:
    assert {"diet", "allergies"} <= required_projections(one("canteen", "meal")).keys()

    assert allowed_projections(one("music")).keys() == {
        "care_core",
        "pickup",
        "insurance_date",
        "care_plan_date",
        "consents",
        "family",
        "residence",
    }
    assert {
        "diet",
        "allergies",
        "insurance",
        "vaccinations",
        "care_plan",
    } <= projections_not_allowed(one("music")).keys()


@pytest.mark.parametrize("tag", [*TAGS, None])
@pytest.mark.parametrize("regime", REGIMES)
def test_whoever_has_the_child_without_a_parent_gets_the_care_core(
    regime: str, tag: str | None
) -> None:
    assert CARE_CORE in required_projections(one(regime, *([tag] if tag else [])))


def test_a_canteen_without_a_tag_serves_food_all_the_same() -> None:
    assert {"diet", "allergies"} <= required_projections(one("canteen")).keys()


def test_a_canteen_learns_of_health_only_what_concerns_food() -> None:
    assert {"treatments", "health_sheet", "pickup"} <= projections_not_allowed(
        one("canteen", "meal")
    ).keys()


@pytest.mark.parametrize("tag", ["meal", "snack", "cooking"])
@pytest.mark.parametrize("regime", REGIMES)
def test_where_food_is_handled_diet_and_allergies_are_known(regime: str, tag: str) -> None:
    assert {"diet", "allergies"} <= required_projections(one(regime, tag)).keys()


@pytest.mark.parametrize("regime", REGIMES)
def test_a_night_away_opens_the_treatments(regime: str) -> None:
    added = (
        required_projections(one(regime, "overnight")).keys()
        - required_projections(one(regime)).keys()
    )

    assert added == {"treatments"}


@pytest.mark.parametrize("regime", REGIMES)
def test_an_outing_opens_nothing_more(regime: str) -> None:
    assert (
        allowed_projections(one(regime, "outing")).keys() == allowed_projections(one(regime)).keys()
    )


@pytest.mark.parametrize("regime", REGIMES)
def test_the_pool_opens_the_swimming_certificate_and_nothing_more(regime: str) -> None:
    added = (
        allowed_projections(one(regime, "swimming")).keys()
        - allowed_projections(one(regime)).keys()
    )

    assert added == {"swimming"}
    assert "swimming" in required_projections(one(regime, "swimming"))


@pytest.mark.parametrize("regime", REGIMES)
def test_who_never_swims_with_a_child_does_not_learn_of_its_certificate(regime: str) -> None:
    dry = set(TAGS) - {"swimming"}

    assert "swimming" in projections_not_allowed(one(regime, *dry))


def test_the_leisure_centre_holds_the_whole_health_sheet_by_the_decree_of_2003() -> None:
    reason = required_projections(one("leisure_centre"))["health_sheet"]

    assert reason.startswith("R2 requires (here): ")
    assert reason.endswith("(arrêté of 20 February 2003)")


def test_no_other_regime_may_hold_the_whole_health_sheet() -> None:
    others = set(REGIMES) - {"leisure_centre"}

    assert all("health_sheet" in projections_not_allowed(one(regime, *TAGS)) for regime in others)


def test_a_leisure_centre_without_a_meal_does_not_ask_what_the_child_eats() -> None:
    assert "diet" in projections_not_allowed(one("leisure_centre"))


def test_care_before_and_after_school_knows_who_may_collect_the_child() -> None:
    assert {"pickup", "schooling"} <= required_projections(one("school")).keys()
    assert "diet" in projections_not_allowed(one("school"))


def test_the_sports_club_may_know_who_collects_the_child_and_need_not() -> None:
    assert "pickup" not in required_projections(one("sport"))
    assert "pickup" in allowed_projections(one("sport"))


def test_the_school_bus_may_know_the_school_and_the_judo_club_may_not() -> None:
    assert "schooling" in allowed_projections(one("transport"))
    assert "schooling" in projections_not_allowed(one("sport"))


def test_the_reason_names_the_rule_and_every_activity_it_holds_for() -> None:
    activities = [
        Activity("enrolment", "Inscription", "school"),
        Activity("canteen", "Restauration", "canteen", ("meal",)),
        Activity("evening", "Soir", "school", ("snack",)),
    ]

    reasons = required_projections(activities)

    assert reasons["allergies"] == (
        "R2 requires (canteen, evening): food is served or handled there"
    )
    assert reasons["care_core"] == (
        "R1 requires (every activity): the provider has the child without a parent"
    )


def test_every_case_of_every_regime_is_decided_once_with_a_reason() -> None:
    decided = [(line.under, line.projection) for line in TABLE]

    assert len(decided) == len(set(decided))
    assert all(
        (EVERYWHERE, p) in decided or (r, p) in decided for r in REGIMES for p in PROJECTIONS
    )
    assert all(line.because and line.rule in ("R1", "R2", "Families") for line in TABLE)
    assert {line.under for line in TABLE} <= {EVERYWHERE, *REGIMES, *TAGS}
    assert {line.force for line in TABLE} == {REQUIRES, ALLOWS, WITHHOLDS}


def test_each_projection_is_computed_from_sections_that_a_family_fills() -> None:
    assert FED_BY.keys() == set(PROJECTIONS)
    assert all(set(sections) <= set(SECTIONS) for sections in FED_BY.values())


@given(ACTIVITIES)
def test_what_is_needed_is_allowed_and_the_rest_is_withheld(activities: list[Activity]) -> None:
    assert required_projections(activities).keys() <= allowed_projections(activities).keys()
    assert allowed_projections(activities).keys() | projections_not_allowed(
        activities
    ).keys() == set(PROJECTIONS)
    assert not allowed_projections(activities).keys() & projections_not_allowed(activities).keys()


@given(ACTIVITIES, ACTIVITIES)
def test_one_more_activity_never_narrows_what_a_provider_needs(
    before: list[Activity], more: list[Activity]
) -> None:
    assert required_projections(before).keys() <= required_projections([*before, *more]).keys()
    assert allowed_projections(before).keys() <= allowed_projections([*before, *more]).keys()


def test_the_page_for_the_data_protection_officer_shows_the_same_tables() -> None:
    page = RIGHTS_PAGE.read_text(encoding="utf-8").splitlines()

    assert "| | " + " | ".join(REGIMES) + " |" in page
    for projection in PROJECTIONS:
        cells = " | ".join(_word(regime, projection) for regime in REGIMES)
        assert f"| {projection} | {cells} |" in page
    for tag in TAGS:
        opened = [line.projection for line in TABLE if line.under == tag]
        assert f"| {tag} | {', '.join(opened) or 'nothing more'} |" in page


def _word(regime: str, projection: str) -> str:
    if projection in required_projections(one(regime)):
        return "must"
    return "may" if projection in allowed_projections(one(regime)) else "–"
