"""
Validation of an order's fields: PayFiP's schema accepts any text in each of them.

Lengths and alphabets as its service takes them (shared knowledge of its users, decision 0016).
"""

import re
from collections.abc import Callable, Mapping

from services.billing.payments.payfip.types import (
    ACTIVATION,
    PRODUCTION,
    TEST,
    FieldsRefused,
    Order,
)

LEAST_CENTS, MOST_CENTS = 100, 10_000_000
"""The least and the most of a payment in cents: 1 € and 100 000 €."""

_IDOP = re.compile(r"[A-Za-z0-9-]{1,80}\Z")


def _pattern_check(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(rf"{pattern}\Z")
    return lambda value: compiled.match(value) is not None


def _is_amount(value: str) -> bool:
    is_number = re.match(r"[1-9][0-9]{2,7}\Z", value) is not None
    return is_number and LEAST_CENTS <= int(value) <= MOST_CENTS


def _is_email(value: str) -> bool:
    return 6 <= len(value) <= 80 and re.match(r"[^@\s]+@[^@\s]+\Z", value) is not None


_is_address = _pattern_check(r"https?://[!-~]{1,241}")

CHECKS: Mapping[str, Callable[[str], bool]] = {
    "exer": _pattern_check(r"20[0-9]{2}"),
    "mel": _is_email,
    "montant": _is_amount,
    "numcli": _pattern_check(r"[0-9]{6}"),
    "objet": _pattern_check(r"[A-Za-z0-9 ]{1,100}"),
    "refdet": _pattern_check(r"[A-Za-z0-9]{6,30}"),
    "saisie": lambda value: value in (TEST, ACTIVATION, PRODUCTION),
    "urlnotif": _is_address,
    "urlredirect": _is_address,
}


def check_order(order: Order) -> None:
    """Raise FieldsRefused with the names of the fields that PayFiP would not take."""
    refused = tuple(name for name, good in CHECKS.items() if not good(getattr(order, name)))
    if refused:
        raise FieldsRefused(refused)


def is_idop(value: object) -> bool:
    """Say whether this can be an operation's number, as it goes into addresses and our table."""
    return isinstance(value, str) and _IDOP.match(value) is not None


is_code = _pattern_check(r"[A-Z][0-9]{1,3}")
"""The pattern of PayFiP's codes, such as P5."""
