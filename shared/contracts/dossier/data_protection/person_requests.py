"""
Requests of persons on their data (GDPR, articles 12 and 15 to 22): each has a state and a day.

A guardian files one at the portal and reads alone what became of it; the front desk notes those of
who has no account and says by a paper who it is, and its agents with the act `person_requests`
answer them. What a guardian asks the town to correct of a child is read and answered by who
corrects, too (corrections.py). None that answers a name is `writes`: the kit would keep it.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.dossier.guardians import OWNER
from shared.contracts.errors import Refusal
from shared.contracts.every_service.held_data import MOST_ROWS, HeldRow
from shared.contracts.identity.accompanied_sessions import PAPERS
from shared.contracts.message import Empty, Event, Method
from shared.contracts.values import (
    EMPTY,
    NONE,
    Day,
    Id,
    Moment,
    PageAnswer,
    PageRequest,
    list_length,
    maybe_text,
    one_of,
    text,
)

ACCESS, RECTIFICATION, ERASURE = "access", "rectification", "erasure"
RESTRICTION, OBJECTION, PORTABILITY = "restriction", "objection", "portability"
KINDS = (ACCESS, RECTIFICATION, ERASURE, RESTRICTION, OBJECTION, PORTABILITY)
"""Articles 15, 16, 17, 18, 21 and 20."""

RECEIVED, IN_HAND, ANSWERED, REFUSED = "received", "in_hand", "answered", "refused"
WITHDRAWN = "withdrawn"
OUTCOMES = (ANSWERED, REFUSED)
CLOSED = (*OUTCOMES, WITHDRAWN)
"""States in which nothing waits any more: answered by the office, or withdrawn by who asked."""
STATES = (RECEIVED, IN_HAND, *CLOSED)

FILED, RECORDED, TAKEN, PROOF_SEEN, PROLONGED, COPIED = (
    "filed",
    "recorded",
    "taken",
    "proof_seen",
    "prolonged",
    "copied",
)
IDENTIFIED, SOUGHT, ERASED = "identified", "sought", "erased"
ACTS = (
    *(FILED, RECORDED, TAKEN, PROOF_SEEN, IDENTIFIED, SOUGHT, PROLONGED, COPIED, ERASED),
    *CLOSED,
)
"""
Acts on a request: filed by the person, recorded by an agent, and later acts of agents.

WITHDRAWN is the person's, and an agent's where it was told of it. ERASED: parts of a child's file
were erased, its text says which (request_erasures.py). SOUGHT: it was looked for in the registers,
and nobody, or more than one, fitted. Its text is the kind of the paper.
"""

NOTIFIED = (PROLONGED, *OUTCOMES)
"""Acts of which the person is notified."""

ACCOUNT, DOCUMENT, KNOWN, ASKED = "account", "document", "known", "asked"
SEEN_AT_DESK = (DOCUMENT, KNOWN, ASKED)
PROOFS = (ACCOUNT, *SEEN_AT_DESK)
"""Proof of identity: the account, a document seen or sent, known at the desk; or asked for."""

ADULT, PUPIL, CALLED, AGENT = "adult", "pupil", "called", "agent"
PERSONS = (ADULT, PUPIL, CALLED, AGENT)
"""
Persons who ask without an account: an adult of a household, a former pupil who is of age, who is
named in a child's file as one to call or who may collect, somebody who works here.
"""

COUNTER, LETTER, EMAIL, PHONE = "counter", "letter", "email", "phone"
WAYS = (COUNTER, LETTER, EMAIL, PHONE)
"""Ways in which a request comes to an agent."""

TEXT, ANSWER, REASON, CONTACT, NAME = 2000, 6000, 1000, 200, 120
"""Most characters of each."""

KEPT = "5 years"
"""After the answer, or the withdrawal: so long it may be contested (code civil, art. 2224)."""

TOWN = ""
"""The town itself, among the providers to which a request may go."""


Addressee = Annotated[str, validate.Regexp(r"^[a-z0-9_]{0,40}\Z")]
"""Addressee of a request: a provider's code, or "" for the town itself."""


@dataclass(frozen=True)
class RequestOfPerson:
    """The request of a person that is meant."""

    person_request_id: Id


class Dated(TypedDict):
    """A request of a person with its days."""

    person_request_id: Id
    kind: Annotated[str, one_of(KINDS)]
    provider: Addressee
    received_on: Day
    due_on: Day
    state: Annotated[str, one_of(STATES)]
    closed_on: Annotated[Day | None, NONE]
    prolonged: bool


class Mine(Dated):
    """A request as the guardian who filed it reads it."""

    child_id: Annotated[Id | None, NONE]


class Act(TypedDict):
    """One thing that was done about a request."""

    act: Annotated[str, one_of(ACTS)]
    at: Moment
    text: Annotated[str, maybe_text(ANSWER), EMPTY]
    until: Annotated[Day | None, NONE]


@dataclass(frozen=True)
class MyPersonRequestsAnswer:
    requests: list[Mine]


my_person_requests = Method(OWNER, "my_person_requests", Empty, MyPersonRequestsAnswer)
"""
The requests of the guardian itself, the latest first; nobody else reads them.

Another guardian of the same child neither.
"""


@dataclass(frozen=True, kw_only=True)
class DatedRequest:
    """A request of a person with its days, as the answer to a look at one."""

    person_request_id: Id
    kind: Annotated[str, one_of(KINDS)]
    provider: Addressee
    received_on: Day
    due_on: Day
    state: Annotated[str, one_of(STATES)]
    closed_on: Day | None = None
    prolonged: bool
    text: Annotated[str, text(TEXT)]


@dataclass(frozen=True, kw_only=True)
class ReadMyRequestAnswer(DatedRequest):
    child_id: Id | None = None
    acts: list[Act]


read_my_request = Method(OWNER, "read_my_request", RequestOfPerson, ReadMyRequestAnswer)
"""One request with what was done and answered; no agent is named. Refusals: NotFound."""


@dataclass(frozen=True, kw_only=True)
class FilePersonRequestRequest:
    """`provider` is "" for the town, or one that the guardian knows to have that child."""

    kind: Annotated[str, one_of(KINDS)]
    provider: Addressee
    child_id: Id | None = None
    text: Annotated[str, text(TEXT)]


@dataclass(frozen=True)
class PersonRequestKept:
    """A request was kept, to be answered until `due_on`."""

    person_request_id: Id
    due_on: Day


file_person_request = Method(
    OWNER, "file_person_request", FilePersonRequestRequest, PersonRequestKept, writes=True
)
"""
A guardian asks, for itself or for a child over whom it has authority; the month begins today.

Of its own, it may ask a provider that has any of its children. Refusals: NotFound,
TooManyRequests, NobodyAnswers.
"""


@dataclass(frozen=True, kw_only=True)
class RecordPersonRequestRequest:
    """`about` names whom the request concerns where that is another person."""

    kind: Annotated[str, one_of(KINDS)]
    provider: Addressee
    way: Annotated[str, one_of(WAYS)]
    received_on: Day
    name: Annotated[str, text(NAME)]
    contact: Annotated[str, text(CONTACT)]
    about: Annotated[str, maybe_text(NAME)] = ""
    proof: Annotated[str, one_of(SEEN_AT_DESK)]
    text: Annotated[str, text(TEXT)]


record_person_request = Method(
    OWNER, "record_person_request", RecordPersonRequestRequest, PersonRequestKept, writes=True
)
"""
An agent of the front desk notes a request of a person without an account; the month is of receipt.

Refusals: BadRequest (`received_on` to come, or more than a year ago), NotFound for a provider that
the town has not, NobodyAnswers.
"""


withdraw_my_request = Method(OWNER, "withdraw_my_request", RequestOfPerson, Empty, writes=True)
"""
The guardian who filed it withdraws it: no answer is due any more. A second time changes nothing.

Refusals: NotFound, for another guardian's too; RequestClosed once it is answered or refused.
"""


@dataclass(frozen=True)
class NoteWithdrawalRequest(RequestOfPerson):
    """`said`: how, and on which day, the person said so."""

    said: Annotated[str, text(REASON)]


note_withdrawal = Method(OWNER, "note_withdrawal", NoteWithdrawalRequest, Empty, writes=True)
"""
An agent notes that a person without an account withdraws what was noted for it, and how it said so.

Refusals: NotFound, RequestClosed, BadRequest (`person`: who has an account withdraws it itself).
"""


class Listed(Dated):
    """A request as the data protection office lists it."""

    name: Annotated[str, text(NAME)]
    about: Annotated[str, maybe_text(170), EMPTY]
    proof: Annotated[str, one_of(PROOFS)]
    late: bool


@dataclass(frozen=True)
class PersonRequestsAnswer:
    """`left_out` counts what was too much for one message."""

    open: list[Listed]
    closed: list[Listed]
    left_out: int


person_requests = Method(OWNER, "person_requests", Empty, PersonRequestsAnswer)
"""
Requests that wait by their day, late ones first, and the latest that were closed.

Each child that is named has a line in the read log, for the data protection officer alone: another
guardian would learn that one has asked.
"""


class ActOfAgent(Act):
    """An act with the agent's subject, null for the person."""

    by: Annotated[Id | None, NONE]


@dataclass(frozen=True, kw_only=True)
class OpenPersonRequestAnswer(DatedRequest):
    """
    One request whole. `way` is one of WAYS, or `account`.

    `prolongable` are the days that one month more and two would give, none where it is too late.
    `careful`: an answer to this person could reveal what a protection or a ruling hides (rules R7,
    R9). `person` says who asks without an account, once it is known, and `paper` by what.
    """

    name: Annotated[str, text(NAME)]
    about: Annotated[str, maybe_text(170)] = ""
    proof: Annotated[str, one_of(PROOFS)]
    late: bool
    way: Annotated[str, text(10)]
    contact: Annotated[str, maybe_text(CONTACT)] = ""
    first_due_on: Day
    prolongable: list[Day]
    careful: bool
    person: Annotated[str, one_of(("", *PERSONS))] = ""
    paper: Annotated[str, one_of(("", *PAPERS))] = ""
    acts: list[ActOfAgent]


open_person_request = Method(OWNER, "open_person_request", RequestOfPerson, OpenPersonRequestAnswer)
"""Leaves the same line in the read log. Refusals: NotFound."""

take_person_request = Method(OWNER, "take_person_request", RequestOfPerson, Empty, writes=True)
"""The agent has it in hand; refusals: NotFound, RequestClosed."""

note_proof = Method(OWNER, "note_proof", RequestOfPerson, Empty, writes=True)
"""The proof of identity that was asked for came since."""


@dataclass(frozen=True, kw_only=True)
class IdentifyPersonRequest(RequestOfPerson):
    """
    `name` is the person's own; `child` and `born` are those of the child by whose file it is known.

    A former pupil is that child, an agent has none; who is named in a file gives its number too.
    `agent` is whom identity found by that name.
    """

    person: Annotated[str, one_of(PERSONS)]
    paper: Annotated[str, one_of(PAPERS)]
    name: Annotated[str, text(NAME)]
    child: Annotated[str, maybe_text(NAME)] = ""
    born: Day | None = None
    phone: Annotated[str, maybe_text(20)] = ""
    agent: Id | None = None


@dataclass(frozen=True)
class IdentifyPersonAnswer:
    """Outcome of a try: `found` if all of it fits one person; a try in vain is an act, too."""

    found: bool


identify_person = Method(
    OWNER, "identify_person", IdentifyPersonRequest, IdentifyPersonAnswer, writes=True
)
"""
The agent notes who it is that asks without an account, and by which paper it was proven.

Of the paper the kind alone is kept. Only one person whom all of it fits is found; the read log of
the child has a line. A try that finds nobody, or several, is noted with its agent and the kind of
the paper, without the words. Refusals: NotFound, RequestClosed, BadRequest (`person`: who has an
account asked).
"""


@dataclass(frozen=True)
class ProlongPersonRequestRequest(RequestOfPerson):
    more: Annotated[int, validate.Range(1, 2)]
    reason: Annotated[str, text(REASON)]


@dataclass(frozen=True)
class ProlongPersonRequestAnswer:
    due_on: Day


prolong_person_request = Method(
    OWNER,
    "prolong_person_request",
    ProlongPersonRequestRequest,
    ProlongPersonRequestAnswer,
    writes=True,
)
"""
Once, by one month or two, within the first; the person is informed, with the reason.

Refusals: NotFound, RequestClosed, BadRequest where it is too late or was done before.
"""


@dataclass(frozen=True)
class ClosePersonRequestRequest(RequestOfPerson):
    outcome: Annotated[str, one_of(OUTCOMES)]
    text: Annotated[str, text(ANSWER)]


close_person_request = Method(
    OWNER, "close_person_request", ClosePersonRequestRequest, Empty, writes=True
)
"""
The answer, or why there is none: the person is informed, and nothing changes any more.

Refusals: NotFound, RequestClosed, BadRequest for an answer while the proof was asked for.
"""


WITH_COPY = (ACCESS, PORTABILITY)
"""Kinds that are answered with a copy of the person's data."""

NOT_PROVEN, UNKNOWN, NO_AUTHORITY, NO_COPY = "proof", "person", "authority", "kind"
HIDDEN = "hidden"
"""Why there is no copy, in the errors of BadRequest."""


@dataclass(frozen=True, kw_only=True)
class CopyPersonDataRequest(PageRequest, RequestOfPerson):
    """`principal` is the service of which a part is asked."""

    principal: Annotated[str, text(40)]


@dataclass(frozen=True, kw_only=True)
class CopyPersonDataAnswer(PageAnswer):
    rows: Annotated[list[HeldRow], list_length(0, MOST_ROWS)]


copy_person_data = Method(OWNER, "copy_person_data", CopyPersonDataRequest, CopyPersonDataAnswer)
"""
Data that one service holds of who asked, for the copy that answers the request; nothing is kept.

The dossier judges whom it covers and asks that service. The first page of its own part leaves a
line in the read log of each child, and an act on the request. Refusals: NotFound, RequestClosed,
BadRequest with the reason why there is no copy, Unavailable or NoAnswer of a silent service.
"""


@dataclass(frozen=True)
class PersonRequestChanged:
    person_request_id: Id
    subject: Id
    act: Annotated[str, one_of(NOTIFIED)]
    at: Moment


person_request_changed = Event(OWNER, "person_request_changed", PersonRequestChanged)
"""
Sent to the portal for the one guardian who asked: something was done. No name, no text, no child.
"""


class RequestClosed(Refusal):
    """The request was answered, refused or withdrawn already; `detail["state"]` says which."""

    code = "request_closed"


class TooManyRequests(Refusal):
    """The guardian has many open requests already; `detail["most"]` says how many at most."""

    code = "too_many_requests"


class NobodyAnswers(Refusal):
    """No role of this town's front desk answers requests of persons."""

    code = "nobody_answers"
