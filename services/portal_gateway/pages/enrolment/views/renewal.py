"""« Rentrée »: all that runs, at all providers, on one page; each line is answered by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.portal_gateway.calls import prices
from services.portal_gateway.enrolment.rules.renewals import (
    Renewal,
    renewal_progress,
    renewals_by_child,
)
from services.portal_gateway.labels import enrolment as enrolment_labels
from services.portal_gateway.orders import confirmation_sentences as confirmations
from services.portal_gateway.orders.commands import sending as orders
from services.portal_gateway.orders.last_order_flash import flash_outcome
from services.portal_gateway.overview.queries import completeness
from services.portal_gateway.overview.queries.family import current_overview
from services.portal_gateway.pages.enrolment import renewal_labels
from services.portal_gateway.pages.page_parts import parsing
from services.portal_gateway.session import current_user
from shared.contracts.enrolment.school_year import renewals
from shared.contracts.errors import NotFound
from shared.dates.clock import now, today
from shared.runtime.ids import new_id
from shared.web.base.app import shell_here
from shared.web.base.flashes_kept_on_refresh import get_flashed_messages

blueprint = Blueprint("renewal", __name__, url_prefix="/rentree")

KIND = "renewal"
ANSWERS = (renewals.CONFIRM, renewals.DECLINE, renewals.UNDO)
Answer = orders.Order[renewals.AnswerRenewalRequest, renewals.AnswerRenewalAnswer]


@dataclass(frozen=True)
class ChosenDays:
    """Days chosen for one line, and what is wrong with them: "" where nothing is."""

    renewal_id: str = ""
    weekdays: Sequence[int] = ()
    no_fixed_day: bool = False

    @property
    def mistake(self) -> str:
        if self.weekdays and self.no_fixed_day:
            return _("Choisissez l’un ou l’autre : des jours, ou aucun jour fixe.")
        if not (self.weekdays or self.no_fixed_day):
            return _("Choisissez au moins un jour, ou « Sans jour fixe ».")
        return ""


@blueprint.get("")
@current_user.signed_in
def show() -> str:
    """Show every place that may go on: what changes, what is missing, and how far one has come."""
    return _page()


@blueprint.get("/<provider>/<renewal_id>")
@current_user.signed_in
def go_to_line(provider: str, renewal_id: str) -> ResponseReturnValue:
    """Lead to a line on the page: who signs in after a tap comes back here, to tap again."""
    _require_line(provider, renewal_id)
    return redirect(url_for("renewal.show", _anchor=f"ligne-{renewal_id}"), 303)


@blueprint.post("/<provider>/<renewal_id>")
@current_user.signed_in
def answer(provider: str, renewal_id: str) -> ResponseReturnValue:
    """Take one answer; an unavailable provider receives it later."""
    renewal, choice = _require_line(provider, renewal_id), request.form.get("answer", "")
    if choice not in ANSWERS or renewal.next is None:
        abort(400)
    chosen = ChosenDays(renewal_id)
    if choice == renewals.CONFIRM and renewal.by_day:
        chosen = _chosen_days(renewal)
        if chosen.mistake:
            return _page(wrong=chosen), 422
    outcome = orders.send_order(_order_of_renewal_answer(renewal, choice, chosen))
    if isinstance(outcome, renewals.AnswerRenewalAnswer):
        flash({"renewal": renewal_id, "became": outcome.became}, KIND)  # type: ignore[arg-type]
    else:
        flash_outcome(outcome, provider, child=renewal.child_id, what=renewal.now["activity"])
    return redirect(url_for("renewal.show", _anchor=confirmations.ANCHOR), 303)


def current_renewal_lines() -> list[Renewal]:
    """Return the family's lines with what is on its way, and what was answered just now."""
    overview = current_overview()
    waiting = {
        (order.more or {}).get("renewal"): (order.more or {}).get("answer", "")
        for order in reversed(overview.news.orders_waiting)
        if order.method == renewals.answer_renewal.name
    }
    became = _states_just_answered()
    return [
        replace(
            line,
            on_its_way=waiting.get(line.renewal_id, ""),
            state=became.get(line.renewal_id, line.state),
            just_answered=became.get(line.renewal_id, line.state) != line.state,
        )
        for line in overview.renewals
    ]


def _states_just_answered() -> dict[str, str]:
    """Return what the lines became that were answered on the page before, by line."""
    messages: Sequence[Mapping[str, str]] = get_flashed_messages(category_filter=[KIND])
    return {message["renewal"]: message["became"] for message in messages}


def _order_of_renewal_answer(line: Renewal, choice: str, chosen: ChosenDays) -> Answer:
    days = list(chosen.weekdays), chosen.no_fixed_day
    return orders.Order(
        parsing.request_id(parsing.form_key(), line.renewal_id, choice, *days),
        renewals.answer_renewal,
        line.provider,
        renewals.AnswerRenewalRequest(line.child_id, line.renewal_id, choice, *days),
        f"{line.now['activity']}, {line.school_year}",
        {"renewal": line.renewal_id, "answer": choice},
    )


def _chosen_days(line: Renewal) -> ChosenDays:
    meets = line.next["meets"] if line.next else ()
    chosen = parsing.parse_weekdays(request.form.getlist("weekdays"))
    return ChosenDays(
        line.renewal_id,
        [day for day in chosen if day in meets],
        request.form.get("no_fixed_day") == "yes",
    )


def _require_line(provider: str, renewal_id: str) -> Renewal:
    """Return one of the family's lines; raises NotFound, for another family's too."""
    for renewal in current_overview().renewals:
        if (renewal.provider, renewal.renewal_id) == (provider, renewal_id):
            return renewal
    raise NotFound


def _page(wrong: ChosenDays | None = None) -> str:
    overview, moment, lines = current_overview(), now(), current_renewal_lines()
    register = shell_here().register
    children = {each: child for child in overview.family.children for each in child.ids}
    prices_by_line = prices.prices_of_renewals(lines, overview.family.children, today())
    answered = _states_just_answered()
    shown = [
        (
            children[child_id],
            [
                {
                    "line": their,
                    "missing": completeness.missing_sections_of(
                        register, children[child_id], their.provider, their.now["code"]
                    ),
                    "confirmation": confirmations.renewal_confirmation(
                        their, answered.get(their.renewal_id, ""), children[child_id].first_name
                    ),
                    "prices": renewal_labels.compare_prices(
                        *prices_by_line.get(their.renewal_id, ((), ()))
                    ),
                }
                for their in theirs
            ],
        )
        for child_id, theirs in renewals_by_child(
            lines, {each: child.id for each, child in children.items()}
        ).items()
    ]
    return render_template(
        "portal/renewal.html",
        shown=shown,
        progress=renewal_progress(lines, moment),
        arriving=any(renewal.just_answered or renewal.on_its_way for renewal in lines),
        unavailable={code: overview.time_of_latest_card(code) for code in overview.unavailable},
        moment=moment,
        wrong=wrong,
        confirmed=confirmations.confirmations_of_page(),
        new_id=new_id,
        labels=enrolment_labels,
        renewal_labels=renewal_labels,
    )
