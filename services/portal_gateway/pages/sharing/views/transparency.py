"""« Qui sait quoi » and « Qui a lu »: what no other portal has."""

from flask import Blueprint, render_template

from services.portal_gateway.labels import dossier as record_labels
from services.portal_gateway.labels import upcoming_widenings
from services.portal_gateway.pages.sharing.views.projection_grants import offered_grants
from services.portal_gateway.session import current_user
from services.portal_gateway.session.queries.children import (
    Child,
    family_from_answer_and_remember,
    fetch_ward_and_answer,
)
from services.portal_gateway.sharing.labels import holders, readings
from shared.contracts.dossier import guardians
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty
from shared.contracts.sections import FILLED_BY_GUARDIANS, READ_BY_FAMILIES
from shared.contracts.values import OfChild
from shared.json_values import JsonObject
from shared.register import Register
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.language.provider_badges import badge_by_code
from shared.web.language.section_labels import term_in_words
from shared.web.session.request_rounds import round_request

blueprint = Blueprint("transparency", __name__)

ENTERED = tuple(section.code for section in FILLED_BY_GUARDIANS)


@blueprint.get("/enfants/<child_id>/qui-sait-quoi")
@current_user.signed_in
def who_knows(child_id: str) -> str:
    """Show the holders of each projection, its delivery, and what no provider receives."""
    read, children, answer = current_user.ask_with_many(
        [
            round_request(guardians.read_section, guardians.ReadSectionRequest(child_id, code))
            for code in ENTERED
        ],
        round_request(guardians.my_children, Empty()),
        round_request(guardians.who_knows, OfChild(child_id)),
    )
    child = family_from_answer_and_remember(children).ward(child_id)
    if isinstance(answer, Refusal):
        raise answer
    register = shell_here().register
    contents = {
        section: outcome.content
        for section, outcome in zip(ENTERED, read, strict=True)
        if not isinstance(outcome, Refusal)
    }
    held_rows, unheld = holders.projections_held_and_unheld(
        register, answer, entered_lines_by_projection(child, contents)
    )
    return render_template(
        "portal/who_knows.html",
        child=child,
        held=held_rows,
        unheld=unheld,
        ended=holders.ended_services(register, answer),
        upcoming=upcoming_widenings.upcoming_widenings(
            register, holders.linked_provider_codes(answer)
        ),
        having=holders.linked_services(register, answer),
        also=granted_projections(register, answer),
        more=bool(offered_grants(register, child, answer)),
    )


@blueprint.get("/enfants/<child_id>/qui-a-lu")
@current_user.signed_in
def who_read(child_id: str) -> str:
    """Show the reads of the last twelve months: unusual ones first, ordinary ones by month."""
    child, read = fetch_ward_and_answer(
        child_id, round_request(guardians.who_read, OfChild(child_id))
    )
    rows = readings.readings_in_page_order(shell_here().register, read.reads)
    return render_template(
        "portal/who_read.html",
        child=child,
        unusual=[row for row in rows if row.unusual],
        months=readings.readings_by_month(row for row in rows if not row.unusual),
        exports=read.exports,
    )


def granted_projections(
    register: Register, answer: guardians.WhoKnowsAnswer
) -> list[dict[str, object]]:
    """Return a guardian's grants to further providers, with their last day (rule R4)."""
    return [
        {
            "mark": badge_by_code(register, grant["provider"]),
            "label": str(record_labels.PROJECTIONS[grant["projection"]]),
            "value": f"{grant['provider']}|{grant['projection']}",
            "until": grant["until"],
            "by": str(record_labels.CHANGED_BY[grant["by"]]),
            "form_key": new_id(),
        }
        for grant in answer.guardian_grants
    ]


def entered_lines_by_projection(
    child: Child, contents: dict[str, JsonObject]
) -> dict[str, list[str]]:
    """Return what was entered, by projection, as lines; what could not be read now has none."""
    filled = {code: content for code, content in contents.items() if content}
    filled["schooling"] = {"school": child.school}
    return {
        projection.code: [term_in_words(part) for part in projection.brief(filled)]
        for projection in READ_BY_FAMILIES
    }
