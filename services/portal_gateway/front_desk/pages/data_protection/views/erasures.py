"""Erasures with their receipts, and what should be erased by now; no child is named."""

from flask import Blueprint, render_template
from flask_babel import gettext as _

from services.portal_gateway.labels.dossier import READ_PARTS
from shared.contracts.dossier.data_protection import erasures
from shared.contracts.message import Empty
from shared.contracts.sections import PROJECTIONS, SECTIONS
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here
from shared.web.language.provider_badges import Mark, badge_by_code

blueprint = Blueprint("erasures", __name__, url_prefix="/donnees/effacements")


@blueprint.get("")
@agent.for_agents_who_may(PERSON_REQUESTS)
def show() -> str:
    """Show receipts by service and part, what is overdue, and what the dossier erased itself."""
    found = agent.ask(erasures.town_erasures, Empty())
    return render_template(
        "front_desk/erasures.html",
        found=found,
        overdue=sum(row["overdue"] for row in found.providers),
        mark=_badge_of_provider,
        part=_label_of_part,
        asked_by_person=erasures.ASKED_BY_PERSON,
        kept={section.code: section for section in shell_here().register.now.sections},
    )


def _badge_of_provider(provider: str) -> Mark:
    return badge_by_code(shell_here().register, provider)


def _label_of_part(code: str) -> str:
    """Return what a part or a section is called."""
    stated = PROJECTIONS.get(code) or SECTIONS.get(code)
    return _(stated.label) if stated else str(READ_PARTS.get(code, code))
