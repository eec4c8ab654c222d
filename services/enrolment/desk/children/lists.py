"""Lists of children: all of the provider, and those of whom something is not seen yet."""

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.children.queries.listed_children import ListedChild
from services.enrolment.children.queries.unseen_contents import Waiting
from services.enrolment.desk.page_parts import labels
from services.enrolment.desk.page_parts.list_columns import (
    FAMILY_NAME,
    birth_column,
    distinct,
    name_column,
)
from shared.web.agents.lists.columns import DAY, MOMENT, Column, List


def _page_of(row: ListedChild) -> str:
    return url_for("children.show", child_id=row.child_id)


def _page_in_turn(row: Waiting) -> str:
    return url_for("children.show", child_id=row.child_id, suite=1)


def _name_or_coming(row: Waiting) -> tuple[str, str]:
    if row.last_name:
        return row.last_name, row.first_name
    return _("Enfant dont le nom n’est pas encore arrivé"), ""


CHILDREN: List[ListedChild] = List(
    _l("Enfants"),
    (
        name_column(lambda row: (row.last_name, row.first_name), _page_of),
        Column("naissance", _l("Naissance"), lambda row: row.birth_date, DAY),
        Column(
            "activite",
            _l("Activité"),
            lambda row: distinct(row.activities),
            filtered=True,
        ),
        Column("groupe", _l("Groupe"), lambda row: distinct(row.groups)),
        Column("site", _l("Site"), lambda row: distinct(row.sites), filtered=True),
    ),
    sort=FAMILY_NAME,
    index=FAMILY_NAME,
    answers=lambda row: row.search,
)
"""All children whose names have come."""

UNSEEN: List[Waiting] = List(
    _l("Pas encore vu"),
    (
        name_column(_name_or_coming, _page_in_turn),
        birth_column(),
        Column(
            "rubrique",
            _l("À voir"),
            lambda row: tuple(str(labels.PROJECTIONS[code]) for code in row.projections),
            filtered=True,
        ),
        Column("depuis", _l("Depuis"), lambda row: row.since, MOMENT),
    ),
    index=FAMILY_NAME,
)
