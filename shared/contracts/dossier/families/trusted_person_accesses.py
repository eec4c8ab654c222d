"""
Dated accesses to named acts: a grandparent, a neighbour or a social worker sees a child's week.

Granted by one guardian, for one child, from a day until a day; whoever gets it accepts it under an
account of their own. They see the days of the granting home, may say the child absent where that
was granted, and find nothing else.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, TypedDict

from shared.contracts.dossier.guardians import FIRST_NAME, NAME, OWNER
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Event, Method
from shared.contracts.values import Day, Email, Id, Moment, OfChild, one_of

STATES = INVITED, OFFERED, ACCEPTED, DECLINED, ENDED = (
    "invited",
    "offered",
    "accepted",
    "declined",
    "ended",
)
"""
States: on its way to the person; its holder known; in force within its days; declined; withdrawn.
"""
LONGEST = timedelta(days=366)
MOST_SHOWN, MOST_OPEN = 30, 6
"""Most accesses in an answer; most of one child that are not over."""


@dataclass(frozen=True, kw_only=True)
class GrantAccessRequest:
    """`says_absent`: the person may say the child absent, beside seeing its week."""

    child_id: Id
    name: Annotated[str, NAME]
    email: Email
    valid_from: Day
    valid_to: Day
    says_absent: bool


grant_access = Method(OWNER, "grant_access", GrantAccessRequest, Empty, writes=True)
"""
Offer somebody an access to a child's week; the answer does not show whether they have an account.

Refusals: NotFound, TooManyAccesses, and BadRequest for days that cannot be, or where the guardian
shares no home with the child.
"""


class Access(TypedDict):
    """An access as guardians see it; `by_me` says whether the reader granted it."""

    access_id: Id
    name: Annotated[str, NAME]
    state: Annotated[str, one_of(STATES)]
    valid_from: Day
    valid_to: Day
    says_absent: bool
    by_me: bool
    granted_at: Moment


@dataclass(frozen=True)
class AccessesOfAnswer:
    """`in_care`: the child is placed, and who has it in care sees its week by that decision."""

    accesses: list[Access]
    in_care: bool


accesses_of = Method(OWNER, "accesses_of", OfChild, AccessesOfAnswer)
"""
The accesses to a child that are not over, the latest first.

Of a child of a protected home each home reads its own alone, and nothing of a placement (rule R9).
"""


@dataclass(frozen=True)
class EndAccessRequest:
    child_id: Id
    access_id: Id


end_access = Method(OWNER, "end_access", EndAccessRequest, Empty, writes=True)
"""Withdraw an access, with effect at once. Refusals: NotFound, also for one that is not shown."""


class OfferedAccess(TypedDict):
    access_id: Id
    first_name: Annotated[str, FIRST_NAME]
    granted_by: Annotated[str, NAME]
    valid_from: Day
    valid_to: Day
    says_absent: bool


@dataclass(frozen=True)
class OfferedAccessesAnswer:
    accesses: list[OfferedAccess]


offered_accesses = Method(OWNER, "offered_accesses", Empty, OfferedAccessesAnswer)
"""The accesses that were offered to this person, and wait for its answer."""


@dataclass(frozen=True)
class AnswerAccessRequest:
    access_id: Id
    accept: bool


answer_access = Method(OWNER, "answer_access", AnswerAccessRequest, Empty, writes=True)
"""The person takes an offered access, or declines it. Refusals: NotFound."""


@dataclass(frozen=True)
class AccessGranted:
    """`access_id` comes back with the holder's account."""

    access_id: Id
    name: Annotated[str, NAME]
    address: Email


access_granted = Event(OWNER, "access_granted", AccessGranted, addressed=True)
"""
Sent to identity alone, which knows addresses: invite this person, or write to the account there.
"""


class TooManyAccesses(Refusal):
    """Too many accesses to one child are not over: somebody should end one first."""

    code = "too_many_accesses"
