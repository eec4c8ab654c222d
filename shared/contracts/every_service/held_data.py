"""
Data of one person in a service, asked by the dossier to answer an access request (GDPR, 15).

Every service answers the same question, by ids that the dossier has judged: a service knows neither
who asked nor why.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.message import Method
from shared.contracts.values import (
    Id,
    PageAnswer,
    PageRequest,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "any"

FAMILY, PUPIL, AGENT = "family", "pupil", "agent"
WHOSE = (FAMILY, PUPIL, AGENT)
"""An adult of the register, a former pupil who is of age, somebody who works here."""

MOST_IDS = 60
"""Households or children of one person."""
MOST_ROWS = 200
MOST_SIGNS = 30_000
"""The most signs of one page: 180 kB where each sign is written as an escape of six bytes."""


@dataclass(frozen=True, kw_only=True)
class HeldOfPersonRequest(PageRequest):
    """
    The person, its own households, and the children over whom it has authority.

    `about`: only what is of these children. `apart`: only what names the person or its household
    besides the child, where what two homes share could reveal the other one (rules R7, R9).
    `whose`: of a former pupil `about` holds its own files, of an agent there is only `subject`.
    """

    subject: Id
    households: Annotated[list[Id], list_length(0, MOST_IDS)]
    children: Annotated[list[Id], list_length(0, MOST_IDS)]
    about: Annotated[list[Id], list_length(0, MOST_IDS)]
    apart: bool
    whose: Annotated[str, one_of(WHOSE)] = FAMILY


class HeldRow(TypedDict):
    """One row: where it is stored, its key there, and its content as JSON."""

    table: Annotated[str, text(60)]
    key: Annotated[str, maybe_text(300)]
    content: str


@dataclass(frozen=True, kw_only=True)
class HeldOfPersonAnswer(PageAnswer):
    rows: Annotated[list[HeldRow], list_length(0, MOST_ROWS)]


held_of_person = Method(OWNER, "held_of_person", HeldOfPersonRequest, HeldOfPersonAnswer)
"""Rows of one person at the answering service: none of another adult, and no agent's name."""
