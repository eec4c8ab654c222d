"""
Rows of places as the providers take them: a child in a group, from a day on, on which days. Pure.

Who the child is, the dossier says; which group is meant, this compares with those of the provider.
Rows that say one place day by day are one place, also where some lack the child's number. No place
begins before the day from which the town counts: what the former software billed is not billed
again.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from deploy.importing.rows.contested_numbers import (
    cell_or_empty,
    child_named_in_row,
    lines_in_words,
)
from deploy.importing.rows.families import read_named_child
from deploy.importing.table_files.mapping import WEEKDAYS, Reading
from deploy.importing.table_files.problems import Cells, Problems
from deploy.importing.table_files.table import Row, Table
from shared.contracts.enrolment.places.imports import PlaceableGroup
from shared.files import cell_parsing
from shared.json_values import JsonObject
from shared.text import folded

Groups = Mapping[str, Sequence[PlaceableGroup]]
"""The groups of each provider of the town, by its code."""

CONFIRMED, WAITING, LEFT_OUT = "confirmed", "waiting", "none"
MOST_NAMED = 6
"""Groups that a problem names."""
EVERY_SESSION = "whole"


@dataclass(frozen=True)
class NamedChild:
    """
    A child by names and birth date, and by its number in the file, "" where no row gives one.

    Of a row without it the number is that of the others of these names; `numbered` are their lines
    where they give several: which of those children the row means, it has to say.
    """

    names: Hashable
    number: str
    numbered: tuple[int, ...] = ()


@dataclass(frozen=True)
class Offer:
    """The groups that places come to, None where nobody was asked; places count from `since`."""

    groups: Groups | None
    since: date


def children_by_line(reading: Reading, table: Table) -> dict[int, NamedChild]:
    """Return the child that each row of places means."""
    named = {row.line: child_named_in_row(reading, row) for row in table.rows}
    numbers: dict[Hashable, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in table.rows:
        if number := cell_or_empty(reading, row, "child"):
            numbers[named[row.line]][number].append(row.line)
    found = {}
    for row in table.rows:
        number, given = cell_or_empty(reading, row, "child"), numbers[named[row.line]]
        if not number and len(given) > 1:
            lines = tuple(sorted(line for each in given.values() for line in each))
            found[row.line] = NamedChild(named[row.line], "", lines)
        else:
            found[row.line] = NamedChild(named[row.line], number or next(iter(given), ""))
    return found


def places_of_table(
    reading: Reading, table: Table, problems: Problems, day: date, offer: Offer
) -> list[JsonObject]:
    """Return the places of a file, each with its `line`, its `provider` and its `named` child."""
    found: dict[tuple[object, ...], tuple[JsonObject, Row]] = {}
    children = children_by_line(reading, table)
    for row in table.rows:
        each, child = Cells(reading, row, problems), children[row.line]
        place = _read_place(each, child, day, offer)
        if place is None:
            continue
        key = (child, place["provider"], place["group"])
        known, first = found.setdefault(key, (place, row))
        if known is place:
            continue
        if any(known[name] != place[name] for name in ("valid_from", "valid_to", "waits_since")):
            text = f"another period or state in this group than line {first.line}"
            problems.add_problem(row, "from", text)
        known["weekdays"] = sorted({*known["weekdays"], *place["weekdays"]})
    return [place for place, _ in found.values()]


def _read_place(each: Cells, child: NamedChild, day: date, offer: Offer) -> JsonObject | None:
    status = each.read_text("status") or CONFIRMED
    if status == LEFT_OUT:
        return None
    if status not in (CONFIRMED, WAITING):
        text = f"{CONFIRMED}, {WAITING} or {LEFT_OUT}: translate it in the mapping"
        each.problems.add_problem(each.row, "status", text)
    if child.numbered:
        text = f"{lines_in_words(child.numbered)} number several of these names: which one?"
        each.problems.add_problem(each.row, "child", text)
    named = read_named_child(each, day)
    each.read_reference("child", required=False)  # one that cannot be read is wrong
    provider = each.read_text("provider", 40, required=True)
    first = each.read_cell("from", cell_parsing.day, None, required=True)
    last = each.read_cell("to", cell_parsing.day, None)
    waits = each.read_past_day("waits_since", day, required=False)
    days = _read_weekdays(each)
    if first and last and last < first:
        each.problems.add_problem(each.row, "to", "a day before the first")
    if not (named and provider and first):
        return None
    if last and last < offer.since:
        each.add_doubt("to", f"over before {offer.since:%d/%m/%Y}: it is left out, as history")
        return None
    group = _group_of_row(each, provider, first, last, days, offer)
    if group is None and offer.groups is not None:
        return None
    return {
        "line": each.row.line,
        "provider": provider,
        "named": {
            "reference": f"{each.reading.source}:{child.number}" if child.number else "",
            "first_name": named[0],
            "last_name": named[1],
            "birth_date": named[2],
        },
        "group": group["group_id"] if group else _words_of_row(each),
        "valid_from": max(first, offer.since, group["first_day"] if group else first),
        "valid_to": last,
        "weekdays": days,
        "waits_since": (waits or day) if status == WAITING else None,
    }


def _read_weekdays(each: Cells) -> list[int]:
    """Return the days of a row, of one column or of one for each day; none: all of its group."""
    days = set(each.read_cell("days", cell_parsing.weekdays, []))
    for number, name in enumerate(WEEKDAYS, start=1):
        if each.read_cell(name, cell_parsing.yes_or_no, False):
            days.add(number)
    return sorted(days)


def _group_of_row(
    each: Cells, provider: str, first: date, last: date | None, days: Sequence[int], offer: Offer
) -> PlaceableGroup | None:
    """Return the one group that a row means; what names none, or several, is wrong."""
    if offer.groups is None:
        return None
    if provider not in offer.groups:
        text = f"one of {', '.join(sorted(offer.groups))}: translate it in the mapping"
        each.problems.add_problem(each.row, "provider", text)
        return None
    during = [
        group
        for group in offer.groups[provider]
        if first <= group["last_day"] and group["first_day"] <= (last or date.max)
    ]
    left = _groups_named_in_row(each, during)
    if len(left) > 1:
        alike = _labels(f"{group['label']} ({group['site']})" for group in left)
        each.problems.add_problem(each.row, "group", f"more than one is meant: {alike}")
    if len(left) != 1:
        return None
    [group] = left
    strange = sorted(set(days) - set(group["weekdays"]))
    if strange and group["booking"] != EVERY_SESSION:
        text = f"the group does not meet on {', '.join(WEEKDAYS[number - 1] for number in strange)}"
        each.problems.add_problem(each.row, "days", text)
    return group


def _groups_named_in_row(each: Cells, groups: Sequence[PlaceableGroup]) -> Sequence[PlaceableGroup]:
    """Return those of these groups that a row names; none where a word of it is wrong."""
    for name, words_of_group in _WORDS_OF_GROUP.items():
        written = each.read_text(name, required=name == "activity")
        if not written:
            if each.problems.is_field_wrong(each.row, name):
                return []
            continue
        named = [group for group in groups if _is_named(written, words_of_group(group))]
        if not named:
            alike = _labels(words_of_group(group)[-1] for group in groups)
            each.problems.add_problem(
                each.row, name, f"offered on these days: {alike or 'nothing'}"
            )
            return []
        groups = named
    return groups


def _words_of_row(each: Cells) -> str:
    """Return the words by which a row names a group, where no provider was asked."""
    return " / ".join(word for name in _WORDS_OF_GROUP if (word := each.read_text(name)))


_WORDS_OF_GROUP: Mapping[str, Any] = {
    "activity": lambda group: (group["activity"], group["activity_label"]),
    "site": lambda group: (group["site"],),
    "group": lambda group: (group["reference"], group["label"]),
}
"""The words by which a file names a group, by field; the last is what people read."""


def _is_named(written: str, words: Collection[str]) -> bool:
    return folded(written) in {folded(word) for word in words if word}


def _labels(texts: Iterable[str]) -> str:
    named = sorted({text for text in texts if text})
    return "; ".join(named[:MOST_NAMED]) + (" …" if len(named) > MOST_NAMED else "")
