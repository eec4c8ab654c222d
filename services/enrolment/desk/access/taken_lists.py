"""Lines of the read log for lists that an agent of this request takes away as a file (rule R13)."""

from collections.abc import Iterable, Sequence

from services.enrolment.children.commands.list_taking import publish_list_taken
from services.enrolment.children.rules.visibility import ADMINISTRATOR
from services.enrolment.desk.access import agent
from services.enrolment.families.queries.households import children_of_households
from services.enrolment.store import store
from shared.contracts.values import ACCOUNT
from shared.dates.clock import now
from shared.register.entitlement import CARE_CORE


def note_children(
    child_ids: Iterable[str],
    permission: str = "",
    *,
    parts: Sequence[str] = (CARE_CORE,),
    role: str = "",
) -> None:
    """
    Note that a list of these children leaves, and what it says of them: names at least.

    The role is the given one, else one that sees the children, else that of the page's permission.
    """
    person, children = agent.require_agent(), set(child_ids)
    acting = role or person.sight.sees.get(CARE_CORE) or _role_for(permission)
    with store.write() as write:
        for part in parts:
            publish_list_taken(write, acting, person.session.subject, children, part, now())


def note_payers(household_ids: Iterable[str], permission: str) -> None:
    """Note that a list of these payers leaves: a line of each child of theirs, for the DPO."""
    person = agent.require_agent()
    with store.write() as write:
        children = children_of_households(write, set(household_ids))
        role = _role_for(permission)
        publish_list_taken(write, role, person.session.subject, children, ACCOUNT, now())


def _role_for(permission: str) -> str:
    return str(agent.require_agent().sight.acts_as.get(permission, ADMINISTRATOR))
