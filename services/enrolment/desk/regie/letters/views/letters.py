"""Letters on paper: what waits to be printed, what was printed, and its files."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from services.enrolment.desk.access import agent
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.billing_client import LONG_SECONDS, PERMISSION
from services.enrolment.desk.regie.labels import letters as letter_labels
from services.enrolment.desk.regie.regie_lists import PRINTED, TO_PRINT
from shared.contracts.billing.regie import letters as contracts
from shared.contracts.errors import Refusal
from shared.contracts.values import PageRequest
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.forms.form_data import Form

blueprint = billing_client.regie_blueprint("regie_letters", "/regie/courriers")


@blueprint.get("")
@agent.for_agents_who_may(PERMISSION)
def show() -> ResponseReturnValue:
    """Show what waits, by round, and what was printed lately."""
    return _waiting_page(Form())


@blueprint.post("")
@agent.for_agents_who_may(PERMISSION)
def print_round() -> ResponseReturnValue:
    """Have a round laid out for the printer; something else by now is shown again."""
    letters, total = (request.form.get(name, None, type=int) for name in ("letters", "total"))
    order = _chosen_letter_order()
    if letters is None or total is None:
        abort(400)
    wanted = contracts.PrintLettersRequest(
        round=request.form.get("round", ""), order=order, letters=letters, total_cents=total
    )
    try:
        run = billing_client.write_at_billing_once(contracts.print_letters, wanted, LONG_SECONDS)
    except Refusal as refusal:
        return _waiting_page(billing_client.say_refusal_on_form(Form(), refusal, "letters")), 409
    return redirect(url_for("regie_letters.show_run", run_id=run.run_id), 303)


@blueprint.get("/<uuid:run_id>")
@agent.for_agents_who_may(PERMISSION)
def show_run(run_id: UUID) -> ResponseReturnValue:
    """Show what was printed at one time: its files, and who is written to in each."""
    seen, letters = _ask_print_run(run_id)

    def page(listing: Listing[contracts.PrintedLetter]) -> str:
        return _page("run", seen=seen, listing=listing)

    return show_list(PRINTED, letters, page, billing_client.note_exported_payers)


@blueprint.get("/<uuid:run_id>/<int:number>.pdf")
@agent.for_agents_who_may(PERMISSION)
def show_file(run_id: UUID, number: int) -> ResponseReturnValue:
    """Hand over a file of letters, with a line for each household in it; kept nowhere here."""
    seen, letters = _ask_print_run(run_id)
    parts = [part for part in seen.parts if part["number"] == number] or abort(404)
    if not parts[0]["ready"]:
        return redirect(url_for("regie_letters.show_run", run_id=run_id), 303)
    billing_client.note_exported_payers([letter for letter in letters if letter["part"] == number])
    file = contracts.PrintFileRequest(run_id=str(run_id), number=number)
    try:
        return billing_client.document_response(contracts.print_file, file)
    except contracts.NotLaidOutYet:
        return redirect(url_for("regie_letters.show_run", run_id=run_id), 303)


@blueprint.post("/<uuid:run_id>/encore")
@agent.for_agents_who_may(PERMISSION)
def print_again(run_id: UUID) -> ResponseReturnValue:
    """Have the files laid out again that are no longer kept."""
    billing_client.write_at_billing_once(
        contracts.print_again, contracts.PrintAgainRequest(str(run_id))
    )
    return redirect(url_for("regie_letters.show_run", run_id=run_id), 303)


@blueprint.post("/papier/<uuid:household_id>")
@agent.for_agents_who_may(PERMISSION)
def choose_paper(household_id: UUID) -> ResponseReturnValue:
    """Note that a household wants its letters on paper, or no longer."""
    paper = request.form.get("paper") == "yes"
    choice = contracts.ChoosePaperRequest(str(household_id), paper)
    billing_client.write_at_billing_once(contracts.choose_paper, choice)
    flash("paper" if paper else "no_paper")
    return redirect(url_for("regie_payers.show", household_id=household_id), 303)


def _ask_print_run(
    run_id: UUID,
) -> tuple[contracts.ReadPrintRunAnswer, list[contracts.PrintedLetter]]:
    return billing_client.ask_every_page(
        contracts.read_print_run,
        contracts.ReadPrintRunRequest(str(run_id)),
        lambda answer: answer.letters,
        deadline=LONG_SECONDS,
    )


def _chosen_letter_order() -> str:
    """Return how letters are to lie, as the address or the form says it."""
    order = request.values.get("ordre", "")
    return order if order in contracts.ORDERS else contracts.BY_POSTCODE


def _waiting_page(form: Form) -> str | BaseResponse:
    _first, letters = billing_client.ask_every_page(
        contracts.letters_to_print,
        PageRequest(),
        lambda answer: answer.letters,
        deadline=LONG_SECONDS,
    )
    letters.sort(key=letter_labels.place_among_waiting)
    runs = billing_client.ask_billing(contracts.print_runs, PageRequest()).runs
    shown = {"form": form, "order": _chosen_letter_order(), "runs": runs}

    def page(listing: Listing[contracts.WaitingLetter]) -> str:
        return _page(
            "waiting", rounds=letter_labels.rounds_of_letters(letters), listing=listing, **shown
        )

    return show_list(TO_PRINT, letters, page, billing_client.note_exported_payers)


def _page(name: str, **shown: object) -> str:
    return render_template(f"desk/regie/letters/{name}.html", letter_labels=letter_labels, **shown)
