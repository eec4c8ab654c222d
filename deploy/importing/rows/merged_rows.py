"""
Merges later rows of the same child or household into the first: values it did not have. Pure.

Telephones, allergies and what a child goes without come together. Where two rows say two things of
one, the later is wrong, and names the line of the first.
"""

from collections.abc import Callable, Mapping

from deploy.importing.table_files.problems import Cells
from deploy.importing.table_files.table import Row
from shared.contracts.sections.adults.contacts import MOST_PEOPLE
from shared.contracts.sections.adults.pickup import MOST_ALLOWED
from shared.json_values import JsonObject
from shared.text import folded


def merge_sections(
    each: Cells, first: Row, recorded: dict[str, JsonObject], news: JsonObject
) -> None:
    """Add this row's data of a child to those of the first row; names stay the first's."""
    for section, content in news.items():
        known = recorded.get(section)
        if known is None:
            recorded[section] = content
        elif section in _TOGETHER:
            _TOGETHER[section](each, first, known, content)
            most, column = _MOST_PEOPLE.get(section, (0, ""))
            if most and len(known["people"]) > most:
                problem = f"more than {most} people, together with line {first.line}"
                each.problems.add_problem(each.row, column, problem)


def merge_address(each: Cells, first: Row, family: JsonObject, address: JsonObject | None) -> None:
    """Give a household the address of a later row where no row before it had one."""
    if family["address"] is None:
        family["address"] = address
    elif address is not None:
        known = family["address"]
        for name in ("street", "postcode", "commune"):
            if folded(known[name]) != folded(address[name]):
                report_contradiction(each, name, first)


def report_contradiction(each: Cells, name: str, first: Row) -> None:
    """Report that a row says another thing than the first of its number."""
    each.problems.add_problem(each.row, name, f"says otherwise than line {first.line}")


def _merge_people(_each: Cells, _first: Row, known: JsonObject, content: JsonObject) -> None:
    """Add people to call; parents stay first: the care core carries two numbers (rule R1)."""
    here = {(folded(one["name"]), one["phone"]) for one in known["people"]}
    known["people"] += [
        one for one in content["people"] if (folded(one["name"]), one["phone"]) not in here
    ]
    known["people"].sort(key=lambda one: one["relation"] != "parent")


def _merge_people_who_collect(
    _each: Cells, _first: Row, known: JsonObject, content: JsonObject
) -> None:
    here = {folded(one["name"]) for one in known["people"]}
    known["people"] += [one for one in content["people"] if folded(one["name"]) not in here]


def _fill_fields(each: Cells, first: Row, known: JsonObject, content: JsonObject) -> None:
    """Fill empty fields; report those that differ by more than accents and capitals."""
    for name, value in content.items():
        if not known[name]:
            known[name] = value
        elif value and folded(value) != folded(known[name]):
            report_contradiction(each, name, first)


def _merge_diet(each: Cells, first: Row, known: JsonObject, content: JsonObject) -> None:
    _fill_fields(each, first, known, {"menu": content["menu"]})
    known["without"] += [one for one in content["without"] if one not in known["without"]]


def _merge_allergies(_each: Cells, _first: Row, known: JsonObject, content: JsonObject) -> None:
    here = {folded(one["substance"]) for one in known["allergies"]}
    known["allergies"] += [
        one for one in content["allergies"] if folded(one["substance"]) not in here
    ]


_TOGETHER: Mapping[str, Callable[[Cells, Row, JsonObject, JsonObject], None]] = {
    "contacts": _merge_people,
    "pickup": _merge_people_who_collect,
    "schooling": _fill_fields,
    "diet": _merge_diet,
    "health": _merge_allergies,
}
"""Functions that add a later row to an earlier, by section; identity is compared elsewhere."""

_MOST_PEOPLE = {"contacts": (MOST_PEOPLE, "contact"), "pickup": (MOST_ALLOWED, "pickup_1")}
"""The most people of a section, and the column that is named where there are more."""
