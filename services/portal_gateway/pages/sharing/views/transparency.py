"""« Qui sait quoi » and « Qui a lu »: what no other portal has."""

from typing import Any

from flask import Blueprint, render_template

from services.portal_gateway.labels import record as texts
from services.portal_gateway.labels import upcoming_widenings as coming
from services.portal_gateway.pages.sharing.views.grants import offers
from services.portal_gateway.session import current_user as person
from services.portal_gateway.session.queries import children as family
from services.portal_gateway.sharing.labels import deliveries as holdings
from services.portal_gateway.sharing.labels import readings
from shared.contracts.dossier import dossier
from shared.contracts.errors import Refusal
from shared.contracts.message import Empty
from shared.contracts.sections import FILLED_BY_GUARDIANS, READ_BY_FAMILIES
from shared.register import Register
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.language.providers import mark_by_code
from shared.web.language.sections import said

blueprint = Blueprint("transparency", __name__)

ENTERED = tuple(section.code for section in FILLED_BY_GUARDIANS)


@blueprint.get("/enfants/<child_id>/qui-sait-quoi")
@person.signed_in
def who_knows(child_id: str) -> str:
    """Show who holds what, how far it came, and what nobody receives."""
    children, knows, *read = person.ask_all(
        (dossier.my_children, Empty()),
        (dossier.who_knows, dossier.WhoKnowsRequest(child_id)),
        *((dossier.read_section, dossier.ReadSectionRequest(child_id, code)) for code in ENTERED),
    )
    child = family.family_from(children).child(child_id)
    if isinstance(knows, Refusal):
        raise knows
    register = shell_here().register
    contents = {
        section: outcome.content
        for section, outcome in zip(ENTERED, read, strict=True)
        if not isinstance(outcome, Refusal)
    }
    held, unheld = holdings.known(register, knows, told(child, contents))
    return render_template(
        "portal/who_knows.html",
        child=child,
        held=held,
        unheld=unheld,
        ended=holdings.ended(register, knows),
        coming=coming.coming(register, holdings.having(knows)),
        having=holdings.why(register, knows),
        also=also_told(register, knows),
        more=bool(offers(register, child, knows)),
    )


@blueprint.get("/enfants/<child_id>/qui-a-lu")
@person.signed_in
def who_read(child_id: str) -> str:
    """Show the reads of the last twelve months: unusual ones first, ordinary ones by month."""
    children, read = person.ask_all(
        (dossier.my_children, Empty()), (dossier.who_read, dossier.WhoReadRequest(child_id))
    )
    child = family.family_from(children).child(child_id)
    if isinstance(read, Refusal):
        raise read
    rows = readings.readings(shell_here().register, read.reads)
    return render_template(
        "portal/who_read.html",
        child=child,
        unusual=[row for row in rows if row.unusual],
        months=readings.by_month(row for row in rows if not row.unusual),
        exports=read.exports,
    )


def also_told(register: Register, knows: dossier.WhoKnowsAnswer) -> list[dict[str, Any]]:
    """Return what a guardian has sent to one service more, and up to when (rule R4)."""
    return [
        {
            "mark": mark_by_code(register, each["provider"]),
            "label": str(texts.PROJECTIONS[each["projection"]]),
            "value": f"{each['provider']}|{each['projection']}",
            "until": each["until"],
            "by": str(texts.CHANGED_BY[each["by"]]),
            "act": new_id(),
        }
        for each in knows.guardian_grants
    ]


def told(child: family.Child, contents: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Return what was entered, by projection, as lines; what could not be read now has none."""
    known = {code: content for code, content in contents.items() if content}
    known["schooling"] = {"school": child.school}
    return {each.code: [said(part) for part in each.brief(known)] for each in READ_BY_FAMILIES}
