"""Labels of a household's page for requests for a place that are not settled."""

from typing import Any

from flask_babel import lazy_gettext as _l

from shared.contracts.enrolment import places

APPLICATIONS: dict[str, tuple[str, str, Any]] = {
    places.EN_ROUTE: ("blue", "sent", _l("le dossier de l’enfant est en route")),
    places.DECIDING: ("blue", "waiting", _l("à décider")),
    places.OFFERED: ("gold", "waiting", _l("place proposée, la famille n’a pas répondu")),
    places.WAITING: ("gold", "waiting", _l("sur liste d’attente")),
}
"""Tone, drawing and word of each state."""
