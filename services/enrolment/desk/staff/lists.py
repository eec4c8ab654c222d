"""The list of the staff of a week at a site, and its file."""

from flask_babel import lazy_gettext as _l

from services.enrolment.desk.staff import labels
from services.enrolment.models import StaffShift
from shared.web.agents.lists.columns import DAY, Column, List


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
    return List(_l("Équipe de la semaine"), columns, keep=("semaine", "lieu"))
