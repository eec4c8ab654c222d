"""What the planning says: acts, who asked, reasons, states, and why nothing changed."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from services.enrolment.bookings.rules import agent_decisions as rules
from services.enrolment.models.agent_acts import CLOSE, REOPEN
from shared.contracts.enrolment import places

ACTS: Mapping[str, tuple[Any, str]] = {
    rules.BOOK: (_l("Réserver"), "check"),
    rules.CANCEL: (_l("Annuler"), "remove"),
    rules.EXCUSE: (_l("Excuser"), "absence"),
    rules.CAME: (_l("Présent"), "seen"),
    rules.MISSED: (_l("Absent"), "end"),
}
"""Word and drawing of each button."""

DONE: Mapping[str, Any] = {
    rules.BOOK: _l("Réservé"),
    rules.CANCEL: _l("Annulé"),
    rules.EXCUSE: _l("Excusé"),
    rules.CAME: _l("Noté présent"),
    rules.MISSED: _l("Noté absent"),
    REOPEN: _l("Groupe rouvert"),
    CLOSE: _l("Groupe clos"),
}
"""The same as one reads it in what was done."""

ASKED_BY: Mapping[str, Any] = {
    places.TELEPHONE: _l("par téléphone"),
    places.DOOR: _l("sur place"),
    places.LETTER: _l("par écrit"),
    places.SERVICE: _l("personne : le service corrige"),
}

REASONS: Mapping[str, Any] = {
    "family": _l("demande de la famille"),
    "sick": _l("enfant malade"),
    "class_away": _l("sortie ou absence de la classe"),
    "wrong_mark": _l("erreur de pointage"),
    "service_error": _l("erreur du service"),
    "other": _l("autre"),
}

STATES: Mapping[str, tuple[str, str, Any]] = {
    "": ("soft", "plus", _l("rien")),
    "booked": ("blue", "check", _l("réservé")),
    "present": ("green", "seen", _l("présent")),
    "unexpected": ("gold", "plus", _l("non prévu")),
    "absent": ("red", "end", _l("absent")),
    "excused": ("soft", "absence", _l("excusé")),
    "cancelled": ("soft", "remove", _l("annulé")),
    "late": ("gold", "info", _l("annulé, compté")),
    "closed": ("soft", "lock", _l("sorti de la liste")),
    "not_held": ("soft", "lock", _l("n’a pas lieu")),
    "to_check": ("red", "alert", _l("à vérifier")),
}
"""Tone, drawing and word of each state."""

WHY: Mapping[str, Any] = {
    rules.NO_HOME: _l("Son dossier n’est pas arrivé : on ne sait pas de quel foyer est ce jour."),
    rules.NO_PLACE: _l("Pas de place dans ce groupe à cette date : donnez-lui d’abord une place."),
    rules.NOTHING_BOOKED: _l("Rien n’est réservé."),
    rules.NOT_HELD: _l("La séance n’a pas lieu."),
    rules.GROUP_CLOSED: _l("Le groupe est clos : qui répond de la journée peut le corriger."),
    rules.FULL: _l(
        "Plus de place : cochez « accepter au-delà des places » pour réserver quand même."
    ),
    rules.BEGUN: _l("La séance a commencé : excusez l’enfant, ou notez-le absent."),
    rules.NOT_BEGUN: _l("La séance n’a pas commencé."),
    rules.NOT_MARKED: _l("La séance est passée : dites s’il était présent ou absent."),
    rules.IS_THERE: _l("Il est pointé présent : corrigez d’abord sa présence."),
}

COSTS: Mapping[str, Any] = {
    rules.CANCEL: _l("Annuler : le délai est passé, la séance reste comptée."),
    rules.EXCUSE: _l(
        "Excuser : la séance n’est pas comptée ; déjà facturée, la prochaine facture la retire."
    ),
    rules.CAME: _l("Présent : comptée, au tarif « non prévu » si rien n’était réservé."),
    rules.MISSED: _l("Absent : comptée si elle était réservée."),
}
"""What an act costs, in words: a desk knows no price."""


def state_words() -> dict[str, str]:
    """Return the word of each state, translated once for a page of a thousand of them."""
    return {state: str(word) for state, (_tone, _drawing, word) in STATES.items()}
