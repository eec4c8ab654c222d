"""
Numbers that stand for more than one child, adult or household: all of their rows are refused. Pure.

A number is believed only where the names agree, and of a child the birth date; accents, capitals
and hyphens make no difference. Otherwise two families would read each other's dossier. An adult
whom both homes of a child name is refused, too: a letter with a code goes where its reader lives.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass

from deploy.importing.table_files.mapping import Reading
from deploy.importing.table_files.problems import Problems
from deploy.importing.table_files.table import Row, Table
from shared.files import cell_parsing
from shared.text import folded

MOST_NAMED = 5
"""Lines of the others that a problem names."""

CHILD = "{} this number another child: names or birth date differ"
ADULT = "{} this number another adult: names differ"
ADULTS = "{} this household other adults"
BOTH_HOMES = (
    "{} this adult in another home of the child: leave them where they live, or give two people two"
    " numbers"
)


@dataclass(frozen=True)
class _Bearer:
    """A row that bears a number in a column, and whom it `names` with it."""

    row: Row
    column: str
    names: Hashable


def refuse_contested_numbers(reading: Reading, table: Table, problems: Problems) -> None:
    """Add a problem to each row whose number of a child, an adult or a home names others, too."""
    children, adults, homes = (defaultdict[str, list[_Bearer]](list) for _ in range(3))
    for row in table.rows:
        home = cell_or_empty(reading, row, "household")
        if child := cell_or_empty(reading, row, "child"):
            children[child].append(_Bearer(row, "child", child_named_in_row(reading, row)))
        there = _adults_named(reading, row, home)
        for column, number, name in there:
            adults[number].append(_Bearer(row, column, name))
        if home:
            homes[home].append(_Bearer(row, "guardian_1", tuple(each[1:] for each in there)))
    refused = _refuse_bearers(homes.values(), ADULTS, problems)
    _refuse_bearers(children.values(), CHILD, problems)
    apart = (
        [each for each in bearers if each.row.line not in refused] for bearers in adults.values()
    )
    _refuse_bearers(apart, ADULT, problems)
    _refuse_adults_of_two_homes(reading, table, problems, refused)


def lines_in_words(numbers: Iterable[int]) -> str:
    """Return « line 3 », or « lines 3, 7 » with the first few."""
    named = sorted(set(numbers))
    text = ", ".join(map(str, named[:MOST_NAMED])) + (" …" if len(named) > MOST_NAMED else "")
    return f"line {text}" if len(named) == 1 else f"lines {text}"


def _refuse_adults_of_two_homes(
    reading: Reading, table: Table, problems: Problems, refused: Collection[int]
) -> None:
    """
    Report the adults whom a child's rows name in more than one of its homes.

    Of one name with a number of its own in each row, every number is somebody else.
    """
    named = defaultdict[tuple[str, str], list[tuple[str, _Bearer]]](list)
    for row in table.rows:
        child, home = (cell_or_empty(reading, row, name) for name in ("child", "household"))
        if child and home and row.line not in refused:
            for place, (column, number, name) in enumerate(
                _adults_named(reading, row, home), start=1
            ):
                own = number if column.endswith("_number") else ""
                named[child, name].append((own, _Bearer(row, f"guardian_{place}", home)))
    for alike in named.values():
        people = defaultdict[str, list[_Bearer]](list)
        are_numbered = all(own for own, _ in alike)
        for own, bearer in alike:
            people[own if are_numbered else ""].append(bearer)
        _refuse_bearers(people.values(), BOTH_HOMES, problems)


def _refuse_bearers(numbers: Iterable[list[_Bearer]], text: str, problems: Problems) -> set[int]:
    """Report the bearers of a number who name more than one; return their lines."""
    refused = set()
    for bearers in numbers:
        if len({each.names for each in bearers}) < 2:
            continue
        for one in bearers:
            others = {each.row.line for each in bearers if each.names != one.names}
            gives = f"{lines_in_words(others)} {'gives' if len(others) == 1 else 'give'}"
            problems.add_problem(one.row, one.column, text.format(gives))
            refused.add(one.row.line)
    return refused


def child_named_in_row(reading: Reading, row: Row) -> Hashable:
    """Return the child that a row names; a day that cannot be read is reported elsewhere."""
    born = cell_or_empty(reading, row, "birth_date")
    try:
        day: object = cell_parsing.day(born)
    except cell_parsing.Unreadable:
        day = born
    names = (
        _comparable_name(cell_or_empty(reading, row, each)) for each in ("first_name", "last_name")
    )
    return (*names, day)


def _adults_named(reading: Reading, row: Row, home: str) -> list[tuple[str, str, str]]:
    """Return the adults of a row: the column of each, its number, and its name."""
    found = []
    for place in (1, 2):
        name = _comparable_name(cell_or_empty(reading, row, f"guardian_{place}"))
        column = f"guardian_{place}_number"
        number = cell_or_empty(reading, row, column)
        if name:
            found.append(
                (column if number else f"guardian_{place}", number or f"{home}-{place}", name)
            )
    return found


def _comparable_name(text: str) -> str:
    """Return a name as names are compared, without its civility."""
    try:
        return folded(cell_parsing.person_name(text))
    except cell_parsing.Unreadable:
        return folded(text)


def cell_or_empty(reading: Reading, row: Row, name: str) -> str:
    """Return a field of a row, "" where it cannot be read, which is reported elsewhere."""
    try:
        return reading.text_of_field(row, name)
    except cell_parsing.Unreadable:
        return ""
