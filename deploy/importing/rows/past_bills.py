"""
Rows of past bills, one for each line or each bill, and of past payments. Pure.

A bill without a month is of the month before its issue; without a due date it was due that day.
"""

from datetime import date, timedelta

from deploy.importing.table_files.mapping import Reading
from deploy.importing.table_files.problems import Cells, Problems
from deploy.importing.table_files.table import Row, Table
from shared.contracts.billing.bills import CREDIT_NOTE, INVOICE, MEANS
from shared.contracts.billing.past_bills import NUMBER, OVER
from shared.files import cell_parsing
from shared.json_values import JsonObject

MOST_LINES = 60


def past_bills(reading: Reading, table: Table, problems: Problems, day: date) -> list[JsonObject]:
    """Return the bills of a file, each with its `provider`; rows of one number are its lines."""
    found: dict[tuple[str, str], JsonObject] = {}
    for row in table.rows:
        each = Cells(reading, row, problems)
        bill = _read_bill(each, day)
        key = (bill["provider"], bill["number"])
        first = found.setdefault(key, bill)
        if any(first[name] != bill[name] for name in bill if name not in ("lines", "line")):
            problems.add_problem(row, "number", f"says otherwise than line {first['line']}")
        elif bill is not first:
            first["lines"] += bill["lines"]
    for bill in found.values():
        _check_total(bill, problems, table)
    return [
        {name: value for name, value in bill.items() if name != "line"} for bill in found.values()
    ]


def past_payments(
    reading: Reading, table: Table, problems: Problems, day: date
) -> list[JsonObject]:
    """Return the payments of a file, each with its `provider`."""
    found: dict[tuple[str, str], JsonObject] = {}
    first: dict[tuple[str, str], Row] = {}
    for row in table.rows:
        each = Cells(reading, row, problems)
        payment: JsonObject = {
            "reference": each.read_text("reference", NUMBER, required=True),
            "household": each.read_reference("household"),
            "provider": each.read_text("provider", 40, required=True),
            "number": each.read_text("number", NUMBER),
            "paid_on": each.read_past_day("paid_on", day),
            "means": _read_code(each, "means", MEANS),
            "cents": each.read_cell("amount", cell_parsing.cents, 0, required=True),
        }
        if payment["cents"] <= 0:
            problems.add_problem(
                row, "amount", "more than nothing: what was given back is no payment"
            )
        key = (payment["provider"], payment["reference"])
        if found.setdefault(key, payment) is not payment:
            problems.add_problem(row, "reference", f"stands on line {first[key].line}, too")
        first.setdefault(key, row)
    return list(found.values())


def _read_bill(each: Cells, day: date) -> JsonObject:
    issued = each.read_past_day("issued_on", day)
    total = each.read_cell("total", cell_parsing.cents, 0, required=True)
    before = (issued.replace(day=1) - timedelta(days=1)) if issued else day
    return {
        "line": each.row.line,
        "number": each.read_text("number", NUMBER, required=True),
        "household": each.read_reference("household"),
        "provider": each.read_text("provider", 40, required=True),
        "kind": INVOICE if total >= 0 else CREDIT_NOTE,
        "month": each.read_cell("month", cell_parsing.month, f"{before:%Y-%m}"),
        "issued_on": issued,
        "due_on": each.read_cell("due_on", cell_parsing.day, issued),
        "total_cents": total,
        "balance_cents": each.read_cell("balance", cell_parsing.cents, 0),
        "state": _read_code(each, "state", OVER),
        "lines": _read_line(each),
    }


def _read_line(each: Cells) -> list[JsonObject]:
    label = each.read_text("label", 120)
    if not label:
        return []
    return [
        {
            "label": label,
            "child": each.read_text("child", 80),
            "quantity": each.read_cell("quantity", cell_parsing.count, None),
            "cents": each.read_cell("amount", cell_parsing.cents, 0),
        }
    ]


def _check_total(bill: JsonObject, problems: Problems, table: Table) -> None:
    """Report a total that its lines do not make as doubtful; cut lines beyond MOST_LINES."""
    row = next(row for row in table.rows if row.line == bill["line"])
    if bill["lines"] and sum(line["cents"] for line in bill["lines"]) != bill["total_cents"]:
        problems.add_problem(row, "total", "its lines come to another amount", doubtful=True)
    if len(bill["lines"]) > MOST_LINES:
        problems.add_problem(row, "number", f"more than {MOST_LINES} lines", doubtful=True)
        bill["lines"] = bill["lines"][:MOST_LINES]


def _read_code(each: Cells, name: str, known: tuple[str, ...]) -> str:
    code = each.read_text(name, required=True)
    if code and code not in known:
        each.problems.add_problem(
            each.row, name, f"one of {', '.join(known)}: translate it in the mapping"
        )
    return code
