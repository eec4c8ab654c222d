"""
Rows of past activities as counts by month: a row for each month, or for each day that was.

Pure. A day of the file counts one in its month, and is forgotten (rule R10).
"""

import re
from datetime import date

from deploy.importing.table_files.mapping import Reading
from deploy.importing.table_files.problems import EMPTY, Cells, Problems
from deploy.importing.table_files.table import Table
from shared.contracts.dossier.activity_history_requests import LabelledProvider
from shared.files import cell_parsing
from shared.json_values import JsonObject
from shared.text import folded

SEPTEMBER = 9
MOST_TIMES = 1000


def past_years(
    reading: Reading, table: Table, problems: Problems, day: date
) -> tuple[list[JsonObject], list[LabelledProvider]]:
    """Return the lines of `dossier.import_history`, and the providers that the file names."""
    lines: dict[tuple[str, ...], JsonObject] = {}
    labels: dict[str, str] = {}
    for row in table.rows:
        each = Cells(reading, row, problems)
        child, month = each.read_reference("child"), _month_of_row(each)
        provider, activity = _code_of_row(each, "provider"), _code_of_row(each, "activity")
        times = each.read_cell(
            "times", cell_parsing.count, 1 if not reading.has_field("times") else 0
        )
        if not (child and month and provider and activity):
            continue
        if month > f"{day:%Y-%m}":
            each.problems.add_problem(row, "month", "a month that has been")
            continue
        labels.setdefault(provider, each.read_text("provider_label", 120) or provider)
        label = each.read_text("label", 120) or each.read_text("activity", 120)
        year = school_year_of_month(month)
        line = lines.setdefault(
            (child, provider, activity, year),
            {
                "child": child,
                "provider": provider,
                "activity": activity,
                "label": label,
                "school_year": year,
                "months": {},
            },
        )
        line["months"][month] = min(MOST_TIMES, line["months"].get(month, 0) + times)
    return list(lines.values()), [
        {"code": code, "label": label} for code, label in sorted(labels.items())
    ]


def school_year_of_month(month: str) -> str:
    """Return the school year of a month: 2019-09 is of 2019-2020."""
    year, number = map(int, month.split("-"))
    first = year if number >= SEPTEMBER else year - 1
    return f"{first}-{first + 1}"


def code_of_label(label: str) -> str:
    """Return a code made of a label: « Centre de loisirs » is centre_de_loisirs."""
    return re.sub(r"[^a-z0-9]+", "_", folded(label))[:40].strip("_")


def _month_of_row(each: Cells) -> str:
    name = "month" if each.reading.has_field("month") else "day"
    return str(each.read_cell(name, cell_parsing.month, "", required=True))


def _code_of_row(each: Cells, name: str) -> str:
    value = each.read_text(name)
    code = code_of_label(value)
    if not code:
        each.problems.add_problem(each.row, name, EMPTY)
    return code
