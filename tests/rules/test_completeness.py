"""Completeness of a dossier: as the town file says, seen by the desk, and waited for nowhere."""

from datetime import date
from pathlib import Path

import pytest

from deploy.register.compiler import compile_register
from deploy.register.rights_report import register_changes_in_words
from deploy.register.town_file.town import TownRefused, read_town
from shared.register import parse_register
from shared.register.completeness import (
    CHECKS,
    PAPERS,
    Needs,
    is_section_asked,
    judge_completeness,
    needs_of_activity,
    next_occurrence_of_month_day,
)
from shared.register.entitlement import Activity

DEMO = Path(__file__).parents[2] / "deploy" / "towns" / "demo.yaml"
LISTED = "  - {for: school, needs: [child_identity, guardian_identity, domicile]}\n"
DAY = date(2026, 11, 25)


def town(tmp_path: Path, line: str) -> list[str]:
    """Return what is wrong with the demo's file where this line stands for the school's."""
    file = tmp_path / "town.yaml"
    text = DEMO.read_text()
    assert LISTED in text
    file.write_text(text.replace(LISTED, line))
    try:
        read_town(file)
    except TownRefused as refused:
        return list(refused.problems)
    return []


def test_a_dossier_is_complete_when_all_is_there_and_the_desk_has_checked() -> None:
    school = Needs("school", PAPERS)

    assert judge_completeness(school, {*PAPERS, *CHECKS}, DAY).is_complete
    assert judge_completeness(school, {*PAPERS}, DAY).missing == CHECKS
    assert judge_completeness(school, {*CHECKS, "domicile"}, DAY).missing == (
        "child_identity",
        "guardian_identity",
    )


def test_what_the_stay_alone_needs_has_a_day_and_blocks_nothing() -> None:
    stay = Needs("sport", ("contacts",), ("health",), "07-01")

    judged = judge_completeness(stay, {"contacts", *CHECKS}, DAY)

    assert judged.is_complete
    assert (judged.later, judged.by) == (("health",), date(2027, 7, 1))
    assert judge_completeness(stay, {"contacts", "health", *CHECKS}, DAY).by is None


@pytest.mark.parametrize(
    ("by", "day", "next_one"),
    [
        ("07-01", date(2027, 7, 1), date(2027, 7, 1)),
        ("07-01", date(2027, 7, 2), date(2028, 7, 1)),
        ("02-29", date(2027, 1, 5), date(2027, 2, 28)),
        ("02-29", date(2028, 1, 5), date(2028, 2, 29)),
    ],
)
def test_the_day_of_each_year_is_the_next_one(by: str, day: date, next_one: date) -> None:
    assert next_occurrence_of_month_day(by, day) == next_one


def test_an_activity_goes_by_its_own_line_before_that_of_its_regime() -> None:
    listed = [Needs("sport", ("contacts",)), Needs("judo", ("health",))]

    assert needs_of_activity(Activity("judo", "Judo", "sport"), listed) == listed[1]
    assert needs_of_activity(Activity("swimming", "Natation", "sport"), listed) == listed[0]
    assert needs_of_activity(Activity("piano", "Piano", "music"), listed) is None


def test_an_activity_that_swims_asks_for_the_certificate_without_a_line_of_its_own() -> None:
    swims = Activity("pool", "Piscine", "sport", ("swimming",))
    judo = Activity("judo", "Judo", "sport")
    listed = [Needs("sport", ("contacts",), ("health",), "07-01")]

    needs = needs_of_activity(swims, listed)

    assert needs == Needs("sport", ("contacts", "swimming"), ("health",), "07-01")
    assert judge_completeness(needs, {"contacts", *CHECKS}, DAY).missing == ("swimming",)
    assert judge_completeness(needs, {"contacts", "swimming", *CHECKS}, DAY).is_complete
    assert needs_of_activity(swims, []) == Needs("pool", ("swimming",))
    assert needs_of_activity(judo, listed) == listed[0]


def test_a_tag_adds_no_paper_to_what_school_enrolment_may_ask_for() -> None:
    """Art. D131-3-1 lists three, whatever else the activity does."""
    enrolment = Activity("school_enrolment", "Inscription", "school", ("swimming",))

    assert needs_of_activity(enrolment, [Needs("school", PAPERS)]) == Needs("school", PAPERS)
    assert needs_of_activity(enrolment, []) is None


def test_a_family_is_asked_for_the_certificate_where_a_child_may_swim_and_nowhere_else() -> None:
    swims = Activity("pool", "Piscine", "sport", ("swimming",))
    judo = Activity("judo", "Judo", "sport")

    assert is_section_asked("swimming", [judo, swims])
    assert not is_section_asked("swimming", [judo])
    assert not is_section_asked("swimming", [])
    assert is_section_asked("diet", [judo])


def test_the_register_holds_what_the_town_file_lists_and_a_plan_says_what_changes() -> None:
    register = compile_register(read_town(DEMO), [], {})

    assert parse_register(register).completeness[0] == Needs("school", PAPERS)
    before = {**register, "completeness": []}
    assert any(
        "complete for school" in line for line in register_changes_in_words(before, register)
    )
    del before["completeness"]
    assert parse_register(before).completeness == ()


def test_school_enrolment_asks_for_the_three_papers_of_the_code_and_for_no_other(
    tmp_path: Path,
) -> None:
    problems = town(tmp_path, "  - {for: school, needs: [domicile, health]}\n")

    assert problems
    assert all("D131-3-1" in each and "health" in each for each in problems)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  - {for: rugby, needs: [contacts]}\n", "no activity has the code or the regime rugby"),
        ("  - {for: judo, needs: [religion]}\n", "unknown need 'religion'"),
        ("  - {for: sport, needs: [contacts]}\n", "written twice"),
        ("  - {for: judo, needs: [health], for_stay: [health], by: '07-01'}\n", "cannot be needed"),
        ("  - {for: judo, needs: [health], for_stay: [diet], by: '06-31'}\n", "a day of each year"),
        ("  - {for: judo, needs: [health], for_stay: [diet]}\n", "by is missing"),
        ("  - {for: judo, needs: [health], by: '07-01'}\n", "for_stay, which is missing"),
        ("  - {for: judo, needs: []}\n", "needs is an empty list"),
    ],
)
def test_a_line_that_cannot_stand_is_refused_with_its_reason(
    tmp_path: Path, line: str, said: str
) -> None:
    problems = town(tmp_path, line)

    assert any(said in each for each in problems), problems
