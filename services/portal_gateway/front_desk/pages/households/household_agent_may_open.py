"""Opening of a household at the counter; for an agent who may not, there is none."""

from uuid import UUID

from flask import abort

from shared.contracts.dossier import front_desk
from shared.contracts.dossier.families import safeguarding
from shared.contracts.errors import NotFound
from shared.contracts.values import OfHousehold
from shared.register.entitlement import PROTECT
from shared.web.agents import current_agent as agent


def guardian_names_shown(household_id: UUID) -> dict[str, str]:
    """Return by id the guardians of a household that this agent may open; who protects, of any."""
    if PROTECT not in agent.require_agent().sight.permissions:
        return {each["id"]: each["name"] for each in require_household(household_id).guardians}
    asked = OfHousehold(str(household_id))
    try:
        guardians = agent.ask(safeguarding.open_guarded, asked).guardians
    except NotFound:
        abort(404)
    return {each["id"]: each["name"] for each in guardians}


def require_household(household_id: UUID) -> front_desk.OpenDossierAnswer:
    """Return a household; each of its children has a line in its log. An unknown one is a 404."""
    try:
        return agent.ask(front_desk.open_dossier, OfHousehold(str(household_id)))
    except NotFound:
        abort(404)
