"""Lists of children: all of the provider, and those of whom something is not seen yet."""

from dataclasses import replace

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.children.queries.listed_children import ChildList, ListedChild, Part
from services.enrolment.children.queries.unseen_contents import Waiting
from services.enrolment.desk.page_parts import labels
from services.enrolment.desk.page_parts.list_columns import (
    FAMILY_NAME,
    birth_column,
    distinct,
    name_column,
)
from shared.web.agents.lists.arranging import MOST_SHOWN, Asked, Listing, offered_choices
from shared.web.agents.lists.columns import DAY, MOMENT, Column, List, Name

_BIRTH, _ACTIVITY, _GROUP, _SITE = "naissance", "activite", "groupe", "site"
_BY_PLACES = (_ACTIVITY, _GROUP, _SITE)


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
        replace(
            name_column(lambda row: (row.last_name, row.first_name), _page_of),
            order=lambda row: Name(row.last_name, row.own_first_name),
        ),
        Column(_BIRTH, _l("Naissance"), lambda row: row.birth_date, DAY),
        Column(
            _ACTIVITY,
            _l("Activité"),
            lambda row: distinct(row.activities),
            filtered=True,
        ),
        Column(_GROUP, _l("Groupe"), lambda row: distinct(row.groups)),
        Column(_SITE, _l("Site"), lambda row: distinct(row.sites), filtered=True),
    ),
    sort=FAMILY_NAME,
    index=FAMILY_NAME,
    answers=lambda row: row.search,
)
"""All children whose names have come."""


def page_of_many(children: ChildList, asked: Asked) -> Listing[ListedChild] | None:
    """
    Return the page of a list that has more children than it shows: they alone are read.

    None where all of them have to be: they are few, or sorted by where they have places.
    """
    if asked.column in _BY_PLACES or (total := children.count()) <= MOST_SHOWN:
        return None
    column = CHILDREN.column(asked.column)
    part = Part(
        letter=asked.letter,
        activity=asked.filters.get(_ACTIVITY, ""),
        site=asked.filters.get(_SITE, ""),
        by_birth=asked.column == _BIRTH,
        descends=asked.descends and column is not None,
    )
    page = children.page(part, MOST_SHOWN)
    present = {_ACTIVITY: page.activities, _SITE: page.sites}
    choices = offered_choices(CHILDREN, present, asked.filters)
    return Listing(CHILDREN, asked, page.rows, page.found, total, page.letters, choices)


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
