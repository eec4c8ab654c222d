"""
Requests of persons on their data (GDPR, articles 12 and 15 to 22): each has a state and a day.

A guardian files one at the portal and reads alone what became of it; the front desk notes those of
who has no account, and its agents with the act `person_requests` answer them. None that answers a
name is `writes`: the kit would keep it.
"""

from marshmallow import fields, validate

from shared.contracts.dossier.dossier import OWNER
from shared.contracts.errors import Refusal
from shared.contracts.formats import (
    Count,
    Day,
    Id,
    MaybeDay,
    MaybeId,
    Moment,
    OneOf,
    Several,
    Text,
)
from shared.contracts.message import UntypedEvent, UntypedMethod

ACCESS, RECTIFICATION, ERASURE = "access", "rectification", "erasure"
RESTRICTION, OBJECTION, PORTABILITY = "restriction", "objection", "portability"
KINDS = (ACCESS, RECTIFICATION, ERASURE, RESTRICTION, OBJECTION, PORTABILITY)
"""Articles 15, 16, 17, 18, 21 and 20."""

RECEIVED, IN_HAND, ANSWERED, REFUSED = "received", "in_hand", "answered", "refused"
STATES = (RECEIVED, IN_HAND, ANSWERED, REFUSED)
OUTCOMES = (ANSWERED, REFUSED)

FILED, RECORDED, TAKEN, PROOF_SEEN, PROLONGED = (
    "filed",
    "recorded",
    "taken",
    "proof_seen",
    "prolonged",
)
ACTS = (FILED, RECORDED, TAKEN, PROOF_SEEN, PROLONGED, *OUTCOMES)
"""What was done: filed by the person, recorded by an agent, and what agents did since."""

TOLD = (PROLONGED, *OUTCOMES)
"""Of what the person is told."""

ACCOUNT, DOCUMENT, KNOWN, ASKED = "account", "document", "known", "asked"
SEEN_AT_DESK = (DOCUMENT, KNOWN, ASKED)
PROOFS = (ACCOUNT, *SEEN_AT_DESK)
"""Who it is, is known by the account, a document seen or sent, the desk itself; or asked for."""

COUNTER, LETTER, EMAIL, PHONE = "counter", "letter", "email", "phone"
WAYS = (COUNTER, LETTER, EMAIL, PHONE)
"""How a request came that an agent notes."""

TEXT, ANSWER, REASON, CONTACT, NAME = 2000, 6000, 1000, 200, 120
"""Most characters of each."""

KEPT = "5 years"
"""After the answer: for so long it may be contested (code civil, art. 2224)."""

TOWN = ""
"""The town itself, among the providers to which a request may go."""


def Whom() -> fields.String:  # noqa: N802 - reads as a type in a contract
    """Return a field for whom a request is for: a provider's code, or "" for the town itself."""
    return fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9_]{0,40}\Z"))


_IDS: dict[str, fields.Field] = {"person_request_id": Id()}
_DATED: dict[str, fields.Field] = {
    **_IDS,
    "kind": OneOf(KINDS),
    "provider": Whom(),
    "received_on": Day(),
    "due_on": Day(),
    "state": OneOf(STATES),
    "closed_on": MaybeDay(),
}
_DONE: dict[str, fields.Field] = {
    "act": OneOf(ACTS),
    "at": Moment(),
    "text": Text(ANSWER, required=False, load_default=""),
    "until": MaybeDay(),
}

_MINE: dict[str, fields.Field] = {
    **_DATED,
    "child_id": MaybeId(),
    "prolonged": fields.Boolean(required=True),
}

my_person_requests = UntypedMethod(
    OWNER, "my_person_requests", request={}, answer={"requests": Several(_MINE)}
)
"""
What the guardian itself has asked, the latest first; nobody else reads it.

Another guardian of the same child neither.
"""

read_my_request = UntypedMethod(
    OWNER,
    "read_my_request",
    request=_IDS,
    answer={**_MINE, "text": Text(TEXT), "acts": Several(_DONE)},
)
"""One of them with what was done and answered; no agent is named. Refusals: NotFound."""

file_person_request = UntypedMethod(
    OWNER,
    "file_person_request",
    request={"kind": OneOf(KINDS), "provider": Whom(), "child_id": MaybeId(), "text": Text(TEXT)},
    answer={**_IDS, "due_on": Day()},
    writes=True,
)
"""
A guardian asks, for itself or for a child over whom it has authority; the month begins today.

`provider` is "" for the town, or one that the guardian knows to have that child (of its own, any of
its children). Refusals: NotFound, TooManyRequests, NobodyAnswers.
"""

record_person_request = UntypedMethod(
    OWNER,
    "record_person_request",
    request={
        "kind": OneOf(KINDS),
        "provider": Whom(),
        "received_on": Day(),
        "way": OneOf(WAYS),
        "name": Text(NAME),
        "contact": Text(CONTACT),
        "about": Text(NAME, required=False, load_default=""),
        "proof": OneOf(SEEN_AT_DESK),
        "text": Text(TEXT),
    },
    answer={**_IDS, "due_on": Day()},
    writes=True,
)
"""
An agent of the front desk notes a request of a person without an account; the month is of receipt.

`about` names whom it concerns where that is somebody else. Refusals: BadRequest (`received_on` to
come, or more than a year ago), NotFound for a provider that the town has not, NobodyAnswers.
"""

_LISTED: dict[str, fields.Field] = {
    **_DATED,
    "name": Text(NAME),
    "about": Text(170, required=False, load_default=""),
    "proof": OneOf(PROOFS),
    "prolonged": fields.Boolean(required=True),
    "late": fields.Boolean(required=True),
}

person_requests = UntypedMethod(
    OWNER,
    "person_requests",
    request={},
    answer={"open": Several(_LISTED), "closed": Several(_LISTED), "left_out": Count()},
)
"""
Those that wait by their day, late ones first, and the latest that were closed.

`left_out` counts what was too much for one message. Each child that is named has a line in the
read log, for the data protection officer alone: another guardian would learn that one has asked.
"""

open_person_request = UntypedMethod(
    OWNER,
    "open_person_request",
    request=_IDS,
    answer={
        **_LISTED,
        "way": Text(10),
        "contact": Text(CONTACT, required=False, load_default=""),
        "text": Text(TEXT),
        "first_due_on": Day(),
        "prolongable": fields.List(Day(required=False), required=True),
        "careful": fields.Boolean(required=True),
        "acts": Several({**_DONE, "by": Id(required=False, load_default=None, allow_none=True)}),
    },
)
"""
One request whole. `way` is one of WAYS, or `account`; `by` an agent's subject, null for the person.
`prolongable` are the days that one month more and two would give, none where it is too late.

`careful`: an answer to this person could tell what a protection or a ruling hides (rules R7, R9).
Leaves the same line. Refusals: NotFound.
"""

take_person_request = UntypedMethod(
    OWNER, "take_person_request", request=_IDS, answer={}, writes=True
)
"""The agent has it in hand; refusals: NotFound, RequestClosed."""

note_proof = UntypedMethod(OWNER, "note_proof", request=_IDS, answer={}, writes=True)
"""Who it is has been proven since: the document that was asked for came."""

prolong_person_request = UntypedMethod(
    OWNER,
    "prolong_person_request",
    request={**_IDS, "more": Count(validate=validate.Range(1, 2)), "reason": Text(REASON)},
    answer={"due_on": Day()},
    writes=True,
)
"""
Once, by one month or two, within the first; the person is told, with the reason.

Refusals: NotFound, RequestClosed, BadRequest where it is too late or was done before.
"""

close_person_request = UntypedMethod(
    OWNER,
    "close_person_request",
    request={**_IDS, "outcome": OneOf(OUTCOMES), "text": Text(ANSWER)},
    answer={},
    writes=True,
)
"""
The answer, or why there is none: the person is told, and nothing changes any more.

Refusals: NotFound, RequestClosed, BadRequest for an answer while who it is was asked for.
"""

person_request_told = UntypedEvent(
    OWNER,
    "person_request_told",
    fields={**_IDS, "subject": Id(), "act": OneOf(TOLD), "at": Moment()},
)
"""To the portal, for the one guardian who asked: something was done. No name, no text, no child."""


class RequestClosed(Refusal):
    """The request was answered or refused already."""

    code = "request_closed"


class TooManyRequests(Refusal):
    """This guardian has many open requests already; `detail["most"]` says how many at most."""

    code = "too_many_requests"


class NobodyAnswers(Refusal):
    """No role of this town's front desk answers requests of persons."""

    code = "nobody_answers"
