"""The children, and one child's page: its file in cards, its services, who knows and who read."""

from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from services.portal_gateway.labels import record as record_labels
from services.portal_gateway.labels.record import NEEDS
from services.portal_gateway.overview.queries.completeness import pages_asked
from services.portal_gateway.pages.access import visit_banner
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import family_from
from shared.contracts.dossier import dossier
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty
from shared.contracts.sections import SECTIONS
from shared.web.base.app import shell_here
from shared.web.language.sections import lines

blueprint = Blueprint("child", __name__)

SCHOOL_LIST = "school_list"
"""Origin of links that only the school service ends, since school is compulsory."""


@blueprint.get("/enfants")
@current_user.signed_in
def all_children() -> str:
    """Show every child with the ways into its file."""
    (children,) = current_user.ask_all((dossier.my_children, Empty()))
    return render_template("portal/children.html", family=family_from(children))


@blueprint.get("/enfants/<child_id>")
@current_user.signed_in
def show(child_id: str) -> Any:
    """Show one child; a section that cannot be read now says so and the rest stands."""
    sections = visit_banner.open_sections()
    children, who_knows, completeness, *read = current_user.ask_all(
        (dossier.my_children, Empty()),
        (dossier.who_knows, dossier.WhoKnowsRequest(child_id)),
        (dossier.completeness, dossier.CompletenessRequest(child_id)),
        *((dossier.read_section, dossier.ReadSectionRequest(child_id, s)) for s in sections),
    )
    family = family_from(children)
    if family.child(child_id).carer:
        return redirect(url_for("child.all_children"), 303)
    asked_sections = pages_asked(shell_here().register, family.child(child_id))
    cards = [_card(*pair) for pair in zip(sections, read, strict=True)]
    cards = [card for card in cards if card.get("lines") or card["code"] in asked_sections]
    return render_template(
        "portal/child.html",
        child=family.child(child_id),
        family=family,
        cards=cards,
        origins=_origins(who_knows),
        school_list=SCHOOL_LIST,
        missing=_missing(completeness),
        needs=NEEDS,
    )


def _missing(
    completeness: dossier.CompletenessAnswer | Refusal,
) -> list[dossier.ActivityCompleteness]:
    """Return the activities with an incomplete dossier; none while the dossier is unavailable."""
    activities = [] if isinstance(completeness, Refusal) else completeness.activities
    return [row for row in activities if row["missing"] or row["later"]]


def _origins(answer: dossier.WhoKnowsAnswer | Refusal) -> dict[str, tuple[str, str]]:
    """Return how each open link came to be, as code and in words; nothing where it is not known."""
    links = [] if isinstance(answer, Refusal) else answer.links
    return {
        link["provider"]: (link["origin"], str(record_labels.ORIGINS.get(link["origin"], "")))
        for link in links
        if link["closed_at"] is None
    }


def _card(section: str, outcome: dossier.ReadSectionAnswer | Refusal) -> dict[str, Any]:
    card: dict[str, Any] = {
        "label": record_labels.section_label(shell_here().register, section),
        "icon": SECTIONS[section].icon,
        "code": section,
        "slug": SECTIONS[section].slug,
        "known": not isinstance(outcome, Refusal),
    }
    if not isinstance(outcome, Refusal):
        card |= {
            "lines": lines(SECTIONS[section].lines(outcome.content)),
            "changed_at": outcome.changed_at,
            "changed_by": record_labels.CHANGED_BY.get(outcome.changed_by),
        }
    return card
