"""A household as the counter opens it; to who may not, there is none."""

from uuid import UUID

from flask import abort

from shared.contracts.dossier import front_desk
from shared.contracts.errors import NotFound
from shared.web.agents import current_agent as agent


def require_household(household_id: UUID) -> front_desk.OpenDossierAnswer:
    """Return a household; each of its children has a line in its log. An unknown one is a 404."""
    try:
        return agent.ask(front_desk.open_dossier, front_desk.OpenDossierRequest(str(household_id)))
    except NotFound:
        abort(404)
