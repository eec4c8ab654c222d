"""
Quotients that CAF or MSA say themselves: a guardian asks, reads, and says whether it counts.

Whom a fund is asked about travels once, is stored by nobody and answered to nobody.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import ValidationError, validate

from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import Day, Id, Moment, list_length, maybe_text, one_of, text

OWNER = "billing"

FUND_SECONDS = 15.0
"""Deadline of what asks a fund: billing waits seven seconds to be heard, and as long to be told."""

FRANCE = "99100"

GIVEN, UNKNOWN, MISTAKEN, OTHER_NAME, UNDER_WAY, BUSY, TOO_OFTEN, AWAY, CLOSED = FUND_ANSWERS = (
    "given",  # a quotient waits for the guardian to say whether it counts
    "unknown",  # neither fund has a file of that person
    "mistaken",  # the funds cannot make out who is meant: `fields` are to be looked at again
    "other_name",  # not the name of who asks: nobody was asked
    "under_way",  # it is being asked for this household, by whichever guardian: wait
    "busy",  # nobody was asked, as many others are asking: it counts as no try
    "too_often",  # the household asked as often as may be in a day: again from `again_at` on
    "away",  # no answer: from `again_at` on one may ask again
    "closed",  # the town itself cannot ask now
)

Department = Annotated[str, validate.Regexp(r"^(0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[678])?\Z")]
"""Number of a département as people know it, "" for who was born abroad."""


class CivilIdentity(TypedDict):
    """Identity of who asks, as the registry of births has it; `use_name` is "" without another."""

    birth_name: Annotated[str, text(80)]
    use_name: Annotated[str, maybe_text(80)]
    first_names: Annotated[list[Annotated[str, text(40)]], list_length(1, 3)]
    sex: Annotated[str, one_of(("F", "M"))]
    born_on: Day
    country: Annotated[str, validate.Regexp(r"^99\d{3}\Z")]
    commune: Annotated[str, maybe_text(80)]
    department: Department


IDENTITY_FIELDS = tuple(CivilIdentity.__annotations__)


def _require_place_in_france(identity: CivilIdentity) -> None:
    """Refuse who was born in France without the commune and its département."""
    if identity["country"] == FRANCE:
        for field in ("commune", "department"):
            if not identity[field]:
                raise ValidationError("missing", field)


@dataclass(frozen=True)
class AskFundRequest:
    household_id: Id
    identity: Annotated[CivilIdentity, _require_place_in_france]


@dataclass(frozen=True)
class AskFundAnswer:
    outcome: Annotated[str, one_of(FUND_ANSWERS)]
    fields: Annotated[list[Annotated[str, one_of(IDENTITY_FIELDS)]], list_length(0, 8)]
    again_at: Moment | None = None


ask_fund = Method(OWNER, "ask_fund", AskFundRequest, AskFundAnswer, once=True)
"""
Ask CAF and MSA, by API Particulier, for the quotient of the guardian who asks.

What they say waits for a day in `my_quotients`, for this guardian alone. Refusals: NotFound where
the town file names no such service, or the household is another's.
"""


@dataclass(frozen=True)
class AnswerFundRequest:
    """`accepted`: the quotient that the guardian read counts; otherwise it is let go of."""

    household_id: Id
    request_id: Id
    accepted: bool


answer_fund = Method(OWNER, "answer_fund", AnswerFundRequest, Empty, writes=True)
"""
Say whether a quotient that was given counts, as one that an agent saw.

Refusals: NotFound (it no longer waits), QuotientCorrected.
"""


class QuotientCorrected(Refusal):
    """An agent corrected the quotient of that month or a later one: an agent alone changes it."""

    code = "quotient_corrected"
