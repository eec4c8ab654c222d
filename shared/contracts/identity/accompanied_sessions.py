"""A family's own session at the front desk, an agent beside it."""

from dataclasses import dataclass
from typing import Annotated

from shared.contracts.identity.accounts import Name
from shared.contracts.identity.sign_ins import IssuedToken, Secret
from shared.contracts.message import Method
from shared.contracts.values import Day, Id, Moment, maybe_text, one_of

OWNER = "identity"
PAPERS = ("identity_card", "passport", "residence_permit", "driving_licence")
BY_PAPER, BY_CODE = "paper", "code"
"""Proofs of a guardian at the counter: a paper shown and a slip signed, or a code received."""


@dataclass(frozen=True)
class SendCounterCodeRequest:
    guardian: Id


@dataclass(frozen=True)
class SendCounterCodeAnswer:
    sent: bool


send_counter_code = Method(
    OWNER, "send_counter_code", SendCounterCodeRequest, SendCounterCodeAnswer, once=True
)
"""
Send six digits to the address of a guardian who is present; `sent` is false where none is known.

One code per agent: asking again voids the last.
"""


@dataclass(frozen=True)
class OpenAccompaniedRequest:
    """A guardian who is present, and the proof: `paper` with `slip_signed_on`, or `six_digits`."""

    guardian: Id
    name: Name
    proof: Annotated[str, one_of((BY_PAPER, BY_CODE))] = BY_PAPER
    paper: Annotated[str, one_of(("", *PAPERS))] = ""
    slip_signed_on: Day | None = None
    six_digits: Annotated[str, maybe_text(10)] = ""


@dataclass(frozen=True)
class OpenAccompaniedAnswer:
    """`code` lets the browser into the portal, once, for 30 seconds."""

    code: Secret
    expires_at: Moment
    ends_at: Moment


open_accompanied = Method(
    OWNER, "open_accompanied", OpenAccompaniedRequest, OpenAccompaniedAnswer, once=True
)
"""
Open a family's own session for a guardian who is present: twenty minutes, never longer.

An agent has one such session at a time: a new one ends the former. Refusals: BadRequest (no paper),
WrongCredentials (other digits), NotFound (no guardian).
"""


@dataclass(frozen=True)
class EnterAccompaniedRequest:
    code: Secret


@dataclass(frozen=True)
class EnterAccompaniedAnswer(IssuedToken):
    """The family's session; `actor` is the agent beside it."""

    session_id: Id
    session: Secret
    ends_at: Moment
    subject: Id
    actor: Id
    name: Name


enter_accompanied = Method(
    OWNER, "enter_accompanied", EnterAccompaniedRequest, EnterAccompaniedAnswer, once=True
)
"""Go on to the portal from the front desk; WrongCredentials for any other code."""
