"""The form of a person's hours at a site: read whole, or sent back with what is wrong."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from services.enrolment.attendance.staff.commands.shifts import Hours
from services.enrolment.attendance.staff.rules.same_person_by_name import person_key_of_name
from services.enrolment.desk.page_parts.parsing import read_hour
from services.enrolment.models.days.staff import QUALIFICATIONS
from shared.web.forms.form_data import Form
from shared.web.forms.parsing import read_day

MOST_NAME = 80


def read_hours(form: Form, days: Sequence[date]) -> tuple[Hours, list[date]]:
    """Return the hours of a form and the days that it chose of these; mistakes stand in it."""
    name = " ".join(form.value("name").split())
    if not person_key_of_name(name) or len(name) > MOST_NAME:
        form.errors["name"] = _("Écrivez le nom de la personne, en 80 lettres au plus.")
    qualification = form.value("qualification")
    if qualification not in QUALIFICATIONS:
        form.errors["qualification"] = _("Choisissez la qualification.")
    starts, ends = _read_hour(form, "starts"), _read_hour(form, "ends")
    if starts and ends and ends <= starts:
        form.errors["ends"] = _("L’heure de fin vient après celle du début.")
    chosen = form.values.get("days")
    named = {read_day(each) for each in (chosen if isinstance(chosen, list) else [])}
    found = [day for day in days if day in named]
    if not found:
        form.errors["days"] = _("Choisissez au moins un jour.")
    return Hours(name, qualification, form.chosen("directs", "yes"), starts, ends), found


def _read_hour(form: Form, name: str) -> str:
    hour = read_hour(form.value(name))
    if hour is None:
        form.errors[name] = _("Écrivez une heure, par exemple 8 h 30.")
        return ""
    return f"{hour:%H:%M}"
