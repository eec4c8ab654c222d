"""The children, and one child's page: its file in cards, its services, who knows and who read."""

from collections.abc import Collection
from typing import Any

from flask import Blueprint, redirect, render_template, url_for

from services.portal_gateway.labels import record as texts
from services.portal_gateway.labels.record import NEEDS
from services.portal_gateway.overview.queries.completeness import asked_for, pages_asked
from services.portal_gateway.pages.access import visit_banner as beside
from services.portal_gateway.session import current_user as person
from services.portal_gateway.session.queries.children import Child, family_from
from shared.contracts.dossier import dossier
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty
from shared.contracts.sections import SECTIONS
from shared.web.base.app import shell_here
from shared.web.language.sections import lines

blueprint = Blueprint("child", __name__)

SCHOOL_LIST = "school_list"
"""Where school is compulsory, the school service ends the link and no guardian does."""


@blueprint.get("/enfants")
@person.signed_in
def all_children() -> str:
    """Show every child with the ways into its file."""
    (children,) = person.ask_all((dossier.my_children, Empty()))
    return render_template("portal/children.html", family=family_from(children))


@blueprint.get("/enfants/<child_id>")
@person.signed_in
def show(child_id: str) -> Any:
    """Show one child; a section that cannot be read now says so and the rest stands."""
    sections = beside.open_sections()
    children, knows, lacks, *read = person.ask_all(
        (dossier.my_children, Empty()),
        (dossier.who_knows, dossier.WhoKnowsRequest(child_id)),
        (dossier.completeness, dossier.CompletenessRequest(child_id)),
        *((dossier.read_section, dossier.ReadSectionRequest(child_id, s)) for s in sections),
    )
    family = family_from(children)
    if family.child(child_id).carer:
        return redirect(url_for("child.all_children"), 303)
    child = family.child(child_id)
    asked = pages_asked(shell_here().register, child)
    cards = [_card(child, *each) for each in zip(sections, read, strict=True)]
    cards = [card for card in cards if card.get("facts") or card["code"] in asked]
    return render_template(
        "portal/child.html",
        child=child,
        family=family,
        cards=cards,
        origins=_origins(knows),
        school_list=SCHOOL_LIST,
        lacking=_lacking(lacks, asked),
        needs=NEEDS,
    )


def _lacking(
    lacks: dossier.CompletenessAnswer | Refusal, asked: Collection[str]
) -> list[dossier.ActivityCompleteness]:
    """
    Return the activities whose dossier lacks something; none where it cannot be told now.

    A section that only some activities ask for is not named to a child whose services have none:
    its page has no such card.
    """
    activities = [] if isinstance(lacks, Refusal) else lacks.activities
    others = {code for code, section in SECTIONS.items() if section.asked_by} - set(asked)
    rows: list[dossier.ActivityCompleteness] = [
        {**row, "missing": [need for need in row["missing"] if need not in others]}
        for row in activities
    ]
    return [row for row in rows if row["missing"] or row["later"]]


def _origins(knows: dossier.WhoKnowsAnswer | Refusal) -> dict[str, tuple[str, str]]:
    """Return how each open link came to be, as code and in words; nothing where it is not known."""
    links = [] if isinstance(knows, Refusal) else knows.links
    return {
        link["provider"]: (link["origin"], str(texts.ORIGINS.get(link["origin"], "")))
        for link in links
        if link["closed_at"] is None
    }


def _card(
    child: Child, section: str, outcome: dossier.ReadSectionAnswer | Refusal
) -> dict[str, Any]:
    card: dict[str, Any] = {
        "label": texts.section_label(shell_here().register, section),
        "icon": SECTIONS[section].icon,
        "code": section,
        "slug": SECTIONS[section].slug,
        "asked_for": asked_for(shell_here().register, child, section),
        "known": not isinstance(outcome, Refusal),
    }
    if not isinstance(outcome, Refusal):
        card |= {
            "facts": lines(SECTIONS[section].lines(outcome.content)),
            "changed_at": outcome.changed_at,
            "changed_by": texts.CHANGED_BY.get(outcome.changed_by),
        }
    return card
