"""Labels of conversations at the desk."""

from collections.abc import Mapping

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.conversations.queries.inbox import EVEN, EVERY, ODD, OWN, TO_ANSWER, Home

KINDS: Mapping[str, LazyString] = {
    "question": _l("Question"),
    "absence": _l("Absence ou retard"),
    "enrolment": _l("Inscription"),
    "billing": _l("Facture"),
    "practical": _l("Organisation"),
}
FILTERS: Mapping[str, LazyString] = {
    TO_ANSWER: _l("À répondre"),
    OWN: _l("Mes conversations"),
    EVERY: _l("Toutes"),
}
WEEKS = {EVEN: _l("semaines paires"), ODD: _l("semaines impaires")}


def household_label(home: Home) -> str:
    """Name the household to which one writes, as far as it is known here: never an address."""
    people = ngettext("%(num)d responsable", "%(num)d responsables", home.guardians)
    known = [str(WEEKS[home.weeks])] if home.weeks else []
    return " · ".join([*home.names, people, *known]) or _("Foyer")
