"""Columns that many lists of the desk have: a child's name, its birth, where and when."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _l

from shared.web.agents.lists.columns import DAY, NAME, Column, Name

FAMILY_NAME, BIRTH = "nom", "naissance"
"""The column by which lists of persons come, and of which their letters are."""

Row = TypeVar("Row")


def name_column(
    name: Callable[[Row], tuple[str, str]],
    href: Callable[[Row], str] | None = None,
    label: object = None,
) -> Column[Row]:
    """Return the column of a child's name, by family name: two cells in a file."""
    return Column(
        FAMILY_NAME,
        label or _l("Nom"),
        lambda row: Name(*name(row)),
        NAME,
        searched=True,
        href=href,
        first_label=_l("Prénom"),
    )


def birth_column() -> Column[Any]:
    """Return the column of a child's birth date."""
    return Column(BIRTH, _l("Naissance"), lambda row: row.birth_date, DAY)


def distinct_words_in_order(words: list[str] | tuple[str, ...] | Any) -> tuple[str, ...]:
    """Return words once each, in their order."""
    return tuple(dict.fromkeys(words))
