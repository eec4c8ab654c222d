"""The children, and one child's page: its file in cards, its services, who knows and who read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NotRequired, TypedDict

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.labels import corrections as correction_labels
from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.labels import two_home_weeks
from services.portal_gateway.labels.dossier import NEEDS
from services.portal_gateway.overview.queries.completeness import (
    activities_asking_for,
    sections_asked,
)
from services.portal_gateway.pages.account.access import accompanied_hooks
from services.portal_gateway.pages.children.views import school
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import Child, family_from_answer_and_remember
from shared.contracts.dossier import corrections, guardians
from shared.contracts.dossier.families import trusted_person_accesses
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty
from shared.contracts.sections import SECTIONS
from shared.contracts.values import OfChild
from shared.dates.clock import today
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.language.section_labels import lines_in_words
from shared.web.language.translated_labels import Label
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("child", __name__)

FROM_FORMER_SOFTWARE = "imported"
"""Author of a section that no guardian has saved since, nor said to be right."""

SCHOOL_LIST = "school_list"
"""Origin of links that only the school service ends, since school is compulsory."""


@blueprint.get("/enfants")
@current_user.signed_in
def all_children() -> str:
    """Show every child with the ways into its file."""
    children, offered = current_user.ask_all(
        round_request(guardians.my_children, Empty()),
        round_request(trusted_person_accesses.offered_accesses, Empty()),
    )
    return render_template(
        "portal/children.html",
        family=family_from_answer_and_remember(children),
        offered=not isinstance(offered, Refusal) and bool(offered.accesses),
    )


@blueprint.get("/enfants/<child_id>")
@current_user.signed_in
def show(child_id: str) -> ResponseReturnValue:
    """Show one child; a section that cannot be read now says so and the rest is shown."""
    sections = accompanied_hooks.sections_that_may_be_opened()
    read, children, who_knows, completeness, corrected, accesses = current_user.ask_with_many(
        [
            round_request(guardians.read_section, guardians.ReadSectionRequest(child_id, s))
            for s in sections
        ],
        round_request(guardians.my_children, Empty()),
        round_request(guardians.who_knows, OfChild(child_id)),
        round_request(guardians.completeness, OfChild(child_id)),
        round_request(corrections.corrections_of, OfChild(child_id)),
        round_request(trusted_person_accesses.accesses_of, OfChild(child_id)),
    )
    family = family_from_answer_and_remember(children)
    if family.child(child_id).carer:
        return redirect(url_for("child.all_children"), 303)
    child = family.child(child_id)
    asked_sections = sections_asked(shell_here().register, child)
    cards = [_section_shown_on_page(child, *pair) for pair in zip(sections, read, strict=True)]
    cards = [card for card in cards if card.get("lines") or card["code"] in asked_sections]
    return render_template(
        "portal/child.html",
        child=child,
        family=family,
        cards=cards,
        brought=any(card.get("brought") for card in cards),
        origins=_link_origins(who_knows),
        end_asked=_links_to_end(who_knows),
        form_key=new_id(),
        school_list=SCHOOL_LIST,
        missing=_incomplete_activities(completeness, child, asked_sections),
        needs=NEEDS,
        corrections=[] if isinstance(corrected, Refusal) else corrected.corrections,
        correction_labels=correction_labels,
        accesses=[] if isinstance(accesses, Refusal) else accesses.accesses,
        in_care=not isinstance(accesses, Refusal) and accesses.in_care,
        today=today(),
        schools_asked=bool(school.school_providers()),
        somebody_answers=shell_here().register.now.handles_data_requests,
        whose_days=two_home_weeks.home_on_day_in_words(child, today()),
        rhythm=two_home_weeks.rhythm_in_words(child),
    )


def _incomplete_activities(
    answer: guardians.CompletenessAnswer | Refusal, child: Child, asked_sections: Collection[str]
) -> list[guardians.ActivityCompleteness]:
    """
    Return the child's activities with an incomplete dossier; none without the dossier's answer.

    Of a service that does not follow the child nothing lacks: its form says what a request needs.
    A section that only some activities ask for is not named to a child whose services have none:
    its page has no such card.
    """
    told = [] if isinstance(answer, Refusal) else answer.activities
    activities = [row for row in told if row["provider"] in child.providers]
    others = {code for code, section in SECTIONS.items() if section.asked_by} - set(asked_sections)
    rows: list[guardians.ActivityCompleteness] = [
        {**row, "missing": [need for need in row["missing"] if need not in others]}
        for row in activities
    ]
    return [row for row in rows if row["missing"] or row["later"]]


def _link_origins(answer: guardians.WhoKnowsAnswer | Refusal) -> dict[str, tuple[str, str]]:
    """Return how each open link came to be, as code and in words; nothing where it is not known."""
    links = [] if isinstance(answer, Refusal) else answer.links
    return {
        link["provider"]: (link["origin"], str(record_labels.ORIGINS.get(link["origin"], "")))
        for link in links
        if link["closed_at"] is None
    }


def _links_to_end(answer: guardians.WhoKnowsAnswer | Refusal) -> dict[str, str]:
    """Return who wants a service to end, by the service's code, where the other's word lacks."""
    links = [] if isinstance(answer, Refusal) else answer.links
    return {
        link["provider"]: link["end_asked"]
        for link in links
        if link["closed_at"] is None and link["end_asked"]
    }


class SectionCard(TypedDict):
    """A section on the page of a child; without its lines where it cannot be read now."""

    label: str
    icon: str
    code: str
    slug: str
    asked_for: Sequence[str]
    known: bool
    lines: NotRequired[Sequence[tuple[str, str]]]
    changed_at: NotRequired[datetime | None]
    changed_by: NotRequired[Label | None]
    brought: NotRequired[bool]
    version: NotRequired[int]


def _section_shown_on_page(
    child: Child, section: str, outcome: guardians.ReadSectionAnswer | Refusal
) -> SectionCard:
    card: SectionCard = {
        "label": record_labels.section_label(shell_here().register, section),
        "icon": SECTIONS[section].icon,
        "code": section,
        "slug": SECTIONS[section].slug,
        "asked_for": activities_asking_for(shell_here().register, child, section),
        "known": not isinstance(outcome, Refusal),
    }
    if not isinstance(outcome, Refusal):
        card |= {
            "lines": lines_in_words(SECTIONS[section].lines(outcome.content)),
            "changed_at": outcome.changed_at,
            "changed_by": record_labels.CHANGED_BY.get(outcome.changed_by),
            "brought": outcome.changed_by == FROM_FORMER_SOFTWARE,
            "version": outcome.version,
        }
    return card
