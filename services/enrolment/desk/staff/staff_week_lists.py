"""Lists of a week at a site, each with its file: the staff, and its ratio to the children."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l

from services.enrolment.attendance.staff.rules.ratios import Span
from services.enrolment.desk.staff import labels
from services.enrolment.desk.staff.week import StaffDay
from services.enrolment.models import StaffShift
from shared.web.agents.lists.columns import DAY, NUMBER, Column, List

KEEP = ("semaine", "lieu")


@dataclass(frozen=True)
class RatioLine:
    """A piece of a day in which children need adults."""

    day: date
    span: Span


def ratio_lines(week: Iterable[StaffDay]) -> list[RatioLine]:
    """Return the pieces of a week, in order."""
    return [RatioLine(day.day, span) for day in week for span in day.spans]


def team_list() -> List[StaffShift]:
    """Return the list of who works when."""
    columns: list[Column[StaffShift]] = [
        Column("jour", _l("Jour"), lambda row: row.day, DAY),
        Column("nom", _l("Nom"), lambda row: row.name, searched=True),
        Column("de", _l("De"), lambda row: labels.hour(row.starts)),
        Column("a", _l("À"), lambda row: labels.hour(row.ends)),
        Column(
            "qualification",
            _l("Qualification"),
            lambda row: str(labels.QUALIFICATIONS[row.qualification]),
            filtered=True,
        ),
        Column("direction", _l("Direction"), lambda row: "oui" if row.directs else ""),
    ]
    return List(_l("Équipe"), columns, keep=KEEP)


def ratio_list() -> List[RatioLine]:
    """Return the list of how many adults there are for how many children, hour by hour."""
    columns: list[Column[RatioLine]] = [
        Column("jour", _l("Jour"), lambda row: row.day, DAY),
        Column("de", _l("De"), lambda row: labels.hour(row.span.starts)),
        Column("a", _l("À"), lambda row: labels.hour(row.span.ends)),
        Column("petits", _l("Moins de 6 ans"), lambda row: row.span.children.under_6, NUMBER),
        Column("grands", _l("6 ans et plus"), lambda row: row.span.children.from_6, NUMBER),
        Column("demandees", _l("Demandées"), lambda row: row.span.needed, NUMBER),
        Column("prevues", _l("Prévues"), lambda row: row.span.there, NUMBER),
        Column("manque", _l("Manque"), lambda row: row.span.count_missing_adults, NUMBER),
        Column(
            "etat", _l("État"), lambda row: labels.staff_sufficiency_word(row.span), filtered=True
        ),
    ]
    return List(_l("Encadrement"), columns, keep=KEEP)
