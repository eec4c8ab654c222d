"""Words of the staff: qualifications, how an activity is declared, what lacks."""

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.attendance.staff.rules.children_per_adult import Terms
from services.enrolment.attendance.staff.rules.ratios import Ages, Span, Team
from services.enrolment.models.days.staff import IN_TRAINING, QUALIFIED, UNQUALIFIED
from shared.web.language.languages import language_here
from shared.web.language.typography import clock_time, join_hours

QUALIFICATIONS: dict[str, LazyString] = {
    QUALIFIED: _l("Diplômé"),
    IN_TRAINING: _l("En formation"),
    UNQUALIFIED: _l("Sans qualification"),
}

UNDECLARED, DECLARED, WITH_PEDT = "non", "oui", "pedt"
TERMS: dict[str, tuple[Terms, LazyString]] = {
    UNDECLARED: (Terms(), _l("Pas déclaré : aucun taux d’encadrement")),
    DECLARED: (Terms(declared=True), _l("Déclaré, sans projet éducatif territorial (PEDT)")),
    WITH_PEDT: (Terms(declared=True, with_pedt=True), _l("Déclaré, avec un PEDT")),
}
"""Declarations of an activity, by the code of a form."""


def code_of_terms(terms: Terms) -> str:
    return next(code for code, (each, _words) in TERMS.items() if each == terms)


def hour(written: str) -> str:
    """Return an hour « 08:30 » in words: « 8 h 30 »."""
    hours, minutes = map(int, written.split(":"))
    return clock_time(hours, minutes, language_here())


def hours(starts: str, ends: str) -> str:
    return join_hours(hour(starts), hour(ends))


def children_by_age_sentence(ages: Ages) -> str:
    """Return how many children there are, and of what age."""
    if not ages.from_6:
        return ngettext(
            "%(num)d enfant de moins de 6 ans", "%(num)d enfants de moins de 6 ans", ages.total
        )
    if not ages.under_6:
        return ngettext(
            "%(num)d enfant de 6 ans et plus", "%(num)d enfants de 6 ans et plus", ages.total
        )
    return _(
        "%(all)s enfants, dont %(little)s de moins de 6 ans", all=ages.total, little=ages.under_6
    )


def missing_staff_sentence(span: Span) -> str:
    """Say what lacks, and for whom."""
    return ngettext(
        "il manque %(num)d personne pour %(children)s",
        "il manque %(num)d personnes pour %(children)s",
        span.count_missing_adults,
        children=children_by_age_sentence(span.children),
    )


def planned_and_needed_sentence(span: Span) -> str:
    """Say how many adults are planned, and how many the law asks for."""
    there = ngettext("%(num)d prévue", "%(num)d prévues", span.there)
    needed = ngettext("%(num)d demandée", "%(num)d demandées", span.needed)
    return f"{there}, {needed}"


def staff_sufficiency_word(span: Span) -> str:
    """Say whether there are adults enough, in a word."""
    return _("pas assez") if span.count_missing_adults else _("assez")


def qualification_sentences(team: Team) -> list[str]:
    """Say where the qualifications of a day are not as the law asks."""
    said = []
    if team.has_too_few_qualified:
        said.append(
            ngettext(
                "%(num)d diplômé sur %(all)s : la moitié au moins doit l’être.",
                "%(num)d diplômés sur %(all)s : la moitié au moins doit l’être.",
                team.qualified,
                all=team.total,
            )
        )
    if team.has_too_many_unqualified:
        said.append(
            _(
                "%(some)s sans qualification sur %(all)s : un cinquième au plus.",
                some=team.unqualified,
                all=team.total,
            )
        )
    return said
