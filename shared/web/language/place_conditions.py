"""
Conditions of a place in words, on pages of families and of desks.

They say what an activity or a group asks; of a child they name the kind of condition alone.
"""

from collections.abc import Iterable, Mapping

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shared.contracts.enrolment.place_conditions import (
    AGE,
    CLASS,
    COMMUNE,
    GRADE,
    SCHOOL,
    Stated,
)
from shared.register import Register

MOST_NAMED = 4
"""Communes named one by one; of more their number is said."""

KINDS: Mapping[str, LazyString] = {
    AGE: _l("âge"),
    SCHOOL: _l("école"),
    GRADE: _l("niveau"),
    CLASS: _l("classe"),
    COMMUNE: _l("commune"),
}


def kinds_of_conditions_in_words(kinds: Iterable[str]) -> str:
    """Name kinds of conditions: « école, niveau »."""
    return ", ".join(str(KINDS[kind]) for kind in kinds if kind in KINDS)


def conditions_in_words(register: Register, *conditions: Stated) -> str:
    """Say for which children an activity or a group is, beside their age; "" for all."""
    return " · ".join(
        clause
        for stated in conditions
        for clause in (
            _joined_by_or(stated.get(SCHOOL, ())),
            _joined_by_or(stated.get(GRADE, ())),
            _joined_by_or(stated.get(CLASS, ())),
            _communes_condition_in_words(register, stated.get(COMMUNE, ())),
        )
        if clause
    )


def commune_choices(register: Register, stated: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Return the communes of the town file by INSEE code, and others that are stated already."""
    named = {commune.insee: commune.name for commune in register.now.communes}
    return [*named.items(), *((insee, insee) for insee in stated if insee not in named)]


def _joined_by_or(names: Iterable[str]) -> str:
    *most, last = list(names) or [""]
    return _("%(most)s ou %(last)s", most=", ".join(most), last=last) if most else last


def _communes_condition_in_words(register: Register, communes: Iterable[str]) -> str:
    stated = list(communes)
    named = dict(commune_choices(register, stated))
    if len(stated) > MOST_NAMED:
        return _("qui habite l’une de %(count)d communes", count=len(stated))
    names = _joined_by_or(named[insee] for insee in stated)
    return _("qui habite %(communes)s", communes=names) if names else ""
