"""
Contracts of payment plans: a bill that is paid in several parts, as a régisseur grants it.

A plan keeps what was agreed. What is left of its parts follows from the bills' balances and is
stored nowhere.
"""

from dataclasses import dataclass
from typing import Annotated, TypedDict

from marshmallow import validate

from shared.contracts.errors import Refusal
from shared.contracts.message import Empty, Method
from shared.contracts.values import (
    EMPTY,
    NONE,
    Cents,
    Code,
    Count,
    Day,
    Id,
    PageAnswer,
    PageRequest,
    list_length,
    one_of,
    text,
)

OWNER = "billing"

ASKED, GRANTED, REFUSED = "asked", "granted", "refused"
LAPSED, STOPPED, REPLACED = "lapsed", "stopped", "replaced"
PLAN_STATES = (
    ASKED,  # by the family; the régisseur has not answered
    GRANTED,  # kept so far
    REFUSED,
    LAPSED,  # a part was not paid in time: all is due
    STOPPED,  # by the régisseur, who says why
    REPLACED,  # by another plan of the same bills
)
LEAST_PARTS, MOST_PARTS = 2, 6
MOST_BILLS = 24
PAGE = 200

Parts = Annotated[int, validate.Range(LEAST_PARTS, MOST_PARTS)]
State = Annotated[str, one_of(PLAN_STATES)]
Answer = Annotated[str, text(300)]
"""A sentence of the régisseur's to the family."""
Bills = Annotated[list[Id], list_length(1, MOST_BILLS)]


class PlanPart(TypedDict):
    """A part of a plan: what it asks for by now, and what of it is still to pay."""

    due_on: Day
    cents: Cents
    left_cents: Cents


class BillOfPlan(TypedDict):
    """A bill of a plan, and what is still owed of it."""

    invoice_id: Id
    number: Annotated[str, text(30)]
    owed_cents: Cents


class Plan(TypedDict):
    """
    A plan of some of a household's bills; `parts` is empty until it is granted.

    `asked_parts` is how many the family asked for, 0 where the régisseur granted it unasked.
    `answer` is his sentence.
    """

    plan_id: Id
    state: State
    asked_parts: Count
    asked_on: Annotated[Day | None, NONE]
    decided_on: Annotated[Day | None, NONE]
    answer: Annotated[str, EMPTY]
    parts: list[PlanPart]
    bills: list[BillOfPlan]


class ListedPlan(Plan):
    """
    A plan in a régisseur's list: whose it is, what is owed, which part comes next.

    `on_hold` says that nobody is asked for it: after a death, or where no payer is left.
    """

    regie: Code
    household_id: Id
    payer: Annotated[str, text(250)]
    owed_cents: Cents
    part_cents: Cents
    part_on: Annotated[Day | None, NONE]
    on_hold: bool


@dataclass(frozen=True)
class AskForPlanRequest:
    """`invoices` are the household's own, of one régie."""

    household_id: Id
    invoices: Bills
    parts: Parts


@dataclass(frozen=True)
class PlanAnswer:
    plan_id: Id


ask_for_plan = Method(OWNER, "ask_for_plan", AskForPlanRequest, PlanAnswer, writes=True)
"""
A guardian asks to pay bills in so many parts; asked again, the last time counts.

Refusals: NotFound, NothingOwed, PlanNotOffered, PlanRunning, PaymentUnderWay (a bank is about to
debit a bill whole).
"""


@dataclass(frozen=True)
class PlansRequest(PageRequest):
    """A page of a provider's plans; with a household its own alone, of any state."""

    household_id: Id | None = None


@dataclass(frozen=True)
class PlansAnswer(PageAnswer):
    plans: list[ListedPlan]


plans = Method(OWNER, "plans", PlansRequest, PlansAnswer)
"""Plans of the calling provider's bills, the latest first."""


@dataclass(frozen=True)
class GrantPlanRequest:
    """
    `total_cents` is what was on the screen; `plan_id` the request that it answers.

    Parts are a month apart from `first_on`, a day on which banks are open or the next one.
    """

    household_id: Id
    invoices: Bills
    parts: Parts
    first_on: Day
    total_cents: Cents
    plan_id: Id | None = None
    answer: Annotated[str, validate.Length(0, 300)] = ""


grant_plan = Method(OWNER, "grant_plan", GrantPlanRequest, PlanAnswer, writes=True)
"""
Grant a plan, asked for or not, in place of any that stands of these bills.

Refusals: NotFound, NothingOwed, Outdated (another amount is owed by now), PlanNotOffered,
PlanRunning (a plan in force has another bill, which would be left out), PaymentUnderWay (a bank is
about to debit whole a bill that has no plan yet).
"""


@dataclass(frozen=True)
class EndPlanRequest:
    plan_id: Id
    answer: Answer


end_plan = Method(OWNER, "end_plan", EndPlanRequest, Empty, writes=True)
"""
Refuse what was asked for, or stop what was granted, with a sentence.

NotFound for any other, and for one of which all was paid meanwhile.
"""


class PlanNotOffered(Refusal):
    """
    Outside of the régie's limits: `detail["why"]` is none, parts, least, months or past.

    `detail["most"]` is the most parts that these bills may have.
    """

    code = "plan_not_offered"


class PlanRunning(Refusal):
    """A plan of one of the bills is in force: the régisseur alone changes it, and whole."""

    code = "plan_running"
