"""
A tariff that gains a residence class or an attendance mode: every public keeps a price.

Pure. Until a grid changes it, a new class pays the price of another one, and a new attendance mode
the usual price; neither had a child in the past, so that no past price changes.
"""

from collections.abc import Callable, Collection

from shared.contracts.enrolment.tariffs import Column, Grid, Part, Tariff


def content_with_residence_class(content: Tariff, code: str, like: str) -> Tariff:
    """Return the content with a residence class more, which pays what `like` pays."""
    if code in content["residences"]:
        return content

    def column_with_added_class(old: Column) -> Column:
        codes = old["residences"]
        return {**old, "residences": [*codes, code] if like in codes else codes}

    return _change_columns(
        {**content, "residences": [*content["residences"], code]}, column_with_added_class
    )


def without_residence(content: Tariff, code: str) -> Tariff:
    """Return the content without a residence class that has no commune."""

    def column_without_removed_class(old: Column) -> Column | None:
        codes = [residence for residence in old["residences"] if residence != code]
        return {**old, "residences": codes} if codes else None

    kept = [residence for residence in content["residences"] if residence != code]
    return _change_columns({**content, "residences": kept}, column_without_removed_class)


def content_with_attendance_modes(content: Tariff, variants: Collection[str]) -> Tariff:
    """Return the content with these attendance modes added, each at the usual price."""
    new = [variant for variant in variants if variant not in content["variants"]]
    if not new:
        return content
    return {
        **content,
        "variants": [*content["variants"], *new],
        "grids": [
            _change_parts(grid, lambda part: _add_usual_columns(part, new))
            for grid in content["grids"]
        ],
    }


def _add_usual_columns(part: Part, variants: Collection[str]) -> Part:
    usual = [column for column in part["columns"] if column["variant"] == ""]
    more: list[Column] = [
        {**column, "variant": variant} for variant in variants for column in usual
    ]
    return {**part, "columns": [*part["columns"], *more]}


def _change_columns(content: Tariff, change: Callable[[Column], Column | None]) -> Tariff:
    def part_with_changed_columns(old: Part) -> Part:
        changed = (change(column) for column in old["columns"])
        return {**old, "columns": [column for column in changed if column is not None]}

    return {
        **content,
        "grids": [_change_parts(grid, part_with_changed_columns) for grid in content["grids"]],
    }


def _change_parts(grid: Grid, change: Callable[[Part], Part]) -> Grid:
    return {**grid, "parts": [change(part) for part in grid["parts"]]}
