"""
Rows of quotients and of mandates, of homes by their number and one of their adults. Pure.

A home's number alone is not believed: the dossier compares the adult. An account is read as billing
reads it.
"""

import re
from collections.abc import Callable
from datetime import date

from deploy.importing.table_files.mapping import Reading
from deploy.importing.table_files.problems import Cells, Problems
from deploy.importing.table_files.table import Row, Table
from services.billing.debits.rules.bank_accounts import compact_account_code, is_bic, is_iban
from shared.contracts.billing.debits import REFERENCE_FOR_BANKS
from shared.contracts.billing.prices.quotients import QUOTIENT_KINDS
from shared.files import cell_parsing
from shared.json_values import JsonObject

MOST_CENTS = 10_000_000
"""A quotient of a month, as billing takes it."""


def quotients_of_table(
    reading: Reading, table: Table, problems: Problems, day: date
) -> list[JsonObject]:
    """Return the quotients of a file, each with its `line` and its `named` home."""
    found: dict[tuple[object, ...], tuple[JsonObject, Row]] = {}
    for row in table.rows:
        each = Cells(reading, row, problems)
        kind = each.read_text("kind", required=True)
        if kind and kind not in QUOTIENT_KINDS:
            text = f"one of {', '.join(QUOTIENT_KINDS)}: translate it in the mapping"
            problems.add_problem(row, "kind", text)
        quotient: JsonObject = {
            "line": row.line,
            "named": _read_home(each),
            "cents": each.read_cell("amount", cell_parsing.cents, None, required=True),
            "kind": kind,
            "valid_from": each.read_cell("from", cell_parsing.day, None, required=True),
            "valid_to": each.read_cell("to", cell_parsing.day, None),
        }
        if _is_usable_quotient(each, quotient, day):
            key = (quotient["named"]["reference"], quotient["valid_from"])
            known, first = found.setdefault(key, (quotient, row))
            if any(known[name] != quotient[name] for name in ("cents", "kind", "valid_to")):
                text = f"says otherwise than line {first.line}"
                problems.add_problem(row, "amount", text)
    return [quotient for quotient, _ in found.values()]


def _is_usable_quotient(each: Cells, quotient: JsonObject, day: date) -> bool:
    """Say whether a quotient has all that it needs; report an amount or a period that has not."""
    cents, first, last = quotient["cents"], quotient["valid_from"], quotient["valid_to"]
    if cents is None or first is None:
        return False
    if cents < 0 or cents > MOST_CENTS:
        each.problems.add_problem(each.row, "amount", "a quotient a month, of 0 to 100 000 €")
    if last is not None and last < first:
        each.problems.add_problem(each.row, "to", "a day before the first")
    elif last is not None and last < day:
        each.add_doubt("to", "over: the family pays as without a quotient")
    return True


def mandates_of_table(
    reading: Reading, table: Table, problems: Problems, day: date
) -> list[JsonObject]:
    """Return the mandates of a file, each with its `line`, `provider` and `named` home."""
    found: dict[tuple[str, str], tuple[JsonObject, Row]] = {}
    for row in table.rows:
        each = Cells(reading, row, problems)
        mandate = _read_mandate(each, day)
        known, first = found.setdefault((mandate["provider"], mandate["rum"]), (mandate, row))
        if mandate["rum"] and known is not mandate:
            problems.add_problem(row, "rum", f"stands on line {first.line}, too")
    return [mandate for mandate, _ in found.values()]


def _read_mandate(each: Cells, day: date) -> JsonObject:
    named = _read_home(each)
    rum = each.read_text("rum", 35, required=True)
    if rum and not re.fullmatch(REFERENCE_FOR_BANKS, rum):
        each.problems.add_problem(each.row, "rum", "letters, figures and + ? / - : ( ) . , ' alone")
    return {
        "line": each.row.line,
        "provider": each.read_text("provider", 40, required=True),
        "named": named,
        "rum": rum,
        "holder": each.read_text("holder", 70) or named["adult"][:70],
        "iban": _read_account_code(each, "iban", is_iban, "an IBAN with its right key", True),
        "bic": _read_account_code(each, "bic", is_bic, "a BIC of 8 or 11 signs", False),
        "signed_on": each.read_past_day("signed_on", day),
        "used_on": each.read_past_day("used_on", day, required=False),
    }


def _read_account_code(
    each: Cells, name: str, is_right: Callable[[str], bool], expected: str, required: bool
) -> str:
    code = compact_account_code(each.read_text(name, required=required))
    if code and not is_right(code):
        each.problems.add_problem(each.row, name, expected)
    return code


def _read_home(each: Cells) -> JsonObject:
    adult = each.read_cell("adult", cell_parsing.person_name, "", required=True)
    return {"reference": each.read_reference("household"), "adult": adult}
