"""Events of the portal: orders on their way, pages seen, e-mails due, barriers reported."""

from dataclasses import dataclass
from typing import Annotated

from marshmallow import validate

from shared.contracts.message import Event
from shared.contracts.values import (
    AT_FRONT_DESK,
    Code,
    Content,
    Day,
    Id,
    Moment,
    maybe_text,
    one_of,
    text,
)

OWNER = "portal"


@dataclass(frozen=True)
class LetterDue:
    """
    `token` ends this category by one click; `key` is the letter's, so that it is posted once.
    """

    key: Id
    subject: Id
    category: Code
    token: Annotated[str, text(400)]


letter_due = Event(OWNER, "letter_due", LetterDue)
"""A guardian has not looked at what came: identity writes that there is something new, no more."""


@dataclass(frozen=True)
class UrgentLetterDue:
    """
    A service closes on these days or, `lifted`, is open after all; `key` is the letter's.

    Nothing of a child: whom it concerns is who reads it.
    """

    key: Id
    subject: Id
    provider: Code
    days: Annotated[list[Day], validate.Length(1, 400)]
    lifted: bool


urgent_letter_due = Event(OWNER, "urgent_letter_due", UrgentLetterDue)
"""A guardian is written at once which service is closed on which day, whether it looks or not."""


@dataclass(frozen=True)
class FamilyAct:
    """
    A request to one provider; `act_id` is the request id under which it was asked before.

    `signed` is identity's signature that this person ordered exactly this, of this provider, at
    that time (`identity.sign_act`): a token is over long before a provider that was down comes
    back.
    """

    act_id: Id
    method: Code
    payload: Content
    signed: Annotated[str, text(2000)]


family_act = Event(OWNER, "family_act", FamilyAct, addressed=True)
"""
An order of a family that is kept until its provider can do it.

By its `act_id`, what was done without an answer is not done twice.
"""


@dataclass(frozen=True)
class AttachmentPart:
    """`data` is in base64; parts are numbered from 0."""

    attachment_id: Id
    number: Annotated[int, validate.Range(0, 399)]
    data: Annotated[str, text(200_000)]


attachment_part = Event(OWNER, "attachment_part", AttachmentPart, addressed=True)
"""
A part of a file that a family attached.

It is kept under the digest that its message says: a file whose message never came is let go of.
"""


@dataclass(frozen=True)
class PageSeen:
    subject: Id
    actor: Id
    child_ids: list[Id]
    part: Annotated[str, one_of(AT_FRONT_DESK)]
    at: Moment


page_seen = Event(OWNER, "page_seen", PageSeen)
"""
A page of a family's own that it saw at the front desk, the agent `actor` beside it: one line in the
read log of each of these children.
"""


MOST_REPORTED, MOST_CONTACT = 2000, 254


@dataclass(frozen=True)
class BarrierReported:
    """
    `text` is what somebody wrote, `page` where it was ("" unsaid), `contact` how to answer ("").

    Whoever wrote has no account that we know of.
    """

    barrier_id: Id
    page: Annotated[str, maybe_text(200)]
    text: Annotated[str, text(MOST_REPORTED)]
    contact: Annotated[str, maybe_text(MOST_CONTACT)]
    at: Moment


barrier_reported = Event(OWNER, "barrier_reported", BarrierReported)
"""Somebody cannot use a page: the front desk answers, and keeps it until it has."""
