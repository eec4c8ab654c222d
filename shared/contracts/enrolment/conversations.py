"""
What families and a provider write to each other, and what the portal is told of it.

Everything is kept by the provider: the portal has cards (subject, date, how many unread), and asks
for the rest. A thread belongs to one household and a fixed audience of its guardians.
"""

from typing import Any

from marshmallow import fields, validate

from shared.contracts.enrolment.bulletins import TARGETS
from shared.contracts.errors import Refusal
from shared.contracts.formats import Count, Day, Id, Moment, OneOf, Several, Text, Version
from shared.contracts.message import UntypedEvent, UntypedMethod
from shared.files.types import MEDIA_TYPES, MOST_FILES

OWNER = "enrolment"

KINDS = ("question", "absence", "enrolment", "billing", "practical")
"""What a thread is about."""
FAMILY, PROVIDER = "family", "provider"
SIDES = (FAMILY, PROVIDER)
AWAITED, HELD, REFUSED = "awaited", "held", "refused"
ATTACHMENT_STATES = (
    AWAITED,  # its parts are still on their way
    HELD,
    REFUSED,  # it is not what its message said, or may not be attached
)

MOST_TITLE, MOST_BODY, MOST_NAME = 80, 4000, 120
MOST_CHILDREN = 12

_ATTACHED: dict[str, fields.Field] = {
    "attachment_id": Id(),
    "name": Text(MOST_NAME),
    "media_type": OneOf(MEDIA_TYPES),
    "size": Count(validate=validate.Range(1, 50_000_000)),
}


def _attachments() -> fields.List:
    shape = {**_ATTACHED, "digest": fields.String(validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))}
    return Several(
        shape, required=False, load_default=list, validate=validate.Length(0, MOST_FILES)
    )


def _children(**options: Any) -> fields.List:
    options.setdefault("required", True)
    return fields.List(Id(required=False), validate=validate.Length(0, MOST_CHILDREN), **options)


_WRITTEN: dict[str, fields.Field] = {
    "body": Text(MOST_BODY),
    "name": Text(MOST_NAME),
    "attachments": _attachments(),
}
"""A message as a guardian writes it; `name` is that guardian's, as the portal greets it."""

start_thread = UntypedMethod(
    OWNER,
    "start_thread",
    request={
        "kind": OneOf(KINDS),
        "title": Text(MOST_TITLE),
        "child_ids": _children(required=False, load_default=list),
        "share": fields.Boolean(load_default=False),
        **_WRITTEN,
    },
    answer={"thread_id": Id()},
    writes=True,
)
"""
A guardian writes first. `share`: the other guardians of the same household read along, for good.

Refusals: NotFound (not a guardian of these children here), AttachmentTooLarge.
"""

reply = UntypedMethod(
    OWNER,
    "reply",
    request={"thread_id": Id(), **_WRITTEN},
    answer={"thread_id": Id()},
    writes=True,
)
"""Answer in a thread; who reads it stays as it was. Refusals: NotFound, AttachmentTooLarge."""

read_thread = UntypedMethod(
    OWNER,
    "read_thread",
    request={"thread_id": Id(), "before": Version(required=False, load_default=0)},
    answer={
        "kind": OneOf(KINDS),
        "title": Text(MOST_TITLE),
        "child_ids": _children(),
        "readers": Count(),
        "version": Version(),
        "seen_at": Moment(required=False, load_default=None, allow_none=True),
        "seen_to": Version(),
        "earlier": fields.Boolean(required=True),
        "messages": Several(
            {
                "number": Version(),
                "side": OneOf(SIDES),
                "mine": fields.Boolean(required=True),
                "name": fields.String(required=True),
                "body": Text(MOST_BODY),
                "at": Moment(),
                "attachments": Several({**_ATTACHED, "state": OneOf(ATTACHMENT_STATES)}),
            }
        ),
    },
)
"""
The newest messages of a thread, or those before number `before`; what was given counts as read.

`seen_to`: the last message that the provider has opened, `seen_at` when. `version` is that of the
thread's card after this reading. Of an agent `name` says the function, never who.
"""

read_attachment = UntypedMethod(
    OWNER,
    "read_attachment",
    request={"thread_id": Id(), "attachment_id": Id(), "part": Version()},
    answer={**_ATTACHED, "parts": Count(), "data": fields.String(required=True)},
)
"""One part of a file, in base64; NotFound until all of it has arrived and was found to be right."""

read_bulletins = UntypedMethod(
    OWNER,
    "read_bulletins",
    request={"before": Version(required=False, load_default=0)},
    answer={
        "earlier": fields.Boolean(required=True),
        "bulletins": Several(
            {
                "bulletin_id": Id(),
                "number": Version(),
                "title": Text(MOST_TITLE),
                "body": Text(MOST_BODY),
                "at": Moment(),
            }
        ),
    },
)
"""The newest bulletins to families that concern this guardian's children, or those before one."""

thread_card = UntypedEvent(
    OWNER,
    "thread_card",
    fields={
        "thread_id": Id(),
        "version": Version(),
        "kind": OneOf(KINDS),
        "title": Text(MOST_TITLE, required=False, load_default=""),
        "child_ids": _children(),
        "last_at": Moment(),
        "last_side": OneOf(SIDES),
        "readers": Several({"subject": Id(), "unread": Count()}),
    },
)
"""
One thread as lists show it, whole, versioned; `readers` are those of its audience who may read now.

Nobody left in `readers`: the portal forgets the subject, too. Never a text, never a name.
"""

bulletin_published = UntypedEvent(
    OWNER,
    "bulletin_published",
    fields={
        "bulletin_id": Id(),
        "number": Version(),
        "title": Text(MOST_TITLE),
        "at": Moment(),
        "day": Day(),
        "target": OneOf(TARGETS),
        "target_id": Id(required=False, load_default=None, allow_none=True),
    },
)
"""
One bulletin to many families, once: whoever has a place there on `day` (in the activity, the
group, or any) may read it. `number` counts a provider's bulletins. No family in it.
"""

away_published = UntypedEvent(
    OWNER,
    "away_published",
    fields={
        "version": Version(),
        "away": Several({"first_day": Day(), "last_day": Day(), "sentence": Text(200)}),
    },
)
"""When a provider does not answer, with its sentence: whole, versioned; said before one writes."""


class AttachmentTooLarge(Refusal):
    """A file is larger than the town allows; `detail["most"]` says how many bytes it may have."""

    code = "attachment_too_large"
