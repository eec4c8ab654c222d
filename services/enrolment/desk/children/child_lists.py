"""Lists of children: all of the provider, and those of whom something is not seen yet."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.children.queries.listed_children import (
    ChildList,
    ListedChild,
    Part,
    Placed,
)
from services.enrolment.children.queries.unseen_contents import Waiting
from services.enrolment.desk.page_parts import labels
from services.enrolment.desk.page_parts.list_columns import (
    FAMILY_NAME,
    birth_column,
    distinct_words_in_order,
    name_column,
)
from shared.web.agents.lists.columns import (
    DAY,
    MOMENT,
    Column,
    List,
    Name,
    cell_text,
    sort_key,
)
from shared.web.agents.lists.filtering_and_sorting import (
    Asked,
    Listing,
    most_rows_of_page,
    offered_choices,
)

_MOST_FOUND = 50
"""Children of a name on a page; of more one types the first name too, or the birth date."""
_BIRTH, _ACTIVITY, _GROUP, _SITE = "naissance", "activite", "groupe", "site"
_OF_PLACES: Mapping[str, Callable[[Placed], tuple[str, ...]]] = {
    _ACTIVITY: lambda row: distinct_words_in_order(row.activities),
    _GROUP: lambda row: distinct_words_in_order(row.groups),
    _SITE: lambda row: distinct_words_in_order(row.sites),
}


def _address_of_child(row: ListedChild) -> str:
    return url_for("children.show", child_id=row.child_id)


def _address_of_child_in_turn(row: Waiting) -> str:
    return url_for("children.show", child_id=row.child_id, suite=1)


def _name_or_not_yet_arrived(row: Waiting) -> tuple[str, str]:
    if row.last_name:
        return row.last_name, row.first_name
    return _("Enfant dont le nom n’est pas encore arrivé"), ""


CHILDREN: List[ListedChild] = List(
    _l("Enfants"),
    (
        replace(
            name_column(lambda row: (row.last_name, row.first_name), _address_of_child),
            order=lambda row: Name(row.last_name, row.own_first_name),
        ),
        Column(_BIRTH, _l("Naissance"), lambda row: row.birth_date, DAY),
        Column(_ACTIVITY, _l("Activité"), _OF_PLACES[_ACTIVITY], filtered=True),
        Column(_GROUP, _l("Groupe"), _OF_PLACES[_GROUP]),
        Column(_SITE, _l("Site"), _OF_PLACES[_SITE], filtered=True),
    ),
    sort=FAMILY_NAME,
    index=FAMILY_NAME,
    answers=lambda row: row.search,
    most_found=_MOST_FOUND,
)
"""All children whose names have come."""


def page_of_long_list(children: ChildList, asked: Asked) -> Listing[ListedChild] | None:
    """
    Return the page of a list that has more children than it shows: they alone are read.

    None where they are so few that all of them are.
    """
    most = most_rows_of_page(CHILDREN, asked)
    if not children.has_more_than(most):
        return None
    page = children.page(part_of_list_asked(asked), most)
    present = {_ACTIVITY: page.activities, _SITE: page.sites}
    choices = offered_choices(CHILDREN, present, asked.filters)
    numbers = page.found, page.found if page.are_more else children.number_of_all
    return Listing(CHILDREN, asked, page.rows, *numbers, page.letters, choices, page.are_more)


def part_of_list_asked(asked: Asked) -> Part:
    """Return the part of the list that is asked, in the order that is."""
    return Part(
        letter=asked.letter,
        activity=asked.filters.get(_ACTIVITY, ""),
        site=asked.filters.get(_SITE, ""),
        by_birth=asked.sort_column == _BIRTH,
        by_places=_sort_key_by_places(asked.sort_column),
        descends=asked.sorts_descending and CHILDREN.column(asked.sort_column) is not None,
    )


def _sort_key_by_places(code: str) -> Callable[[Placed], object] | None:
    """Return what sorts children by a column of their places, as `arrange` does."""
    if (value := _OF_PLACES.get(code)) is None:
        return None
    return lambda placed: sort_key(words) if cell_text(words := value(placed)) else None


UNSEEN: List[Waiting] = List(
    _l("Pas encore vu"),
    (
        name_column(_name_or_not_yet_arrived, _address_of_child_in_turn),
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
