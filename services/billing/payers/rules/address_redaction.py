"""Redaction of bills of a protected household (rule R9): nothing says where it lives."""

from collections.abc import Sequence

from shared.contracts.billing.bills import Line, Reason
from shared.json_values import JsonMapping

PLACES = ("residence", "commune")
"""Parts of a price's reason that say where the payer lives."""


def block_without_address(block: Sequence[str]) -> list[str]:
    """Return an address block without its street and town."""
    return list(block[:1])


def line_without_payers_home(line: Line) -> Line:
    """Return a bill's line whose reason does not say where the payer lives."""
    return {**line, "reason": reason_without_place(line["reason"])}


def reason_without_place(reason: JsonMapping) -> Reason:
    """Return the reason of a price without the payer's commune and residence class."""
    params = reason.get("params", {})
    kept = {name: value for name, value in params.items() if name not in PLACES}
    return {"code": reason["code"], "params": kept}
