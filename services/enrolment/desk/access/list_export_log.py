"""Lines of the read log for lists that an agent of this request takes away as a file (rule R13)."""

from collections.abc import Iterable, Sequence

from services.enrolment.children.commands.list_exports import publish_list_export
from services.enrolment.children.rules.visibility import ADMINISTRATOR
from services.enrolment.desk.access import agent
from services.enrolment.desk.access.reach_of_agent import children_by_role
from services.enrolment.families.queries.households import children_of_households
from services.enrolment.store import store
from shared.contracts.values import ACCOUNT
from shared.dates.clock import now
from shared.register.entitlement import CARE_CORE


def note_children_in_export(
    child_ids: Iterable[str],
    permission: str = "",
    *,
    parts: Sequence[str] = (CARE_CORE,),
    role: str = "",
) -> None:
    """
    Note that a list of these children leaves, and what it says of them: names at least.

    The role is the given one, else for each child the one that sees this of it; names may leave in
    the role of the page's permission too.
    """
    subject, children = agent.require_agent().session.subject, set(child_ids)
    with store.write() as write:
        for part in parts:
            seen = {role: children} if role else children_by_role(write, part, children)
            if part == CARE_CORE and (rest := children.difference(*seen.values())):
                acting = _role_of_export(permission)
                seen[acting] = seen.get(acting, set()) | rest
            for acting, theirs in seen.items():
                publish_list_export(write, acting, subject, theirs, part, now())


def note_payers_in_export(household_ids: Iterable[str], permission: str) -> None:
    """Note that a list of these payers leaves: a line of each child of theirs, for the DPO."""
    person = agent.require_agent()
    with store.write() as write:
        children = children_of_households(write, set(household_ids))
        role = _role_of_export(permission)
        publish_list_export(write, role, person.session.subject, children, ACCOUNT, now())


def _role_of_export(permission: str) -> str:
    sight = agent.require_agent().sight.sight_anywhere
    return sight.acts_as.get(permission) or sight.sees.get(CARE_CORE) or ADMINISTRATOR
