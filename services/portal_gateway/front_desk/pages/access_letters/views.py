"""Letters of access for the guardians of another software: the next ones, and lots once more."""

from uuid import UUID

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.portal_gateway.front_desk import protecting_agents
from services.portal_gateway.front_desk.pages.access_letters import documents
from services.portal_gateway.pages.page_parts import downloads, parsing
from shared.contracts.dossier.families import imports as family_imports
from shared.contracts.identity import invitations
from shared.contracts.message import Empty
from shared.contracts.values import OfHousehold
from shared.dates.clock import now, today
from shared.documents import NotLaidOut
from shared.register.entitlement import CHECK_DOSSIERS
from shared.web.agents import current_agent as agent
from shared.web.base.app import shell_here

blueprint = Blueprint("letters", __name__, url_prefix="/lettres")

PATIENCE = 15.0
"""Seconds for forty lines of a log, or forty accounts, on a machine that does much else."""


@blueprint.get("")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def show_waiting() -> str:
    """Say how many wait, and offer the next letters; no name is shown."""
    return _page()


@blueprint.get("/lots/<uuid:lot>")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def show_lot(lot: UUID) -> ResponseReturnValue:
    """Say what printing a lot again does to the first codes, before it does it."""
    lots = agent.ask(invitations.letter_lots, Empty()).lots
    printed = next((row for row in lots if row["lot"] == str(lot)), None)
    request_of_lot = invitations.LetterLotRequest(str(lot))
    guardians = agent.ask(invitations.letter_lot, request_of_lot).guardian_ids
    if printed is None or not guardians:
        flash("no_lot")
        return redirect(url_for("letters.show_waiting"), 303)
    return render_template(
        "front_desk/letter_lot.html",
        lot=printed,
        guardians=guardians,
        names=protecting_agents.agent_names(),
    )


@blueprint.post("")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def print_letters() -> ResponseReturnValue:
    """
    Return the letters that the page offered; the same page again means the same guardians.

    The letters are laid out once before any guardian is invited: a failure to print voids no code.
    If an answer is lost, or another agent was quicker, the page says so, and the agent may have
    them made anew. A lot that is printed again voids its own codes alone, without guardians who got
    another code.
    """
    sent = request.form.getlist("guardian")[: invitations.MOST_LETTERS]
    guardian_ids, again = (
        [parsing.require_id(guardian_id) for guardian_id in sent],
        request.form.get("again") == "yes",
    )
    lot = parsing.require_id(request.form["lot"]) if "lot" in request.form else None
    people = _addressed_guardians(guardian_ids) if guardian_ids else []
    if not people:
        flash("gone")
        return redirect(url_for("letters.show_waiting"), 303)
    sender = documents.Sender(shell_here().register.now, current_app.extensions["preau_portal"])
    try:
        documents.check_layout(people, sender, now())
        given = _invite_guardians(people, again=again, in_place_of=lot)
        content = documents.letters_pdf(people, given, sender, now())
    except NotLaidOut:
        return _page(same=guardian_ids, again=again, lot=lot, failed=True), 500
    except invitations.AlreadyInvited:
        if lot is not None:
            return redirect(url_for("letters.show_lot", lot=lot), 303)
        return _page(same=guardian_ids, again=True), 409
    return downloads.download_response(
        content, f"lettres-{today().isoformat()}.pdf", "application/pdf"
    )


@blueprint.post("/foyers/<uuid:household_id>/arreter")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def stop_letters(household_id: UUID) -> ResponseReturnValue:
    """Write no more letter to a household that is open before the agent."""
    why = request.form.get("why", "")
    if why not in family_imports.WHY_NO_LETTER:
        abort(400)
    agent.ask(
        family_imports.stop_letters, family_imports.StopLettersRequest(str(household_id), why)
    )
    flash("returned" if why == family_imports.RETURNED else "stopped")
    return redirect(url_for("dossiers.show", household_id=household_id), 303)


@blueprint.post("/foyers/<uuid:household_id>/reprendre")
@agent.for_agents_who_may(CHECK_DOSSIERS)
def resume_letters(household_id: UUID) -> ResponseReturnValue:
    """Take a household back into the list of letters to write."""
    agent.ask(family_imports.resume_letters, OfHousehold(str(household_id)))
    flash("resumed")
    return redirect(url_for("dossiers.show", household_id=household_id), 303)


def _addressed_guardians(guardian_ids: list[str]) -> list[family_imports.AddressedGuardian]:
    request = family_imports.LettersToWriteRequest(guardian_ids)
    return agent.ask(family_imports.letters_to_write, request, deadline=PATIENCE).guardians


def _invite_guardians(
    people: list[family_imports.AddressedGuardian], *, again: bool, in_place_of: str | None
) -> dict[str, documents.Access]:
    guardians = [
        invitations.InvitedGuardian(guardian_id=row["guardian_id"], name=row["name"])
        for row in people
    ]
    request = invitations.InviteGuardiansRequest(guardians, again, in_place_of)
    answer = agent.ask(invitations.invite_guardians, request, deadline=PATIENCE)
    return {
        row["guardian_id"]: documents.Access(row["login"], row["code"], row["expires_at"])
        for row in answer.letters
    }


def _page(same: list[str] | None = None, **more: object) -> str:
    """Return the page; `same` are the guardians of a printing that did not come about."""
    to_invite = agent.ask(family_imports.guardians_to_invite, Empty())
    return render_template(
        "front_desk/letters.html",
        to_invite=to_invite,
        guardians=same or to_invite.next,
        lots=agent.ask(invitations.letter_lots, Empty()).lots,
        names=protecting_agents.agent_names(),
        **more,
    )
