"""Waivers of the area: the commission's order can be repeated, and the law binds elsewhere."""

import random
from collections.abc import Sequence

import pytest

from services.enrolment.school_year.enrolments.rules.catchment_waivers import (
    NOT_PROVEN,
    Listed,
    binding_motives,
    in_commission_order,
    is_reason_that_may_refuse,
    points_of_motives,
)
from shared.contracts.enrolment.school_year.enrolments import CYCLE, HEALTH, SIBLING, WORK

WAIVERS = [Listed(f"waiver-{number}", number % 3 * 10) for number in range(12)]


def order(waivers: Sequence[Listed], seed: str) -> list[str]:
    return [each.waiver_id for each in in_commission_order(waivers, seed)]


def test_points_come_first_and_the_seed_decides_among_equals() -> None:
    listed = in_commission_order(WAIVERS, "2027-2028")
    assert [each.points for each in listed] == sorted((w.points for w in WAIVERS), reverse=True)
    assert order(WAIVERS, "2027-2028") != order(WAIVERS, "another seed")


def test_the_same_seed_gives_the_same_order_however_the_list_comes() -> None:
    shuffled = random.Random(7).sample(WAIVERS, len(WAIVERS))
    assert order(shuffled, "2027-2028") == order(WAIVERS, "2027-2028")


def test_without_a_seed_there_is_no_order() -> None:
    with pytest.raises(ValueError, match="seed"):
        in_commission_order(WAIVERS, "")


def test_a_motive_counts_once_and_one_that_is_gone_for_nothing() -> None:
    assert points_of_motives(["a", "a", "b", "gone"], {"a": 40, "b": 10}) == 50


@pytest.mark.parametrize("motive", [WORK, HEALTH, SIBLING, CYCLE])
def test_a_motive_of_the_law_binds_for_another_commune_alone(motive: str) -> None:
    assert binding_motives([motive], elsewhere=True) == [motive]
    assert binding_motives([motive], elsewhere=False) == []
    assert not is_reason_that_may_refuse("no_place", [motive], elsewhere=True)
    assert is_reason_that_may_refuse(NOT_PROVEN, [motive], elsewhere=True)
    assert is_reason_that_may_refuse("no_place", ["workplace"], elsewhere=False)
