"""Labels of plannings, at a provider's desk and at the front desk: acts, reasons, states, costs."""

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shared.contracts.enrolment.front_desk import BOOK, CANCEL, EXCUSE
from shared.contracts.enrolment.places import states

ACTS: Mapping[str, tuple[object, str]] = {
    BOOK: (_l("Réserver"), "check"),
    CANCEL: (_l("Annuler"), "remove"),
    EXCUSE: (_l("Excuser"), "absence"),
    "came": (_l("Présent"), "seen"),
    "missed": (_l("Absent"), "end"),
}
"""Word and drawing of each button."""

DONE: Mapping[str, LazyString] = {
    BOOK: _l("Réservé"),
    CANCEL: _l("Annulé"),
    EXCUSE: _l("Excusé"),
    "came": _l("Noté présent"),
    "missed": _l("Noté absent"),
    "reopen": _l("Groupe rouvert"),
    "close": _l("Pointage clôturé"),
    "mistake": _l("Nom saisi par erreur, retiré de la liste"),
}
"""Words for an act as one reads it in what was done."""

ASKED_BY: Mapping[str, LazyString] = {
    states.TELEPHONE: _l("par téléphone"),
    states.DOOR: _l("sur place"),
    states.LETTER: _l("par écrit"),
    states.SERVICE: _l("personne : le service corrige"),
}

REASONS: Mapping[str, LazyString] = {
    "family": _l("demande de la famille"),
    "sick": _l("enfant malade"),
    "class_away": _l("sortie ou absence de la classe"),
    "wrong_mark": _l("erreur de pointage"),
    "service_error": _l("erreur du service"),
    "other": _l("autre"),
}

STATES: Mapping[str, tuple[str, str, object]] = {
    "": ("soft", "plus", _l("rien")),
    "booked": ("blue", "check", _l("réservé")),
    "present": ("green", "seen", _l("présent")),
    "unexpected": ("gold", "plus", _l("non prévu")),
    "absent": ("red", "end", _l("absent")),
    "excused": ("soft", "absence", _l("excusé")),
    "cancelled": ("soft", "remove", _l("annulé")),
    "late": ("gold", "info", _l("annulé, compté")),
    "moved": ("soft", "next", _l("avec un autre groupe")),
    "closed": ("soft", "lock", _l("sorti de la liste")),
    "not_held": ("soft", "lock", _l("n’a pas lieu")),
    "to_check": ("red", "alert", _l("à vérifier")),
}
"""Tone, drawing and word of each state."""

WHY: Mapping[str, LazyString] = {
    "no_home": _l("Son dossier n’est pas arrivé : on ne sait pas de quel foyer est ce jour."),
    "no_place": _l("Pas de place dans ce groupe à cette date : donnez-lui d’abord une place."),
    "nothing_booked": _l("Rien n’est réservé."),
    "not_held": _l("La séance n’a pas lieu."),
    "group_closed": _l("Le groupe est clos : qui répond de la journée peut le corriger."),
    "full": _l("Plus de place : cochez « accepter au-delà des places » pour réserver quand même."),
    "begun": _l("La séance a commencé : excusez l’enfant, ou notez-le absent."),
    "not_begun": _l("La séance n’a pas commencé."),
    "not_marked": _l("La séance est passée : dites s’il était présent ou absent."),
    "is_there": _l("Il est pointé présent : corrigez d’abord sa présence."),
}
"""Why nothing changed, by the codes of the rules on acts of agents."""
