"""Events of a provider's replica: versions received, and readings by agents."""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from shared.contracts.dossier.sharing.projections import RESYNC_BATCH
from shared.contracts.message import Event, Gathers
from shared.contracts.values import (
    NONE,
    Code,
    Id,
    ListedPart,
    Moment,
    PartRead,
    Projection,
    Version,
    list_length,
)

OWNER = "enrolment"


class RowState(TypedDict):
    """The state of one replica row: received, then seen by a role; `seen_by` is "" before."""

    child_id: Id
    received_version: Version
    received_at: Moment
    seen_version: Version
    seen_at: Annotated[Moment | None, NONE]
    seen_by: str


@dataclass(frozen=True)
class ProjectionHeld:
    projection: Projection
    items: Annotated[list[RowState], list_length(1, RESYNC_BATCH)]


projection_held = Event(
    OWNER, "projection_held", ProjectionHeld, gathers=Gathers("items", RESYNC_BATCH)
)
"""
The whole state of replica rows of one projection (rule R5).

As many items as moved within half a second, up to a hundred: a change that goes to twenty providers
costs the dossier less to receive than to make, and 10,000 children cost hundreds of events and not
tens of thousands. The later of two states of a row has the greater (received_version,
seen_version).
"""


@dataclass(frozen=True)
class ProjectionRead:
    """
    `subject` is for the DPO alone, families see the function (rule R13).

    `projection` is what was read, also where it is no projection: the days of a child.
    """

    child_id: Id
    projection: PartRead
    subject: Id
    role: Code
    purpose: Code
    at: Moment
    unusual: bool


projection_read = Event(OWNER, "projection_read", ProjectionRead)
"""One access at a desk."""


LIST_BATCH = 500
"""Children in one event of a list: of a longer one there are several."""


@dataclass(frozen=True)
class ListTaken:
    """`part` is what of each child the list says; the purpose is that it left as a file."""

    child_ids: Annotated[list[Id], list_length(1, LIST_BATCH)]
    part: ListedPart
    subject: Id
    role: Code
    at: Moment
    unusual: bool


list_taken = Event(OWNER, "list_taken", ListTaken)
"""A list of children, or of who pays for them, left a desk as a file."""


@dataclass(frozen=True)
class ProjectionErased:
    child_id: Id
    projection: Projection
    version: Version
    erased_at: Moment


projection_erased = Event(OWNER, "projection_erased", ProjectionErased)
"""The receipt for a tombstone: content and key are gone."""
