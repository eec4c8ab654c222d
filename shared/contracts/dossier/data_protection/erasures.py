"""Erasures with their receipts, and what should be erased by now: for the DPO's office."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.data_protection.person_requests import Addressee
from shared.contracts.dossier.guardians import OWNER
from shared.contracts.message import Empty, Method
from shared.contracts.values import NONE, Count, Moment, list_length, text

MOST_ROWS = 400
"""A row for each provider and projection, or section: what the town file names."""

ASKED_BY_PERSON = "asked by a person"
"""The rule of an erasure that an agent granted to who asked (request_erasures.py)."""


class ProviderErasures(TypedDict):
    """
    Receipts of one provider for one projection.

    `waiting` ended and may still be kept for now (rule R6), `overdue` should be gone.
    """

    provider: Addressee
    projection: Annotated[str, text(40)]
    receipts: Count
    first_number: Annotated[Count | None, NONE]
    last_number: Annotated[Count | None, NONE]
    last_at: Annotated[Moment | None, NONE]
    waiting: Count
    overdue: Count


class SectionErasures(TypedDict):
    """Erasures of one section in the dossier itself, by the rule that asked for them."""

    section: Annotated[str, text(40)]
    rule: Annotated[str, text(120)]
    erased: Count
    last_at: Moment


@dataclass(frozen=True)
class TownErasuresAnswer:
    """`requests` counts requests of persons that were erased at the end of their five years."""

    providers: Annotated[list[ProviderErasures], list_length(0, MOST_ROWS)]
    sections: Annotated[list[SectionErasures], list_length(0, MOST_ROWS)]
    requests: Count


town_erasures = Method(OWNER, "town_erasures", Empty, TownErasuresAnswer)
"""Numbers alone: no child and no family is named."""
