"""Labels of the kitchen's codes."""

from collections.abc import Sequence

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.enrolment.desk.page_parts import labels as desk_labels
from services.enrolment.kitchen.commands import orders
from services.enrolment.kitchen.rules import order_states, scdl_menu_file_reading
from services.enrolment.kitchen.rules.dishes_as_typed import UNKNOWN
from shared.contracts.enrolment.kitchen.menus import COURSES as COURSE_CODES
from shared.contracts.sections.care.allergens import ALLERGENS as ALLERGEN_CODES
from shared.contracts.sections.care.allergens import OTHER
from shared.web.language.section_labels import lazy_labels

COURSES = lazy_labels(dict(COURSE_CODES))
ALLERGENS: dict[str, LazyString] = {
    **lazy_labels(dict(ALLERGEN_CODES)),
    OTHER: _l("Autre allergie"),
    UNKNOWN: _l("Allergènes non renseignés"),
}

STATES: dict[str, tuple[str, str, LazyString]] = {
    order_states.NO_MEAL: ("", "end", _l("aucun repas")),
    order_states.FORECAST: ("", "week", _l("prévision")),
    order_states.TO_SEND: ("gold", "waiting", _l("à valider")),
    order_states.TOO_LATE: ("red", "alert", _l("pas commandé")),
    order_states.SENT: ("blue", "sent", _l("envoyé")),
    order_states.SILENT: ("red", "offline", _l("sans réponse du prestataire")),
    order_states.ACKNOWLEDGED: ("green", "check", _l("reçu par le prestataire")),
    order_states.CHANGE_SENT: ("gold", "waiting", _l("changement demandé")),
    order_states.CHANGE_SILENT: ("red", "offline", _l("changement sans réponse")),
    order_states.CHANGE_REFUSED: ("red", "alert", _l("changement refusé")),
}
"""Tone, drawing and words of each state of a day's order."""

NOT_SENT: dict[str, LazyString] = {
    orders.NO_CATERER: _l(
        "Aucune cuisine ne prépare les repas de ce service sur commande : rien n’a été envoyé."
    ),
    orders.NO_MEAL: _l("Aucun repas n’est réservé ce jour-là : rien n’a été envoyé."),
    orders.TOO_LATE: _l(
        "L’heure de la commande est passée : rien n’a été envoyé. Appelez le prestataire."
    ),
    orders.UNCHANGED: _l("C’est déjà ce qui est commandé : rien n’a été envoyé."),
    orders.CHANGE_WAITS: _l(
        "Un changement attend déjà la réponse du prestataire : rien n’a été envoyé."
    ),
    orders.TOO_MANY: _l(
        "Cette journée a trop de sites pour une seule commande : rien n’a été envoyé. "
        "Appelez le prestataire."
    ),
    orders.MOVED: _l(
        "Des réservations ont changé entre-temps : relisez, puis validez. Rien n’a été envoyé."
    ),
}

NOT_READ: dict[str, LazyString] = {
    scdl_menu_file_reading.NOT_TEXT: _l("Ce fichier n’est pas un fichier CSV"),
    scdl_menu_file_reading.NO_HEADER: _l("La première ligne n’a pas la colonne « %(detail)s »"),
    scdl_menu_file_reading.NO_MENUS: _l("Ce fichier n’a aucun déjeuner"),
    scdl_menu_file_reading.TOO_LARGE: _l("Ce fichier est trop grand : envoyez un mois à la fois"),
    scdl_menu_file_reading.BAD_DAY: _l("Ligne %(line)s, « %(detail)s » n’est pas une date"),
    scdl_menu_file_reading.NO_NAME: _l("Ligne %(line)s, le plat n’a pas de nom"),
    scdl_menu_file_reading.UNKNOWN_SITE: _l(
        "Ligne %(line)s, aucun repas n’est servi à « %(detail)s »"
    ),
    scdl_menu_file_reading.UNKNOWN_ALLERGEN: _l(
        "Ligne %(line)s, « %(detail)s » n’est pas l’un des 14 allergènes"
    ),
    scdl_menu_file_reading.UNKNOWN_MENU: _l(
        "Ligne %(line)s, « %(detail)s » n’est pas un menu de la ville"
    ),
    scdl_menu_file_reading.TWO_MENUS: _l(
        "Ligne %(line)s, deux menus pour un jour à « %(detail)s »"
    ),
    scdl_menu_file_reading.TOO_MANY: _l(
        "Ligne %(line)s, trop de plats pour un jour à « %(detail)s »"
    ),
}


def menu_label(code: str | None) -> str:
    """Return what a column of meals is called: a menu's name, or that they are adults'."""
    return _("Adultes") if code is None else desk_labels.menu_label(code)


def menus_of_dish(codes: Sequence[str]) -> str:
    """Return the menus for which a dish is cooked, with commas."""
    return ", ".join(menu_label(code) for code in codes)


def menu_file_refusal_in_words(refused: scdl_menu_file_reading.MenusRefused) -> str:
    """Say why a file of menus was not read, and that nothing of it was."""
    sentence = str(NOT_READ[refused.code]) % {"line": refused.line, "detail": refused.detail}
    return _("%(sentence)s. Rien n’a été lu.", sentence=sentence)
