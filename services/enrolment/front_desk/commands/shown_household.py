"""Shows a household to an agent at the front desk, with the lines that its families read."""

from collections.abc import Mapping

from services.enrolment.children.commands.sheet_reading import publish_projection_read
from services.enrolment.children.queries.contents import contents_of_projection
from services.enrolment.children.rules.visibility import PLACES_FOR
from services.enrolment.front_desk.queries import household
from services.enrolment.front_desk.queries.front_desk_agent import CounterAgent
from services.enrolment.front_desk.queries.household import HouseholdHere
from shared.contracts.enrolment.front_desk import (
    CounterNumber,
    CounterSchooling,
    HouseholdAtProviderAnswer,
    HouseholdAtProviderRequest,
)
from shared.database import Vault, Write
from shared.dates.clock import now, today
from shared.json_values import JsonMapping
from shared.register.entitlement import CARE_CORE, CONVERSATIONS, SCHOOLING

Contents = Mapping[str, JsonMapping]

WEEK, AT_FRONT_DESK = "seen_week", "at_front_desk"
"""The reading and its reason, as families see it (rule R13)."""


def read_household_and_log_reads(
    write: Write,
    vault: Vault,
    agent: CounterAgent,
    request: HouseholdAtProviderRequest,
) -> HouseholdAtProviderAnswer:
    """Return each part by its right; each child shown has its lines in the read log."""
    home = household.children_of_household_in_reach(write, agent, request.household_id)
    reach = agent.reach_knowing_places_and_days(write)
    places = household.places_shown_to_household(write, home, reach, today())
    days = household.days_of_household(write, agent, home, request.first, now())
    decides = agent.reach_to(write, "applications").within_both_reaches(reach)
    applications = household.undecided_applications_of_home(write, home, decides)
    answers = agent.reach_to(write, CONVERSATIONS)
    threads = (
        household.running_threads_of_household(write, vault, home.id, answers)
        if answers.holds_anywhere
        else []
    )
    shown = {row["child_id"] for row in (*places, *days, *applications)}
    for child_id in sorted(shown):
        _publish_reading_of_part(
            write, agent, agent.role_at(write, child_id, *PLACES_FOR), child_id, WEEK
        )
    named = {row["group_id"] for row in (*places, *days, *applications)}
    return HouseholdAtProviderAnswer(
        groups=household.names_and_sites_of_groups(write, named),
        places=places,
        applications=applications,
        days=days,
        threads=threads,
        numbers=_emergency_numbers(_read_and_publish_reading(write, vault, agent, home, CARE_CORE)),
        schooling=_schooling_of_children(
            _read_and_publish_reading(write, vault, agent, home, SCHOOLING)
        ),
    )


def _emergency_numbers(contents: Contents) -> list[CounterNumber]:
    return [
        CounterNumber(child_id=child_id, name=number["name"], phone=number["phone"])
        for child_id, content in contents.items()
        for number in content["numbers"]
    ]


def _schooling_of_children(contents: Contents) -> list[CounterSchooling]:
    return [
        CounterSchooling(
            child_id=child_id,
            school=content.get("school") or "",
            class_name=content.get("class_name") or content.get("grade") or "",
        )
        for child_id, content in contents.items()
    ]


def _read_and_publish_reading(
    write: Write, vault: Vault, agent: CounterAgent, home: HouseholdHere, projection: str
) -> Contents:
    """
    Return a projection of the children of whom the agent reads it here, and publish the reading.

    Of a child whose other home is protected nothing: it would be read out to this one (rule R9).
    """
    children = {child_id for child_id in home.children if not home.hidden.get(child_id)}
    sights = {child_id: agent.sight_of_child(write, child_id).sees for child_id in sorted(children)}
    roles = {child: sees[projection] for child, sees in sights.items() if projection in sees}
    contents = contents_of_projection(write, vault, projection, set(roles))
    for child_id in contents:
        _publish_reading_of_part(write, agent, roles[child_id], child_id, projection)
    return contents


def _publish_reading_of_part(
    write: Write, agent: CounterAgent, role: str, child_id: str, part: str
) -> None:
    publish_projection_read(
        write, role, agent.subject, child_id, part, now(), purpose=AT_FRONT_DESK
    )
