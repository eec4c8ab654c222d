"""Lists of the kitchen: the children whom a menu concerns."""

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.kitchen.labels import ALLERGENS
from services.enrolment.desk.page_parts.list_columns import FAMILY_NAME, name_column
from services.enrolment.kitchen.queries.children_concerned import Concerned
from shared.web.agents.lists.columns import Column, List


def concerned_list() -> List[Concerned]:
    """Return the list of the children whom a menu concerns."""
    columns: list[Column[Concerned]] = [
        name_column(
            lambda row: (row.last_name or _("Nom pas encore arrivé"), row.first_name),
            lambda row: url_for("children.show", child_id=row.child_id),
        ),
        Column("site", _l("Lieu"), lambda row: row.site, filtered=True),
        Column(
            "allergene",
            _l("Concerné par"),
            lambda row: tuple(str(ALLERGENS[code]) for code in row.allergens),
            filtered=True,
        ),
        Column("plats", _l("Plats"), lambda row: row.dishes),
    ]
    return List(_l("Enfants concernés par le menu"), columns, index=FAMILY_NAME, keep=("jour",))
