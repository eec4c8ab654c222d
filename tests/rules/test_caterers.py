"""A caterer is brought in by the town file, is kept apart from children, and hears orders alone."""

from pathlib import Path
from typing import Any

import pytest

from deploy.register.compiler import compile_register
from deploy.register.town_file.town import read_town
from deploy.services import declarations_in_code
from shared.register import SUSPENDED, parse_register
from tests.factories.kitchen import CATERER
from tests.factories.town_files import TEXT, problems_of

CUI = "enrolment_cui"
COOKS = '    cooks: {for: [ens], order_before: "1@10:00"}\n'
SECOND = (
    CATERER.replace("code: cui", "code: two")
    .replace("letter: K", "letter: Z")
    .replace("pascal.meunier", "second.cook")
)


def with_caterer(changed: str = CATERER) -> str:
    return f"{TEXT.rstrip()}\n{changed}"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Give the register of the demo town with a caterer, of all that the code declares."""
    file = tmp_path_factory.mktemp("town") / "town.yaml"
    file.write_text(with_caterer(), "utf-8")
    return compile_register(read_town(file), declarations_in_code(), {})


def test_no_call_joins_a_caterer_to_who_holds_children_or_families(rows: dict[str, Any]) -> None:
    beside = {
        row["callee"] if row["caller"] == CUI else row["caller"]
        for row in rows["calls"]
        if CUI in (row["caller"], row["callee"])
    }

    assert beside == {"identity", "ops"}


def test_a_caterer_hears_its_own_agents_and_its_customers_orders_and_nothing_else(
    rows: dict[str, Any],
) -> None:
    heard = {(row["source"], row["event"]) for row in rows["events"] if row["consumer"] == CUI}
    told = {(row["consumer"], row["event"]) for row in rows["events"] if row["source"] == CUI}

    assert heard == {("identity", "subject_changed"), ("enrolment_ens", "meals_ordered")}
    assert {each for each in told if each[0] != "identity"} == {("enrolment_ens", "order_answered")}


def test_a_provider_that_orders_from_nobody_hears_and_says_nothing_of_meals(
    rows: dict[str, Any],
) -> None:
    for row in rows["events"]:
        if row["event"] in ("meals_ordered", "order_answered"):
            assert {row["source"], row["consumer"]} == {"enrolment_ens", CUI}


def test_a_caterer_is_entitled_to_no_section_and_families_meet_it_nowhere(
    rows: dict[str, Any],
) -> None:
    register = parse_register(rows)

    assert [row for row in rows["entitlements"] if row["principal"] == CUI] == []
    (caterer,) = [each for each in register.providers if each.cooks]
    assert (caterer.code, caterer.activities, caterer.regies) == ("cui", (), ())
    assert [entry for entry in rows["treatments"] if entry["provider"] == "cui"] == []
    assert not any(
        entry["provider"] == "cui" and "section" in entry for entry in rows["treatments"]
    )


def test_a_caterer_that_is_suspended_is_ordered_from_no_more(tmp_path: Path) -> None:
    file = tmp_path / "town.yaml"
    file.write_text(with_caterer(), "utf-8")
    rows = compile_register(read_town(file), declarations_in_code(), {"cui": SUSPENDED})

    assert [row for row in rows["calls"] if CUI in (row["caller"], row["callee"])] == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (
            CATERER.replace(
                COOKS, COOKS + "    activities:\n      - {code: a, label: A, regime: sport}\n"
            ),
            "cooks for others, and learns of no child",
        ),
        (
            CATERER.replace(COOKS, COOKS + "    entitlements:\n      diet: Cuisiner\n"),
            "cooks for others, and learns of no child",
        ),
        (
            CATERER.replace("for: [ens]", "for: [nobody]"),
            "no provider with activities has the code",
        ),
        (CATERER.replace("1@10:00", "10 h"), "working days before and an hour"),
        (CATERER.replace(COOKS, ""), "activities is missing"),
        (CATERER + SECOND, "ens orders from another caterer"),
    ],
)
def test_what_no_caterer_is_like_is_refused(changed: str, reason: str, tmp_path: Path) -> None:
    assert any(reason in problem for problem in problems_of(with_caterer(changed), tmp_path))
