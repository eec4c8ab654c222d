"""The two fields of a school on a form: one of the town's, or the name of another one."""

from collections.abc import Sequence

from flask_babel import gettext as _

from shared.town.schools.choice import ELSEWHERE, TownSchool, school_choice_of_name
from shared.web.forms.form_data import Form

OTHER = "_other"
"""The suffix of the name of the field for another school."""
LONGEST_NAME = 120


def fill_school(form: Form, name: str, kept: str, schools: Sequence[TownSchool]) -> None:
    """Let a form show the school that is kept."""
    form.values[name], form.values[name + OTHER] = school_choice_of_name(kept, schools)


def read_school(form: Form, name: str, schools: Sequence[TownSchool]) -> str:
    """
    Return the name of the school of a form, "" of none; a mistake is put into the form.

    The name of another one that is, after all, of the town is taken as the town spells it.
    """
    chosen, other = form.value(name), form.value(name + OTHER)
    if not schools:
        return chosen
    if chosen == ELSEWHERE and not other:
        form.errors[name + OTHER] = _("Écrivez le nom de l’école et sa commune.")
    elif chosen == ELSEWHERE and len(other) > LONGEST_NAME:
        form.errors[name + OTHER] = _("Au plus %(most)s caractères.", most=LONGEST_NAME)
    elif chosen not in {"", ELSEWHERE, *(school.name for school in schools)}:
        form.errors[name] = _("Choisissez une école de la liste.")
    if chosen != ELSEWHERE:
        return chosen
    own, elsewhere = school_choice_of_name(other, schools)
    return elsewhere or own
