"""What a late sheet changes: quantities by child and household, without a price."""

from hypothesis import given
from hypothesis import strategies as some

from services.billing.differences import Difference, Line, differences

CHILDREN = some.sampled_from(["manon", "nolan", "jade"])
LINES = some.builds(
    Line,
    household_id=some.sampled_from(["home", "other home"]),
    outcome=some.sampled_from(["present", "absent"]),
    quantity=some.integers(0, 3),
)
SHEETS = some.dictionaries(CHILDREN, LINES)


def owed(sheet: dict[str, Line]) -> dict[tuple[str, str], int]:
    return {(child, line.household_id): line.quantity for child, line in sheet.items()}


@given(SHEETS, SHEETS)
def test_what_was_counted_and_the_difference_make_what_counts_now(
    before: dict[str, Line], after: dict[str, Line]
) -> None:
    total = owed(before)
    for each in differences(before, after):
        place = (each.child_id, each.household_id)
        total[place] = total.get(place, 0) + each.quantity

    assert {place: n for place, n in total.items() if n} == {
        place: n for place, n in owed(after).items() if n
    }


@given(SHEETS)
def test_a_sheet_told_again_is_no_difference(sheet: dict[str, Line]) -> None:
    assert differences(sheet, sheet) == []


def test_a_day_that_changes_its_household_is_taken_from_one_and_added_to_the_other() -> None:
    before, after = Line("home", "present", 1), Line("other home", "present", 1)

    assert differences({"manon": before}, {"manon": after}) == [
        Difference("manon", "home", -1),
        Difference("manon", "other home", 1),
    ]
