"""Shows a household to an agent at the front desk, with the lines that its families read."""

from datetime import datetime

from services.enrolment.children.commands.sheet_reading import publish_projection_read
from services.enrolment.children.queries.contents import contents_of_projection
from services.enrolment.children.rules.visibility import PLACES_FOR
from services.enrolment.front_desk.queries import household
from services.enrolment.front_desk.queries.counter_agent import CounterAgent
from services.enrolment.front_desk.queries.household import HouseholdHere
from shared.contracts.enrolment.counter import (
    CounterNumber,
    HouseholdAtProviderAnswer,
    HouseholdAtProviderRequest,
)
from shared.database import Vault, Write
from shared.dates.clock import today
from shared.register.entitlement import CARE_CORE, CONVERSATIONS

WEEK, AT_FRONT_DESK = "seen_week", "at_front_desk"
"""What was read, and why, as families see it (rule R13)."""


def show_household(
    write: Write,
    vault: Vault,
    agent: CounterAgent,
    request: HouseholdAtProviderRequest,
    now: datetime,
) -> HouseholdAtProviderAnswer:
    """Return each part by its right; each child shown has its lines in the read log."""
    home = household.household_here(write, agent, request.household_id)
    reach = agent.reach_in_places(write)
    places = household.places_of(write, home, reach, today())
    days = household.days_of(write, agent, home, request.first, now)
    decides = agent.reach_to(write, "applications").shared_with(reach)
    applications = household.applications_of(write, home, decides)
    answers = agent.reach_to(write, CONVERSATIONS)
    threads = household.threads_of(write, vault, home.id, answers) if answers.holds_anywhere else []
    shown = {row["child_id"] for row in (*places, *days, *applications)}
    for child_id in sorted(shown):
        role = agent.role_at(write, child_id, *PLACES_FOR)
        publish_projection_read(
            write, role, agent.subject, child_id, WEEK, now, purpose=AT_FRONT_DESK
        )
    named = {row["group_id"] for row in (*places, *days, *applications)}
    return HouseholdAtProviderAnswer(
        groups=household.groups_named(write, named),
        places=places,
        applications=applications,
        days=days,
        threads=threads,
        numbers=_numbers(write, vault, agent, home, now),
    )


def _numbers(
    write: Write, vault: Vault, agent: CounterAgent, home: HouseholdHere, now: datetime
) -> list[CounterNumber]:
    """
    Return the numbers to call, of children whose care core the agent reads here (rule R1).

    Of a child whose other home is protected none: they would be read out to this one (rule R9).
    """
    children = {child_id for child_id in home.children if not home.hidden.get(child_id)}
    sights = {child_id: agent.sight_of_child(write, child_id) for child_id in sorted(children)}
    roles = {
        child: sight.sees[CARE_CORE] for child, sight in sights.items() if CARE_CORE in sight.sees
    }
    found = []
    for child_id, content in contents_of_projection(write, vault, CARE_CORE, set(roles)).items():
        publish_projection_read(
            write, roles[child_id], agent.subject, child_id, CARE_CORE, now, purpose=AT_FRONT_DESK
        )
        found += [
            CounterNumber(child_id=child_id, name=number["name"], phone=number["phone"])
            for number in content["numbers"]
        ]
    return found
