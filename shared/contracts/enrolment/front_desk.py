"""
Contracts of a provider for the town's front desk: a household there, and acts on its days.

Every method is asked of one provider, in the name of an agent who holds a right at it: what it
answers is what this agent finds at that provider's own desk, of one household.
"""

from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from shared.contracts.enrolment.places.states import APPLICATION_STATES, ASKED_BY
from shared.contracts.errors import Refusal
from shared.contracts.message import Method
from shared.contracts.values import (
    Code,
    Count,
    Day,
    Id,
    Moment,
    list_length,
    maybe_text,
    one_of,
    text,
)

OWNER = "enrolment"

BOOK, CANCEL, EXCUSE = "book", "cancel", "excuse"
ACTS = (BOOK, CANCEL, EXCUSE)
"""Acts on days that a counter orders; who came is corrected at the provider's own desk."""
REASONS = ("family", "sick", "class_away", "wrong_mark", "service_error", "other")
"""Reasons of an act: codes alone, so that nothing of a family is written in a sentence."""
DAYS_SHOWN = 14
MOST_CELLS = 100

State = Annotated[str, maybe_text(20)]
"""State of a child in a session, as the planning says it; "" where nothing is booked."""


@dataclass(frozen=True)
class HouseholdAtProviderRequest:
    """The days shown are DAYS_SHOWN from `first` on."""

    household_id: Id
    first: Day


class CounterGroup(TypedDict):
    group_id: Id
    activity: Annotated[str, text(120)]
    label: Annotated[str, text(120)]
    site: Annotated[str, text(120)]


class CounterPlace(TypedDict):
    """A place that is not over; `valid_to` is its last day, null where it is open."""

    child_id: Id
    group_id: Id
    valid_from: Day
    valid_to: Day | None


class CounterApplication(TypedDict):
    """A request for a place that is not decided."""

    child_id: Id
    group_id: Id
    state: Annotated[str, one_of(APPLICATION_STATES)]
    submitted_at: Moment


class CounterDay(TypedDict):
    """
    A session of a child on a day of this household.

    `acts` are those that this agent may do and that change something; `counts`: to cancel it now is
    too late, and it stays counted.
    """

    child_id: Id
    session_id: Id
    group_id: Id
    starts_at: Moment
    ends_at: Moment
    state: State
    acts: Annotated[list[Code], list_length(0, len(ACTS))]
    counts: bool


class CounterThread(TypedDict):
    """A conversation with this household; `to_answer`: the family wrote last, and waits."""

    thread_id: Id
    title: Annotated[str, text(200)]
    last_at: Moment
    to_answer: bool


class CounterNumber(TypedDict):
    """A number to call for a child, in the order in which the family put them."""

    child_id: Id
    name: Annotated[str, text(120)]
    phone: Annotated[str, text(40)]


class CounterSchooling(TypedDict):
    """The school and class of a child, where a role of the agent reads them."""

    child_id: Id
    school: Annotated[str, maybe_text(120)]
    class_name: Annotated[str, maybe_text(80)]


@dataclass(frozen=True)
class HouseholdAtProviderAnswer:
    """Each part by its own right: what the agent may not see there is empty."""

    groups: list[CounterGroup]
    places: list[CounterPlace]
    applications: list[CounterApplication]
    days: list[CounterDay]
    threads: list[CounterThread]
    numbers: list[CounterNumber]
    schooling: list[CounterSchooling] = field(default_factory=list)


household_at_provider = Method(
    OWNER, "household_at_provider", HouseholdAtProviderRequest, HouseholdAtProviderAnswer
)
"""
Household at this provider as an agent sees it; each child shown has a line in its read log.

Days and places of a child's other home are not in it. Not `writes`: the kit would keep names.
"""


class CounterCell(TypedDict):
    """One child in one session."""

    child_id: Id
    session_id: Id


@dataclass(frozen=True, kw_only=True)
class ChangeHouseholdDaysRequest:
    """`over_capacity`: the agent said to take the children although a session is full."""

    household_id: Id
    cells: Annotated[list[CounterCell], list_length(1, MOST_CELLS)]
    act: Annotated[str, one_of(ACTS)]
    asked_by: Annotated[str, one_of(ASKED_BY)]
    reason: Annotated[str, one_of(REASONS)]
    over_capacity: bool = False


@dataclass(frozen=True)
class ChangeHouseholdDaysAnswer:
    """`changed`: how many sessions are not as they were."""

    changed: Count


change_household_days = Method(
    OWNER,
    "change_household_days",
    ChangeHouseholdDaysRequest,
    ChangeHouseholdDaysAnswer,
    writes=True,
)
"""
Do one act on these sessions, all of them or none.

Refusals: DaysRefused, NotFound (a child or a session that is not this household's here, or beyond
the agent's places).
"""


class DaysRefused(Refusal):
    """Order not done; `detail["cells"]` has the child, the session and the code of the reason."""

    code = "days_refused"
