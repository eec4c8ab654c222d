"""The register of treatments (GDPR, article 30) and who receives what, as the machines have it."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.front_desk.pages.data_protection import labels, treatment_document
from services.portal_gateway.front_desk.pages.data_protection.matrix import rights_of_town
from services.portal_gateway.front_desk.pages.data_protection.treatment_lists import (
    REGISTER,
    REGISTER_PAGE,
    Treatment,
    needs_assessment,
    numbered_treatments,
)
from shared.dates.clock import now
from shared.register.entitlement import PERSON_REQUESTS
from shared.web.agents import current_agent as agent
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import asks_file, show_list
from shared.web.base import downloads
from shared.web.base.app import shell_here
from shared.web.language.provider_badges import badge_by_code

blueprint = Blueprint("treatments", __name__, url_prefix="/donnees")


@blueprint.get("/registre")
@agent.for_agents_who_may(PERSON_REQUESTS)
def list_treatments() -> ResponseReturnValue:
    """List what is done with data and on what ground; its file has all that article 30 asks."""
    rows = numbered_treatments(shell_here().register.now.treatments)

    def treatments_page(listing: Listing[Treatment]) -> str:
        return render_template(
            "front_desk/treatments.html",
            listing=listing,
            total=len(rows),
            assessed=sum(needs_assessment(row.entry) for row in rows),
        )

    return show_list(
        REGISTER if asks_file() else REGISTER_PAGE, rows, treatments_page, lambda _rows: None
    )


@blueprint.get("/registre.pdf")
@agent.for_agents_who_may(PERSON_REQUESTS)
def print_register() -> ResponseReturnValue:
    """Return the register on paper, as the CNIL asks for it."""
    register = shell_here().register.now
    content = treatment_document.register_pdf(register.treatments, register.town.name, now())
    name = _("Registre des traitements")
    return downloads.file_to_save(content, f"{name}.pdf", "application/pdf")


@blueprint.get("/registre/<int:number>")
@agent.for_agents_who_may(PERSON_REQUESTS)
def show(number: int) -> str:
    """Show one treatment whole."""
    rows = shell_here().register.now.treatments
    if not 1 <= number <= len(rows):
        abort(404)
    return render_template(
        "front_desk/treatment.html", entry=rows[number - 1], headings=treatment_document.HEADINGS
    )


@blueprint.get("/qui-recoit-quoi")
@agent.for_agents_who_may(PERSON_REQUESTS)
def show_rights() -> str:
    """Show what each office receives, what it never does, and what each of its roles may do."""
    register = shell_here().register
    return render_template(
        "front_desk/rights.html",
        offices=rights_of_town(register.now),
        labels=labels,
        mark=lambda office: badge_by_code(register, office.code),
    )
