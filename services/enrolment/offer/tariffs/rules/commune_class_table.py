"""
Residence classes of a provider: the class of each commune, dated.

Pure, on content as shared/contracts/enrolment/tariffs.py has it. A commune without a line is of the
class `elsewhere`. Past days keep their class: a commune joins by one line more.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from shared.contracts.enrolment.tariffs import CommuneLine, Residences

DAY = timedelta(days=1)
UNKNOWN, TWICE, OVERLAP, BACKWARDS = "unknown", "twice", "overlap", "backwards"


class PastWouldChange(Exception):
    """The change would alter the price of a past day for residents of a commune."""


def table_mistakes(content: Residences) -> list[str]:
    """Return what makes the table unfit to read a class from it; empty where it is whole."""
    codes = [residence["code"] for residence in content["classes"]]
    errors = [TWICE] if len(set(codes)) != len(codes) else []
    named = {content["elsewhere"], *(line["residence"] for line in content["communes"])}
    errors += [UNKNOWN] if named - set(codes) else []
    ends = [(line["valid_from"], line["valid_to"]) for line in content["communes"]]
    errors += [BACKWARDS] if any(last and last < first for first, last in ends) else []
    return errors + ([OVERLAP] if _has_overlap(content["communes"]) else [])


def table_with_communes_in_class(
    content: Residences, communes: Collection[str], code: str, first: date
) -> Residences:
    """
    Return the table with these communes in a class from a day on, until further notice.

    Their lines for later days are replaced. The class `elsewhere` needs no line.
    """
    lines = [
        cut
        for line in content["communes"]
        if (cut := _line_cut_before_day(line, first) if line["insee"] in communes else line)
    ]
    joined: list[CommuneLine] = [
        {"insee": insee, "residence": code, "valid_from": first, "valid_to": None}
        for insee in sorted(communes)
        if code != content["elsewhere"]
    ]
    return {**content, "communes": _merge_lines([*lines, *joined])}


def keeps_past_classes(before: Residences, after: Residences, today: date) -> bool:
    """Return whether every commune is, up to today, of the class it was of."""
    if before["elsewhere"] != after["elsewhere"]:
        return False
    return _lines_until(before, today) == _lines_until(after, today)


def classes_in_use(content: Residences) -> set[str]:
    """Return the classes that cannot go: named by a line, or for all other communes."""
    return {content["elsewhere"], *(line["residence"] for line in content["communes"])}


def _line_cut_before_day(line: CommuneLine, first: date) -> CommuneLine | None:
    if line["valid_from"] >= first:
        return None
    last = min(line["valid_to"] or date.max, first - DAY)
    return {**line, "valid_to": last}


def _lines_until(content: Residences, day: date) -> list[tuple[str, str, date, date]]:
    lines = _merge_lines(line for line in content["communes"] if line["valid_from"] <= day)
    return [
        (
            line["insee"],
            line["residence"],
            line["valid_from"],
            min(line["valid_to"] or date.max, day),
        )
        for line in lines
    ]


def _merge_lines(lines: Iterable[CommuneLine]) -> list[CommuneLine]:
    """Return lines by commune and day; two that say the same one after the other are one."""
    kept: list[CommuneLine] = []
    for line in _lines_in_order(lines):
        last = kept[-1] if kept else None
        if last and _does_line_continue(last, line):
            kept[-1] = {**last, "valid_to": line["valid_to"]}
        else:
            kept.append(line)
    return kept


def _does_line_continue(before: CommuneLine, after: CommuneLine) -> bool:
    same = all(before[name] == after[name] for name in ("insee", "residence"))
    return (
        same and before["valid_to"] is not None and before["valid_to"] + DAY == after["valid_from"]
    )


def _lines_in_order(lines: Iterable[CommuneLine]) -> Sequence[CommuneLine]:
    return sorted(lines, key=lambda line: (line["insee"], line["valid_from"]))


def _has_overlap(lines: Iterable[CommuneLine]) -> bool:
    return any(
        earlier["insee"] == later["insee"]
        and (earlier["valid_to"] or date.max) >= later["valid_from"]
        for earlier, later in pairwise(_lines_in_order(lines))
    )
