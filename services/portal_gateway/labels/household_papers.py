"""French labels of the papers of a household, for the family and for the front desk."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shared.contracts.dossier.papers.household_papers import (
    ACCEPTED,
    ADDRESS_PROOF,
    EXPIRED,
    FORMER,
    JUDGMENT,
    REFUSED,
    WAITING,
)

KINDS: dict[str, LazyString] = {
    ADDRESS_PROOF: _l("Justificatif de domicile"),
    JUDGMENT: _l("Jugement (garde, autorité parentale)"),
}
STATES: dict[str, LazyString] = {
    WAITING: _l("à vérifier"),
    ACCEPTED: _l("vu et conforme"),
    REFUSED: _l("refusé"),
    EXPIRED: _l("expiré"),
    FORMER: _l("d’avant votre changement d’adresse"),
}
DESK_STATES: dict[str, LazyString] = {**STATES, FORMER: _l("d’avant le changement d’adresse")}
TONES = {
    WAITING: ("soft", "waiting"),
    ACCEPTED: ("green", "check"),
    REFUSED: ("red", "alert"),
    EXPIRED: ("red", "alert"),
    FORMER: ("gold", "info"),
}
WHY_REFUSED: dict[str, LazyString] = {
    "unreadable": _l("on ne peut pas le lire : photographiez-le de nouveau, à plat et en entier"),
    "wrong_paper": _l("ce n’est pas le papier demandé"),
    "other_person": _l("ce papier est d’une autre personne"),
    "other_address": _l("l’adresse n’est pas celle du foyer"),
    "too_old": _l("il est trop ancien : il en faut un récent"),
    "incomplete": _l("il manque une page, une date ou une signature"),
}
