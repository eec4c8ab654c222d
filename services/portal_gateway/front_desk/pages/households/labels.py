"""
Labels of a household's page: requests for a place that are not decided, and papers of identity.
"""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from shared.contracts.enrolment.places import states
from shared.web.language.translated_labels import State

APPLICATIONS: dict[str, State] = {
    states.EN_ROUTE: ("blue", "sent", _l("le dossier de l’enfant est en route")),
    states.DECIDING: ("blue", "waiting", _l("à décider")),
    states.OFFERED: ("gold", "waiting", _l("place proposée, la famille n’a pas répondu")),
    states.WAITING: ("gold", "waiting", _l("sur liste d’attente")),
}
"""Tone, drawing and word of each state."""

PAPERS: dict[str, LazyString] = {
    "identity_card": _l("Carte d’identité"),
    "passport": _l("Passeport"),
    "residence_permit": _l("Titre de séjour"),
    "driving_licence": _l("Permis de conduire"),
}
"""Papers that prove who somebody is."""
