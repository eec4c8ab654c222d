"""Pages that the law asks of a town: legal notice, accessibility, personal data."""

from flask import Blueprint, Response, render_template

from services.portal_gateway.pages.public.caching import cacheable
from services.portal_gateway.pages.public.town import rgaa
from services.portal_gateway.pages.public.town.rules.treatments import (
    controllers_of,
    treatments_by_holder,
)
from services.portal_gateway.pages.public.town.views.accessibility_report import has_front_desk
from shared.web.base import sign_in_limits
from shared.web.base.app import shell_here

blueprint = Blueprint("law", __name__)


@blueprint.get("/mentions-legales")
@sign_in_limits.browsing
def legal_notice() -> Response:
    """Say who publishes these pages and who hosts them (LCEN, article 1-1)."""
    controller = shell_here().register.controller_of("")
    return cacheable(render_template("portal/town/notice.html", controller=controller))


@blueprint.get("/accessibilite")
@sign_in_limits.browsing
def accessibility() -> Response:
    """State how far these pages are accessible, criterion by criterion, and where to report."""
    return cacheable(
        render_template(
            "portal/town/accessibility.html",
            stated_on=rgaa.STATED_ON,
            total=len(rgaa.CRITERIA),
            counted=rgaa.count_criteria_by_state(),
            states=rgaa.STATES,
            themes=rgaa.criteria_by_theme(),
            broken=rgaa.broken_criteria(),
            heard=has_front_desk(),
        )
    )


@blueprint.get("/donnees-personnelles")
@sign_in_limits.browsing
def privacy() -> Response:
    """Say what is kept of whom, for what, how long and who gets it, as the register has it."""
    treatments = shell_here().register.now.treatments
    return cacheable(
        render_template(
            "portal/town/privacy.html",
            holders=treatments_by_holder(treatments),
            controllers=controllers_of(treatments),
        )
    )
