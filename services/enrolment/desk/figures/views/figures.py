"""Figures of the provider for who answers for its days: one page, and a list behind each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session as Database

from services.enrolment.desk.access import agent, reach_of_agent
from services.enrolment.desk.figures import labels
from services.enrolment.desk.figures.attendance_chart import counts_of, plot_of_parts
from services.enrolment.desk.figures.figure_tables import (
    demand_list,
    hours_list,
    parts_list,
    sessions_list,
)
from services.enrolment.desk.figures.hours_by_benefit_fund import hours_lines_by_fund
from services.enrolment.desk.page_parts.blueprints import desk_blueprint
from services.enrolment.desk.regie import billing_client
from services.enrolment.desk.regie.income.client import BILLED_BY, income_or_none_if_unavailable
from services.enrolment.desk.regie.labels.billed_income import activity as income_activity
from services.enrolment.figures.queries.attendance import (
    PartLine,
    SessionLine,
    attendance_by_part_of_period,
    attended_by_age,
    closed_sessions_of_period,
    conditions_of_sessions_at_site,
    count_unclosed_sessions,
    sessions_held_with_place,
)
from services.enrolment.figures.queries.demand import demand_lines
from services.enrolment.figures.rules import periods
from services.enrolment.figures.rules.attendance import Sums, sum_of_attendances
from services.enrolment.figures.rules.caf_hours import HoursLine, hours_by_site_and_slot
from services.enrolment.figures.rules.demand import sum_of_demands
from services.enrolment.figures.rules.periods import Period
from services.enrolment.offer.queries.calendar_days import school_holidays_between
from services.enrolment.store import store
from shared.dates.clock import now, today
from shared.register.entitlement import CARE_CORE, DECLARABLE, MEAL, Activity
from shared.web.agents.lists.columns import List
from shared.web.agents.lists.filtering_and_sorting import Listing
from shared.web.agents.lists.list_request import show_list
from shared.web.base.app import shell_here
from shared.web.prices.price_labels import euros

PERMISSION = "day"

Row = TypeVar("Row")

blueprint = desk_blueprint("figures", "/chiffres", labels=labels, counts_of=counts_of)


@dataclass(frozen=True)
class ActivityLine:
    """One activity of the period, whatever its sites."""

    activity: str
    sums: Sums


@blueprint.get("")
@reach_of_agent.requires_permission(PERMISSION)
def show() -> str:
    """Show the figures of a period at a glance."""
    period, quarter = _period_of_address(), _quarter_of_address()
    site = request.args.get("site", "")
    with store.read() as read:
        here = reach_of_agent.reach_of_page_permission(read)
        whole = attendance_by_part_of_period(read, period, here)
        demand = [line for line in demand_lines(read, period, here) if site in ("", line.site)]
        hours = [line for line in _hours_lines(read, quarter) if site in ("", line.site)]
        unclosed = count_unclosed_sessions(read, period, here, now())
        quarter_unclosed = count_unclosed_sessions(
            read, quarter, here, now(), _codes_of_declared_activities()
        )
    lines = [line for line in whole if site in ("", line.site)]
    parts = _sums_by_key(lines, lambda line: line.part)
    rights = agent.require_agent().sight.permissions
    collects = billing_client.PERMISSION in rights and period.kind in BILLED_BY
    fed = _sums_by_key(
        [line for line in lines if line.code in _codes_of_meal_activities()], lambda line: line.part
    )
    return render_template(
        "desk/figures/figures.html",
        period=period,
        choices=periods.periods_to_choose(today()),
        quarters=periods.quarters_to_choose(today()),
        quarter=quarter,
        quarter_over=quarter.is_over(today()),
        site=site,
        sites=sorted({line.site for line in whole}),
        activities=_sums_by_activity(lines),
        by_part=parts,
        plot=plot_of_parts(parts),
        meals=fed,
        all=sum_of_attendances(parts.values()),
        all_meals=sum_of_attendances(fed.values()),
        demand=sum_of_demands(line.demand for line in demand),
        hours=_hours_by_activity_and_slot(hours),
        declares=bool(_codes_of_declared_activities()),
        publishes=PERMISSION in rights,
        collects=collects,
        income=income_or_none_if_unavailable(period) if collects else None,
        income_activity=income_activity,
        euros=euros,
        unclosed=unclosed,
        quarter_unclosed=quarter_unclosed,
    )


@blueprint.get("/presences")
@reach_of_agent.requires_permission(PERMISSION)
def show_parts() -> ResponseReturnValue:
    """List the sums of a period by site, activity and month or day."""
    period = _period_of_address()
    with store.read() as read:
        lines = attendance_by_part_of_period(
            read, period, reach_of_agent.reach_of_page_permission(read)
        )
    listed = parts_list(period, own_meals=_has_own_meals_in_any_line(lines))
    return _show_list_or_file(listed, lines, period, _("Aucune séance clôturée sur cette période"))


@blueprint.get("/seances")
@reach_of_agent.requires_permission(PERMISSION)
def show_sessions() -> ResponseReturnValue:
    """List the closed sessions behind the sums, each with the children of its day."""
    period = _period_of_address()
    chosen = conditions_of_sessions_at_site(
        request.args.get("site", ""), request.args.get("activite", "")
    )
    with store.read() as read:
        lines = closed_sessions_of_period(
            read, period, reach_of_agent.reach_of_page_permission(read), chosen
        )
        named = reach_of_agent.reach_of_page_permission(read).within_both_reaches(
            reach_of_agent.reach_seeing(read, CARE_CORE)
        )

    def address_of_children(line: SessionLine) -> str:
        if not named.holds_anywhere:
            return ""
        return url_for(
            "expected.show_children",
            jour=line.day.isoformat(),
            site=line.site,
            activite=line.activity,
        )

    listed = sessions_list(period, address_of_children, own_meals=_has_own_meals_in_any_line(lines))
    return _show_list_or_file(listed, lines, period, _("Aucune séance clôturée sur cette période"))


@blueprint.get("/demandes")
@reach_of_agent.requires_permission(PERMISSION)
def show_demand() -> ResponseReturnValue:
    """List the applications of a period by site and activity."""
    period = _period_of_address()
    with store.read() as read:
        lines = demand_lines(read, period, reach_of_agent.reach_of_page_permission(read))
        opens = reach_of_agent.reach_of_permissions(read, "applications").holds_anywhere
    return _show_list_or_file(
        demand_list(period, opens=opens), lines, period, _("Aucune demande sur cette période")
    )


@blueprint.get("/caf")
@reach_of_agent.requires_permission(PERMISSION)
def show_hours() -> ResponseReturnValue:
    """
    List the hours of a quarter for the CAF; one that is not over is said to be provisional.

    For who holds the régie too, billing parts them by the families' fund.
    """
    period = _quarter_of_address()
    asks = billing_client.PERMISSION in agent.require_agent().sight.permissions
    with store.read() as read:
        here, holidays = (
            reach_of_agent.reach_of_page_permission(read),
            school_holidays_between(read, period.first, period.last),
        )
        lines = _hours_lines(read, period)
        met = (
            sessions_held_with_place(read, period, here, _codes_of_declared_activities())
            if asks
            else []
        )
        unclosed = count_unclosed_sessions(
            read, period, here, now(), _codes_of_declared_activities()
        )
    parted = hours_lines_by_fund(lines, met, holidays) if asks else None
    return _show_list_or_file(
        hours_list(period),
        parted.lines if parted else lines,
        period,
        _("Aucune heure sur ce trimestre"),
        quarter_unclosed=unclosed,
        quarter_over=period.is_over(today()),
        asked_fund=asks,
        parted=parted,
    )


def _show_list_or_file(
    of: List[Row], lines: Sequence[Row], period: Period, empty: str, **more: object
) -> ResponseReturnValue:
    """Show a list of sums, or its file: no child is in it, and nothing is noted."""

    def page(listing: Listing[Row]) -> str:
        return render_template(
            "desk/figures/list.html", listing=listing, period=period, empty=empty, **more
        )

    return show_list(of, lines, page, lambda _rows: None)


def _has_own_meals_in_any_line(lines: Sequence[PartLine | SessionLine]) -> bool:
    return any(line.sums.own_meals for line in lines)


def _hours_lines(read: Database, period: Period) -> list[HoursLine]:
    came = attended_by_age(
        read, period, reach_of_agent.reach_of_page_permission(read), _codes_of_declared_activities()
    )
    return hours_by_site_and_slot(came, school_holidays_between(read, period.first, period.last))


def _period_of_address() -> Period:
    """Return the period that the address names, this school year where it names none."""
    named = periods.period_from(request.args.get("periode", ""))
    return named or periods.school_year_period(today())


def _quarter_of_address() -> Period:
    """Return the quarter that the address names; the last that is over where it names none."""
    code = request.args.get("trimestre") or request.args.get("periode", "")
    named = periods.period_from(code)
    if named and named.kind == periods.QUARTER:
        return named
    return periods.quarter_before(periods.quarter_of_day(today()))


def _sums_by_key(lines: Sequence[PartLine], key: Callable[[PartLine], str]) -> Mapping[str, Sums]:
    found: dict[str, list[Sums]] = {}
    for line in lines:
        found.setdefault(key(line), []).append(line.sums)
    return {each: sum_of_attendances(sums) for each, sums in sorted(found.items())}


def _sums_by_activity(lines: Sequence[PartLine]) -> list[ActivityLine]:
    return [ActivityLine(*each) for each in _sums_by_key(lines, lambda line: line.activity).items()]


def _hours_by_activity_and_slot(lines: Sequence[HoursLine]) -> list[HoursLine]:
    """Return the hours by activity and slot, whatever the site."""
    found: dict[tuple[str, str], list[HoursLine]] = {}
    for line in lines:
        found.setdefault((line.activity, line.slot), []).append(line)
    names = ("under_6", "from_6", "from_12", "age_unknown")
    return [
        HoursLine("", *key, *(sum(getattr(line, name) for line in of) for name in names))
        for key, of in found.items()
    ]


def _codes_of_declared_activities() -> frozenset[str]:
    return frozenset(each.code for each in _registered_activities() if each.regime in DECLARABLE)


def _codes_of_meal_activities() -> frozenset[str]:
    return frozenset(each.code for each in _registered_activities() if MEAL in each.tags)


def _registered_activities() -> Sequence[Activity]:
    provider = shell_here().registered_provider()
    return provider.activities if provider else ()
