"""Lists of pupils: of a class, of a school, without either."""

from collections.abc import Collection

from flask import url_for
from flask_babel import lazy_gettext as _l

from services.enrolment.children.rules.distinct_names import Named, listed_names
from services.enrolment.desk.page_parts.list_columns import FAMILY_NAME, birth_column, name_column
from services.enrolment.school_year.schools.queries.pupils import PupilCard
from shared.web.agents.lists.columns import Column, List


def pupils_list(pupils: Collection[PupilCard]) -> List[PupilCard]:
    """Return the list of these pupils; no two names of it are alike."""
    names = listed_names(Named(p.child_id, p.first_name, p.last_name, p.birth_date) for p in pupils)
    columns: list[Column[PupilCard]] = [
        name_column(
            lambda pupil: names[pupil.child_id],
            lambda pupil: url_for("one_pupil.show", child_id=pupil.child_id),
        ),
        birth_column(),
        Column("niveau", _l("Niveau"), lambda pupil: pupil.level, filtered=True),
        Column("classe", _l("Classe"), lambda pupil: pupil.class_name, filtered=True),
        Column("ecole", _l("École"), lambda pupil: pupil.school, filtered=True),
    ]
    return List(_l("Élèves"), columns, sort=FAMILY_NAME, index=FAMILY_NAME)
