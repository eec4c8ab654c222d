"""French labels of the data protection office: when something is received, what a role may do."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from services.portal_gateway.front_desk.pages.data_protection import matrix
from shared.contracts.dossier.data_protection import agent_reads
from shared.register import entitlement

WHEN: dict[str, LazyString] = {
    matrix.ALWAYS: _l("de chaque enfant accueilli"),
    matrix.BY_ACTIVITY: _l("des enfants de certaines activités"),
    matrix.ON_REQUEST: _l("si un parent le demande, jusqu’à un jour"),
    matrix.ON_OCCASION: _l("des enfants réservés, les jours où l’on mange"),
}
MAY: dict[str, LazyString] = {
    "roll_call": _l("pointer"),
    "applications": _l("décider des demandes"),
    "day": _l("clore une journée, annuler une séance"),
    entitlement.CHANGES_DAYS: _l("changer les jours d’un enfant"),
    entitlement.CONVERSATIONS: _l("lire et répondre aux familles"),
    entitlement.OWN_SCHOOL: _l("tenir son école"),
    entitlement.REGIE: _l("facturer, encaisser"),
    entitlement.CHECK_DOSSIERS: _l("contrôler les dossiers"),
    entitlement.ACCOMPANY: _l("accompagner une famille présente"),
    entitlement.PROTECT: _l("protéger un foyer, noter un jugement"),
    entitlement.CORRECT: _l("corriger un dossier d’après un document"),
    entitlement.JOIN: _l("réunir deux dossiers d’un enfant"),
    entitlement.PERSON_REQUESTS: _l("répondre aux personnes sur leurs données"),
}
"""Labels of permissions, of entitlement.PERMISSIONS and FRONT_DESK_PERMISSIONS."""

SIGNS: dict[str, tuple[str, LazyString]] = {
    agent_reads.NIGHT: ("gold", _l("consulté hors des heures")),
    agent_reads.EMERGENCY: ("red", _l("urgence")),
    agent_reads.MANY: ("gold", _l("plus de 200 enfants en une heure")),
    agent_reads.PROTECTED: ("red", _l("foyer protégé")),
    agent_reads.TAKEN: ("gold", _l("emporté en fichier")),
}
"""Why a read comes first, with its tone."""

FOR_THE_OFFICE: dict[str, LazyString] = {
    "rulings": _l("À qui ne pas remettre l’enfant"),
    "person_request": _l("Une demande sur les données"),
    "account": _l("Compte et factures"),
}
"""Parts whose readings no family is shown."""
