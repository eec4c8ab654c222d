"""Requests of the town's front desk, in the name of an agent with a right at this provider."""

from typing import Any

from services.enrolment.front_desk.commands.day_acts import change_household_days
from services.enrolment.front_desk.commands.shown_household import read_household_and_log_reads
from services.enrolment.front_desk.queries.front_desk_agent import (
    CounterAgent,
    front_desk_agent_at_provider,
)
from services.enrolment.store import store, vault
from shared.bus import FRONT_DESK, Service, answers, right
from shared.contracts.enrolment import front_desk
from shared.contracts.message import Caller
from shared.database import Write
from shared.dates.clock import now

AGENT = "agent"


@right("agent with a right here to places, days or conversations")
def is_household_seen_by_agent(service: object, caller: Caller, _request: object) -> bool:
    """Say whether an agent of the front desk finds something of a household at this provider."""
    return caller.kind == AGENT and _front_desk_agent(service, caller).sees_anything


@right("agent who changes days of children here")
def may_agent_change_days(service: object, caller: Caller, _request: object) -> bool:
    """Say whether an agent of the front desk changes days at this provider."""
    return caller.kind == AGENT and _front_desk_agent(service, caller).changes_days


class FrontDesk(Service):
    """Requests of the front desk; a right at the counter adds nothing to the agent's right here."""

    @answers(
        front_desk.household_at_provider, callers=[FRONT_DESK], right=is_household_seen_by_agent
    )
    def household_at_provider(
        self, request: front_desk.HouseholdAtProviderRequest, caller: Caller
    ) -> front_desk.HouseholdAtProviderAnswer:
        """Return a household and note the reading: the answer is not kept, hence no `writes`."""
        agent = _front_desk_agent(self, caller)
        with store.write() as write:
            return read_household_and_log_reads(write, vault, agent, request)

    @answers(front_desk.change_household_days, callers=[FRONT_DESK], right=may_agent_change_days)
    def change_household_days(
        self, write: Write, request: front_desk.ChangeHouseholdDaysRequest, caller: Caller
    ) -> front_desk.ChangeHouseholdDaysAnswer:
        """Book, cancel or excuse days of a household, with who asked and why."""
        agent = _front_desk_agent(self, caller)
        return front_desk.ChangeHouseholdDaysAnswer(
            change_household_days(write, agent, request, now())
        )


def _front_desk_agent(service: Any, caller: Caller) -> CounterAgent:
    with store.read() as read:
        return front_desk_agent_at_provider(read, caller.subject, service.settings.principal)
