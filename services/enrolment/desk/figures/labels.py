"""Labels of figures: parts of periods, slots of the CAF, percents."""

from datetime import date

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.page_parts.period_labels import day_in_babel_form, period
from services.enrolment.figures.rules import caf_hours
from shared.contracts.billing.figures import hours_by_benefit_fund
from shared.dates.months import first_of

__all__ = ["period"]

SLOTS: dict[str, LazyString] = {
    caf_hours.MORNING: _l("Matin"),
    caf_hours.NOON: _l("Midi"),
    caf_hours.EVENING: _l("Soir"),
    caf_hours.WEDNESDAY: _l("Mercredi"),
    caf_hours.WEEKEND: _l("Samedi et dimanche"),
    caf_hours.HOLIDAYS: _l("Vacances"),
}

FUNDS: dict[str, LazyString] = {
    "": _l("non connu ici"),
    hours_by_benefit_fund.CAF: _l("général (CAF)"),
    hours_by_benefit_fund.MSA: _l("agricole (MSA)"),
    hours_by_benefit_fund.UNKNOWN: _l("non connu"),
}


def part(code: str) -> str:
    """Return a part of a period in words: a month, or a day."""
    if len(code) == len("2026-11"):
        return day_in_babel_form(first_of(code), "MMMM y")
    return day_in_babel_form(date.fromisoformat(code), "EEE d MMM")


def short_part(code: str) -> str:
    """Return a part's label below its bars."""
    if len(code) == len("2026-11"):
        return day_in_babel_form(first_of(code), "MMM")
    return str(int(code[-2:]))


def percent(value: int | None) -> str:
    """Return a share in percent; a dash of nothing."""
    return "–" if value is None else _("%(share)s %%", share=value)


def reception(slot: str) -> str:
    """Return what the law calls the reception of a slot (R227-1)."""
    outside = slot in caf_hours.OUTSIDE_SCHOOL
    return _("extrascolaire") if outside else _("périscolaire")


def slot(code: str) -> str:
    """Return a slot in words."""
    return str(SLOTS[code])


def fund(code: str) -> str:
    """Return the régime of a family's fund in words."""
    return str(FUNDS[code])
