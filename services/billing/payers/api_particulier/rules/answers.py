"""
Answers of API Particulier: the quotient, or why there is none.

Of an answer nothing else is read: who else is in the family and where it lives is left where it
came. No error here holds a value in its text.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeGuard

from services.billing.payers.api_particulier.rules.civil_identity import FIELD_OF_PARAMETER

KIND_OF_FUND = {"CNAF": "caf", "MSA": "msa"}
MOST_EUROS = 100_000
MOST_MONTHS_BACK = 24
"""API Particulier goes back no further."""
USUAL_WAIT, LONGEST_WAIT = 60, 3600
"""Seconds until one may ask again: where an answer says nothing of it, and at most."""
NO_RECIPIENT = "00203"


@dataclass(frozen=True, slots=True)
class FundQuotient:
    """A quotient in cents a month from the first day of a month on; `proof` is "" without one."""

    kind: str
    cents: int
    valid_from: date
    proof: str


class NoQuotient(Exception):
    """The funds were asked and gave no quotient."""


class PersonUnknown(NoQuotient):
    """Neither fund has a file of that person."""


class PersonMistaken(NoQuotient):
    """The funds cannot make out who is meant; `fields` are those that they name, if any."""

    def __init__(self, fields: Sequence[str] = ()) -> None:
        super().__init__(*fields)
        self.fields = tuple(fields)


class AskedMeanwhile(NoQuotient):
    """The same is being asked with this token."""


class NotAsked(NoQuotient):
    """Too many of the town are asking: nobody was asked about this one."""


class FundsAway(NoQuotient):
    """No answer now; `seconds` until it makes sense to ask again."""

    def __init__(self, seconds: int = USUAL_WAIT) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class TownRefused(NoQuotient):
    """The token, its rights or the town's SIRET are refused: for every family."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code


def quotient_of_answer(status: int, body: Mapping[str, Any], on: date) -> FundQuotient:
    """Return the quotient that an answer of that day holds; raises NoQuotient."""
    if status == 200:
        return _quotient_of_body(body, on)
    error = _first_error(body)
    code = error_code(body)
    if status in (401, 403) or (status == 422 and code == NO_RECIPIENT):
        raise TownRefused(status, code)
    if status == 404 and error:  # without a word of theirs it is another page: a wrong address
        raise PersonUnknown
    if status == 409:
        raise AskedMeanwhile
    if status in (400, 422):
        raise PersonMistaken(_fields_named(body))
    raise FundsAway(_seconds_to_wait(error))


def error_code(body: Mapping[str, Any]) -> str:
    """Return the code of an answer's first error, "" where it has none that is one."""
    code = _first_error(body).get("code")
    return code if isinstance(code, str) and re.fullmatch(r"[0-9A-Z]{1,8}", code) else ""


def _quotient_of_body(body: Mapping[str, Any], on: date) -> FundQuotient:
    quotient = _object_in(_object_in(body, "data"), "quotient_familial")
    fund, euros = quotient.get("fournisseur"), quotient.get("valeur")
    month = _month(quotient)
    if not isinstance(fund, str) or fund not in KIND_OF_FUND or month is None:
        raise FundsAway
    if not _is_number(euros) or not 0 <= euros <= MOST_EUROS:
        raise FundsAway
    back = (on.year - month.year) * 12 + on.month - month.month
    if not 0 <= back <= MOST_MONTHS_BACK:
        raise FundsAway
    return FundQuotient(KIND_OF_FUND[fund], euros * 100, month, _proof(_object_in(body, "meta")))


def _month(quotient: Mapping[str, Any]) -> date | None:
    year, month = quotient.get("annee"), quotient.get("mois")
    if not _is_number(year) or not _is_number(month):
        return None
    try:
        return date(year, month, 1)
    except (ValueError, OverflowError):
        return None


def _proof(meta: Mapping[str, Any]) -> str:
    """Return the reference under which the State says again, for years, what it answered."""
    code = meta.get("pdf_verification_code")
    return code if isinstance(code, str) and re.fullmatch(r"[0-9A-Za-z-]{1,64}", code) else ""


def _first_error(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(iter(_errors(body)), {})


def _errors(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    errors = body.get("errors")
    return [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []


def _fields_named(body: Mapping[str, Any]) -> list[str]:
    """Return the fields that errors name, each once."""
    named = [_object_in(error, "source").get("parameter") for error in _errors(body)]
    fields = [
        FIELD_OF_PARAMETER.get(each.removesuffix("[]")) for each in named if isinstance(each, str)
    ]
    return list(dict.fromkeys(each for each in fields if each))


def _seconds_to_wait(error: Mapping[str, Any]) -> int:
    seconds = _object_in(error, "meta").get("retry_in")
    if not _is_number(seconds):
        return USUAL_WAIT
    return max(USUAL_WAIT, min(seconds, LONGEST_WAIT))


def _object_in(whole: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = whole.get(name)
    return value if isinstance(value, dict) else {}


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
