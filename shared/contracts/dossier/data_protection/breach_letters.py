"""Letters on paper to the households that a breach touched (GDPR, article 34)."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.data_protection.read_log import AT_ONCE, HouseholdsTouchedRequest
from shared.contracts.identity.accounts import Name
from shared.contracts.message import Method
from shared.contracts.values import Code, Count, Id, Moment, list_length, text

OWNER = "dossier"

MOST_LETTERS = 100
"""The most letters in one request, and in one file."""
MOST_ADULTS = 10


class Addressed(TypedDict):
    """A household with the adults there who answer for one of its touched children; no name."""

    household_id: Id
    guardian_ids: Annotated[list[Id], list_length(1, MOST_ADULTS)]


@dataclass(frozen=True)
class BreachRecipientsAnswer:
    """
    Some of the households, by id, of `touched` that were looked at.

    `apart` get no letter by themselves (rule R9), `unaddressed` have no address or no adult to
    write to. `after` asks for the following ones, and is None after the last.
    """

    households: Annotated[list[Addressed], list_length(0, AT_ONCE)]
    touched: Count
    apart: Count
    unaddressed: Count
    after: Id | None


breach_recipients = Method(
    OWNER, "breach_recipients", HouseholdsTouchedRequest, BreachRecipientsAnswer
)
"""Touched households that may be written to, and their guardians: ids alone."""


@dataclass(frozen=True)
class BreachLettersRequest:
    """The same as HouseholdsTouchedRequest, for these households alone."""

    since: Moment
    until: Moment
    provider: Code | None
    household_ids: Annotated[list[Id], list_length(1, MOST_LETTERS)]


class BreachLetter(TypedDict):
    household_id: Id
    names: Annotated[list[Name], list_length(1, MOST_ADULTS)]
    lines: Annotated[list[Annotated[str, text(200)]], list_length(1, 4)]


@dataclass(frozen=True)
class BreachLettersAnswer:
    letters: Annotated[list[BreachLetter], list_length(0, MOST_LETTERS)]


breach_letters = Method(OWNER, "breach_letters", BreachLettersRequest, BreachLettersAnswer)
"""
Names and addresses of those that may be written to; each leaves a line in its children's log.

A household that the breach did not touch, or that is apart, is left out.
"""
