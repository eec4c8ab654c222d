"""
Contracts of a provider that comes, leaves or is followed by another: what operations ask.

Operations learn counts, days and numbers of receipts, never a name.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.message import Event, Method
from shared.contracts.values import Code, Day, Id, Moment, Projection, maybe_text, one_of, text

OWNER = "dossier"

OPEN, END = "open", "end"


@dataclass(frozen=True)
class OfProvider:
    provider: Code


@dataclass(frozen=True)
class EndTrialAnswer:
    children: int


end_trial = Method(OWNER, "end_trial", OfProvider, EndTrialAnswer, writes=True)
"""Delete the invented families of a provider's trial. Safe to repeat; BadRequest while it runs."""


@dataclass(frozen=True)
class LinksMoved:
    """`ended`: links that this request ended or opened; `left`: those still to do."""

    ended: int
    left: int


end_links = Method(OWNER, "end_links", OfProvider, LinksMoved, writes=True)
"""
End the next hundred links of a provider that is being revoked; ask until none is `left`.

Tombstones leave, the care core stays 24 hours more (rule R6). BadRequest where it is not leaving.
"""


@dataclass(frozen=True)
class MoveLinksRequest:
    provider: Code
    successor: Code
    step: Annotated[str, one_of((OPEN, END))]


move_links = Method(OWNER, "move_links", MoveLinksRequest, LinksMoved, writes=True)
"""
A successor takes over: `open` links the next hundred children to it, `end` ends theirs with the
former one. Ask each until none is `left`. Refusals: ProviderUnknown (no running successor).
"""


class ErasureReceipts(TypedDict):
    """Receipts of one projection, with the first and last moment and number."""

    projection: Projection
    receipts: int
    first_at: Moment
    last_at: Moment
    first_number: int
    last_number: int


@dataclass(frozen=True)
class ErasuresAnswer:
    """
    `children`: of how many there are receipts; `links`: children whom the provider still has.

    `waiting` are projections of which there is no receipt yet, `kept_only` says that all of them
    are care cores that rule R6 keeps, until `kept_until`.
    """

    receipts: list[ErasureReceipts]
    children: int
    waiting: int
    kept_only: bool
    links: int
    kept_until: Moment | None = None


erasures = Method(OWNER, "erasures", OfProvider, ErasuresAnswer)
"""Erasures that a provider has proven, by projection."""


@dataclass(frozen=True)
class WideningAnnounced:
    """
    `what` is a projection, or a section that is kept longer (`provider` ""); `after` is the new
    purpose or length.
    """

    household_id: Id
    key: Annotated[str, text(32)]
    kind: Annotated[
        str, one_of(("projection", "on_request", "on_occasion", "purpose", "retention"))
    ]
    provider: Annotated[str, maybe_text(40)]
    what: Code
    after: Annotated[str, text(300)]
    valid_from: Day
    child_ids: list[Id]
    at: Moment


widening_announced = Event(OWNER, "widening_announced", WideningAnnounced)
"""
Sent to the portal: more will be known of these children from a day on, as the DPO approved it.

Published once per household and `key`.
"""
