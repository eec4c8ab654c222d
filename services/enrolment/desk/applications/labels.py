"""Labels of states, channels and reasons of applications at the desk."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.models import Application
from services.enrolment.places.applications.queries.desk_lists import ApplicationLine
from shared.contracts.enrolment.place_conditions import AGE, CARRIED_BY, Verdict
from shared.contracts.enrolment.places import states
from shared.register.entitlement import NOT_READ
from shared.web.language.place_conditions import kinds_of_conditions_in_words
from shared.web.language.translated_labels import Label
from shared.web.language.weekdays import WEEKDAYS as NAMES

STATES: dict[str, LazyString] = {
    "deciding": _l("À décider"),
    "waiting": _l("Liste d’attente"),
    "offered": _l("Place proposée"),
    "accepted": _l("Place donnée"),
    "en_route": _l("Dossier en route"),
    "refused": _l("Refusée"),
    "withdrawn": _l("Retirée"),
    "expired": _l("Proposition sans réponse"),
}
"""Labels of states, in the order in which a desk works through them."""
TONES = {"deciding": "gold", "waiting": "gold", "offered": "blue", "accepted": "green"}
DRAWINGS = {"deciding": "edit", "waiting": "waiting", "offered": "sent", "accepted": "check"}

CHANNELS: dict[str, LazyString] = {
    "portal": _l("portail"),
    "desk": _l("guichet"),
    "telephone": _l("téléphone"),
    "paper": _l("papier"),
    "import": _l("reprise"),
    "renewal": _l("réinscription"),
}
ENTERED: tuple[str, ...] = ("desk", "telephone", "paper")
"""Channels by which an agent enters a request."""

WAYS: dict[str, LazyString] = {
    "order": _l("par ordre d’arrivée"),
    "criteria": _l("selon vos critères"),
    "draw": _l("par tirage au sort"),
}
REASONS: dict[str, LazyString] = {
    "capacity": _l("Toutes les places sont prises"),
    "age": _l("L’âge ne correspond pas au groupe"),
    "conditions": _l("Les conditions du groupe ne sont pas remplies"),
    "no_file": _l("Le dossier de l’enfant n’est pas arrivé"),
    "closed": _l("L’activité n’a pas lieu"),
    "criteria": _l("Les critères de l’activité ne sont pas remplis"),
    "other": _l("Autre raison, à expliquer de vive voix"),
    "not_guardian": _l("La personne n’est pas responsable de cet enfant"),
}
EXCEPTIONS: dict[str, LazyString] = dict(
    zip(
        states.EXCEPTIONS,
        (
            _l("Dérogation accordée"),
            _l("Frère ou sœur déjà là"),
            _l("Déménagement en cours"),
            _l("Accord entre communes"),
            _l("Suite d’une place de l’an dernier"),
            _l("Autre raison, connue du service"),
        ),
        strict=True,
    )
)
"""Reasons for taking a child that does not fulfil the conditions of a group."""
WEEKDAYS: tuple[Label, ...] = tuple(NAMES.values())


def child_name(line: ApplicationLine) -> str:
    """Return how the child of an application is called."""
    return line.name or _("Enfant dont le dossier est en route")


def channel(code: str) -> str:
    """Name a channel."""
    return str(CHANNELS.get(code, code))


def weekdays(digits: str) -> str:
    """Return the days of a pattern as one reads them."""
    return ", ".join(str(WEEKDAYS[int(digit) - 1]) for digit in digits)


def fixed_days(digits: str | None) -> str:
    """Say the days of what is booked by the day, or that it has no fixed day; "" for None."""
    return "" if digits is None else weekdays(digits) or _("aucun jour fixe")


def refusal_reason(application: Application) -> str:
    """Say why an application was refused; for want of room, with the figures of that day."""
    if application.state != "refused":
        return ""
    return str(REASONS.get(application.reason, application.reason))


def unmet_conditions_sentence(verdict: Verdict, sees: Collection[str]) -> str:
    """
    Say what a child does not fulfil, or what an agent has to check; "" where all is well.

    A role that does not see a part of the file is not shown what depends on it.
    """
    if verdict.unmet:
        return _sentence_with_kinds_reader_sees(
            _("Ne remplit pas les conditions"), verdict.unmet, sees
        )
    if verdict.unknown:
        return _sentence_with_kinds_reader_sees(_("À vérifier"), verdict.unknown, sees)
    return ""


def no_longer_met(verdict: Verdict, sees: Collection[str]) -> str:
    """Say what a child with a place does not fulfil any more; the place stays."""
    if not verdict.unmet:
        return ""
    return _sentence_with_kinds_reader_sees(
        _("Ne remplit plus les conditions"), verdict.unmet, sees
    )


def _sentence_with_kinds_reader_sees(
    sentence: str, kinds: Iterable[str], sees: Collection[str]
) -> str:
    open_to_it = {AGE, *(kind for kind, part in CARRIED_BY.items() if part in {*sees, *NOT_READ})}
    named = kinds_of_conditions_in_words(kind for kind in kinds if kind in open_to_it)
    return _("%(sentence)s : %(kinds)s", sentence=sentence, kinds=named) if named else sentence


def rough_duration(span: timedelta | None) -> str:
    """Say how long something took, roughly."""
    if span is None:
        return "–"
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return _("tout de suite")
    if minutes < 120:
        return ngettext("%(num)d minute", "%(num)d minutes", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)d heure", "%(num)d heures", minutes // 60)
    return ngettext("%(num)d jour", "%(num)d jours", minutes // (24 * 60))
